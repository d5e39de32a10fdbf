"""What has happened and what has to be told: counts of equal exceptions, and when they are mailed.

A state machine without clocks and mail, that threads can share: every method is told the time, in
seconds of any steady clock. Nothing is ever dropped: what doesn't fit the table is counted, and what
could not be sent is kept, and stays due.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf, isinf
from threading import RLock

from mailcore.notices.counting.table import Batch, Issue, Report, Snapshots, Step, Table
from mailcore.notices.exceptions.snapshot import Snapshot
from mailcore.notices.policy import Policy

__all__ = ["Issues"]

HOUR = 3600.0
DAY = 86400.0
_MOST_DOUBLINGS = 30


class Issues:
    """The issues of one route; `quiet_left` gives for how many seconds from a time it is to be quiet."""

    is_shared = False

    def __init__(
        self,
        policy: Policy,
        *,
        quiet_left: Callable[[float], float] = lambda _: 0.0,
        table: Table | None = None,
        snapshots: Snapshots | None = None,
    ) -> None:
        self._policy = policy
        self._quiet_left = quiet_left
        self._table = Table() if table is None else table
        self._snapshots: Snapshots = {} if snapshots is None else snapshots
        self._lock = RLock()  # reentrant, as a signal handler or a finaliser may capture

    @property
    def untold(self) -> int:
        """The number of exceptions that no mail has told of."""
        with self._lock:
            issues = self._table.issues.values()
            return self._table.others + sum(issue.count - issue.told for issue in issues)

    @property
    def pending(self) -> int:
        """The number of those that only this process knows of: all."""
        return self.untold

    @property
    def others(self) -> int:
        """The number of those of more kinds than can be told apart."""
        return self._table.others

    @property
    def due(self) -> float:
        """When the next mail is to go out; infinity for none."""
        with self._lock:
            table = self._table
            if table.urgent:
                return table.not_before
            due = min(table.digest_due, self._resolution_due)
            due = max(due, table.not_before, self._room_at)
            return due if isinf(due) else due + self._quiet_left(due)

    def record(self, fingerprint: str, now: float, *, times: int = 1) -> Step:
        """Count an occurrence, or some, unless its issue has to be opened first."""
        with self._lock:
            if issue := self._table.issues.get(fingerprint):
                issue.count += times
                issue.last_seen = now
                if issue.is_resolved:
                    return self._reopen(issue, now)
            elif self._has_room():
                return Step.DESCRIBE
            else:
                self._table.others += times
            return self._schedule_digest(now)

    def open(self, fingerprint: str, snapshot: Snapshot, now: float) -> Step:
        """Begin an issue with its first occurrence; one that another thread has begun is counted."""
        with self._lock:
            issues = self._table.issues
            if fingerprint in issues:
                return self.record(fingerprint, now)
            if not self._has_room():
                self.record(fingerprint, now)
                return Step.CROWDED_OUT
            issue = self._add(Issue(fingerprint, snapshot.severity, now, now), snapshot)
            return self._announce(issue, now)

    def take(self, now: float, *, everything: bool = False) -> Batch | None:
        """Give what the next mail is to tell, if one is due; with `everything`, what is not yet due too.

        Its occurrences count as told, unless they are `put_back`.
        """
        with self._lock:
            if not everything and now < self.due:
                return None
            batch = self._take_urgent() if self._table.urgent else self._take_digest(now)
            if not batch.reports and not batch.others:
                return None
            self._table.mails.append(now)
            del self._table.mails[: -self._policy.mails_a_day]
            return batch

    def put_back(self, batch: Batch) -> None:
        """Make a batch that was not sent due again, with the next digest."""
        with self._lock:
            table = self._table
            table.others += batch.others
            for report in batch.reports:
                if issue := table.issues.get(report.fingerprint):
                    issue.told -= report.new
                    issue.is_described = issue.is_described and not report.is_first
                    issue.is_resolved = issue.is_resolved and not report.is_resolved
                else:  # its place was needed meanwhile
                    table.others += report.new
            table.urgent.clear()
            table.digest_due = -inf

    def adopt(self, report: Report, now: float) -> Step:
        """Take over what another process could not tell: it is due with the next digest."""
        with self._lock:
            if issue := self._table.issues.get(report.fingerprint):
                issue.count += report.new
                issue.first_seen = min(issue.first_seen, report.first_seen)
            elif self._has_room():
                severity, count = report.snapshot.severity, report.new
                seen = (report.first_seen, report.last_seen)
                self._add(Issue(report.fingerprint, severity, *seen, count), report.snapshot)
            else:
                self._table.others += report.new
            return self._schedule_digest(now)

    def set_right(self, now: float) -> None:
        """Forget moments that are still to come: the clock was wrong, and has been set since."""
        with self._lock:
            table, policy = self._table, self._policy
            table.last_seen = min(table.last_seen, now)
            table.burst_at = min(table.burst_at, now)
            table.mails = [min(moment, now) for moment in table.mails]
            for issue in table.issues.values():
                issue.first_seen = min(issue.first_seen, now)
                issue.last_seen = min(issue.last_seen, now)
            if inf > table.digest_due > now + max(policy.waits):
                table.digest_due = now
            if table.not_before > now + max(policy.longest_wait, DAY):
                table.not_before = now

    def hand_over(self) -> Batch:
        """Give all that no mail has told of, for somebody else to tell; here it counts as told."""
        with self._lock:
            table = self._table
            batch = Batch(tuple(self._take_untold()), table.others)
            table.urgent.clear()
            table.others, table.digest_due = 0, inf
            return batch

    def merge(self, batch: Batch, now: float) -> None:
        """Count what was handed over, as if all of it happened now."""
        with self._lock:
            for report in batch.reports:
                name = report.fingerprint
                if self.record(name, now) is Step.DESCRIBE:
                    self.open(name, report.snapshot, now)
                if report.new > 1:
                    self.record(name, now, times=report.new - 1)
                if issue := self._table.issues.get(name):
                    issue.first_seen = min(issue.first_seen, report.first_seen)
            if batch.others:
                self._table.others += batch.others
                self._schedule_digest(now)

    def list_untold(self) -> list[Report]:
        """Give what no mail has told of, as it would be told now."""
        with self._lock:
            return [
                self._report(issue, new=issue.count - issue.told, is_first=not issue.is_described)
                for issue in self._table.issues.values()
                if issue.count > issue.told
            ]

    def hurry(self) -> None:
        """Nothing has to be handed over."""

    def succeed(self) -> None:
        """Note that a mail went out."""
        with self._lock:
            self._table.failures, self._table.not_before = 0, -inf

    def back_off(self, now: float, *, at_least: float = 0, is_lasting: bool = False) -> None:
        """Note that a mail did not go out: wait, longer each time, and longest for a lasting failure."""
        with self._lock:
            table = self._table
            wait = self._policy.waits[0] * 2 ** min(table.failures, _MOST_DOUBLINGS)
            if is_lasting or wait > self._policy.longest_wait:
                wait = self._policy.longest_wait
            table.not_before = now + max(wait, at_least)
            table.failures += 1

    def _has_room(self) -> bool:
        issues = self._table.issues
        if len(issues) < self._policy.max_issues:
            return True
        oldest = next(iter(issues.values()))
        return oldest.told == oldest.count

    def _add(self, issue: Issue, snapshot: Snapshot) -> Issue:
        """Add an issue, where there is room, in the place of the one told of longest ago."""
        issues = self._table.issues
        if len(issues) >= self._policy.max_issues:
            oldest = next(iter(issues))
            del issues[oldest], self._snapshots[oldest]
        issues[issue.fingerprint] = issue
        self._snapshots[issue.fingerprint] = snapshot
        return issue

    def _announce(self, issue: Issue, now: float) -> Step:
        """Have an issue mailed at once that is new, or again there, if that is allowed."""
        is_quiet = issue.severity != "critical" and self._quiet_left(now)
        if is_quiet or not self._may_mail_at_once(now):
            return self._schedule_digest(now)
        self._table.last_seen = now
        self._table.urgent.append(issue.fingerprint)
        return Step.WAKE

    def _reopen(self, issue: Issue, now: float) -> Step:
        issue.is_resolved = issue.is_described = False
        is_alone = issue.count == issue.told + 1
        if is_alone:
            self._announce(issue, now)
        else:
            self._schedule_digest(now)
        return Step.REOPENED

    def _schedule_digest(self, now: float) -> Step:
        """Have a digest mailed, later than the one before it, unless it was calm in between."""
        table = self._table
        if now - table.last_seen > self._policy.calm_after:
            table.digests = 0
        table.last_seen = now
        if table.digest_due < inf:
            return Step.NOTHING
        waits = self._policy.waits
        table.digest_due = now + waits[min(table.digests, len(waits) - 1)]
        return Step.WAKE

    @property
    def _room_at(self) -> float:
        """When one more mail is allowed."""
        mails = self._table.mails
        hour, day = self._policy.mails_an_hour, self._policy.mails_a_day
        at = mails[-hour] + HOUR if len(mails) >= hour else -inf
        return max(at, mails[-day] + DAY if len(mails) >= day else -inf)

    @property
    def _resolution_due(self) -> float:
        after = self._policy.resolved_after
        if after is None:
            return inf
        return min((issue.last_seen + after for issue in self._told()), default=inf)

    def _told(self) -> Iterator[Issue]:
        """Give the issues that mails have told all of, and not that they are over."""
        return (
            issue
            for issue in self._table.issues.values()
            if issue.told == issue.count and not issue.is_resolved
        )

    def _may_mail_at_once(self, now: float) -> bool:
        """Take one of the burst, if there is one left: a bucket of tokens that fills with time."""
        table = self._table
        recent = sum(1 for moment in table.mails if now - moment < HOUR) + len(table.urgent)
        if table.failures or recent >= self._policy.mails_an_hour or now < self._room_at:
            return False
        refilled = max(0.0, now - table.burst_at) / self._policy.burst_refill
        table.burst = min(self._policy.burst, table.burst + refilled)
        table.burst_at = now
        if table.burst < 1:
            return False
        table.burst -= 1
        return True

    def _take_urgent(self) -> Batch:
        """Take one occurrence: those after it wait for the digest."""
        issue = self._table.issues[self._table.urgent.pop(0)]
        issue.told, issue.is_described = issue.told + 1, True
        total = issue.told
        seen = issue.first_seen if total == 1 else issue.last_seen
        report = self._report(issue, new=1, is_first=True)
        return Batch((replace(report, total=total, last_seen=seen),))

    def _take_digest(self, now: float) -> Batch:
        table = self._table
        resolved = tuple(self._take_resolved(now))
        batch = Batch((*self._take_untold(), *resolved), table.others)
        table.digests += batch.count > 0
        table.others, table.digest_due = 0, inf
        return batch

    def _take_untold(self) -> list[Report]:
        """Give what no mail has told of, and take it as told; a mail can describe only so many issues."""
        issues = self._table.issues
        reports = self.list_untold()
        places = self._policy.max_described
        for report in reports:
            issue = issues[report.fingerprint] = issues.pop(report.fingerprint)
            issue.told = issue.count
            if report.is_first and places:
                issue.is_described = True
                places -= 1
        return reports

    def _take_resolved(self, now: float) -> Iterator[Report]:
        after = self._policy.resolved_after
        for issue in [*self._told()] if after is not None else []:
            if issue.last_seen + (after or 0) <= now and issue.last_seen < now:
                issue.is_resolved = True
                yield self._report(issue, new=0, is_first=False, is_resolved=True)

    def _report(
        self, issue: Issue, *, new: int, is_first: bool, is_resolved: bool = False
    ) -> Report:
        return Report(
            issue.fingerprint,
            self._snapshots[issue.fingerprint],
            issue.first_seen,
            issue.last_seen,
            new=new,
            total=issue.count,
            is_first=is_first,
            is_resolved=is_resolved,
        )
