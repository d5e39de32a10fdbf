"""An SPF record with addresses in the place of names, for domains that need too many lookups.

What such a record lets pass is what the original does at the time: whatever cannot be said by
addresses alone stays as it is. It goes stale, as soon as anybody whom it includes changes a server.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from itertools import groupby
from typing import NamedTuple, TypeAlias

from pydantic import BaseModel

from mailcore.domains.check import Inquiry
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.policies.spf.check import SIZE_LIMIT
from mailcore.domains.policies.spf.terms import term_text
from mailcore.domains.policies.spf.tree import (
    MX_LIMIT,
    SPFTree,
    Term,
    active_terms,
    exchanges,
    follow,
    spf_texts,
)
from mailcore.domains.records.spf import VERSION, Mechanism, Modifier, SPFRecord, read_spf
from mailcore.domains.servers.mx import address_queries
from mailcore.errors import ConfigurationError, ResolutionFailed
from mailcore.net.dns import Answer, Lookup, LookupFailed, Query

__all__ = ["FlatSPF", "inquire_flat"]

Networks: TypeAlias = list[IPv4Network | IPv6Network]

_WHOLE = {4: "/32", 6: "/128"}  # is not written
NETWORK_LIMIT = 50_000  # addresses and networks that are gone through, each as often as it is met

FLAT_STALE = Kind(
    "spf.flat-stale",
    Severity.NOTICE,
    "the addresses are right for {ttl} seconds: those whom the record included may change theirs",
    "Flatten the original again before that, by a program, and publish what it gives.",
    "RFC 7208 4.6.4",
)
FLAT_KEPT = Kind(
    "spf.flat-kept",
    Severity.NOTICE,
    "“{term}” stays as it is: {reason}",
    "Nothing has to be done, if the record needs few enough lookups now.",
    "RFC 7208 4.6.4",
)
FLAT_LONG = Kind(
    "spf.flat-long",
    Severity.WARNING,
    "the flat record has {size} octets with its name, and more than {limit} may not fit a DNS packet",
    "Keep the includes with many addresses, or put parts of the record at names of your own and "
    "include those.",
    "RFC 7208 3.4",
)


class FlatSPF(BaseModel, frozen=True):
    """A flat record to publish; look again before `ttl` seconds have passed."""

    domain: str
    record: SPFRecord
    ttl: int
    findings: tuple[Finding, ...]

    def __str__(self) -> str:
        return self.record.text


def inquire_flat(domain: str) -> Inquiry[FlatSPF]:
    """Give the flat form of a domain's record.

    Raises `ResolutionFailed` where any lookup failed, for addresses could be missing, and
    `ConfigurationError` where there is no record, or none that works.
    """
    query = Query(domain, "TXT")
    answer = (yield [query])[query]
    _require([answer])
    texts = spf_texts(answer)
    if len(texts) != 1:
        raise ConfigurationError(f"{domain} has {len(texts) or 'no'} SPF records")
    record = read_spf(texts[0])
    for fault in record.faults:
        raise ConfigurationError(f"“{term_text(record, fault)}” in {domain}: {fault.message}")
    tree = yield from follow(domain, record)
    if tree.is_cut:
        raise ConfigurationError(f"the SPF record of {domain} leads to more than is looked up here")
    answers = [answer, *tree.answers.values()]
    _require(answers)
    ttl = min(found.ttl for found in answers if not isinstance(found, LookupFailed))
    return _flatten(domain, _Source(tree), ttl)


def _require(answers: Iterable[Lookup]) -> None:
    for answer in answers:
        if isinstance(answer, LookupFailed):
            raise ResolutionFailed(
                f"no answer to {answer.query}: {answer.reason}", host=answer.query.name
            )


class _Unflattenable(Exception):
    """Ends the flattening of one term; its message is the reason."""


class _Group(NamedTuple):
    """What mechanisms with one qualifier match."""

    qualifier: str
    networks: Networks


@dataclass(slots=True)
class _Source:
    """The records of a tree and all addresses that they lead to, and what was made of them so far."""

    tree: SPFTree
    passes: dict[str, Networks | str] = field(default_factory=dict)
    count: int = 0

    def networks(self, domain: str, term: Mechanism) -> Networks:
        """Give what a mechanism matches."""
        networks = self._find(domain, term)
        self.count += len(networks)
        if self.count > NETWORK_LIMIT:
            raise ConfigurationError(f"the record leads to more than {NETWORK_LIMIT} addresses")
        return networks

    def _find(self, domain: str, term: Mechanism) -> Networks:
        match term.name:
            case "ip4" | "ip6":
                prefix = term.prefix4 if term.name == "ip4" else term.prefix6
                return [_network(str(term.network), prefix)]
            case "a":
                return self._addresses(term, self.asked(domain, term))
            case "mx":
                (query,) = self.asked(domain, term)
                hosts = exchanges(self.tree.answers[query])
                if len(hosts) > MX_LIMIT:
                    raise _Unflattenable(f"it leads to more than {MX_LIMIT} mail exchanges")
                return self._addresses(term, address_queries(hosts))
            case "include":
                (query,) = self.asked(domain, term)
                return self.passing(query.name)
            case _:
                raise _Unflattenable("what it matches depends on the mail")

    def passing(self, domain: str) -> Networks:
        """Give the addresses that a whole record lets pass; each record is gone through once."""
        if domain not in self.passes:
            self.passes[domain] = "it leads back to a record that led to it"  # until it is known
            try:
                self.passes[domain] = self._gather(domain)
            except _Unflattenable as reason:
                self.passes[domain] = str(reason)
        found = self.passes[domain]
        if isinstance(found, str):
            raise _Unflattenable(found)
        return found

    def _gather(self, domain: str) -> Networks:
        found: Networks = []
        excludes = False
        for term in active_terms(self.record(domain)):
            if isinstance(term, Modifier):
                (query,) = self.asked(domain, term)
                networks, passes = self.passing(query.name), True
            elif term.name == "all":
                networks, passes = [], term.qualifier == "+"
            else:
                networks, passes = self.networks(domain, term), term.qualifier == "+"
            if passes and (excludes or term.name == "all"):
                raise _Unflattenable(f"what {domain} lets pass is not a list of addresses")
            excludes = excludes or not passes
            found.extend(networks if passes else ())
        return found

    def record(self, domain: str) -> SPFRecord:
        """Give a record that works."""
        record = self.tree.records.get(domain)
        if record is None or record.faults:
            raise _Unflattenable(f"{domain} has no record that works")
        return record

    def asked(self, domain: str, term: Term) -> tuple[Query, ...]:
        """Give what a term looks up."""
        queries = self.tree.asked.get((domain, term), ())
        if not queries:
            raise _Unflattenable("the name depends on the mail, or is none")
        return queries

    def _addresses(self, term: Mechanism, queries: Iterable[Query]) -> Networks:
        prefixes = {"A": term.prefix4, "AAAA": term.prefix6}
        return [
            _network(text, prefixes[query.type])
            for query in queries
            if isinstance(answer := self.tree.answers[query], Answer)
            for text in answer.texts
        ]


def _network(address: str, prefix: int | None) -> IPv4Network | IPv6Network:
    return ip_network(address if prefix is None else f"{address}/{prefix}", strict=False)


def _flatten(domain: str, source: _Source, ttl: int) -> FlatSPF:
    """Write the record, and say what there is to know of it."""
    original = source.tree.records[domain]
    parts, findings = _parts(domain, source, ())
    record = read_spf(" ".join([VERSION, *_write(parts)]))
    for fault in record.faults:
        raise ConfigurationError(
            f"no record has room for the addresses of {domain}: {fault.message}"
        )
    if len(source.tree.answers) > 0 and record.text != original.text:
        findings.insert(0, FLAT_STALE.at(domain, ttl=ttl))
    size = len(domain) + len(record.text)
    if size > SIZE_LIMIT:
        findings.append(FLAT_LONG.at(domain, size=size, limit=SIZE_LIMIT))
    return FlatSPF(domain=domain, record=record, ttl=ttl, findings=tuple(findings))


def _parts(
    domain: str, source: _Source, above: tuple[str, ...]
) -> tuple[list[_Group | str], list[Finding]]:
    """Give what stands for each term, and a finding for each that stays; `above` are redirects."""
    record = source.record(domain)
    modifiers = (term for term in record.terms if isinstance(term, Modifier))
    remarks = [
        term
        for term in modifiers
        if term.name == "exp" or (term.name != "redirect" and not above)  # others say nothing
    ]
    parts: list[_Group | str] = []
    findings: list[Finding] = []
    for term in (*active_terms(record), *remarks):
        try:
            parts.extend(_part(domain, term, source, above))
        except _Unflattenable as reason:
            text = term_text(record, term)
            findings.append(FLAT_KEPT.at(domain, term=text, reason=reason, span=term.span))
            parts.append(record.text[slice(*term.span)])
    return parts, findings


def _part(domain: str, term: Term, source: _Source, above: tuple[str, ...]) -> list[_Group | str]:
    """Give what stands for a term: networks, those of a redirect's record, or its own text."""
    record = source.tree.records[domain]
    if isinstance(term, Mechanism) and term.name != "all":
        return [_Group(term.qualifier, source.networks(domain, term))]
    if term.name != "redirect":
        return [record.text[slice(*term.span)]]
    (query,) = source.asked(domain, term)
    if query.name in (*above, domain):
        raise _Unflattenable("it leads back to a record that led to it")
    parts, kept = _parts(query.name, source, (*above, domain))
    if kept or record.modifier("exp") or source.tree.records[query.name].modifier("exp"):
        raise _Unflattenable("its record has more than addresses")
    return parts


def _write(parts: Iterable[_Group | str]) -> Iterator[str]:
    """Write the terms; among neighbours with one qualifier, the order does not matter."""
    for qualifier, neighbours in groupby(parts, key=_qualifier):
        same = [*neighbours]
        yield from (part for part in same if isinstance(part, str))
        found = [network for part in same if isinstance(part, _Group) for network in part.networks]
        four = [network for network in found if isinstance(network, IPv4Network)]
        six = [network for network in found if isinstance(network, IPv6Network)]
        for network in (*map(str, collapse_addresses(four)), *map(str, collapse_addresses(six))):
            version = 6 if ":" in network else 4
            yield f"{qualifier}ip{version}:{network.removesuffix(_WHOLE[version])}"


def _qualifier(part: _Group | str) -> str | None:
    return part.qualifier.removeprefix("+") if isinstance(part, _Group) else None
