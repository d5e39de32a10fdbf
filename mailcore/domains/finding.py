"""A finding: what a check has to say, with a code that is documented and never renamed.

A check declares what it can find as `Kind`s and reports one with `KIND.at(subject, …)`. All of them
are listed in docs/reference/findings.md.
"""

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel

from mailcore.domains.records.fault import Span

__all__ = ["Finding", "Kind", "Severity"]


class Severity(StrEnum):
    """How bad it is; comparable, `Severity.ERROR` being the greatest."""

    OK = "ok"
    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"

    def __lt__(self, other: str) -> bool:
        return _RANKS[self] < _RANKS[Severity(other)]

    def __le__(self, other: str) -> bool:
        return _RANKS[self] <= _RANKS[Severity(other)]

    def __gt__(self, other: str) -> bool:
        return _RANKS[self] > _RANKS[Severity(other)]

    def __ge__(self, other: str) -> bool:
        return _RANKS[self] >= _RANKS[Severity(other)]


_RANKS: dict[str, int] = {severity: rank for rank, severity in enumerate(Severity)}


class Finding(BaseModel, frozen=True):
    """One thing that a check found.

    `subject` is the DNS name that it is about, `span` the place in that name's record, `evidence`
    what was seen there. `advice` says what to do about it and `reference` where it is laid down.
    """

    code: str
    severity: Severity
    subject: str
    message: str
    advice: str | None = None
    reference: str | None = None
    span: Span | None = None
    evidence: tuple[str, ...] = ()


class Kind(NamedTuple):
    """What can be found: its message is a template for the facts of each case."""

    code: str
    severity: Severity
    message: str
    advice: str
    reference: str | None = None

    def at(
        self,
        subject: str,
        *,
        span: Span | None = None,
        evidence: tuple[str, ...] = (),
        **facts: object,
    ) -> Finding:
        """Give the finding for one subject."""
        return Finding(
            code=self.code,
            severity=self.severity,
            subject=subject,
            message=self.message.format_map({"subject": subject, **facts}),
            advice=self.advice.format_map({"subject": subject, **facts}),
            reference=self.reference,
            span=span,
            evidence=evidence,
        )
