"""The SPF records that a record includes or redirects to, and what an evaluation of all would cost.

This is what can be known without a message: macros are never expanded, so what lies behind them is
counted as one lookup and not followed. Every name is asked once, however often it is included.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from mailcore.domains.check import Inquiry
from mailcore.domains.records.spf import Mechanism, Modifier, SPFRecord, is_spf, read_spf
from mailcore.errors import ConfigurationError
from mailcore.net.dns import Answer, Lookup, Query, dns_name

__all__ = ["SPFTree", "Term", "active_terms", "follow", "spf_texts", "target"]

LEVEL_LIMIT = 12  # records below one another; a tree that works has at most eleven
QUERY_LIMIT = 200  # questions asked for one tree

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

    `is_cut` says that there was more to look up than is looked up.
    """

    records: dict[str, SPFRecord] = field(default_factory=dict)
    answers: dict[Query, Lookup] = field(default_factory=dict)
    is_cut: bool = False

    def answers_to(self, domain: str, term: Term) -> list[Lookup]:
        """Give the answers that a term of the domain's record depends on."""
        queries = _queries(domain, term)
        if self.is_cut and not self.answers.keys() >= {*queries}:
            return []
        return [self.answers[query] for query in queries]

    def followed(self, domain: str, term: Term) -> str | None:
        """Give the domain whose record an include or a redirect goes on with, if that was read."""
        name = _onward(domain, term)
        return name if name in self.records else None

    def lookups(self) -> dict[str, tuple[int, ...]]:
        """Count for each record the lookups of each term, with all that it includes."""
        costs: dict[str, tuple[int, ...]] = {}

        def visit(domain: str) -> int:
            if domain not in costs:
                costs[domain] = ()  # where a loop comes back to it, nothing is added
                record = self.records[domain]
                active = {*active_terms(record)}
                costs[domain] = tuple(
                    count(domain, term) if term in active else 0 for term in record.terms
                )
            return sum(costs[domain])

        def count(domain: str, term: Term) -> int:
            below = self.followed(domain, term)
            return int(term.costs_lookup) + (visit(below) if below else 0)

        visit(next(iter(self.records)))
        return costs

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
        leads = {
            domain: {term: self.followed(domain, term) for term in active_terms(record)}
            for domain, record in self.records.items()
        }
        nexts = {domain: {*filter(None, terms.values())} for domain, terms in leads.items()}
        reachable = {domain: _reachable(domain, nexts) for domain in nexts}
        return [
            (domain, term)
            for domain, terms in leads.items()
            for term, below in terms.items()
            if below and domain in reachable[below]
        ]


def _reachable(domain: str, nexts: Mapping[str, set[str]]) -> set[str]:
    """Give a domain and all that its record leads to."""
    found = {domain}
    waiting = [domain]
    while waiting:
        new = nexts[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


def follow(domain: str, record: SPFRecord) -> Inquiry[SPFTree]:
    """Read the whole tree, asking level by level."""
    tree = SPFTree()
    level = {domain: record}
    for _ in range(LEVEL_LIMIT):
        tree.records.update(level)
        terms = [(name, term) for name in level for term in active_terms(level[name])]
        queries = dict.fromkeys(query for name, term in terms for query in _queries(name, term))
        new = [query for query in queries if query not in tree.answers]
        room = QUERY_LIMIT - len(tree.answers)
        tree.is_cut = tree.is_cut or len(new) > room
        tree.answers.update((yield new[:room]))
        level = _next_level(terms, tree)
        if not level:
            return tree
    tree.is_cut = True
    return tree


def _next_level(terms: list[tuple[str, Term]], tree: SPFTree) -> dict[str, SPFRecord]:
    """Read the records that includes and redirects lead to and that were not read yet."""
    names = dict.fromkeys(_onward(domain, term) for domain, term in terms)
    level: dict[str, SPFRecord] = {}
    for name in filter(None, names):
        answer = tree.answers.get(Query(name, "TXT"))
        texts = spf_texts(answer) if answer else []
        if len(texts) == 1 and name not in tree.records:  # with several, none is gone on with
            level[name] = read_spf(texts[0])
    return level


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


def _onward(domain: str, term: Term) -> str | None:
    """Give the name that an include or a redirect goes on with."""
    return target(domain, term) if term.name in {"include", "redirect"} else None


def spf_texts(answer: Lookup) -> list[str]:
    """Give the SPF records among the TXT records of an answer."""
    return [text for text in answer.texts if is_spf(text)] if isinstance(answer, Answer) else []


def _queries(domain: str, term: Term) -> list[Query]:
    name = target(domain, term)
    return [Query(name, kind) for kind in _QUERY_TYPES.get(term.name, ())] if name else []
