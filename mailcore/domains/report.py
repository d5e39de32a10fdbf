"""What is known about a domain after its checks, as a value that prints well and dumps to JSON."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, computed_field

from mailcore.domains.check import CheckResult
from mailcore.domains.dkim import DKIMKeys
from mailcore.domains.dmarc import DMARCPolicy
from mailcore.domains.finding import Finding, Severity
from mailcore.domains.mx import MXHosts
from mailcore.domains.spf import SPFPolicies

__all__ = ["DomainReport"]

SHOWN = 100  # characters of a value in a line

_SIGNS = {
    Severity.ERROR: "✗",
    Severity.WARNING: "!",
    Severity.NOTICE: "·",
    Severity.INFO: "·",
    Severity.OK: "✓",
}


class DomainReport(BaseModel, frozen=True):
    """The results of the checks; one that was not made is "unknown" and has no findings.

    `CHECKS` names the fields that are results; checks of one's own are in `others`, by their names.
    """

    CHECKS: ClassVar[tuple[str, ...]] = ("mx", "spf", "dkim", "dmarc")

    domain: str
    mx: CheckResult[MXHosts] = CheckResult(status="unknown")
    spf: CheckResult[SPFPolicies] = CheckResult(status="unknown")
    dkim: CheckResult[DKIMKeys] = CheckResult(status="unknown")
    dmarc: CheckResult[DMARCPolicy] = CheckResult(status="unknown")
    others: Mapping[str, CheckResult[Any]] = {}

    @property
    def results(self) -> dict[str, CheckResult[Any]]:
        """All results by the names of their checks."""
        return {name: getattr(self, name) for name in self.CHECKS} | dict(self.others)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What all checks found, the worst first."""
        found = [finding for result in self.results.values() for finding in result.findings]
        return tuple(sorted(found, key=lambda finding: finding.severity, reverse=True))

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def worst(self) -> Severity:
        """The greatest severity of all findings; `Severity.OK` where there is none."""
        return max((finding.severity for finding in self.findings), default=Severity.OK)

    def __str__(self) -> str:
        """Give the report for a terminal: a line for each check, then what was found."""
        lines = [f"{self.domain}: {self.worst}", ""]
        for name, result in self.results.items():
            value = "" if result.value is None else str(result.value)
            lines.append(f"  {name.upper():<6} {result.status:<8} {_shorten(value)}")
        for finding in self.findings:
            lines.extend(("", *_describe(finding)))
        return "\n".join(_printable(line).rstrip() for line in lines)


def _describe(finding: Finding) -> Iterator[str]:
    yield f"{_SIGNS[finding.severity]} {finding.severity} {finding.code}  {finding.subject}"
    yield f"  {finding.message}"
    if finding.advice:
        yield f"  → {finding.advice}"


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _printable(text: str) -> str:
    """Give a text that cannot command a terminal: what DNS says is anybody's."""
    return "".join(character if character.isprintable() else "�" for character in text)
