"""What is known about a domain after its checks, as a value that prints well and dumps to JSON."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, computed_field

from mailcore.domains.check import CheckResult
from mailcore.domains.finding import Finding, Severity
from mailcore.domains.policies.bimi import BIMIAssertion
from mailcore.domains.policies.dkim.check import DKIMKeys
from mailcore.domains.policies.dmarc.check import DMARCPolicy
from mailcore.domains.policies.mta_sts import MTASTSDeployment
from mailcore.domains.policies.spf.check import SPFPolicies
from mailcore.domains.policies.tls_rpt import TLSRPTPolicy
from mailcore.domains.servers.autodiscovery import MailServices
from mailcore.domains.servers.dane import DANEHosts
from mailcore.domains.servers.fcrdns import FCrDNSAddresses
from mailcore.domains.servers.mx import MXHosts
from mailcore.domains.servers.starttls import StartTLSHosts

__all__ = ["DomainReport"]

SHOWN = 100  # characters of a value in a line

_SIGNS = {
    Severity.ERROR: "✗",
    Severity.WARNING: "!",
    Severity.NOTICE: "·",
    Severity.INFO: "·",
    Severity.OK: "✓",
}
_COLOURS = {
    Severity.ERROR: 31,
    Severity.WARNING: 33,
    Severity.NOTICE: 36,
    Severity.INFO: 36,
    Severity.OK: 32,
}
_NOT_MADE: CheckResult[Any] = CheckResult(status="unknown")


class DomainReport(BaseModel, frozen=True):
    """The results of the checks; one that was not made is "unknown" and has no findings.

    `CHECKS` names the fields that are results; checks of one's own are in `others`, by their names.
    `queries` counts the questions to DNS, each once, `elapsed` is in seconds.
    """

    CHECKS: ClassVar[tuple[str, ...]] = (
        "mx",
        "spf",
        "dkim",
        "dmarc",
        "mta_sts",
        "tls_rpt",
        "bimi",
        "dane",
        "fcrdns",
        "autodiscovery",
        "starttls",
    )

    domain: str
    mx: CheckResult[MXHosts] = _NOT_MADE
    spf: CheckResult[SPFPolicies] = _NOT_MADE
    dkim: CheckResult[DKIMKeys] = _NOT_MADE
    dmarc: CheckResult[DMARCPolicy] = _NOT_MADE
    mta_sts: CheckResult[MTASTSDeployment] = _NOT_MADE
    tls_rpt: CheckResult[TLSRPTPolicy] = _NOT_MADE
    bimi: CheckResult[BIMIAssertion] = _NOT_MADE
    dane: CheckResult[DANEHosts] = _NOT_MADE
    fcrdns: CheckResult[FCrDNSAddresses] = _NOT_MADE
    autodiscovery: CheckResult[MailServices] = _NOT_MADE
    starttls: CheckResult[StartTLSHosts] = _NOT_MADE
    others: Mapping[str, CheckResult[Any]] = {}
    queries: int = 0
    elapsed: float = 0.0

    @property
    def results(self) -> dict[str, CheckResult[Any]]:
        """The results of the checks that were made, by their names."""
        results = {name: getattr(self, name) for name in self.CHECKS}
        made = {name: result for name, result in results.items() if result != _NOT_MADE}
        return made | dict(self.others)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What all checks found, the worst first; what several found is there once."""
        results = self.results.values()
        found = dict.fromkeys(finding for result in results for finding in result.findings)
        return tuple(sorted(found, key=lambda finding: finding.severity, reverse=True))

    @computed_field  # type: ignore[prop-decorator]  # mypy knows no decorated properties
    @property
    def worst(self) -> Severity:
        """The greatest severity of all findings; `Severity.OK` where there is none."""
        return max((finding.severity for finding in self.findings), default=Severity.OK)

    def __str__(self) -> str:
        """Give the report as `to_text` does."""
        return self.to_text()

    def to_text(self, *, colour: bool = False) -> str:
        """Give the report for people: a line for each check, then what was found, the worst first.

        With `colour` severities have the colours that terminals know (ECMA-48 8.3.117).
        """
        paint = _paint if colour else _leave
        results = {name.upper().replace("_", "-"): one for name, one in self.results.items()}
        width = max(map(len, results), default=0)
        lines = [f"{_printable(self.domain)}: {paint(self.worst, self.worst)}", ""]
        for name, result in results.items():
            value = "" if result.value is None else _printable(str(result.value))
            worst = max((finding.severity for finding in result.findings), default=Severity.OK)
            status = paint(result.status, worst) + " " * (len("present") - len(result.status))
            lines.append(f"  {name:<{width}} {status}  {_shorten(value)}")
        for finding in self.findings:
            lines.extend(("", *_describe(finding, paint)))
        return "\n".join(line.rstrip() for line in lines)


def _describe(finding: Finding, paint: Callable[[str, Severity], str]) -> Iterator[str]:
    severity = paint(f"{_SIGNS[finding.severity]} {finding.severity}", finding.severity)
    yield f"{severity} {finding.code}  {_printable(finding.subject)}"
    yield f"  {_printable(finding.message)}"
    if finding.advice:
        yield f"  → {_printable(finding.advice)}"


def _paint(text: str, severity: Severity) -> str:
    return f"\x1b[{_COLOURS[severity]}m{text}\x1b[0m"


def _leave(text: str, severity: Severity) -> str:  # noqa: ARG001 - as `_paint` is called
    return text


def _shorten(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _printable(text: str) -> str:
    """Give a text that cannot command a terminal: what DNS says is anybody's."""
    return "".join(character if character.isprintable() else "�" for character in text)
