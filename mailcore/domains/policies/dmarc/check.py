"""The DMARC policy that holds for a domain, found by the tree walk of RFC 9989 (4.10)."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, takewhile
from typing import NamedTuple

from pydantic import BaseModel

from mailcore.domains.check import (
    LOOKUP_FAILED,
    Answers,
    CheckResult,
    Inquiry,
    ask,
    dangling,
    failures,
    judge,
)
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.policies.dmarc.record import judge_record
from mailcore.domains.policies.dmarc.reports import inspect_reports
from mailcore.domains.policies.published import bounded
from mailcore.domains.records.dmarc import DMARCRecord, Policy, is_dmarc, read_dmarc
from mailcore.net.dns import Answer, Lookup, NxDomain, Query

__all__ = ["DMARC", "DMARCPolicy", "PolicyFound", "find_policy", "tree_walk"]

WALK_LABELS = 7  # after the first name, a walk goes on with so many, RFC 9989 4.10

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
MISPLACED = Kind(
    "dmarc.misplaced",
    Severity.ERROR,
    "a DMARC record stands at the domain itself, where no receiver looks for it",
    "Publish it at _dmarc.{subject}, and remove it here.",
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
PUBLIC_SUFFIX = Kind(
    "dmarc.public-suffix",
    Severity.INFO,
    "psd=y: every name below the domain counts as an organization of its own",
    "Remove psd=y, unless anybody can register names below the domain.",
    "RFC 9989 4.10.2",
)
NONEXISTENT = Kind(
    "dmarc.nonexistent",
    Severity.INFO,
    "the domain does not exist: what {source} asks for such names holds",
    "Nothing has to be done.",
    "RFC 9989 4.10.1",
)


# The version, or a policy without one.
_NEARLY = re.compile(r"\bv\W*dmarc|dmarc\s*1|^\s*p\s*=\s*(?:none|quarantine|reject)", re.IGNORECASE)


class DMARCPolicy(BaseModel, frozen=True):
    """The policy for mail from a domain.

    `source` is the name whose record it is, and `policy` what that record asks for this domain: its
    `p`, or for a subdomain its `sp` if there is one, or its `np` if the domain does not exist; None
    where the record asks for nothing, or a lookup failed that decides.
    `organizational_domain` is what identifiers are aligned to; None where a lookup of the walk
    failed.
    """

    policy: Policy | None
    source: str
    organizational_domain: str | None
    record: DMARCRecord

    def __str__(self) -> str:
        unknown = "an unknown" if self.record.policy else "no"
        return f"{self.policy or unknown} policy, from {self.source}"


class DMARC:
    """Checks the record, and where there is none, the one that the domain inherits."""

    name = "dmarc"

    def inquire(self, domain: str) -> Inquiry[CheckResult[DMARCPolicy]]:
        """Ask for every record of the walk together, and then whether reports get to their hosts."""
        value, findings, _ = yield from find_policy(domain)
        if value is None:
            misplaced = yield from _find_misplaced(domain)
            return _nothing(domain, findings, misplaced)
        source, record, organizational = value.source, value.record, value.organizational_domain
        findings.extend(_judge_source(domain, value))
        if _has_failed(findings):  # so that it is not known which of its policies holds
            return CheckResult(status="unknown", value=value, findings=bounded(findings))
        findings.extend(judge_record(source, record, value.policy, organizational))
        if value.policy:
            findings += yield from inspect_reports(source, record, organizational)
        return CheckResult(status=judge(findings), value=value, findings=bounded(findings))


class PolicyFound(NamedTuple):
    """The policy that a walk leads to, if it leads to any, and what is to be said of the way there.

    `failed` are all lookups of the walk that failed, those above the policy's record too.
    """

    policy: DMARCPolicy | None
    findings: list[Finding]
    failed: list[Finding]


def find_policy(domain: str) -> Inquiry[PolicyFound]:
    """Give the policy for a domain, asking for every record of the walk together."""
    asked = {name: ask(f"_dmarc.{name}", "TXT") for name in tree_walk(domain)}
    queries = {name: query for name, query in asked.items() if isinstance(query, Query)}
    answers = yield queries.values()
    records, obstacles = _read_walk(asked, answers)
    failed = [one for one in chain(*obstacles.values()) if one.code == LOOKUP_FAILED.code]
    organizational = None if failed else _organizational_domain(domain, records)
    candidates = [domain] if failed else [domain, organizational, *reversed(records)]
    source = next((name for name in candidates if name in records), None)
    own = queries.get(domain) if source != domain else None
    near = [*dangling([answers[own]]), *_near_misses(own, answers)] if own else []
    if source is None:
        return PolicyFound(None, [*chain(*obstacles.values()), *near], failed)
    record = records[source]
    absence = yield from _inspect_existence(domain, source, record)
    below = takewhile(lambda name: name != source, obstacles)  # what is above does not matter
    findings = [*near, *(finding for name in below for finding in obstacles[name]), *absence]
    policy = DMARCPolicy(
        policy=None if _has_failed(absence) else _policy_for(domain, source, record, absence),
        source=source,
        organizational_domain=organizational,
        record=record,
    )
    return PolicyFound(policy, findings, failed)


def _inspect_existence(domain: str, source: str, record: DMARCRecord) -> Inquiry[list[Finding]]:
    """See whether the domain exists, if that makes a difference to what holds for it."""
    existing = record.subdomain_policy or record.policy
    if source == domain or record.nonexistent_policy in {None, existing}:
        return []
    query = Query(domain, "MX")  # of any type: it is what is asked anyway
    answer = (yield [query])[query]
    if isinstance(answer, NxDomain) and answer.canonical_name == domain:
        return [NONEXISTENT.at(domain, source=source)]
    return failures([answer])


def _has_failed(findings: Iterable[Finding]) -> bool:
    return any(finding.code == LOOKUP_FAILED.code for finding in findings)


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


def _policy_for(
    domain: str, source: str, record: DMARCRecord, absence: list[Finding]
) -> Policy | None:
    if source == domain:
        return record.policy
    if any(finding.code == NONEXISTENT.code for finding in absence):
        return record.nonexistent_policy
    return record.subdomain_policy or record.policy


def _find_misplaced(domain: str) -> Inquiry[list[Finding]]:
    """Look for a record at the domain itself, among the texts that are asked for anyway."""
    query = Query(domain, "TXT")
    texts = _texts((yield [query])[query])
    return [MISPLACED.at(domain, evidence=(text,)) for text in texts if is_dmarc(text)]


def _nothing(
    domain: str, findings: list[Finding], misplaced: list[Finding]
) -> CheckResult[DMARCPolicy]:
    """Give the result where no record holds: absent only if nothing stood in the way."""
    status = judge(findings)
    if status == "present":
        findings, status = [MISSING.at(domain), *findings], "absent"
    return CheckResult(status=status, findings=bounded([*findings, *misplaced]))


def _near_misses(query: Query, answers: Answers) -> Iterator[Finding]:
    """Find texts that were probably meant to be a record; others may stand here (RFC 9989 4.10)."""
    for text in _texts(answers[query]):
        if not is_dmarc(text) and _NEARLY.search(text):
            yield NEAR_MISS.at(query.name, evidence=(text,))


def _judge_source(domain: str, value: DMARCPolicy) -> Iterator[Finding]:
    """Say whose record holds, where that is worth saying."""
    if value.source != domain:
        yield INHERITED.at(domain, source=value.source)
    elif value.record.psd == "y":
        yield PUBLIC_SUFFIX.at(domain)
    if value.organizational_domain is None:
        yield ORGANIZATION_UNKNOWN.at(domain)


def _texts(answer: Lookup) -> tuple[str, ...]:
    return answer.texts if isinstance(answer, Answer) else ()
