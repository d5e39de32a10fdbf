"""What happens behind a notifier: exceptions are recorded, and a worker mails.

A captured exception is only counted, or described if it is new; nothing here waits for mail but `flush`
and `close`, and a `record` after the end of the process.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from threading import RLock

from mailcore.message import Message
from mailcore.notices.delivery import Delivery, complain
from mailcore.notices.ending import ENDING, Ending
from mailcore.notices.exceptions.anatomy import type_name
from mailcore.notices.exceptions.fingerprint import digest, fingerprint
from mailcore.notices.exceptions.snapshot import Snapshot, stand_in, take_snapshot
from mailcore.notices.issues import Batch, Issues, Step
from mailcore.notices.policy import Policy
from mailcore.notices.worker import Worker
from mailcore.transport import Transport

__all__ = ["Recorder"]


class Recorder:
    """Records exceptions for one notifier in one process, and has them mailed as the policy says."""

    def __init__(
        self,
        app: str,
        transport: Transport,
        *,
        policy: Policy,
        render: Callable[[Batch], Message],
        clock: Callable[[], float],
        ending: Ending = ENDING,
    ) -> None:
        self._app = app
        self._clock = clock
        self._ending = ending
        self._lock = RLock()  # reentrant, as a signal handler or a finaliser may capture
        self._issues = Issues(policy)
        self._delivery = Delivery(self._issues, self._lock, transport, render=render, clock=clock)
        self._worker: Worker | None = None
        ending.watch(self)

    @property
    def failures(self) -> int:
        """How often something went wrong here."""
        return self._delivery.failures

    def record(self, captured: object, context: Callable[[], dict[str, object]]) -> None:
        """Count an exception; if it is new, describe it with the context, and have it mailed.

        It raises nothing: for what can't be looked into, or is no exception, there is a stand-in. What
        the sending itself captures is left out, as it would go round in circles.
        """
        if self._delivery.is_in_this_thread:
            return
        try:
            exception = _checked(captured)
            self._count(fingerprint(exception), lambda: take_snapshot(exception, context()))
        except Exception as error:  # noqa: BLE001 - the program that is watched must not suffer
            self._delivery.failures += 1
            complain("could not look into what was captured", error)
            with suppress(Exception):
                name = type_name(captured)
                snapshot = stand_in(name, error, context())
                self._count(digest((name, type_name(error))), lambda: snapshot)

    def flush(self, timeout: float) -> bool:
        """Mail all there is to tell now; tell whether all went out, within so many seconds."""
        return self.begin_flush()(time.monotonic() + timeout)

    def begin_flush(self) -> Callable[[float], bool]:
        """Have all mailed; give what waits until a deadline, and tells whether it went out.

        Where no thread can be started, it is what waits that mails, and begins none after the deadline.
        """
        with self._lock:  # so that `close` cannot stop the worker between finding and asking it
            worker = self._find_worker()
            return worker.flush() if worker else self._mail_here

    def close(self, timeout: float) -> bool:
        """Flush, and end the thread; the next exception starts another."""
        deadline = time.monotonic() + timeout
        went_out = self.begin_flush()(deadline)
        with self._lock:
            worker, self._worker = self._worker, None
            if worker is not None:
                worker.stop()
        if worker is not None and went_out:
            worker.join(max(0, deadline - time.monotonic()))
        self.say_what_is_left()
        return went_out

    def say_what_is_left(self) -> None:
        """Say on stderr what did not go out, and keep it for the end."""
        with self._lock:
            untold, under_way = self._issues.untold, self._delivery.under_way
        self._ending.release(self)
        if untold:
            self._ending.keep(self)
            complain(f"{self._app}: exceptions not told of: {untold}")
        if under_way:
            complain(f"{self._app}: exceptions in a mail still under way: {under_way}")

    def _count(self, kind: str, describe: Callable[[], Snapshot]) -> None:
        with self._lock:
            step = self._issues.record(kind, self._clock())
        if step is Step.DESCRIBE:
            snapshot = describe()
            with self._lock:
                step = self._issues.open(kind, snapshot, self._clock())
        if self._ending.is_over:
            self._ending.mail_late(self)
        elif (
            step is Step.WAKE or self._worker is None
        ):  # `close` may have ended one that had to wait
            with self._lock:  # as in `begin_flush`
                if worker := self._find_worker():
                    worker.wake()

    def _find_worker(self) -> Worker | None:
        """Give the worker, begun if there is something to tell; None if no thread can be started."""
        with self._lock:
            if self._worker is not None and self._worker.is_alive:
                return self._worker
            if not self._issues.untold:
                return None
            worker = Worker(self._delivery.run, self._wait)
            try:
                worker.start()
            except RuntimeError:
                self._ending.keep(self)
                return None
            self._worker = worker
            self._ending.finish_with_multiprocessing()
            return worker

    def _mail_here(self, deadline: float) -> bool:
        with self._lock:
            untold = self._issues.untold
        return not untold or self._delivery.run(everything=True, until=deadline)

    def _wait(self) -> float:
        with self._lock:
            return self._issues.due - self._clock()


def _checked(captured: object) -> BaseException:
    if not isinstance(captured, BaseException):
        raise TypeError(f"a {type_name(captured)} is no exception")
    return captured
