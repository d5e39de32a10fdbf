"""What is wrong with an SPF record by itself, whatever its terms lead to (RFC 7208)."""

from collections import Counter
from collections.abc import Iterator
from ipaddress import collapse_addresses, ip_network
from typing import Any

from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.policies.spf.tree import SPFTree, Term, active_terms, target
from mailcore.domains.records.fault import Fault
from mailcore.domains.records.spf import (
    IPV4_BITS,
    IPV6_BITS,
    Mechanism,
    Modifier,
    SPFRecord,
)
from mailcore.net.addresses import why_unreachable

__all__ = ["PASS_ALL", "judge_end", "judge_record", "term_text", "works_despite"]

WIDE_PREFIX4 = (
    12  # a shorter one is more than a million addresses: no provider lists that many at once
)
WIDE_PREFIX6 = 32  # a shorter one is more than a provider gets
PARTS_SHOWN = 3  # networks in a message
TERM_SHOWN = 60  # characters of a term in a message

SYNTAX = Kind(
    "spf.syntax",
    Severity.ERROR,
    "“{term}”: {problem}",
    "Correct it: one error makes the whole record an error for every mail.",
    "RFC 7208 4.6",
)
IMPOSSIBLE_NAME = Kind(
    "spf.impossible-name",
    Severity.WARNING,
    "“{term}” can never match: no such name is possible",
    "Remove it, or correct the name.",
    "RFC 7208 4.8",
)
TARGET_MALFORMED = Kind(
    "spf.target-malformed",
    Severity.ERROR,
    "“{term}” leads to a name that is not possible: the record is broken for receivers",
    "Correct the name.",
    "RFC 7208 6.1",
)
DUPLICATE = Kind(
    "spf.duplicate-term",
    Severity.NOTICE,
    "“{term}” is there {count} times: only the first can match",
    "Remove the others.",
    "RFC 7208 4.6.2",
)
PASS_ALL = Kind(
    "spf.pass-all",
    Severity.ERROR,
    "“{term}” lets the whole Internet send for the domain",
    "Remove it, list what sends in its place, and end the record with -all, or with ~all while it is "
    "being tried.",
    "RFC 7208 5.1",
)
NEUTRAL_ALL = Kind(
    "spf.neutral-all",
    Severity.WARNING,
    "“{term}” says nothing about servers that are not listed",
    "End the record with -all, or with ~all while it is being tried.",
    "RFC 7208 5.1",
)
NO_ALL = Kind(
    "spf.no-all",
    Severity.WARNING,
    "the record ends without all or redirect: it says nothing about servers that are not listed",
    "End the record with -all, or with ~all while it is being tried.",
    "RFC 7208 4.7",
)
AFTER_ALL = Kind(
    "spf.after-all",
    Severity.WARNING,
    "“{term}” stands after all, or beside it, and is never looked at",
    "Remove it, or move it before all; a redirect works only without all.",
    "RFC 7208 5.1",
)
PTR = Kind(
    "spf.ptr",
    Severity.WARNING,
    "“{term}” is slow and unreliable, and not to be used",
    "Put a, mx, ip4 or ip6 in its place.",
    "RFC 7208 5.5",
)
RANGE_WIDE = Kind(
    "spf.range-wide",
    Severity.WARNING,
    "“{term}” covers a very large part of the Internet",
    "List the networks that send.",
    "RFC 7208 11.4",
)
RANGE_PRIVATE = Kind(
    "spf.range-private",
    Severity.NOTICE,
    "“{term}” is not of the public Internet: no receiver sees mail from there",
    "Remove it, and list the public address instead.",
    "RFC 6890 2.2",
)
MODIFIER_UNKNOWN = Kind(
    "spf.modifier-unknown",
    Severity.NOTICE,
    "“{term}” is a modifier that nobody knows, and is passed over",
    "Look for a typing error, or remove it.",
    "RFC 7208 6",
)

MECHANISM_MISSPELT = Kind(
    "spf.mechanism-misspelt",
    Severity.WARNING,
    "“{term}” is passed over: a mechanism is written with “:”",
    "Write {name}: in place of {name}=.",
    "RFC 7208 4.6.1",
)

_MECHANISMS = frozenset({"a", "all", "exists", "include", "ip4", "ip6", "mx", "ptr"})
_MODIFIERS = frozenset({"redirect", "exp", "ra", "rp", "rr"})  # the last three: RFC 6652 3


def judge_record(domain: str, record: SPFRecord, *, passes: bool) -> Iterator[Finding]:
    """Find what is wrong with a record; `passes` says whether its passes let mail pass."""
    for fault in record.faults:
        part = term_text(record, fault)
        yield SYNTAX.at(domain, term=part, problem=fault.message, span=fault.span)
    for term in active_terms(record):
        for kind in _kinds(domain, term, passes=passes):
            yield kind.at(domain, term=term_text(record, term), span=term.span)
    if passes:
        yield from _judge_sum(domain, record)
    yield from _judge_unreached(domain, record)
    yield from _judge_duplicates(domain, record)
    for term in record.terms:
        if not isinstance(term, Modifier) or term.name in _MODIFIERS:
            continue
        text = term_text(record, term)
        if term.name in _MECHANISMS:
            yield MECHANISM_MISSPELT.at(domain, term=text, name=term.name, span=term.span)
        else:
            yield MODIFIER_UNKNOWN.at(domain, term=text, span=term.span)


def judge_end(domain: str, tree: SPFTree) -> Iterator[Finding]:
    """Find what is wrong with how a record ends, where redirects lead to another one's end."""
    name: str | None = domain
    seen: set[str] = set()
    while name and name not in seen:
        seen.add(name)
        record = tree.records[name]
        active = active_terms(record)
        last = active[-1] if active else None
        if last is None or last.name not in {"all", "redirect"}:
            yield NO_ALL.at(name)
        elif isinstance(last, Mechanism) and last.qualifier == "?":
            yield NEUTRAL_ALL.at(name, term=term_text(record, last), span=last.span)
        name = tree.followed(name, last) if last else None


def works_despite(finding: Finding) -> bool:
    """Tell whether a record works for all that: one that lets everybody send is bad, and works."""
    return finding.code == PASS_ALL.code


def term_text(record: SPFRecord, part: Term | Fault) -> str:
    """Give a part of a record as it is written, or the beginning of it."""
    start, end = part.span
    text = record.text[start : min(end, start + TERM_SHOWN)]
    return text if end - start <= TERM_SHOWN else f"{text}…"


def _kinds(domain: str, term: Term, *, passes: bool) -> Iterator[Kind]:
    """Find what is wrong with one term by itself."""
    written = term.value if isinstance(term, Modifier) else term.domain
    if written and "%" not in written and target(domain, term) is None:
        yield TARGET_MALFORMED if term.name in {"include", "redirect"} else IMPOSSIBLE_NAME
    if isinstance(term, Modifier):
        return
    if term.name == "ptr":
        yield PTR
    if term.qualifier != "+":
        return
    if term.network and _is_private(term.network, term):
        yield RANGE_PRIVATE
    elif passes and (term.name == "all" or (term.network and _is_everything(term))):
        yield PASS_ALL
    elif passes and _is_wide(term) and not _is_everything(term):
        yield RANGE_WIDE


def _is_everything(term: Mechanism) -> bool:
    return 0 in {term.prefix4, term.prefix6}


def _is_wide(term: Mechanism) -> bool:
    wide4 = term.prefix4 is not None and term.prefix4 < WIDE_PREFIX4
    return wide4 or (term.prefix6 is not None and term.prefix6 < WIDE_PREFIX6)


def _judge_sum(domain: str, record: SPFRecord) -> Iterator[Finding]:
    """Find networks that are the whole Internet together, though none of them is."""
    terms = [
        term
        for term in active_terms(record)
        if isinstance(term, Mechanism) and term.qualifier == "+" and term.network
        if _is_wide(term) and not _is_everything(term)
    ]
    yield from _judge_parts(domain, record, [term for term in terms if term.name == "ip4"])
    yield from _judge_parts(domain, record, [term for term in terms if term.name == "ip6"])


def _judge_parts(domain: str, record: SPFRecord, terms: list[Mechanism]) -> Iterator[Finding]:
    """Judge whether networks of one family leave nothing out."""
    prefixes = (term.prefix4 or term.prefix6 for term in terms)
    parts: Any = [
        ip_network(f"{term.network}/{prefix}", strict=False)
        for term, prefix in zip(terms, prefixes, strict=True)
    ]
    if any(whole.prefixlen == 0 for whole in collapse_addresses(parts)):
        texts = [term_text(record, term) for term in terms[:PARTS_SHOWN]]
        if (more := len(terms) - PARTS_SHOWN) > 0:
            texts.append(f"{more} more")
        yield PASS_ALL.at(domain, term=", ".join(texts), span=terms[0].span)


def _is_private(network: str, term: Mechanism) -> bool:
    """Tell whether the first and the last address of a network are out of reach in the same way."""
    prefix = term.prefix4 if term.name == "ip4" else term.prefix6
    whole = ip_network(network if prefix is None else f"{network}/{prefix}", strict=False)
    what = why_unreachable(str(whole[0]))
    return what is not None and what == why_unreachable(str(whole[-1]))


def _judge_duplicates(domain: str, record: SPFRecord) -> Iterator[Finding]:
    """Find mechanisms that look at the same: whatever their qualifiers, the first match counts."""
    mechanisms = [term for term in active_terms(record) if isinstance(term, Mechanism)]
    counts = Counter(_looks_at(domain, mechanism) for mechanism in mechanisms)
    for mechanism in reversed(mechanisms):
        if (count := counts.pop(_looks_at(domain, mechanism), 1)) > 1:
            text = term_text(record, mechanism)
            yield DUPLICATE.at(domain, term=text, count=count, span=mechanism.span)


def _looks_at(domain: str, term: Mechanism) -> tuple[object, ...]:
    """Give what a mechanism compares a mail with."""
    name = target(domain, term) or str(term.domain).lower()
    prefix4 = IPV4_BITS if term.prefix4 is None else term.prefix4
    prefix6 = IPV6_BITS if term.prefix6 is None else term.prefix6
    return term.name, name, term.network, prefix4, prefix6


def _judge_unreached(domain: str, record: SPFRecord) -> Iterator[Finding]:
    active = {*active_terms(record)}
    for term in record.terms:
        counts = isinstance(term, Mechanism) or term.name == "redirect"
        if counts and term not in active:
            yield AFTER_ALL.at(domain, term=term_text(record, term), span=term.span)
