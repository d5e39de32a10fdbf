"""The logo that a domain wants shown beside its mail: the record, and DMARC, which it needs.

It is laid down in draft-brand-indicators-for-message-identification. The logo itself, and the
certificate for it, are not fetched.
"""

import re
from collections.abc import Iterator

from pydantic import BaseModel

from mailcore.domains.check import LOOKUP_FAILED, CheckResult, Inquiry, ask, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.policies.dmarc.check import DMARCPolicy, find_policy
from mailcore.domains.policies.published import FINDING_LIMIT, Published
from mailcore.domains.records.bimi import BIMIRecord, is_bimi, read_bimi
from mailcore.domains.records.dmarc import DMARCRecord
from mailcore.errors import ConfigurationError

__all__ = ["BIMI", "BIMIAssertion"]

_SELECTOR = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_DRAFT = "draft-brand-indicators-for-message-identification"

INHERITED = Kind(
    "bimi.inherited",
    Severity.INFO,
    "the domain has no record of its own: the one of {source} holds",
    "Nothing has to be done.",
    f"{_DRAFT} 7.2",
)
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
    "Ask for p=quarantine or p=reject in the DMARC record, without sp=none, t=y and pct.",
    f"{_DRAFT} 7.1",
)
TAG_UNKNOWN = Kind(
    "bimi.tag-unknown",
    Severity.INFO,
    "nobody knows “{tag}”; it is passed over",
    "Look for a typing error, or remove it.",
    f"{_DRAFT} 4.3",
)

_FINAL = {SEVERAL.code, LOOKUP_FAILED.code}  # after which no other record is looked for
_PUBLISHED = Published(is_bimi, re.compile("bimi", re.IGNORECASE), MISSING, SEVERAL, NEAR_MISS)


class BIMIAssertion(BaseModel, frozen=True):
    """The logo that a selector stands for: the URLs of the picture and of its certificate.

    `source` is the name whose record it is: the domain, or its organizational domain.
    """

    selector: str
    source: str
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
        """Ask for the record, or the one of the organizational domain; then for DMARC's policies."""
        source = domain
        text, findings = yield from self._find(domain)
        if text is None and _FINAL.isdisjoint(finding.code for finding in findings):
            source, failed = yield from _find_organization(domain)
            findings.extend(failed)
            if source != domain:
                text, more = yield from self._find(source)
                findings.extend(more)
        if text is None:
            return _PUBLISHED.nothing(domain, findings)
        record = read_bimi(text)
        if source != domain:
            findings = [_lower(finding) for finding in findings]
            findings.append(INHERITED.at(domain, source=source))
        findings.extend(_judge_record(self._place(source), record))
        if record.location:
            findings += yield from _inspect_dmarc(domain)
        value = BIMIAssertion(
            selector=self.selector,
            source=source,
            location=record.location,
            evidence=record.evidence,
            record=record,
        )
        return CheckResult(status=judge(findings), value=value, findings=tuple(findings))

    def _place(self, domain: str) -> str:
        return f"{self.selector}._bimi.{domain}"

    def _find(self, domain: str) -> Inquiry[tuple[str | None, list[Finding]]]:
        query = ask(self._place(domain), "TXT")
        if isinstance(query, Finding):
            return None, [query]
        return _PUBLISHED.find((yield [query])[query])


def _lower(finding: Finding) -> Finding:
    """Give what is wrong at the domain itself as a notice: it keeps nobody from what is inherited."""
    if finding.severity <= Severity.NOTICE or finding.code != NEAR_MISS.code:
        return finding
    return finding.model_copy(update={"severity": Severity.NOTICE})


def _find_organization(domain: str) -> Inquiry[tuple[str, list[Finding]]]:
    """Give the organizational domain, or the domain itself where that is not known; and why it is not."""
    policy, _, failed = yield from find_policy(domain)
    return (policy and policy.organizational_domain) or domain, failed


def _judge_record(name: str, record: BIMIRecord) -> Iterator[Finding]:
    for fault in record.faults[:FINDING_LIMIT]:
        yield SYNTAX.at(name, problem=fault.message, span=fault.span)
    if record.is_declined:
        yield DECLINED.at(name)
    elif not record.evidence:
        yield NO_EVIDENCE.at(name)
    for tag in record.unknown[:FINDING_LIMIT]:
        yield TAG_UNKNOWN.at(name, tag=f"{tag.name}={tag.value[:40]}", span=tag.span)


def _inspect_dmarc(domain: str) -> Inquiry[list[Finding]]:
    """Find what keeps DMARC from being enforced, at the domain or at its organizational domain."""
    policy, findings, failed = yield from find_policy(domain)
    if policy is None and failed:
        return failed
    if doubts := [one for one in findings if one.code == LOOKUP_FAILED.code]:
        return doubts  # another policy may hold
    if obstacle := _obstacle(policy):
        return [NOT_ENFORCED.at(domain, obstacle=obstacle)]
    organization = policy.organizational_domain if policy else None
    if organization in {None, domain}:
        return failed
    above = yield from find_policy(organization)
    obstacle = _obstacle(above.policy)
    return [NOT_ENFORCED.at(organization, obstacle=obstacle)] if obstacle else []


def _obstacle(dmarc: DMARCPolicy | None) -> str:
    if dmarc is None or dmarc.record.is_policy_ambiguous:
        return "there is no DMARC record that holds"
    if dmarc.policy in {None, "none"}:
        return "its policy is none"
    if dmarc.record.subdomain_policy == "none":
        return "its policy for subdomains is none"
    if dmarc.policy == "quarantine" and _share(dmarc.record) != "100":
        return f"it is for a part of the mail, pct={_share(dmarc.record)}"
    if dmarc.record.testing:
        return "it is only being tried, t=y"
    return ""


def _share(record: DMARCRecord) -> str:
    """Give the percentage of mail that a policy is for, which DMARC has given up and BIMI looks at."""
    return next((tag.value[:40] for tag in record.removed if tag.name == "pct"), "100")
