"""Who may send for a domain: its SPF record and all that it includes (RFC 7208), judged at rest."""

import re
from collections.abc import Iterator

from pydantic import BaseModel

from mailcore.domains.check import CheckResult, Inquiry, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.policies.published import bounded
from mailcore.domains.policies.spf.terms import (
    PASS_ALL,
    judge_end,
    judge_record,
    term_text,
    works_despite,
)
from mailcore.domains.policies.spf.tree import (
    MX_LIMIT,
    SPFTree,
    Term,
    active_terms,
    exchanges,
    follow,
    spf_texts,
    target,
)
from mailcore.domains.records.spf import Mechanism, SPFRecord, is_spf, read_spf
from mailcore.net.dns import Answer, Lookup, LookupFailed, NoData, NxDomain, Query, TXTRecord

__all__ = ["SPF", "SPFPolicies", "SPFPolicy"]

LOOKUP_LIMIT = 10  # RFC 7208 4.6.4
VOID_LIMIT = 2  # as above
SIZE_LIMIT = 450  # octets of all texts and their name, RFC 7208 3.4
COSTS_SHOWN = 10  # terms whose costs are listed

MISSING = Kind(
    "spf.missing",
    Severity.ERROR,
    "there is no SPF record",
    "Publish “{subject}. TXT v=spf1 … -all” with the servers that send, or “v=spf1 -all” if "
    "there are none.",
    "RFC 7208 3",
)
NEAR_MISS_BESIDE = Kind(
    "spf.near-miss-beside",
    Severity.NOTICE,
    "a TXT record beside the SPF record looks like one too and is passed over",
    "Remove it, or join what it says with the record that counts.",
    "RFC 7208 4.5",
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
SIZE = Kind(
    "spf.size",
    Severity.NOTICE,
    "the TXT records here have {size} octets together, and more than {limit} may not fit a DNS packet",
    "Move texts that need not stand here to other names, and shorten the record.",
    "RFC 7208 3.4",
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
    "{count} terms look for what is not there, and receivers stop after {limit}",
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
VOID_HOST = Kind(
    "spf.void-host",
    Severity.NOTICE,
    "“{term}” leads to {host}, which has no address",
    "Remove its MX record, or publish an address for it: some receivers count each such host.",
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
EXPLANATION_MISSING = Kind(
    "spf.explanation-missing",
    Severity.NOTICE,
    "“{term}” leads to no text, or to several: receivers give no explanation",
    "Publish one TXT record there, or remove the term.",
    "RFC 7208 6.2",
)

# Where a version begins, whatever signs are before and in it, of which some are not to be seen.
_NEARLY = re.compile(r"[^a-z0-9]*+(?:v[^a-z0-9]*+(?:spf|sfp|psf)|spf[^a-z0-9]*+1)", re.IGNORECASE)


class SPFPolicy(BaseModel, frozen=True):
    """One record of the tree.

    `lookups` has for each term its cost, with all that it includes, and `voids` how many of them
    find nothing.
    """

    domain: str
    record: SPFRecord
    lookups: tuple[int, ...]
    voids: tuple[int, ...]


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
        texts, near = spf_texts(answer), _near_misses(answer)
        if not texts:
            missing = NEAR_MISS.at(domain, evidence=near) if near else MISSING.at(domain)
            return CheckResult(status="absent", findings=(missing,))
        if len(texts) > 1:
            finding = SEVERAL.at(domain, count=len(texts), evidence=tuple(texts))
            return CheckResult(status="invalid", findings=(finding,))
        record = read_spf(texts[0])
        tree = yield from follow(domain, record)
        explanation = yield from _inspect_explanation(domain, record)
        result = _judge_tree(domain, tree)
        beside = [NEAR_MISS_BESIDE.at(domain, evidence=near)] if near else []
        findings = (*_judge_size(domain, answer), *beside, *result.findings, *explanation)
        return result.model_copy(update={"findings": findings})


def _near_misses(answer: Answer | NoData | NxDomain) -> tuple[str, ...]:
    """Give the texts that were probably meant to be SPF records, and are none."""
    texts = answer.texts if isinstance(answer, Answer) else ()
    return tuple(text for text in texts if _NEARLY.match(text) and not is_spf(text))


def _judge_size(domain: str, answer: Lookup) -> Iterator[Finding]:
    """See whether the answer that has the record in it is a small one."""
    if isinstance(answer, Answer):
        segments = [segment for record in answer.of(TXTRecord) for segment in record.segments]
        size = len(domain) + sum(map(len, segments))
        if size > SIZE_LIMIT:
            yield SIZE.at(domain, size=size, limit=SIZE_LIMIT)


def _inspect_explanation(domain: str, record: SPFRecord) -> Inquiry[list[Finding]]:
    """Look for the explanation; the record works without it, whatever the lookup gives (6.2)."""
    explanation = record.modifier("exp")
    if explanation is None or "%" in explanation.value:
        return []
    if name := target(domain, explanation):
        query = Query(name, "TXT")
        answer = (yield [query])[query]
        if isinstance(answer, LookupFailed):
            return failures([answer])
        if isinstance(answer, Answer) and len(answer.records) == 1:
            return []
    text = term_text(record, explanation)
    return [EXPLANATION_MISSING.at(domain, term=text, span=explanation.span)]


def _judge_tree(domain: str, tree: SPFTree) -> CheckResult[SPFPolicies]:
    """Judge every record by itself, what its terms lead to, and the whole."""
    lookups, voids, passing = tree.lookups(), tree.voids(), tree.passing()
    value = SPFPolicies(
        policies=tuple(
            SPFPolicy(domain=name, record=record, lookups=lookups[name], voids=voids[name])
            for name, record in tree.records.items()
        ),
        lookups=sum(lookups[domain]),
        void_lookups=sum(voids[domain]),
    )
    findings = [
        *(
            finding
            for name, record in tree.records.items()
            for finding in judge_record(name, record, passes=name in passing)
        ),
        *judge_end(domain, tree),
        *_judge_targets(tree, passing),
        *_judge_voids(tree),
        *_judge_costs(domain, tree, value),
        *failures(tree.answers.values()),
    ]
    status = judge(finding for finding in findings if not works_despite(finding))
    return CheckResult(status=status, value=value, findings=bounded(findings))


def _judge_targets(tree: SPFTree, passing: set[str]) -> Iterator[Finding]:
    """Find what is wrong with what the terms lead to; `passing` has the domains whose passes count."""
    for domain, record in tree.records.items():
        for term in active_terms(record):
            for answer in tree.answers_to(domain, term):
                yield from _judge_answer(domain, record, term, answer)
            if domain in passing and _is_for_everybody(tree, domain, term):
                yield PASS_ALL.at(domain, term=term_text(record, term), span=term.span)
    for domain, term in tree.loops():
        yield LOOP.at(domain, term=term_text(tree.records[domain], term), span=term.span)


def _is_for_everybody(tree: SPFTree, domain: str, term: Term) -> bool:
    """Tell whether what a term looks for is there, and matches whoever sends."""
    if not isinstance(term, Mechanism) or term.qualifier != "+":
        return False
    if term.name == "exists":  # of a name without macros (5.7)
        return any(isinstance(answer, Answer) for answer in tree.answers_to(domain, term))
    is_everything = {"A": term.prefix4 == 0, "AAAA": term.prefix6 == 0}
    return term.name in {"a", "mx"} and any(
        is_everything[kind] and tree.may_find(domain, term, kind) for kind in is_everything
    )


def _judge_answer(domain: str, record: SPFRecord, term: Term, answer: Lookup) -> Iterator[Finding]:
    if isinstance(answer, LookupFailed):
        return
    text = term_text(record, term)
    if term.name == "mx" and isinstance(answer, Answer) and len(answer.records) > MX_LIMIT:
        count = len(answer.records)
        yield MX_NAMES.at(domain, term=text, count=count, limit=MX_LIMIT, span=term.span)
    if term.name in {"include", "redirect"}:
        count = len(spf_texts(answer))
        if count == 0:
            yield INCLUDE_MISSING.at(domain, term=text, span=term.span)
        if count > 1:
            yield SEVERAL.at(answer.query.name, count=count)


def _judge_voids(tree: SPFTree) -> Iterator[Finding]:
    """Report each name once for each record and kind of term, however often it is looked up.

    Of an include it is said already that it leads to no record.
    """
    first: dict[tuple[str, str, tuple[Query, ...]], Term] = {}
    for domain, record in tree.records.items():
        for term in active_terms(record):
            if term.name not in {"include", "redirect"}:
                first.setdefault((domain, term.name, tree.asked[domain, term]), term)
    for (domain, _, _), term in first.items():
        text = term_text(tree.records[domain], term)
        if tree.is_void(domain, term) or _is_null_mx(term, tree.answers_to(domain, term)):
            yield VOID.at(domain, term=text, span=term.span)
        for host in tree.dead(domain, term):
            yield VOID_HOST.at(domain, term=text, host=host, span=term.span)


def _is_null_mx(term: Term, answers: list[Lookup]) -> bool:
    """Tell whether a term looks for exchanges where there are none on purpose (RFC 7505)."""
    found = [answer for answer in answers if isinstance(answer, Answer)]
    return term.name == "mx" and bool(found) and not any(map(exchanges, found))


def _judge_costs(domain: str, tree: SPFTree, value: SPFPolicies) -> Iterator[Finding]:
    """Compare the whole with the limits."""
    own = value.policies[0]
    if value.lookups > LOOKUP_LIMIT:
        costs = sorted(zip(own.lookups, own.record.terms, strict=True), key=lambda pair: -pair[0])
        terms = ", ".join(
            f"“{term_text(own.record, term)}” {cost}" for cost, term in costs[:COSTS_SHOWN] if cost
        )
        yield LOOKUPS.at(
            domain, count=value.lookups, limit=LOOKUP_LIMIT, terms=f"They cost: {terms}."
        )
    if value.void_lookups > VOID_LIMIT:
        yield VOID_LOOKUPS.at(domain, count=value.void_lookups, limit=VOID_LIMIT)
    if tree.is_cut:
        yield TREE_CUT.at(domain)
