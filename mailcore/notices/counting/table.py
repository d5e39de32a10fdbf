"""What is known of the past: issues, and what was mailed; and what a mail is to tell of it."""

from dataclasses import dataclass, field
from enum import Enum, auto
from math import inf
from typing import Protocol

from mailcore.notices.exceptions.snapshot import Severity, Snapshot

__all__ = ["Batch", "Issue", "Ledger", "Report", "Snapshots", "Step", "Table"]


class Step(Enum):
    """What an occurrence asks of whoever recorded it."""

    NOTHING = auto()
    """It is counted."""
    WAKE = auto()
    """It is counted, and `due` has changed."""
    REOPENED = auto()
    """It is counted, though it was told to be over, and `due` has changed."""
    DESCRIBE = auto()
    """It is not counted: the issue is new, so `open` it with a snapshot."""
    CROWDED_OUT = auto()
    """It is counted, though by number alone: while it was described, its place was taken."""


@dataclass(slots=True)
class Issue:
    """Equal exceptions. `told` of the `count` occurrences are in mails that went out, or are going."""

    fingerprint: str
    severity: Severity
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


@dataclass(slots=True)
class Table:
    """All that has to be known of the past: the issues, and what was mailed when."""

    issues: dict[str, Issue] = field(default_factory=dict)
    """By fingerprint; the one that was told of longest ago comes first."""
    others: int = 0
    urgent: list[str] = field(default_factory=list)
    digest_due: float = inf
    digests: int = 0
    """In a row, without a longer silence."""
    last_seen: float = -inf
    mails: list[float] = field(default_factory=list)
    burst: float = inf
    burst_at: float = -inf
    failures: int = 0
    not_before: float = -inf


class Snapshots(Protocol):
    """What was recorded of each issue, by fingerprint."""

    def __getitem__(self, fingerprint: str, /) -> Snapshot:
        """Give one that was set."""
        ...

    def __setitem__(self, fingerprint: str, snapshot: Snapshot, /) -> None:
        """Set one."""
        ...

    def __delitem__(self, fingerprint: str, /) -> None:
        """Remove one that was set."""
        ...


class Ledger(Protocol):
    """The issues of a route, as `Issues` or `SharedIssues`: what is counted, and what is to be told."""

    @property
    def is_shared(self) -> bool:
        """Whether other processes tell what this one leaves."""
        ...

    @property
    def untold(self) -> int:
        """The number of exceptions that no mail has told of."""
        ...

    @property
    def pending(self) -> int:
        """The number of those that only this process knows of."""
        ...

    @property
    def others(self) -> int:
        """The number of those of more kinds than can be told apart."""
        ...

    @property
    def due(self) -> float:
        """When there is something to do; infinity for never."""
        ...

    def record(self, fingerprint: str, now: float) -> Step:
        """Count an occurrence, unless its issue has to be opened first."""
        ...

    def open(self, fingerprint: str, snapshot: Snapshot, now: float) -> Step:
        """Begin an issue with its first occurrence."""
        ...

    def adopt(self, report: Report, now: float) -> Step:
        """Take over what another process could not tell."""
        ...

    def list_untold(self) -> list[Report]:
        """Give what only this process knows of, and no mail has told of."""
        ...

    def take(self, now: float, *, everything: bool = False) -> Batch | None:
        """Give what the next mail is to tell, if one is due."""
        ...

    def put_back(self, batch: Batch) -> None:
        """Make a batch that was not sent due again."""
        ...

    def succeed(self) -> None:
        """Note that a mail went out."""
        ...

    def back_off(self, now: float, *, at_least: float = 0, is_lasting: bool = False) -> None:
        """Note that a mail did not go out."""
        ...

    def hurry(self) -> None:
        """Have what only this process knows of handed over at once, where others can tell it."""
        ...
