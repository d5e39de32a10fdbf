"""The SPF records that a record includes or redirects to, and what an evaluation of all would cost.

This is what can be known without a message: macros are never expanded, so what lies behind them is
counted as one lookup and not followed. Every name is asked once, however often it is included.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from mailcore.domains.check import Inquiry
from mailcore.domains.records.spf import Mechanism, Modifier, SPFRecord, is_spf, read_spf
from mailcore.domains.servers.mx import address_queries
from mailcore.errors import ConfigurationError
from mailcore.net.dns import (
    Answer,
    Lookup,
    LookupFailed,
    MXRecord,
    NoData,
    NxDomain,
    Query,
    dns_name,
)

__all__ = [
    "MX_LIMIT",
    "SPFTree",
    "Term",
    "active_terms",
    "exchanges",
    "follow",
    "spf_texts",
    "target",
]

LEVEL_LIMIT = 12  # records below one another; a tree that works has at most eleven
QUERY_LIMIT = 250  # questions asked for one tree; one within the limits of RFC 7208 has 212
MX_LIMIT = 10  # exchanges of one term, RFC 7208 4.6.4
TERMS_LIMIT = 10_000  # terms of one tree that are read, but for the end of the last record

Term: TypeAlias = Mechanism | Modifier

_QUERY_TYPES = {
    "include": ("TXT",),
    "redirect": ("TXT",),
    "a": ("A", "AAAA"),
    "mx": ("MX",),
    "exists": ("A",),
}


@dataclass(slots=True)
class SPFTree:
    """The records by their domains, the first being the one to begin with, and all answers.

    `asked` has what each term looks up. `is_cut` says that there was more to look up than is looked
    up.
    """

    records: dict[str, SPFRecord] = field(default_factory=dict)
    asked: dict[tuple[str, Term], tuple[Query, ...]] = field(default_factory=dict)
    answers: dict[Query, Lookup] = field(default_factory=dict)
    is_cut: bool = False

    def answers_to(self, domain: str, term: Term) -> list[Lookup]:
        """Give the answers that a term of the domain's record depends on."""
        queries = self.asked.get((domain, term), ())
        if self.is_cut and not self.answers.keys() >= {*queries}:
            return []
        return [self.answers[query] for query in queries]

    def followed(self, domain: str, term: Term) -> str | None:
        """Give the domain whose record an include or a redirect goes on with, if that was read."""
        name = self.onward(domain, term)
        return name if name in self.records else None

    def lookups(self) -> dict[str, tuple[int, ...]]:
        """Count for each record the lookups of each term, with all that it includes."""
        return self._totals(lambda _, term: int(term.costs_lookup))

    def voids(self) -> dict[str, tuple[int, ...]]:
        """Count for each record the terms that look for something in vain, as above (4.6.4)."""
        return self._totals(
            lambda domain, term: int(self.is_void(domain, term) or bool(self.dead(domain, term)))
        )

    def is_void(self, domain: str, term: Term) -> bool:
        """Tell whether a term finds nothing at all, of any type that it looks for."""
        answers = self.answers_to(domain, term)
        return bool(answers) and all(map(_is_void, answers))

    def hosts(self, domain: str, term: Term) -> list[str]:
        """Give the hosts whose addresses an a or mx term compares, as far as they are known."""
        if term.name == "a":
            return [query.name for query in self.asked[domain, term][:1]]
        if term.name != "mx":
            return []
        found = self.answers_to(domain, term)
        return [host for answer in found for host in exchanges(answer)[:MX_LIMIT]]

    def dead(self, domain: str, term: Term) -> list[str]:
        """Give the exchanges of an mx term that have no address at all."""
        return [
            host
            for host in self.hosts(domain, term)
            if term.name == "mx"
            and all(_is_void(self.answers.get(query)) for query in address_queries([host]))
        ]

    def may_find(self, domain: str, term: Term, kind: str) -> bool:
        """Tell whether an a or mx term can find addresses of a type, as far as anything is known."""
        answers = self.answers_to(domain, term)
        if not answers or any(isinstance(answer, LookupFailed) for answer in answers):
            return True
        hosts = self.hosts(domain, term)
        return any(not _is_void(self.answers.get(Query(host, kind))) for host in hosts)

    def passing(self) -> set[str]:
        """Give the domains whose passes are the first one's: with "+" alone on the way there."""
        nexts = {
            domain: {
                below
                for term in active_terms(record)
                if isinstance(term, Modifier) or term.qualifier == "+"
                if (below := self.followed(domain, term))
            }
            for domain, record in self.records.items()
        }
        return _reachable(next(iter(nexts)), nexts)

    def loops(self) -> list[tuple[str, Term]]:
        """Give the terms that lead back to the record that they are in."""
        nexts = self._nexts()
        reachable = {domain: _reachable(domain, nexts) for domain in nexts}
        return [
            (domain, term)
            for domain, record in self.records.items()
            for term in active_terms(record)
            if (below := self.followed(domain, term)) and domain in reachable[below]
        ]

    def onward(self, domain: str, term: Term) -> str | None:
        """Give the name that an include or a redirect goes on with, if one can be known."""
        if term.name not in {"include", "redirect"}:
            return None
        return next((query.name for query in self.asked.get((domain, term), ())), None)

    def _nexts(self) -> dict[str, set[str]]:
        """Give for each domain those that its record leads to."""
        return {
            domain: {*filter(None, (self.followed(domain, term) for term in active_terms(record)))}
            for domain, record in self.records.items()
        }

    def _totals(self, cost: Callable[[str, Term], int]) -> dict[str, tuple[int, ...]]:
        """Add up what each term costs; where a loop comes back to a record, nothing is added."""
        costs: dict[str, tuple[int, ...]] = {}
        sums: dict[str | None, int] = {}
        for domain in _from_below(next(iter(self.records)), self._nexts()):
            terms = self.records[domain].terms
            active = {*active_terms(self.records[domain])}
            costs[domain] = tuple(
                cost(domain, term) + sums.get(self.followed(domain, term), 0)
                if term in active
                else 0
                for term in terms
            )
            sums[domain] = sum(costs[domain])
        return costs


def _reachable(domain: str, nexts: Mapping[str, set[str]]) -> set[str]:
    """Give a domain and all that its record leads to."""
    found = {domain}
    waiting = [domain]
    while waiting:
        new = nexts[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


def _from_below(domain: str, nexts: Mapping[str, set[str]]) -> list[str]:
    """Give a domain and all that its record leads to, each after those that it leads to itself."""
    found: dict[str, None] = {}
    begun: set[str] = set()
    waiting = [domain]
    while waiting:
        last = waiting[-1]
        if last in begun:
            found.setdefault(waiting.pop())
        else:
            begun.add(last)
            waiting.extend(nexts[last] - begun)
    return [*found]


def follow(domain: str, record: SPFRecord) -> Inquiry[SPFTree]:
    """Read the whole tree, asking level by level, and then for the hosts of all exchanges."""
    tree = yield from _follow_records(domain, record)
    found = [*tree.answers.values()]
    hosts = (host for answer in found for host in exchanges(answer)[:MX_LIMIT])
    yield from _ask(tree, address_queries(hosts))
    return tree


def _follow_records(domain: str, record: SPFRecord) -> Inquiry[SPFTree]:
    tree = SPFTree()
    level = {domain: record}
    for _ in range(LEVEL_LIMIT):
        tree.records.update(level)
        for name, included in level.items():
            for term in active_terms(included):
                tree.asked[name, term] = _queries(name, term)
        yield from _ask(tree, (query for asked in tree.asked.values() for query in asked))
        level = _next_level(level, tree)
        if not level:
            return tree
    tree.is_cut = True
    return tree


def _ask(tree: SPFTree, queries: Iterable[Query]) -> Inquiry[None]:
    """Ask what was not asked yet, as far as there is room."""
    new = [query for query in dict.fromkeys(queries) if query not in tree.answers]
    room = QUERY_LIMIT - len(tree.answers)
    tree.is_cut = tree.is_cut or len(new) > room
    answers = yield new[:room]
    tree.answers.update((query, answers[query]) for query in new[:room])


def _next_level(level: Mapping[str, SPFRecord], tree: SPFTree) -> dict[str, SPFRecord]:
    """Read the records that includes and redirects lead to and that were not read yet."""
    names = dict.fromkeys(
        tree.onward(domain, term)
        for domain, record in level.items()
        for term in active_terms(record)
    )
    room = TERMS_LIMIT - sum(len(record.terms) for record in tree.records.values())
    found: dict[str, SPFRecord] = {}
    for name in names:
        answer = tree.answers.get(Query(name, "TXT")) if name else None
        texts = spf_texts(answer) if answer else []
        if name is None or name in tree.records or len(texts) != 1:
            continue  # with several, none is gone on with
        if room <= 0:
            tree.is_cut = True
            break
        found[name] = read_spf(texts[0])
        room -= len(found[name].terms) + len(found[name].faults)
    return found


def active_terms(record: SPFRecord) -> tuple[Term, ...]:
    """Give the terms that an evaluation can reach: none after all, not even a redirect (5.1)."""
    reached: list[Term] = []
    for mechanism in record.mechanisms:
        reached.append(mechanism)
        if mechanism.name == "all":
            return tuple(reached)
    redirect = record.modifier("redirect")
    return (*reached, redirect) if redirect else tuple(reached)


def target(domain: str, term: Term) -> str | None:
    """Give the name that a term looks up; None with macros in it, or where it cannot be a name."""
    text = term.value if isinstance(term, Modifier) else term.domain
    if text is None:
        return domain
    try:
        return None if "%" in text else dns_name(text)
    except ConfigurationError:
        return None


def spf_texts(answer: Lookup) -> list[str]:
    """Give the SPF records among the TXT records of an answer."""
    return [text for text in answer.texts if is_spf(text)] if isinstance(answer, Answer) else []


def exchanges(answer: Lookup) -> list[str]:
    """Give the hosts of the MX records of an answer; "." is none (RFC 7505)."""
    records = answer.of(MXRecord) if isinstance(answer, Answer) else ()
    return [record.exchange for record in records if record.exchange != "."]


def _is_void(answer: Lookup | None) -> bool:
    return isinstance(answer, NoData | NxDomain)


def _queries(domain: str, term: Term) -> tuple[Query, ...]:
    name = target(domain, term)
    return tuple(Query(name, kind) for kind in _QUERY_TYPES.get(term.name, ())) if name else ()
