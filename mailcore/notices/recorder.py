"""What happens behind a notifier: exceptions are recorded, a worker mails, and no end loses any.

The end may be that of the notifier, of the process, or of a fork. A captured exception is only counted,
or described if it is new; nothing here waits for mail but `flush` and `close`.
"""

import atexit
import os
import sys
import time
from collections.abc import Callable
from threading import RLock
from weakref import WeakSet

from mailcore.message import Message
from mailcore.notices.delivery import Delivery, complain
from mailcore.notices.fingerprint import fingerprint
from mailcore.notices.issues import Batch, Issues, Step
from mailcore.notices.policy import Policy
from mailcore.notices.snapshot import take_snapshot
from mailcore.notices.worker import Worker
from mailcore.transport import Transport

__all__ = ["Recorder"]

EXIT_SECONDS = 5.0
"""How long the end of the process waits for each recorder."""

_recorders: "WeakSet[Recorder]" = WeakSet()
# Those with something left to tell live on to the exit, even if nobody else holds them.
_unfinished: "set[Recorder]" = set()


class Recorder:
    """Records exceptions for one notifier, and has them mailed as the policy says."""

    _worker: Worker | None

    def __init__(
        self,
        app: str,
        transport: Transport,
        *,
        policy: Policy,
        render: Callable[[Batch], Message],
        clock: Callable[[], float],
    ) -> None:
        self._app = app
        self._transport = transport
        self._policy = policy
        self._render = render
        self._clock = clock
        self.begin()
        _recorders.add(self)

    def begin(self) -> None:
        """Begin with nothing to tell: at first, and in a forked process."""
        self._lock = RLock()  # reentrant, as a signal handler or a finaliser may capture
        self._issues = Issues(self._policy)
        self._worker = None
        self._is_exiting = False
        self._delivery = Delivery(
            self._issues, self._lock, self._transport, render=self._render, clock=self._clock
        )

    @property
    def failures(self) -> int:
        """How often something went wrong here."""
        return self._delivery.failures

    @property
    def is_sending(self) -> bool:
        """Whether this very thread is sending."""
        return self._delivery.is_in_this_thread

    def record(self, exception: BaseException, context: Callable[[], dict[str, object]]) -> None:
        """Count an exception; if it is new, describe it with the context, and have it mailed."""
        kind = fingerprint(exception)
        with self._lock:
            step = self._issues.record(kind, self._clock())
        if step is Step.DESCRIBE:
            snapshot = take_snapshot(exception, context())
            with self._lock:
                step = self._issues.open(kind, snapshot, self._clock())
        if step is Step.WAKE:
            self._wake()

    def fail(self, error: Exception) -> None:
        """Note that an exception could not be recorded."""
        self._delivery.failures += 1
        complain("could not look into an exception", error)

    def flush(self, timeout: float) -> bool:
        """Mail all there is to tell now; tell whether all went out, within so many seconds."""
        worker = self._worker
        if worker is None or not worker.is_alive:
            if not self._untold():
                return True
            worker = self._start_worker()
        if worker is None:
            return self._delivery.run(everything=True)
        return worker.flush(timeout)

    def close(self, timeout: float) -> bool:
        """Flush, and end the thread; the next exception starts another."""
        deadline = time.monotonic() + timeout
        went_out = self.flush(timeout)
        if (worker := self._stop_worker()) and went_out:
            worker.join(max(0, deadline - time.monotonic()))
        if untold := self._untold():
            _unfinished.add(self)
            complain(f"{self._app}: exceptions not told of: {untold}")
        else:
            _unfinished.discard(self)
        return went_out

    def finish(self) -> None:
        """Close at the end of the process: from now on no thread can be relied on."""
        self._is_exiting = True
        self.close(EXIT_SECONDS)

    def _wake(self) -> None:
        if self._is_exiting:
            self._delivery.run(everything=True)
            return
        with self._lock:
            if worker := self._start_worker():
                worker.wake()

    def _start_worker(self) -> Worker | None:
        """Give the worker, or None where no thread can be started: it is mailed at exit then."""
        with self._lock:
            if self._worker is None or not self._worker.is_alive:
                worker = Worker(self._delivery.run, self._wait)
                try:
                    worker.start()
                except RuntimeError:
                    _unfinished.add(self)
                    return None
                self._worker = worker
                _finish_with_multiprocessing()
            return self._worker

    def _stop_worker(self) -> Worker | None:
        """Have the worker end, if there is one, and give it."""
        with self._lock:
            worker = self._worker
            self._worker = None
            if worker is not None:
                worker.stop()
            return worker

    def _untold(self) -> int:
        with self._lock:
            return self._issues.untold

    def _wait(self) -> float:
        with self._lock:
            return self._issues.due - self._clock()


def _finish_with_multiprocessing() -> None:
    """Have a child of multiprocessing mail what is left: it ends without atexit."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing.util import Finalize  # noqa: PLC0415 - loaded in such a child only

        Finalize(None, _finish_all, exitpriority=0)


def _finish_all() -> None:
    for recorder in list(_recorders):
        recorder.finish()


def _begin_all() -> None:
    for recorder in list(_recorders):
        recorder.begin()


atexit.register(_finish_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_all)
