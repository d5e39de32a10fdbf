"""What is recorded is counted, kept until it is told, and mailed: by each route as its policy says.

One worker mails for all routes. Whoever counts waits for no mail but in `flush` and `close`, and after
the end of the process.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from math import inf
from threading import RLock
from typing import NamedTuple, TypeVar

from mailcore.message import Message
from mailcore.notices.complaints import Complaints, complain
from mailcore.notices.counting.table import Batch, Ledger, Report, Step
from mailcore.notices.exceptions.snapshot import Severity, Snapshot
from mailcore.notices.keeping.spool import Kept, Spool
from mailcore.notices.mailing.delivery import Delivery
from mailcore.notices.mailing.ending import ENDING, Ending
from mailcore.notices.mailing.worker import Worker
from mailcore.transport import Transport

__all__ = ["Desk", "Dispatcher"]

T = TypeVar("T")


class Desk(NamedTuple):
    """Where all of some severities go: a table of issues, and how mails are made of them."""

    issues: Ledger
    render: Callable[[Batch], Message]


class Dispatcher:
    """Counts, keeps and mails for one notifier in one process.

    `at` gives the moment that a time of the clock stands for.
    """

    def __init__(
        self,
        app: str,
        transport: Transport,
        desks: Mapping[Severity, Desk],
        *,
        clock: Callable[[], float],
        at: Callable[[float], datetime],
        spool: Spool | None = None,
        ending: Ending = ENDING,
    ) -> None:
        self.complaints: Complaints = Complaints()
        self._app = app
        self._clock = clock
        self._at = at
        self._spool = spool
        self._can_spool = True
        self._ending = ending
        self._lock = RLock()
        self._writing = (
            RLock()
        )  # so that nothing is written down that was told, and removed, meanwhile
        self._desks = desks
        self._deliveries = [
            Delivery(
                desk.issues,
                transport,
                render=desk.render,
                clock=clock,
                told=self.update_spool,
                severity=_severity_of(desk, desks),
                complaints=self.complaints,
            )
            for desk in dict.fromkeys(desks.values())
        ]
        self._worker: Worker | None = None
        self._stopped: Worker | None = None
        ending.watch(self)

    @property
    def is_in_this_thread(self) -> bool:
        """Whether this very thread is sending: what it captures would go round in circles."""
        return any(delivery.is_in_this_thread for delivery in self._deliveries)

    @property
    def untold(self) -> int:
        """The number of exceptions that no mail has told of, in whatever process they were."""
        return sum(delivery.issues.untold for delivery in self._deliveries)

    @property
    def _pending(self) -> int:
        return sum(delivery.issues.pending for delivery in self._deliveries)

    def count(self, kind: str, severity: Severity, describe: Callable[[], Snapshot]) -> None:
        """Count an occurrence, described and kept if it is new, and have it mailed when it is due."""
        issues = self._desks[severity].issues
        step = issues.record(kind, self._clock())
        if step is Step.DESCRIBE:
            snapshot = describe()
            now = self._clock()
            self._keep(Report(kind, snapshot, now, now, new=1, total=1, is_first=True))
            step = issues.open(kind, snapshot, now)
            if step is Step.CROWDED_OUT:
                self.update_spool([kind])
        elif step is Step.REOPENED:
            self.update_spool([kind])
        if self._ending.is_over:
            self._ending.mail_late(self)
        elif (
            step is not Step.NOTHING or self._worker is None
        ):  # `close` may have ended one that had to wait
            with self._lock:  # as in `begin_flush`
                if worker := self._find_worker():
                    worker.wake()

    def take_over(self) -> None:
        """Have what earlier processes left behind told: with the next digest, or when it is due."""
        offset = self._at(0.0).timestamp()
        for kept in self._use_spool(Spool.take_over) or ():
            report = Report(
                kept.fingerprint,
                kept.snapshot,
                kept.first_seen - offset,
                kept.last_seen - offset,
                new=kept.count,
                total=kept.count,
                is_first=True,
            )
            self._desks[kept.snapshot.severity].issues.adopt(report, self._clock())
        if self._pending or any(delivery.issues.is_shared for delivery in self._deliveries):
            self._start_worker()

    def flush(self, timeout: float) -> bool:
        """Mail all there is to tell now; tell whether all went out, within so many seconds."""
        return self._begin(self._send_all)(time.monotonic() + timeout)

    def begin_flush(self) -> Callable[[float], bool]:
        """Have all mailed that nobody else would; give what waits until a deadline, and tells if it went out.

        Where no thread can be started, it is what waits that mails, and begins none after the deadline.
        """
        return self._begin(self._finish)

    def close(self, timeout: float) -> bool:
        """Mail what nobody else would, and end the thread; the next exception starts another."""
        deadline = time.monotonic() + timeout
        went_out = self.begin_flush()(deadline)
        with self._lock:
            worker, self._worker = self._worker, None
            if worker is not None:
                worker.stop()
                self._stopped = worker
        if worker is not None and went_out:
            worker.join(max(0, deadline - time.monotonic()))
        self.say_what_is_left()
        return went_out

    def say_what_is_left(self) -> None:
        """Say on stderr what did not go out, and keep it for the end, and for the next process."""
        with self._writing:
            left = self._list_left()
            for report in left:
                self._keep(report)
            under_way = sum(delivery.under_way for delivery in self._deliveries)
            pending = self._pending
            if not left and not under_way:
                self._use_spool(Spool.close_if_empty)
        self._ending.release(self)
        if pending:
            self._ending.keep(self)
            complain(f"{self._app}: exceptions not told of: {pending}")
        if under_way:
            complain(f"{self._app}: exceptions in a mail still under way: {under_way}")

    def update_spool(self, fingerprints: Iterable[str]) -> None:
        """Have written down of these what is left to tell, and no more: the rest is told, or kept elsewhere."""
        with self._writing:
            left = {report.fingerprint: report for report in self._list_left()}
            for fingerprint in fingerprints:
                if report := left.get(fingerprint):
                    self._keep(report)
                else:
                    self._use_spool(partial(Spool.drop, fingerprint=fingerprint))

    def _list_left(self) -> list[Report]:
        return [report for delivery in self._deliveries for report in delivery.list_left()]

    def _keep(self, report: Report) -> None:
        """Write down what nobody was told of yet."""
        first, last = (self._at(seen).timestamp() for seen in (report.first_seen, report.last_seen))
        kept = Kept(report.fingerprint, report.new, first, last, report.snapshot)
        self._use_spool(lambda spool: spool.keep(kept))

    def _use_spool(self, use: Callable[[Spool], T]) -> T | None:
        """Do without a spool that can't be used just now, and say so once until it can be again."""
        if self._spool is None:
            return None
        try:
            used = use(self._spool)
        except Exception as error:  # noqa: BLE001 - at the interpreter's end anything can fail
            if self._can_spool:
                what = "the spool can't be used: what is not mailed in time will be lost"
                self.complaints(what, error)
            self._can_spool = False
            return None
        self._can_spool = True
        return used

    def _begin(self, work: Callable[[float], bool]) -> Callable[[float], bool]:
        with self._lock:  # so that `close` cannot stop the worker between finding and asking it
            worker = self._find_worker()
            return worker.ask(partial(work, inf)) if worker else work

    def _find_worker(self) -> Worker | None:
        """Give the worker, begun if there is something to tell; None if no thread can be started."""
        with self._lock:
            if self._worker is not None and self._worker.is_alive:
                return self._worker
            return self._start_worker() if self._pending else None

    def _start_worker(self) -> Worker | None:
        with self._lock:
            worker = Worker(partial(self._send_due, inf), self._wait, before=self._stopped)
            try:
                worker.start()
            except RuntimeError:
                self._ending.keep(self)
                return None
            self._worker, self._stopped = worker, None
            self._ending.finish_with_multiprocessing()
            return worker

    def _send_due(self, until: float) -> bool:
        return self._each(lambda delivery: delivery.run(until=until))

    def _send_all(self, until: float) -> bool:
        return self._each(lambda delivery: delivery.run(everything=True, until=until))

    def _finish(self, until: float) -> bool:
        return self._each(lambda delivery: delivery.finish(until=until))

    def _each(self, send: Callable[[Delivery], bool]) -> bool:
        """Send by all routes: one that fails takes no other along."""
        went_out = [send(delivery) for delivery in self._deliveries]
        return all(went_out)

    def _wait(self) -> float:
        return min(delivery.issues.due for delivery in self._deliveries) - self._clock()


def _severity_of(desk: Desk, desks: Mapping[Severity, Desk]) -> Severity:
    """Give how severe that is of which no more than its desk is known."""
    own = [severity for severity, one in desks.items() if one is desk]
    return "error" if "error" in own else own[0]
