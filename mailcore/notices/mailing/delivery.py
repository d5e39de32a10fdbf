"""From issues that are due to mails that went out: render, send, and note what became of it.

Runs in whatever thread calls it; only the issues are locked, never the sending.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from inspect import iscoroutine
from math import inf
from threading import RLock, get_ident
from time import monotonic

from mailcore.errors import ConfigurationError, MailcoreError, OutcomeUnknown, PartiallyRefused
from mailcore.message import Message
from mailcore.notices.complaints import Complaints
from mailcore.notices.counting.table import Batch, Ledger, Report
from mailcore.notices.exceptions.anatomy import is_a
from mailcore.notices.exceptions.snapshot import Severity, describe_others, stand_in
from mailcore.transport import Transport

__all__ = ["Delivery"]


class Delivery:
    """Sends what is due through a transport. It never raises an `Exception`: it says so on stderr.

    `told` is given the fingerprints of each mail, sent or not, of which less may be left to tell now; `severity` is that of what was only counted.
    """

    def __init__(
        self,
        issues: Ledger,
        transport: Transport,
        *,
        render: Callable[[Batch], Message],
        clock: Callable[[], float],
        told: Callable[[Iterable[str]], None],
        severity: Severity,
        complaints: Complaints,
    ) -> None:
        self.issues: Ledger = issues
        self._transport = transport
        self._render = render
        self._clock = clock
        self._told = told
        self._severity: Severity = severity
        self._complain = complaints
        self._threads: set[int] = set()
        self._is_in_doubt = False
        self._lock = RLock()  # reentrant, as a signal handler may mail
        self._under_way: list[Batch] = []

    @property
    def under_way(self) -> int:
        """The number of exceptions in mails that are being sent."""
        return sum(batch.count for batch in self.list_under_way())

    @property
    def is_in_this_thread(self) -> bool:
        """Whether this very thread is sending: what it captures would go round in circles."""
        return get_ident() in self._threads

    def run(self, *, everything: bool = False, until: float = inf) -> bool:
        """Send the mails that are due, or all there is to tell; tell whether they went out.

        With `everything`, those sent before count too, if their outcome is unknown. After `until`, a
        moment of `time.monotonic`, no further one is begun.
        """
        self._threads.add(get_ident())
        try:
            went_out = self._run(everything=everything, until=until)
        finally:
            self._threads.discard(get_ident())
        if everything and self._is_in_doubt:
            self._is_in_doubt = False
            return False
        return went_out

    def finish(self, *, until: float = inf) -> bool:
        """Send all that nobody else would tell; of what other processes share, what is due."""
        self.issues.hurry()
        return self.run(everything=not self.issues.is_shared, until=until)

    def _run(self, *, everything: bool, until: float) -> bool:
        while monotonic() < until:
            batch = self._take(everything=everything)
            if batch is None:
                return True
            if not self._deliver(batch):
                return False
        return False

    def list_under_way(self) -> list[Batch]:
        """Give what is in mails that are being sent."""
        with self._lock:
            return [*self._under_way]

    def list_left(self) -> list[Report]:
        """Give what is not known to be told: what waits, and, unless others share it, what is under way."""
        with self._turn():
            left = self.issues.list_untold()
            others = self.issues.others
            under_way = [] if self.issues.is_shared else self.list_under_way()
        for batch in under_way:
            left += batch.reports
            others += batch.others
        if others:
            left.append(self._others(others))
        found: dict[str, Report] = {}
        for report in left:
            waiting = found.get(report.fingerprint)
            new = report.new + (waiting.new if waiting else 0)
            found[report.fingerprint] = replace(waiting or report, new=new)
        return [report for report in found.values() if report.new]

    def _names_of(self, batch: Batch) -> list[str]:
        names = [report.fingerprint for report in batch.reports]
        return [*names, self._name_of_others] if batch.others else names

    @property
    def _name_of_others(self) -> str:
        return f"others-{self._severity}"

    def _others(self, count: int) -> Report:
        """Give what is told later of those of which only the number is known, as if they were an issue."""
        snapshot, now = describe_others(self._severity), self._clock()
        return Report(
            self._name_of_others, snapshot, now, now, new=count, total=count, is_first=True
        )

    def _take(self, *, everything: bool) -> Batch | None:
        with self._turn():
            batch = self.issues.take(self._clock(), everything=everything)
            if batch is not None:
                self._under_way.append(batch)
            return batch

    def _settle(self, batch: Batch, *, is_untold: bool = False) -> None:
        """Note that a batch is under way no more."""
        with self._turn():
            if is_untold:
                self.issues.put_back(batch)
            self._under_way.remove(batch)

    def _turn(self) -> AbstractContextManager[object]:
        """Have a batch be always either untold or under way; in a shared file it is kept anyway."""
        return nullcontext() if self.issues.is_shared else self._lock

    def _deliver(self, batch: Batch) -> bool:
        try:
            self._send(self._written(batch))
        except PartiallyRefused as error:
            self._complain("a notice did not reach everybody", error)
        except OutcomeUnknown as error:
            self._complain("a notice may be lost", error)
            self._is_in_doubt = True
            self._settle(batch)
            self._fail(error)
            self._told(self._names_of(batch))
            return False
        except BaseException as error:
            self._complain(
                f"a notice (count {batch.count}) could not be mailed, and is kept", error
            )
            self._settle(batch, is_untold=True)
            self._told(
                self._names_of(batch)
            )  # a place may have been needed: it is among the others now
            self._fail(error)
            if not is_a(error, Exception):  # an interrupt is not meant for the notice
                raise
            return False
        self._settle(batch)
        self.issues.succeed()
        self._told(self._names_of(batch))
        return True

    def _written(self, batch: Batch) -> Message:
        """Write the mail; a report that can't be written gets a stand-in, and takes no other along."""
        try:
            return self._render(batch)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with a report, the others go out
            self._complain(f"a notice (count {batch.count}) could not be written as it is", error)
        return self._render(replace(batch, reports=tuple(map(self._writable, batch.reports))))

    def _writable(self, report: Report) -> Report:
        try:
            self._render(Batch((report,)))
        except Exception as error:  # noqa: BLE001 - as above
            return replace(report, snapshot=stand_in("exception", error))
        return report

    def _send(self, message: Message) -> None:
        receipt: object = self._transport.send(message)
        if iscoroutine(receipt):
            receipt.close()
            raise ConfigurationError("the transport's send is asynchronous: nothing was sent")

    def _fail(self, error: BaseException) -> None:
        self.issues.back_off(
            self._clock(),
            at_least=(error.retry_after or 0) if isinstance(error, MailcoreError) else 0,
            is_lasting=_is_lasting(error),
        )


def _is_lasting(error: BaseException) -> bool:
    """Tell whether trying again soon is idle, or does harm: a password refused too often locks it."""
    return (
        isinstance(error, MailcoreError)
        and not error.retryable
        and not isinstance(error, OutcomeUnknown)
    )
