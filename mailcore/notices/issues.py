"""What has happened and what has to be told: counts of equal exceptions, and when they are mailed.

A state machine without threads, clocks and mail: every method is told the time, in seconds of any
steady clock. Nothing is ever dropped: what doesn't fit the table is counted, and what could not be sent
is kept. It stays due for some attempts, then waits for the next exception, or for all to be taken.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from math import inf

from mailcore.notices.exceptions.snapshot import Snapshot
from mailcore.notices.policy import Policy

__all__ = ["Batch", "Issues", "Report", "Step"]

HOUR = 3600.0
DAY = 86400.0
_MOST_DOUBLINGS = 30


class Step(Enum):
    """What an occurrence asks of whoever recorded it."""

    NOTHING = auto()
    """It is counted."""
    WAKE = auto()
    """It is counted, and `due` has changed."""
    DESCRIBE = auto()
    """It is not counted: the issue is new, so `open` it with a snapshot."""


@dataclass(slots=True)
class Issue:
    """Equal exceptions. `told` of the `count` occurrences are in mails that went out, or are going."""

    fingerprint: str
    snapshot: Snapshot
    first_seen: float
    last_seen: float
    count: int = 1
    told: int = 0
    is_described: bool = False
    is_resolved: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One issue in one mail, which tells of `new` occurrences among `total` so far.

    One that `is_resolved` tells that there are none any more.
    """

    fingerprint: str
    snapshot: Snapshot
    first_seen: float
    last_seen: float
    new: int
    total: int
    is_first: bool
    is_resolved: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """What one mail tells: issues, and the number of exceptions that could not be told apart."""

    reports: tuple[Report, ...]
    others: int = 0

    @property
    def count(self) -> int:
        """The number of exceptions that it tells of."""
        return sum(report.new for report in self.reports) + self.others


class Issues:
    """The issues of one notifier; `quiet_left` gives for how many seconds from a time it is to be quiet."""

    def __init__(
        self, policy: Policy, *, quiet_left: Callable[[float], float] = lambda _: 0.0
    ) -> None:
        self._policy = policy
        self._quiet_left = quiet_left
        self._issues: dict[str, Issue] = {}  # the one that was told of longest ago comes first
        self._others = 0
        self._urgent: deque[str] = deque()
        self._digest_due = inf
        self._digests = 0  # in a row, without a longer silence
        self._last_seen = -inf
        self._mails: deque[float] = deque(maxlen=policy.mails_a_day)
        self._burst = float(policy.burst)
        self._burst_at = -inf
        self._failures = 0
        self._not_before = -inf

    @property
    def untold(self) -> int:
        """The number of exceptions that no mail has told of."""
        return self._others + sum(issue.count - issue.told for issue in self._issues.values())

    @property
    def due(self) -> float:
        """When the next mail is to go out; infinity for none."""
        if self._urgent:
            return self._not_before
        due = max(min(self._digest_due, self._resolution_due), self._not_before, self._room_at)
        return due if due == inf else due + self._quiet_left(due)

    def record(self, fingerprint: str, now: float) -> Step:
        """Count an occurrence, unless its issue has to be opened first."""
        if issue := self._issues.get(fingerprint):
            issue.count += 1
            issue.last_seen = now
            if issue.is_resolved:
                return self._reopen(issue, now)
        elif self._has_room():
            return Step.DESCRIBE
        else:
            self._others += 1
        return self._schedule_digest(now)

    def open(self, fingerprint: str, snapshot: Snapshot, now: float) -> Step:
        """Begin an issue with its first occurrence; one that another thread has begun is counted."""
        if fingerprint in self._issues or not self._has_room():
            return self.record(fingerprint, now)
        if len(self._issues) >= self._policy.max_issues:
            del self._issues[next(iter(self._issues))]
        issue = Issue(fingerprint, snapshot, first_seen=now, last_seen=now)
        self._issues[fingerprint] = issue
        return self._announce(issue, now)

    def take(self, now: float, *, everything: bool = False) -> Batch | None:
        """Give what the next mail is to tell, if one is due; with `everything`, what is not yet due too.

        Its occurrences count as told, unless they are `put_back`.
        """
        if not everything and now < self.due:
            return None
        if self._urgent:
            batch = Batch((_first_report(self._issues[self._urgent.popleft()]),))
        else:
            resolved = tuple(self._resolved_reports(now))
            batch = Batch((*self._untold_reports(), *resolved), self._others)
            self._digests += batch.count > 0
            self._others, self._digest_due = 0, inf
        if not batch.reports and not batch.others:
            return None
        self._mails.append(now)
        return batch

    def put_back(self, batch: Batch) -> None:
        """Make a batch that was not sent due again, with the next digest."""
        self._others += batch.others
        for report in batch.reports:
            if issue := self._issues.get(report.fingerprint):
                issue.told -= report.new
                issue.is_described = issue.is_described and not report.is_first
                issue.is_resolved = issue.is_resolved and not report.is_resolved
            else:  # its place was needed meanwhile
                self._others += report.new
        self._urgent.clear()
        self._digest_due = -inf

    def adopt(self, report: Report, now: float) -> Step:
        """Take over what another process could not tell: it is due with the next digest."""
        if issue := self._issues.get(report.fingerprint):
            issue.count += report.new
            issue.first_seen = min(issue.first_seen, report.first_seen)
        elif self._has_room():
            self._issues[report.fingerprint] = Issue(
                report.fingerprint,
                report.snapshot,
                report.first_seen,
                report.last_seen,
                count=report.new,
            )
        else:
            self._others += report.new
        return self._schedule_digest(now)

    def list_untold(self) -> list[Report]:
        """Give what no mail has told of, as it would be told now."""
        return [
            _report(issue, new=issue.count - issue.told, is_first=not issue.is_described)
            for issue in self._issues.values()
            if issue.count > issue.told
        ]

    def succeed(self) -> None:
        """Note that a mail went out."""
        self._failures, self._not_before = 0, -inf

    def back_off(self, now: float, *, at_least: float = 0, is_lasting: bool = False) -> None:
        """Note that a mail did not go out: wait, longer each time, and longest for a lasting failure.

        After the last attempt nothing is due any more, until the next exception.
        """
        wait = self._policy.waits[0] * 2 ** min(self._failures, _MOST_DOUBLINGS)
        if is_lasting or wait > self._policy.longest_wait:
            wait = self._policy.longest_wait
        self._not_before = now + max(wait, at_least)
        self._failures += 1
        if self._failures >= self._policy.attempts:
            self._digest_due = inf

    def _has_room(self) -> bool:
        if len(self._issues) < self._policy.max_issues:
            return True
        oldest = next(iter(self._issues.values()))
        return oldest.told == oldest.count

    def _announce(self, issue: Issue, now: float) -> Step:
        """Have an issue mailed at once that is new, or again there, if that is allowed."""
        is_quiet = issue.snapshot.severity != "critical" and self._quiet_left(now)
        if is_quiet or not self._may_mail_at_once(now):
            return self._schedule_digest(now)
        self._last_seen = now
        self._urgent.append(issue.fingerprint)
        return Step.WAKE

    def _reopen(self, issue: Issue, now: float) -> Step:
        issue.is_resolved = issue.is_described = False
        is_alone = issue.count == issue.told + 1
        return self._announce(issue, now) if is_alone else self._schedule_digest(now)

    def _schedule_digest(self, now: float) -> Step:
        """Have a digest mailed, later than the one before it, unless it was calm in between."""
        if now - self._last_seen > self._policy.calm_after:
            self._digests = 0
        self._last_seen = now
        if self._digest_due < inf:
            return Step.NOTHING
        waits = self._policy.waits
        self._digest_due = now + waits[min(self._digests, len(waits) - 1)]
        return Step.WAKE

    @property
    def _room_at(self) -> float:
        """When one more mail is allowed."""
        hour, day = self._policy.mails_an_hour, self._policy.mails_a_day
        at = self._mails[-hour] + HOUR if len(self._mails) >= hour else -inf
        return max(at, self._mails[0] + DAY if len(self._mails) >= day else -inf)

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
            for issue in self._issues.values()
            if issue.told == issue.count and not issue.is_resolved
        )

    def _resolved_reports(self, now: float) -> Iterator[Report]:
        after = self._policy.resolved_after
        for issue in [*self._told()] if after is not None else []:
            if issue.last_seen + (after or 0) <= now and issue.last_seen < now:
                issue.is_resolved = True
                yield _report(issue, new=0, is_first=False, is_resolved=True)

    def _may_mail_at_once(self, now: float) -> bool:
        """Take one of the burst, if there is one left: a bucket of tokens that fills with time."""
        recent = sum(1 for moment in self._mails if now - moment < HOUR) + len(self._urgent)
        if self._failures or recent >= self._policy.mails_an_hour or now < self._room_at:
            return False
        refilled = (now - self._burst_at) / self._policy.burst_refill
        self._burst = min(self._policy.burst, self._burst + refilled)
        self._burst_at = now
        if self._burst < 1:
            return False
        self._burst -= 1
        return True

    def _untold_reports(self) -> Iterator[Report]:
        """Give what no mail has told of, and take it as told; a mail can describe only so many issues."""
        untold = [issue for issue in self._issues.values() if issue.count > issue.told]
        places = self._policy.max_described
        for issue in untold:
            self._issues[issue.fingerprint] = self._issues.pop(issue.fingerprint)
            new = issue.count - issue.told
            report = _report(issue, new=new, is_first=not issue.is_described)
            issue.told = issue.count
            if report.is_first and places:
                issue.is_described = True
                places -= 1
            yield report


def _first_report(issue: Issue) -> Report:
    """Give a report of one occurrence: those after it wait for the digest."""
    issue.told, issue.is_described = issue.told + 1, True
    total = issue.told
    seen = issue.first_seen if total == 1 else issue.last_seen
    report = _report(issue, new=1, is_first=True)
    return replace(report, total=total, last_seen=seen)


def _report(issue: Issue, *, new: int, is_first: bool, is_resolved: bool = False) -> Report:
    return Report(
        issue.fingerprint,
        issue.snapshot,
        issue.first_seen,
        issue.last_seen,
        new=new,
        total=issue.count,
        is_first=is_first,
        is_resolved=is_resolved,
    )
