"""What happens behind a notifier: exceptions are recorded, and a worker mails.

A captured exception is only counted, or described if it is new; nothing here waits for mail but `flush`
and `close`, and a `record` after the end of the process.
"""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import RLock
from typing import TypeVar

from mailcore.message import Message
from mailcore.notices.delivery import Delivery, complain
from mailcore.notices.ending import ENDING, Ending
from mailcore.notices.exceptions.anatomy import type_name
from mailcore.notices.exceptions.fingerprint import digest, fingerprint
from mailcore.notices.exceptions.snapshot import (
    SCRUBBER,
    Severity,
    Snapshot,
    describe_note,
    harvest_of,
    stand_in,
    take_snapshot,
)
from mailcore.notices.issues import Batch, Issues, Report, Step
from mailcore.notices.policy import Policy
from mailcore.notices.scrubbing import Harvest, Scrubber
from mailcore.notices.spool import Kept, Spool
from mailcore.notices.worker import Worker
from mailcore.transport import Transport

__all__ = ["Recorder"]

T = TypeVar("T")


class Recorder:
    """Records exceptions for one notifier in one process, and has them mailed as the policy says.

    `at` gives the moment that a time of the clock stands for.
    """

    def __init__(
        self,
        app: str,
        transport: Transport,
        *,
        policy: Policy,
        render: Callable[[Batch], Message],
        clock: Callable[[], float],
        at: Callable[[float], datetime],
        spool: Spool | None = None,
        scrubber: Scrubber = SCRUBBER,
        ending: Ending = ENDING,
    ) -> None:
        self._app = app
        self._render = render
        self._scrubber = scrubber
        self._own_secrets = scrubber.harvest({"transport": transport})
        self._secrets: dict[str, Harvest] = {}  # of what no mail has described yet
        self.log_tail: Callable[[], tuple[str, ...]] = tuple
        """Gives the last lines of the log."""
        self._clock = clock
        self._at = at
        self._spool = spool
        self._ending = ending
        self._lock = RLock()  # reentrant, as a signal handler or a finaliser may capture
        quiet = policy.quiet_hours
        self._issues = Issues(
            policy, quiet_left=lambda seen: quiet.seconds_left(at(seen)) if quiet else 0.0
        )
        self._delivery = Delivery(
            self._issues, self._lock, transport, render=self._write, clock=clock, told=self._forget
        )
        self._worker: Worker | None = None
        ending.watch(self)

    @property
    def failures(self) -> int:
        """How often something went wrong here."""
        return self._delivery.failures

    def record(
        self,
        captured: object,
        context: Callable[[], dict[str, object]],
        *,
        severity: Severity = "error",
    ) -> None:
        """Count an exception; if it is new, describe it with the context, and have it mailed.

        It raises nothing: for what can't be looked into, or is no exception, there is a stand-in. What
        the sending itself captures is left out, as it would go round in circles.
        """
        if self._delivery.is_in_this_thread or _is_too_late():
            return
        try:
            exception = _checked(captured)
            kind = fingerprint(exception)
            self._count(kind, lambda: self._describe(kind, exception, context(), severity))
        except Exception as error:  # noqa: BLE001 - the program that is watched must not suffer
            self._delivery.failures += 1
            complain("could not look into what was captured", error)
            with suppress(Exception):
                name = type_name(captured)
                snapshot = stand_in(name, error, context(), scrubber=self._scrubber)
                self._count(digest((name, type_name(error))), lambda: snapshot)

    def note(
        self,
        text: str,
        context: Callable[[], dict[str, object]],
        *,
        key: tuple[str, ...],
        severity: Severity,
    ) -> None:
        """Count a note that is no exception, in the same way; one with the same key is the same."""
        if self._delivery.is_in_this_thread or _is_too_late():
            return
        try:
            self._count(
                digest(("note", severity, *key)),
                lambda: replace(
                    describe_note(text, context(), scrubber=self._scrubber), severity=severity
                ),
            )
        except Exception as error:  # noqa: BLE001 - the program that is watched must not suffer
            self._delivery.failures += 1
            complain("could not look into a note", error)

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
        """Say on stderr what did not go out, and keep it for the end, and for the next process."""
        with self._lock:
            untold, under_way = self._issues.untold, self._delivery.under_way
            left = self._issues.list_untold()
        for report in left:
            self._keep(report)
        if not left and not under_way:
            self._use_spool(Spool.close)
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
            now = self._clock()
            self._keep(Report(kind, snapshot, now, now, new=1, total=1, is_first=True))
            with self._lock:
                step = self._issues.open(kind, snapshot, now)
        if self._ending.is_over:
            self._ending.mail_late(self)
        elif (
            step is Step.WAKE or self._worker is None
        ):  # `close` may have ended one that had to wait
            with self._lock:  # as in `begin_flush`
                if worker := self._find_worker():
                    worker.wake()

    def _describe(
        self,
        kind: str,
        exception: BaseException,
        context: Mapping[str, object],
        severity: Severity,
    ) -> Snapshot:
        """Describe an exception, and remember its secrets until it is mailed."""
        harvest = harvest_of(exception, context, scrubber=self._scrubber) | self._own_secrets
        self._secrets[kind] = harvest
        snapshot = take_snapshot(exception, context, scrubber=self._scrubber, harvest=harvest)
        tail = self._scrubber.scrub("\n".join(self.log_tail()), harvest).splitlines()
        return replace(snapshot, severity=severity, log_tail=tuple(tail))

    def _write(self, batch: Batch) -> Message:
        """Write the mail, and scrub all of it: what is read from source files only now, too."""
        harvest = self._scrubber.harvest() | self._own_secrets
        for report in batch.reports:
            harvest |= self._secrets.get(report.fingerprint, harvest)
        return self._scrubber.scrub_message(self._render(batch), harvest)

    def take_over(self) -> None:
        """Have what an earlier process left behind told with the next digest."""
        for kept in self._use_spool(Spool.take_over) or ():
            offset = self._at(0.0).timestamp()
            report = Report(
                kept.fingerprint,
                kept.snapshot,
                kept.first_seen - offset,
                kept.last_seen - offset,
                new=kept.count,
                total=kept.count,
                is_first=True,
            )
            with self._lock:
                self._issues.adopt(report, self._clock())
                if worker := self._find_worker():
                    worker.wake()

    def _keep(self, report: Report) -> None:
        """Write down what nobody was told of yet."""
        first, last = (self._at(seen).timestamp() for seen in (report.first_seen, report.last_seen))
        kept = Kept(report.fingerprint, report.new, first, last, report.snapshot)
        self._use_spool(lambda spool: spool.keep(kept))

    def _forget(self, batch: Batch) -> None:
        """Remove what was written down, as it is told, all but what came meanwhile."""
        with self._lock:
            left = {report.fingerprint for report in self._issues.list_untold()}
        for report in batch.reports:
            self._secrets.pop(report.fingerprint, None)
            if report.fingerprint not in left:
                self._use_spool(partial(Spool.drop, fingerprint=report.fingerprint))

    def _use_spool(self, use: Callable[[Spool], T]) -> T | None:
        """Do without a spool that can't be used, and say so once."""
        if self._spool is None:
            return None
        try:
            return use(self._spool)
        except Exception as error:  # noqa: BLE001 - at the interpreter's end anything can fail
            self._spool = None
            self._delivery.failures += 1
            complain("the spool can't be used: what is not mailed in time will be lost", error)
            return None

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


def _is_too_late() -> bool:
    """Tell whether the interpreter is being taken down: no thread and no mail can be begun, so say it."""
    if sys.is_finalizing():
        complain("something was captured too late to be told")
        return True
    return False
