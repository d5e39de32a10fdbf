"""What is wrong with a DMARC record by itself (RFC 9989 4.7 and 4.8)."""

from collections.abc import Iterator

from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.records.dmarc import DMARCRecord, Policy
from mailcore.domains.records.tags import Tag

__all__ = ["judge_record"]

TAG_SHOWN = 40  # characters of a tag's name in a message

_STRENGTH: dict[Policy, int] = {"none": 0, "quarantine": 1, "reject": 2}

NO_POLICY = Kind(
    "dmarc.no-policy",
    Severity.ERROR,
    "the record has neither a usable policy nor an address for reports: it asks for nothing",
    "Add p=none and rua=mailto:…, or a stronger policy.",
    "RFC 9989 4.7",
)
POLICY_AMBIGUOUS = Kind(
    "dmarc.policy-ambiguous",
    Severity.ERROR,
    "a policy is there twice: receivers take the last one, or pass over the whole record",
    "Keep one p, one sp and one np at most.",
    "RFC 6376 3.2",
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
    "t=y: receivers are asked to act as with {tag}={lower}, one level below the policy",
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
TAG_REPEATED = Kind(
    "dmarc.tag-repeated",
    Severity.WARNING,
    "{tag} is there twice: receivers take the first or the last one, or pass over the whole record",
    "Keep one of them; of rua and ruf, write all addresses into one, with commas.",
    "RFC 6376 3.2",
)
TAG_CASE = Kind(
    "dmarc.tag-case",
    Severity.NOTICE,
    "{written} is not in lower case: not every receiver takes it for {tag}",
    "Write {tag}.",
    "RFC 6376 3.2",
)
TAG_NEEDLESS = Kind(
    "dmarc.tag-needless",
    Severity.INFO,
    "{tag} changes nothing: {reason}",
    "Remove it; nothing has to be done.",
    "RFC 9989 4.7",
)

_LOWER: dict[Policy, Policy] = {"reject": "quarantine", "quarantine": "none"}
_DEFAULTS = {"adkim": "r", "aspf": "r", "fo": "0", "psd": "u", "t": "n"}


def judge_record(
    source: str, record: DMARCRecord, policy: Policy | None, organizational: str | None
) -> Iterator[Finding]:
    """Find what is wrong with the record of `source`, of which `policy` is what holds."""
    subject = f"_dmarc.{source}"
    if kind := _judge_policy(record, policy):
        yield kind.at(subject)
    below: dict[str, Policy | None] = {
        "sp": record.subdomain_policy,
        "np": record.nonexistent_policy,
    }
    if record.policy and (source == organizational or record.psd == "y"):
        for tag, weaker in below.items():
            if weaker and _STRENGTH[weaker] < _STRENGTH[record.policy]:
                yield SUBDOMAINS_WEAKER.at(subject, tag=tag, policy=weaker)
    if record.testing:
        holds = "p" if policy == record.policy else "sp" if policy == below["sp"] else "np"
        published = {holds: policy, **(below if source == organizational else {})}
        tried = [(tag, _LOWER[one]) for tag, one in published.items() if one and one in _LOWER]
        for tag, lower in tried[:1]:
            yield TESTING.at(subject, tag=tag, lower=lower)
    if policy and not record.reports:
        yield NO_REPORTS.at(subject)
    yield from _judge_tags(subject, record, is_below=organizational not in {None, source})


def _judge_policy(record: DMARCRecord, policy: Policy | None) -> Kind | None:
    if record.is_policy_ambiguous:
        return POLICY_AMBIGUOUS
    if policy is None:
        return NO_POLICY
    if record.is_policy_assumed:
        return POLICY_ASSUMED
    return POLICY_NONE if policy == "none" else None


def _judge_tags(subject: str, record: DMARCRecord, *, is_below: bool) -> Iterator[Finding]:
    """Go through the tags; `is_below`: the record is not the organizational domain's."""
    for fault in record.faults:
        if fault.repeated:
            yield TAG_REPEATED.at(subject, tag=fault.repeated[:TAG_SHOWN], span=fault.span)
        else:
            yield SYNTAX.at(subject, problem=fault.message, span=fault.span)
    for tag in record.removed:
        yield TAG_REMOVED.at(subject, tag=tag.name, span=tag.span)
    for tag in record.unknown:
        yield TAG_UNKNOWN.at(subject, tag=tag.name[:TAG_SHOWN], span=tag.span)
    for tag in record.tags:
        written = record.text[tag.span[0] : tag.span[0] + len(tag.name)]
        if written != tag.name:
            name, shown = tag.name[:TAG_SHOWN], written[:TAG_SHOWN]
            yield TAG_CASE.at(subject, tag=name, written=shown, span=tag.span)
    for tag in record.tags:
        if reason := _needless(tag, record, is_below=is_below):
            yield TAG_NEEDLESS.at(subject, tag=tag.name, reason=reason, span=tag.span)


def _can_be_lowered(record: DMARCRecord) -> bool:
    """Tell whether any of its policies is more than none, which `t=y` lowers."""
    return any(
        policy in _LOWER
        for policy in (record.policy, record.subdomain_policy, record.nonexistent_policy)
    )


def _needless(tag: Tag, record: DMARCRecord, *, is_below: bool) -> str | None:
    """Say why a tag could be left out, if it could."""
    reason: str | None
    match tag.name:
        case name if _DEFAULTS.get(name) == tag.value.lower():
            reason = "it says what holds without it"
        case "fo" if not record.failure_reports:
            reason = "there is no ruf"
        case "sp" | "np" if is_below and record.psd != "y":
            reason = "it counts only at the organizational domain"
        case "sp" if record.policy and record.policy == record.subdomain_policy:
            reason = "p holds for subdomains too"
        case "np" if record.nonexistent_policy == (record.subdomain_policy or record.policy):
            reason = "it says what holds for every subdomain"
        case "t" if record.testing and not _can_be_lowered(record):
            reason = "there is nothing below none"
        case _:
            reason = None
    return reason
