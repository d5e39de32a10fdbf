"""Who may send for a domain: its SPF record and all that it includes (RFC 7208), judged at rest."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from pydantic import BaseModel

from mailcore.domains.check import CheckResult, Inquiry, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.records.fault import Fault
from mailcore.domains.records.spf import Mechanism, Modifier, SPFRecord, read_spf
from mailcore.domains.spf_tree import SPFTree, Term, active_terms, follow, spf_texts, target
from mailcore.net.dns import Answer, Lookup, LookupFailed, NoData, NxDomain, Query

__all__ = ["SPF", "SPFPolicies", "SPFPolicy"]

LOOKUP_LIMIT = 10  # RFC 7208 4.6.4
VOID_LIMIT = 2  # as above
MX_LIMIT = 10  # as above
WIDE_PREFIX4 = 16  # a shorter one is more than 65,536 addresses
WIDE_PREFIX6 = 32  # a shorter one is more than a provider gets
TERM_SHOWN = 60  # characters of a term in a message

MISSING = Kind(
    "spf.missing",
    Severity.ERROR,
    "there is no SPF record",
    "Publish “{subject}. TXT v=spf1 … -all” with the servers that send, or “v=spf1 -all” if "
    "there are none.",
    "RFC 7208 3",
)
NEAR_MISS = Kind(
    "spf.near-miss",
    Severity.ERROR,
    "a TXT record here looks like SPF and is passed over, for it does not start with “v=spf1 ”",
    "Write “v=spf1” and a space at its start.",
    "RFC 7208 4.5",
)
SEVERAL = Kind(
    "spf.several",
    Severity.ERROR,
    "there are {count} SPF records, which is an error for every mail",
    "Join them into one.",
    "RFC 7208 4.5",
)
SYNTAX = Kind(
    "spf.syntax",
    Severity.ERROR,
    "“{term}”: {problem}",
    "Correct it: one error makes the whole record an error for every mail.",
    "RFC 7208 4.6",
)
LOOKUPS = Kind(
    "spf.lookup-limit",
    Severity.ERROR,
    "the record costs {count} DNS lookups, and receivers stop at {limit}",
    "Remove includes that are not needed, or put addresses in their place. {terms}",
    "RFC 7208 4.6.4",
)
VOID_LOOKUPS = Kind(
    "spf.void-limit",
    Severity.ERROR,
    "{count} lookups find nothing, and receivers stop after {limit}",
    "Remove the terms whose names do not exist or have no such records.",
    "RFC 7208 4.6.4",
)
VOID = Kind(
    "spf.void",
    Severity.WARNING,
    "“{term}” finds nothing",
    "Remove it, or publish what it looks for.",
    "RFC 7208 4.6.4",
)
MX_NAMES = Kind(
    "spf.mx-limit",
    Severity.ERROR,
    "“{term}” leads to {count} mail exchanges, and receivers stop at {limit}",
    "Put addresses in its place.",
    "RFC 7208 4.6.4",
)
LOOP = Kind(
    "spf.loop",
    Severity.ERROR,
    "“{term}” leads back to this record",
    "Remove it.",
    "RFC 7208 4.6.4",
)
TREE_CUT = Kind(
    "spf.too-many-records",
    Severity.ERROR,
    "the record leads to more records than are read here",
    "Remove includes that are not needed, or put addresses in their place.",
    "RFC 7208 4.6.4",
)
INCLUDE_MISSING = Kind(
    "spf.include-missing",
    Severity.ERROR,
    "“{term}” leads to a name without SPF record: an error for every mail that gets there",
    "Remove it, or correct the name.",
    "RFC 7208 5.2",
)
IMPOSSIBLE_NAME = Kind(
    "spf.impossible-name",
    Severity.WARNING,
    "“{term}” can never match: no such name is possible",
    "Remove it, or correct the name.",
    "RFC 7208 4.8",
)
PASS_ALL = Kind(
    "spf.pass-all",
    Severity.ERROR,
    "“{term}” lets the whole Internet send for the domain",
    "End the record with -all, or with ~all while it is being tried.",
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
    "“{term}” is a private network: no receiver sees mail from there",
    "Remove it, and list the public address instead.",
    "RFC 1918 3",
)
MODIFIER_UNKNOWN = Kind(
    "spf.modifier-unknown",
    Severity.NOTICE,
    "“{term}” is a modifier that nobody knows, and is passed over",
    "Remove it; mechanisms are written with “:”, not “=”.",
    "RFC 7208 6",
)

_PRIVATE = tuple(
    ip_network(network)
    for network in ("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


class SPFPolicy(BaseModel, frozen=True):
    """One record of the tree. `lookups` has for each term its cost, with all that it includes."""

    domain: str
    record: SPFRecord
    lookups: tuple[int, ...]


class SPFPolicies(BaseModel, frozen=True):
    """The domain's record first, then those that it leads to.

    `lookups` and `void_lookups` are what an evaluation costs that no term ends before its time, as
    far as DNS answered.
    """

    policies: tuple[SPFPolicy, ...]
    lookups: int
    void_lookups: int

    @property
    def record(self) -> SPFRecord:
        """The domain's own record."""
        return self.policies[0].record

    def __str__(self) -> str:
        return f"{self.record.text} ({self.lookups} of {LOOKUP_LIMIT} lookups)"


class SPF:
    """Checks the record, and every record that it includes or redirects to."""

    name = "spf"

    def inquire(self, domain: str) -> Inquiry[CheckResult[SPFPolicies]]:
        """Ask for the record, then level by level for what its terms look up."""
        query = Query(domain, "TXT")
        answer = (yield [query])[query]
        if isinstance(answer, LookupFailed):
            return CheckResult(status="unknown", findings=tuple(failures([answer])))
        texts = spf_texts(answer)
        if not texts:
            findings = tuple(_judge_absence(domain, answer))
            return CheckResult(status="absent", findings=findings)
        if len(texts) > 1:
            finding = SEVERAL.at(domain, count=len(texts), evidence=tuple(texts))
            return CheckResult(status="invalid", findings=(finding,))
        tree = yield from follow(domain, read_spf(texts[0]))
        return _judge_tree(domain, tree)


def _judge_absence(domain: str, answer: Lookup) -> Iterator[Finding]:
    texts = answer.texts if isinstance(answer, Answer) else ()
    near = tuple(text for text in texts if text.lower().lstrip(' "').startswith(("v=spf", "spf1")))
    yield NEAR_MISS.at(domain, evidence=near) if near else MISSING.at(domain)


def _judge_tree(domain: str, tree: SPFTree) -> CheckResult[SPFPolicies]:
    """Judge every record by itself, what its terms lead to, and the whole."""
    lookups, passing = tree.lookups(), tree.passing()
    voids = [
        (name, term)
        for name, record in tree.records.items()
        for term in active_terms(record)
        if _is_void(tree.answers_to(name, term))
    ]
    value = SPFPolicies(
        policies=tuple(
            SPFPolicy(domain=name, record=record, lookups=lookups[name])
            for name, record in tree.records.items()
        ),
        lookups=sum(lookups[domain]),
        void_lookups=len(voids),
    )
    findings = [
        *(
            finding
            for name, record in tree.records.items()
            for finding in _judge(name, record, passes=name in passing)
        ),
        *_judge_end(domain, tree),
        *_judge_targets(tree),
        *_judge_voids(tree, voids),
        *_judge_costs(domain, tree, value),
        *failures(tree.answers.values()),
    ]
    # A record that lets everybody send is a bad one, and works.
    status = judge(finding for finding in findings if finding.code != PASS_ALL.code)
    return CheckResult(status=status, value=value, findings=tuple(findings))


def _judge(domain: str, record: SPFRecord, *, passes: bool) -> Iterator[Finding]:
    """Find what is wrong with a record by itself; `passes` says whether its passes let mail pass."""
    for fault in record.faults:
        part = _text(record, fault)
        yield SYNTAX.at(domain, term=part, problem=fault.message, span=fault.span)
    for term in active_terms(record):
        for kind in _kinds(domain, term, passes=passes):
            yield kind.at(domain, term=_text(record, term), span=term.span)
    for term in record.terms:
        if isinstance(term, Modifier) and term.name not in {"redirect", "exp"}:
            yield MODIFIER_UNKNOWN.at(domain, term=_text(record, term), span=term.span)


def _kinds(domain: str, term: Term, *, passes: bool) -> Iterator[Kind]:
    """Find what is wrong with one term by itself."""
    written = term.value if isinstance(term, Modifier) else term.domain
    if written and "%" not in written and target(domain, term) is None:
        yield IMPOSSIBLE_NAME
    if isinstance(term, Modifier):
        return
    if term.name == "ptr":
        yield PTR
    lets_pass = passes and term.qualifier == "+"
    if term.network and _is_private(term.network, term):
        yield RANGE_PRIVATE
    elif lets_pass and (term.name == "all" or 0 in {term.prefix4, term.prefix6}):
        yield PASS_ALL
    elif lets_pass and _is_wide(term):
        yield RANGE_WIDE


def _is_wide(term: Mechanism) -> bool:
    wide4 = term.prefix4 is not None and term.prefix4 < WIDE_PREFIX4
    return wide4 or (term.prefix6 is not None and term.prefix6 < WIDE_PREFIX6)


def _is_private(network: str, term: Mechanism) -> bool:
    prefix = term.prefix4 if term.name == "ip4" else term.prefix6
    return any(
        ip_address(network) in private and (prefix is None or prefix >= private.prefixlen)
        for private in _PRIVATE
    )


def _judge_end(domain: str, tree: SPFTree) -> Iterator[Finding]:
    """Find what is wrong with how the record ends, where redirects lead to another one's end."""
    name: str | None = domain
    seen: set[str] = set()
    while name and name not in seen:
        seen.add(name)
        record = tree.records[name]
        active = active_terms(record)
        yield from _judge_unreached(name, record, {*active})
        last = active[-1] if active else None
        if last is None or last.name not in {"all", "redirect"}:
            yield NO_ALL.at(name)
        elif isinstance(last, Mechanism) and last.qualifier == "?":
            yield NEUTRAL_ALL.at(name, term=_text(record, last), span=last.span)
        name = tree.followed(name, last) if last else None


def _judge_unreached(domain: str, record: SPFRecord, active: set[Term]) -> Iterator[Finding]:
    for term in record.terms:
        counts = isinstance(term, Mechanism) or term.name == "redirect"
        if counts and term not in active:
            yield AFTER_ALL.at(domain, term=_text(record, term), span=term.span)


def _judge_targets(tree: SPFTree) -> Iterator[Finding]:
    """Find what is wrong with what the terms lead to."""
    for domain, record in tree.records.items():
        for term in active_terms(record):
            for answer in tree.answers_to(domain, term):
                yield from _judge_answer(domain, record, term, answer)
    for domain, term in tree.loops():
        yield LOOP.at(domain, term=_text(tree.records[domain], term), span=term.span)


def _judge_answer(domain: str, record: SPFRecord, term: Term, answer: Lookup) -> Iterator[Finding]:
    if isinstance(answer, LookupFailed):
        return
    text = _text(record, term)
    if term.name == "mx" and isinstance(answer, Answer) and len(answer.records) > MX_LIMIT:
        count = len(answer.records)
        yield MX_NAMES.at(domain, term=text, count=count, limit=MX_LIMIT, span=term.span)
    if term.name in {"include", "redirect"}:
        count = len(spf_texts(answer))
        if count == 0:
            yield INCLUDE_MISSING.at(domain, term=text, span=term.span)
        if count > 1:
            yield SEVERAL.at(answer.query.name, count=count)


def _judge_voids(tree: SPFTree, voids: list[tuple[str, Term]]) -> Iterator[Finding]:
    """Report each name once for each record and kind of term, however often it is looked up."""
    first: dict[tuple[str, str, str | None], Term] = {}
    for domain, term in voids:
        first.setdefault((domain, term.name, target(domain, term)), term)
    for (domain, _, _), term in first.items():
        yield VOID.at(domain, term=_text(tree.records[domain], term), span=term.span)


def _judge_costs(domain: str, tree: SPFTree, value: SPFPolicies) -> Iterator[Finding]:
    """Compare the whole with the limits."""
    own = value.policies[0]
    if value.lookups > LOOKUP_LIMIT:
        costs = sorted(zip(own.lookups, own.record.terms, strict=True), key=lambda pair: -pair[0])
        terms = ", ".join(f"“{_text(own.record, term)}” {cost}" for cost, term in costs if cost)
        yield LOOKUPS.at(
            domain, count=value.lookups, limit=LOOKUP_LIMIT, terms=f"They cost: {terms}."
        )
    if value.void_lookups > VOID_LIMIT:
        yield VOID_LOOKUPS.at(domain, count=value.void_lookups, limit=VOID_LIMIT)
    if tree.is_cut:
        yield TREE_CUT.at(domain)


def _is_void(answers: list[Lookup]) -> bool:
    """Tell whether a term finds nothing at all, of any type that it looks for."""
    return bool(answers) and all(isinstance(answer, NoData | NxDomain) for answer in answers)


def _text(record: SPFRecord, part: Term | Fault) -> str:
    """Give a part of a record as it is written, or the beginning of it."""
    start, end = part.span
    text = record.text[start : min(end, start + TERM_SHOWN)]
    return text if end - start <= TERM_SHOWN else f"{text}…"
