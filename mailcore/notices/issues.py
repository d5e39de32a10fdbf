"""What has happened and what has to be told: counts of equal exceptions, and when they are mailed.

A state machine without threads, clocks and mail: every method is told the time, in seconds of any
steady clock. Nothing is ever dropped: what doesn't fit the table is counted, and what could not be sent
is kept. It stays due for some attempts, then waits for the next exception, or for all to be taken.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from math import inf

from mailcore.notices.exceptions.snapshot import Snapshot
from mailcore.notices.policy import Policy

__all__ = ["Batch", "Issues", "Report", "Step"]

HOUR = 3600.0
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


@dataclass(frozen=True, slots=True)
class Report:
    """One issue in one mail, which tells of `new` occurrences among `total` so far."""

    fingerprint: str
    snapshot: Snapshot
    first_seen: float
    last_seen: float
    new: int
    total: int
    is_first: bool


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
    """The issues of one notifier."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._issues: dict[str, Issue] = {}  # the one that was told of longest ago comes first
        self._others = 0
        self._urgent: deque[str] = deque()
        self._digest_due = inf
        self._mails: deque[float] = deque(maxlen=policy.mails_an_hour)
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
        is_full = len(self._mails) == self._mails.maxlen
        return max(self._digest_due, self._not_before, self._mails[0] + HOUR if is_full else -inf)

    def record(self, fingerprint: str, now: float) -> Step:
        """Count an occurrence, unless its issue has to be opened first."""
        if issue := self._issues.get(fingerprint):
            issue.count += 1
            issue.last_seen = now
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
        self._issues[fingerprint] = Issue(fingerprint, snapshot, first_seen=now, last_seen=now)
        if not self._may_mail_at_once(now):
            return self._schedule_digest(now)
        self._urgent.append(fingerprint)
        return Step.WAKE

    def take(self, now: float, *, everything: bool = False) -> Batch | None:
        """Give what the next mail is to tell, if one is due; with `everything`, what is not yet due too.

        Its occurrences count as told, unless they are `put_back`.
        """
        if not everything and now < self.due:
            return None
        if self._urgent:
            batch = Batch((_first_report(self._issues[self._urgent.popleft()]),))
        else:
            batch = Batch(tuple(self._untold_reports()), self._others)
            self._others, self._digest_due = 0, inf
        if not batch.count:
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
            else:  # its place was needed meanwhile
                self._others += report.new
        self._urgent.clear()
        self._digest_due = -inf

    def succeed(self) -> None:
        """Note that a mail went out."""
        self._failures, self._not_before = 0, -inf

    def back_off(self, now: float, *, at_least: float = 0, is_lasting: bool = False) -> None:
        """Note that a mail did not go out: wait, longer each time, and longest for a lasting failure.

        After the last attempt nothing is due any more, until the next exception.
        """
        wait = self._policy.digest_after * 2 ** min(self._failures, _MOST_DOUBLINGS)
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

    def _schedule_digest(self, now: float) -> Step:
        if self._digest_due < inf:
            return Step.NOTHING
        self._digest_due = now + self._policy.digest_after
        return Step.WAKE

    def _may_mail_at_once(self, now: float) -> bool:
        """Take one of the burst, if there is one left: a bucket of tokens that fills with time."""
        recent = sum(1 for moment in self._mails if now - moment < HOUR) + len(self._urgent)
        if self._failures or recent >= self._policy.mails_an_hour:
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
            report = Report(
                issue.fingerprint,
                issue.snapshot,
                issue.first_seen,
                issue.last_seen,
                new=issue.count - issue.told,
                total=issue.count,
                is_first=not issue.is_described,
            )
            issue.told = issue.count
            if report.is_first and places:
                issue.is_described = True
                places -= 1
            yield report


def _first_report(issue: Issue) -> Report:
    """Give a report of the first occurrence alone: those after it wait for the digest."""
    issue.told, issue.is_described = 1, True
    return Report(
        issue.fingerprint,
        issue.snapshot,
        issue.first_seen,
        issue.first_seen,
        new=1,
        total=1,
        is_first=True,
    )
