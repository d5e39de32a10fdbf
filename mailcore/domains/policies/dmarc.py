"""The DMARC policy that holds for a domain, found by the tree walk of RFC 9989 (4.10)."""

from collections.abc import Iterator
from itertools import chain, takewhile

from pydantic import BaseModel

from mailcore.domains.check import Answers, CheckResult, Inquiry, ask, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.records.dmarc import DMARCRecord, Policy, is_dmarc, read_dmarc
from mailcore.net.dns import Answer, Lookup, Query

__all__ = ["DMARC", "DMARCPolicy", "tree_walk"]

WALK_LABELS = 7  # after the first name, a walk goes on with so many, RFC 9989 4.10

_STRENGTH: dict[Policy, int] = {"none": 0, "quarantine": 1, "reject": 2}

MISSING = Kind(
    "dmarc.missing",
    Severity.ERROR,
    "there is no DMARC record for the domain: anybody can write in its name",
    "Publish “_dmarc.{subject}. TXT v=DMARC1; p=none; rua=mailto:…”, read the reports, and then "
    "ask for p=quarantine or p=reject.",
    "RFC 9989 4.7",
)
SEVERAL = Kind(
    "dmarc.several",
    Severity.ERROR,
    "there are {count} DMARC records: receivers pass over all of them",
    "Keep one.",
    "RFC 9989 4.10",
)
NEAR_MISS = Kind(
    "dmarc.near-miss",
    Severity.ERROR,
    "a TXT record here does not start with “v=DMARC1;” and is passed over",
    "Write “v=DMARC1;” at its start, in this case.",
    "RFC 9989 4.7",
)
INHERITED = Kind(
    "dmarc.inherited",
    Severity.INFO,
    "the domain has no record of its own: the one of {source} holds",
    "Nothing has to be done.",
    "RFC 9989 4.10",
)
ORGANIZATION_UNKNOWN = Kind(
    "dmarc.organization-unknown",
    Severity.INFO,
    "a lookup above the record failed: its policy holds, but the organizational domain is not known",
    "Nothing has to be done here; check again later.",
    "RFC 9989 4.10",
)
NO_POLICY = Kind(
    "dmarc.no-policy",
    Severity.ERROR,
    "the record has neither a usable policy nor an address for reports: it asks for nothing",
    "Add p=none and rua=mailto:…, or a stronger policy.",
    "RFC 9989 4.7",
)
POLICY_ASSUMED = Kind(
    "dmarc.policy-assumed",
    Severity.WARNING,
    "the record has no usable policy: receivers take p=none",
    "Say p=none, p=quarantine or p=reject, and the like in sp and np.",
    "RFC 9989 4.7",
)
POLICY_NONE = Kind(
    "dmarc.policy-none",
    Severity.WARNING,
    "the policy is none: receivers do nothing about mail that fails",
    "When the reports show that your own mail passes, ask for p=quarantine or p=reject.",
    "RFC 9989 4.7",
)
SUBDOMAINS_WEAKER = Kind(
    "dmarc.subdomains-weaker",
    Severity.WARNING,
    "{tag}={policy} is weaker than p: subdomains can be written from in the domain's name",
    "Remove {tag}, unless it is needed for a while.",
    "RFC 9989 4.7",
)
TESTING = Kind(
    "dmarc.testing",
    Severity.NOTICE,
    "t=y: receivers are asked to act one level below the policy",
    "Remove t=y when the reports show that your own mail passes.",
    "RFC 9989 4.7",
)
NO_REPORTS = Kind(
    "dmarc.no-reports",
    Severity.NOTICE,
    "nobody gets the reports",
    "Add rua=mailto:… with an address that is read, by a person or a service.",
    "RFC 9990 2",
)
SYNTAX = Kind(
    "dmarc.syntax",
    Severity.WARNING,
    "{problem}: receivers take it as not there",
    "Correct or remove it.",
    "RFC 9989 4.8",
)
TAG_REMOVED = Kind(
    "dmarc.tag-removed",
    Severity.INFO,
    "the tag {tag} is no part of DMARC any more, and is passed over",
    "Remove it.",
    "RFC 9989 A.6",
)
TAG_UNKNOWN = Kind(
    "dmarc.tag-unknown",
    Severity.INFO,
    "there is no tag {tag}; it is passed over",
    "Look for a typing error, or remove it.",
    "RFC 9989 4.8",
)


class DMARCPolicy(BaseModel, frozen=True):
    """The policy for mail from a domain.

    `source` is the name whose record it is, and `policy` what that record asks for this domain: its
    `p`, or for a subdomain its `sp` if there is one. `organizational_domain` is what identifiers
    are aligned to; None where a lookup of the walk failed.
    """

    policy: Policy | None
    source: str
    organizational_domain: str | None
    record: DMARCRecord

    def __str__(self) -> str:
        return f"{self.policy or 'no'} policy, from {self.source}"


class DMARC:
    """Checks the record, and where there is none, the one that the domain inherits."""

    name = "dmarc"

    def inquire(self, domain: str) -> Inquiry[CheckResult[DMARCPolicy]]:
        """Ask for every record of the walk together."""
        asked = {name: ask(f"_dmarc.{name}", "TXT") for name in tree_walk(domain)}
        queries = {name: query for name, query in asked.items() if isinstance(query, Query)}
        answers = yield queries.values()
        records, obstacles = _read_walk(asked, answers)
        is_complete = judge(chain(*obstacles.values())) != "unknown"
        organizational = _organizational_domain(domain, records) if is_complete else None
        candidates = [domain, organizational, *reversed(records)] if is_complete else [domain]
        source = next((name for name in candidates if name in records), None)
        own = queries.get(domain) if source != domain else None
        near = list(_near_misses(own, answers)) if own else []
        if source is None:
            return _nothing(domain, [*chain(*obstacles.values()), *near])
        value = DMARCPolicy(
            policy=_policy_for(domain, source, records[source]),
            source=source,
            organizational_domain=organizational,
            record=records[source],
        )
        below = takewhile(lambda name: name != source, obstacles)  # what is above does not matter
        findings = [*near, *(finding for name in below for finding in obstacles[name])]
        findings.extend(_judge_policy(domain, value))
        return CheckResult(status=judge(findings), value=value, findings=tuple(findings))


def tree_walk(domain: str) -> list[str]:
    """Give the names that a walk asks, the domain first: eight at most (RFC 9989 4.10)."""
    labels = domain.split(".")
    above = labels[1:] if len(labels) <= WALK_LABELS else labels[-WALK_LABELS:]
    return [domain, *(".".join(above[start:]) for start in range(len(above)))]


def _read_walk(
    asked: dict[str, Query | Finding], answers: Answers
) -> tuple[dict[str, DMARCRecord], dict[str, list[Finding]]]:
    """Give the records, and what hindered the walk, each by name and up to where the walk ends."""
    records: dict[str, DMARCRecord] = {}
    obstacles: dict[str, list[Finding]] = {}
    for name, query in asked.items():
        if isinstance(query, Finding):
            obstacles[name] = [query]
            continue
        answer = answers[query]
        obstacles[name] = failures([answer])
        texts = [text for text in _texts(answer) if is_dmarc(text)]
        if len(texts) > 1:
            obstacles[name] = [SEVERAL.at(query.name, count=len(texts), evidence=tuple(texts))]
        elif texts:
            records[name] = read_dmarc(texts[0])
            if records[name].psd != "u":
                break
    return records, obstacles


def _organizational_domain(domain: str, records: dict[str, DMARCRecord]) -> str:
    """Choose by what the records say of themselves, else the one highest up (RFC 9989 4.10.2)."""
    for name, record in records.items():
        if record.psd == "n":
            return name
        if record.psd == "y" and name != domain:
            below = domain.removesuffix(f".{name}").rpartition(".")[2]
            return f"{below}.{name}"
    return next(reversed(records), domain)


def _policy_for(domain: str, source: str, record: DMARCRecord) -> Policy | None:
    if source == domain:
        return record.policy
    return record.subdomain_policy or record.policy


def _nothing(domain: str, findings: list[Finding]) -> CheckResult[DMARCPolicy]:
    """Give the result where no record holds: absent only if nothing stood in the way."""
    status = judge(findings)
    if status == "present":
        return CheckResult(status="absent", findings=(MISSING.at(domain), *findings))
    return CheckResult(status=status, findings=tuple(findings))


def _near_misses(query: Query, answers: Answers) -> Iterator[Finding]:
    """Find texts that were probably meant to be a record; others may stand here (RFC 9989 4.10)."""
    for text in _texts(answers[query]):
        if not is_dmarc(text) and "dmarc1" in text.lower():
            yield NEAR_MISS.at(query.name, evidence=(text,))


def _judge_policy(domain: str, value: DMARCPolicy) -> Iterator[Finding]:
    """Find what is wrong with the policy that holds."""
    subject, record = f"_dmarc.{value.source}", value.record
    if value.source != domain:
        yield INHERITED.at(domain, source=value.source)
    if value.organizational_domain is None:
        yield ORGANIZATION_UNKNOWN.at(domain)
    if value.policy is None:
        yield NO_POLICY.at(subject)
    elif record.is_policy_assumed:
        yield POLICY_ASSUMED.at(subject)
    elif value.policy == "none":
        yield POLICY_NONE.at(subject)
    below: dict[str, Policy | None] = {
        "sp": record.subdomain_policy,
        "np": record.nonexistent_policy,
    }
    for tag, policy in below.items():
        if policy and record.policy and _STRENGTH[policy] < _STRENGTH[record.policy]:
            yield SUBDOMAINS_WEAKER.at(subject, tag=tag, policy=policy)
    if record.testing:
        yield TESTING.at(subject)
    if value.policy and not record.reports:
        yield NO_REPORTS.at(subject)
    yield from _judge_syntax(subject, record)


def _judge_syntax(subject: str, record: DMARCRecord) -> Iterator[Finding]:
    for fault in record.faults:
        yield SYNTAX.at(subject, problem=fault.message, span=fault.span)
    for tag in record.removed:
        yield TAG_REMOVED.at(subject, tag=tag.name, span=tag.span)
    for tag in record.unknown:
        yield TAG_UNKNOWN.at(subject, tag=tag.name, span=tag.span)


def _texts(answer: Lookup) -> tuple[str, ...]:
    return answer.texts if isinstance(answer, Answer) else ()
