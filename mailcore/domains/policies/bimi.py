"""The logo that a domain wants shown beside its mail: the record, and DMARC, which it needs.

It is laid down in draft-brand-indicators-for-message-identification. The logo itself, and the
certificate for it, are not fetched.
"""

import re
from collections.abc import Iterator

from pydantic import BaseModel

from mailcore.domains.check import LOOKUP_FAILED, CheckResult, Inquiry, ask, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.policies.dmarc.check import DMARC, DMARCPolicy
from mailcore.domains.policies.published import FINDING_LIMIT, Published
from mailcore.domains.records.bimi import BIMIRecord, is_bimi, read_bimi
from mailcore.errors import ConfigurationError

__all__ = ["BIMI", "BIMIAssertion"]

_SELECTOR = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_DRAFT = "draft-brand-indicators-for-message-identification"

MISSING = Kind(
    "bimi.missing",
    Severity.INFO,
    "there is no BIMI record: mail programs show no logo of the domain",
    "Nothing has to be done, unless a logo is wanted.",
    f"{_DRAFT} 4.3",
)
SEVERAL = Kind(
    "bimi.several",
    Severity.ERROR,
    "there are {count} BIMI records: receivers show no logo",
    "Keep one; a further logo needs a selector of its own.",
    f"{_DRAFT} 7.2",
)
NEAR_MISS = Kind(
    "bimi.near-miss",
    Severity.ERROR,
    "a TXT record here does not start with “v=BIMI1;” and is passed over",
    "Write “v=BIMI1;” at its start.",
    f"{_DRAFT} 7.2",
)
SYNTAX = Kind(
    "bimi.syntax",
    Severity.ERROR,
    "{problem}: receivers show no logo",
    "Write it like “v=BIMI1; l=https://example.com/logo.svg; a=https://example.com/logo.pem”.",
    f"{_DRAFT} 4.3",
)
DECLINED = Kind(
    "bimi.declined",
    Severity.INFO,
    "the domain says that it wants no logo shown",
    "Nothing has to be done, if that is meant.",
    f"{_DRAFT} 4.3.1",
)
NO_EVIDENCE = Kind(
    "bimi.no-evidence",
    Severity.INFO,
    "the record has no certificate for the logo, and many receivers show none without",
    "Get a mark certificate, and publish its place as a=https://….",
    f"{_DRAFT} 4.3",
)
NOT_ENFORCED = Kind(
    "bimi.dmarc-not-enforced",
    Severity.WARNING,
    "receivers show no logo, for DMARC is not enforced: {obstacle}",
    "Ask for p=quarantine or p=reject in the DMARC record, without sp=none and t=y.",
    f"{_DRAFT} 7.1",
)
TAG_UNKNOWN = Kind(
    "bimi.tag-unknown",
    Severity.INFO,
    "nobody knows “{tag}”; it is passed over",
    "Look for a typing error, or remove it.",
    f"{_DRAFT} 4.3",
)

_PUBLISHED = Published(is_bimi, "bimi", MISSING, SEVERAL, NEAR_MISS)


class BIMIAssertion(BaseModel, frozen=True):
    """The logo that a selector stands for: the URLs of the picture and of its certificate."""

    selector: str
    location: str
    evidence: str
    record: BIMIRecord

    def __str__(self) -> str:
        return "declined" if self.record.is_declined else self.location or "no logo"


class BIMI:
    """Checks the record of a selector, and whether DMARC is strict enough for it."""

    name = "bimi"

    def __init__(self, selector: str = "default") -> None:
        if not _SELECTOR.fullmatch(selector):
            raise ConfigurationError(f"not a selector: {selector!r}")
        self.selector: str = selector.lower()

    def inquire(self, domain: str) -> Inquiry[CheckResult[BIMIAssertion]]:
        """Ask for the record, and where there is one, what the check of DMARC asks."""
        query = ask(f"{self.selector}._bimi.{domain}", "TXT")
        if isinstance(query, Finding):
            return _PUBLISHED.nothing(domain, [query])
        answers = yield [query]
        text, findings = _PUBLISHED.find(answers[query])
        if text is None:
            return _PUBLISHED.nothing(domain, findings)
        record = read_bimi(text)
        findings = list(_judge_record(query.name, record))
        if record.location:
            findings.extend(_judge_dmarc(domain, (yield from DMARC().inquire(domain))))
        value = BIMIAssertion(
            selector=self.selector,
            location=record.location,
            evidence=record.evidence,
            record=record,
        )
        return CheckResult(status=judge(findings), value=value, findings=tuple(findings))


def _judge_record(name: str, record: BIMIRecord) -> Iterator[Finding]:
    for fault in record.faults[:FINDING_LIMIT]:
        yield SYNTAX.at(name, problem=fault.message, span=fault.span)
    if record.is_declined:
        yield DECLINED.at(name)
    elif not record.evidence:
        yield NO_EVIDENCE.at(name)
    for tag in record.unknown[:FINDING_LIMIT]:
        yield TAG_UNKNOWN.at(name, tag=f"{tag.name}={tag.value[:40]}", span=tag.span)


def _judge_dmarc(domain: str, dmarc: CheckResult[DMARCPolicy]) -> Iterator[Finding]:
    """Find what keeps DMARC from being enforced, by the record that holds for the domain."""
    if dmarc.value is None and dmarc.status == "unknown":
        yield from (finding for finding in dmarc.findings if finding.code == LOOKUP_FAILED.code)
    elif obstacle := _obstacle(dmarc.value):
        yield NOT_ENFORCED.at(domain, obstacle=obstacle)


def _obstacle(dmarc: DMARCPolicy | None) -> str:
    if dmarc is None:
        return "there is no DMARC record that holds"
    if dmarc.policy in {None, "none"}:
        return "its policy is none"
    if dmarc.record.subdomain_policy == "none":
        return "its policy for subdomains is none"
    if dmarc.record.testing:
        return "it is only being tried, t=y"
    return ""
