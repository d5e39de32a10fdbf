"""Where mail for a domain goes: its MX records, and whether their hosts can be reached by address.

RFC 5321 5.1, RFC 7505 (null MX), RFC 2181 10.3 (no aliases).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from mailcore.domains.check import Answers, CheckResult, Inquiry, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.policies.published import bounded
from mailcore.net.addresses import is_ip, why_unreachable
from mailcore.net.dns import Answer, Lookup, LookupFailed, MXRecord, NoData, NxDomain, Query

__all__ = [
    "MX",
    "MXHost",
    "MXHosts",
    "address_queries",
    "exchanges",
    "find_hosts",
    "is_null",
    "takes_mail",
]

HOST_LIMIT = 30  # hosts whose addresses are looked up

_IPV4 = re.compile(r"[0-9]+(?:\.[0-9]+){3}")

DOMAIN_MISSING = Kind(
    "mx.domain-missing",
    Severity.ERROR,
    "the domain does not exist",
    "Look for a typing error; else register the domain, or have its zone served.",
    "RFC 8020 2",
)
ALIAS_DANGLING = Kind(
    "mx.alias-dangling",
    Severity.ERROR,
    "it is an alias of {canonical_name}, which does not exist",
    "Remove the alias, or correct it: who can create {canonical_name} takes this name over.",
    "RFC 6604 3",
)
MISSING = Kind(
    "mx.missing",
    Severity.ERROR,
    "there is no MX record and no address: nobody can answer mail from here",
    "Publish an MX record that names a mail server, or “{subject}. MX 0 .” to refuse mail.",
    "RFC 5321 5.1",
)
IMPLICIT = Kind(
    "mx.implicit",
    Severity.WARNING,
    "there is no MX record: mail goes to the domain's own address",
    "Publish an MX record that names the mail server, or “{subject}. MX 0 .” to refuse mail.",
    "RFC 5321 5.1",
)
NULL = Kind(
    "mx.null",
    Severity.INFO,
    "the domain says that it takes no mail",
    "Nothing has to be done, if that is meant: no answer can reach this domain.",
    "RFC 7505 3",
)
NULL_PREFERENCE = Kind(
    "mx.null-preference",
    Severity.NOTICE,
    "the null MX record has the preference {preference}",
    "Give it the preference 0.",
    "RFC 7505 3",
)
NULL_WITH_OTHERS = Kind(
    "mx.null-with-others",
    Severity.ERROR,
    "a null MX record stands beside others",
    "Remove the null MX record, or all others.",
    "RFC 7505 3",
)
ADDRESS_LITERAL = Kind(
    "mx.address-literal",
    Severity.ERROR,
    "an exchange is a name, and this is an address: {exchange}",
    "Give the server a name with an A record, and put that name into the MX record.",
    "RFC 1035 3.3.9",
)
HOST_MISSING = Kind(
    "mx.host-missing",
    Severity.ERROR,
    "the name of the exchange does not exist",
    "Publish its address, or remove it from the MX records.",
    "RFC 5321 5.1",
)
NO_ADDRESS = Kind(
    "mx.no-address",
    Severity.ERROR,
    "the exchange has no address",
    "Publish an A or AAAA record for it, or remove it from the MX records.",
    "RFC 5321 5.1",
)
ALIAS = Kind(
    "mx.alias",
    Severity.WARNING,
    "the exchange is an alias of {canonical_name}",
    "Name {canonical_name} in the MX record: an exchange must not be a CNAME.",
    "RFC 2181 10.3",
)
ADDRESS_PRIVATE = Kind(
    "mx.address-private",
    Severity.ERROR,
    "{address} is {what}: the Internet cannot reach it",
    "Publish the exchange's public address.",
    "RFC 6890 2.2",
)
DUPLICATE = Kind(
    "mx.duplicate",
    Severity.NOTICE,
    "the exchange is listed {count} times",
    "Keep one MX record for it.",
    "RFC 5321 5.1",
)
TOO_MANY = Kind(
    "mx.too-many",
    Severity.WARNING,
    "there are {count} exchanges; the first {limit} were looked at",
    "Keep a few: senders do not try that many either.",
    "RFC 5321 5.1",
)


class MXHost(BaseModel, frozen=True):
    """One mail server, and its addresses as far as they are known."""

    preference: int
    exchange: str
    addresses: tuple[str, ...] = ()


class MXHosts(BaseModel, frozen=True):
    """Where mail goes, the most preferred first.

    `is_null`: the domain takes no mail. `is_implicit`: there is no MX record, and the domain's own
    address stands in.
    """

    hosts: tuple[MXHost, ...]
    is_null: bool = False
    is_implicit: bool = False

    def __str__(self) -> str:
        if self.is_null:
            return "takes no mail"
        return ", ".join(f"{host.preference} {host.exchange}" for host in self.hosts)


class MX:
    """Checks the MX records, and the addresses of their hosts."""

    name = "mx"

    def inquire(self, domain: str) -> Inquiry[CheckResult[MXHosts]]:
        """Ask for the MX records, then for all addresses together."""
        query = Query(domain, "MX")
        answer = (yield [query])[query]
        match answer:
            case LookupFailed():
                return CheckResult(status="unknown", findings=tuple(failures([answer])))
            case NxDomain():
                finding = _judge_missing(answer, DOMAIN_MISSING)
                return CheckResult(status="absent", findings=(finding,))
            case Answer():
                return (yield from _inspect(domain, answer))
            case NoData():
                return (yield from _inspect_implicit(domain))


def find_hosts(domain: str) -> Inquiry[tuple[list[MXHost], list[Finding]]]:
    """Ask for the hosts that take a domain's mail, and for their addresses; what failed comes beside.

    There are none where the domain does not exist, or takes no mail.
    """
    query = Query(domain, "MX")
    lookup = (yield [query])[query]
    records = exchanges(lookup)
    queries = address_queries(record.exchange for record in records)
    answers = yield queries
    hosts = [
        MXHost(preference=preference, exchange=name, addresses=_addresses(name, answers))
        for preference, name in records
    ]
    return hosts, failures([lookup, *(answers[query] for query in queries)])


def exchanges(lookup: Lookup) -> list[MXRecord]:
    """Give where mail goes by the answer for MX records, the most preferred first, each host once.

    Without MX records it goes to the domain itself (RFC 5321 5.1). No more than `HOST_LIMIT` are
    given, and none that is no name.
    """
    match lookup:
        case Answer():
            records = sorted(set(lookup.of(MXRecord)), reverse=True)
            best = {record.exchange: record for record in records if _is_name(record.exchange)}
            return sorted(best.values())[:HOST_LIMIT]
        case NoData():
            return [MXRecord(0, lookup.query.name)]
        case _:
            return []


def is_null(lookup: Lookup) -> bool:
    """Tell whether the answer for MX records says that no mail is taken (RFC 7505 3)."""
    records = lookup.of(MXRecord) if isinstance(lookup, Answer) else ()
    return {record.exchange for record in records} == {"."}


def takes_mail(domain: str) -> Inquiry[bool]:
    """Ask whether a domain takes mail: it does as long as nothing else is known."""
    query = Query(domain, "MX")
    return not is_null((yield [query])[query])


def address_queries(names: Iterable[str]) -> list[Query]:
    """Give the questions for the addresses of hosts."""
    return [Query(name, kind) for name in names for kind in ("A", "AAAA")]


def _is_name(exchange: str) -> bool:
    return exchange != "." and not _is_address(exchange)


def _is_address(exchange: str) -> bool:
    return bool(_IPV4.fullmatch(exchange)) or is_ip(exchange)


def _inspect_implicit(domain: str) -> Inquiry[CheckResult[MXHosts]]:
    """See whether the domain's own address stands in for MX records."""
    answers = yield address_queries([domain])
    addresses = _addresses(domain, answers)
    if failed := failures(answers[query] for query in address_queries([domain])):
        return CheckResult(status="unknown", findings=tuple(failed))
    if not addresses:
        return CheckResult(status="absent", findings=(MISSING.at(domain),))
    host = MXHost(preference=0, exchange=domain, addresses=addresses)
    findings = bounded([IMPLICIT.at(domain), *_judge_addresses(domain, addresses)])
    value = MXHosts(hosts=(host,), is_implicit=True)
    return CheckResult(status="absent", value=value, findings=findings)


def _inspect(domain: str, answer: Answer) -> Inquiry[CheckResult[MXHosts]]:
    """Look the exchanges up and judge the whole."""
    records = sorted(set(answer.of(MXRecord)))
    if is_null(answer):
        return _judge_null(domain, records)
    names = [record.exchange for record in records if record.exchange != "."]
    counts = Counter(names)
    looked_up = [record.exchange for record in exchanges(answer)]
    queries = address_queries(looked_up)
    answers = yield queries

    findings = [DUPLICATE.at(name, count=count) for name, count in counts.items() if count > 1]
    if len(names) < len(records):
        findings.append(NULL_WITH_OTHERS.at(domain))
    if len(counts) > HOST_LIMIT:
        findings.append(TOO_MANY.at(domain, count=len(counts), limit=HOST_LIMIT))
    literals = [name for name in counts if _is_address(name)]
    findings.extend(ADDRESS_LITERAL.at(domain, exchange=name) for name in literals)
    for name in looked_up:
        findings.extend(_judge_host(name, answers))
    findings.extend(failures(answers[query] for query in queries))
    known = {name: _addresses(name, answers) for name in looked_up}
    hosts = tuple(
        MXHost(preference=preference, exchange=exchange, addresses=known.get(exchange, ()))
        for preference, exchange in records
        if exchange != "."
    )
    value = MXHosts(hosts=hosts)
    return CheckResult(status=judge(findings), value=value, findings=bounded(findings))


def _judge_null(domain: str, records: list[MXRecord]) -> CheckResult[MXHosts]:
    findings = [NULL.at(domain)]
    findings += [
        NULL_PREFERENCE.at(domain, preference=record.preference)
        for record in records
        if record.preference
    ]
    value = MXHosts(hosts=(), is_null=True)
    return CheckResult(status="present", value=value, findings=bounded(findings))


def _judge_host(name: str, answers: Answers) -> Iterator[Finding]:
    """Find what is wrong with one exchange; after a failed lookup, nothing counts as missing."""
    found: list[Lookup] = [answers[query] for query in address_queries([name])]
    for answer in found:
        if not isinstance(answer, LookupFailed) and answer.canonical_name != name:
            yield ALIAS.at(name, canonical_name=answer.canonical_name)
            break
    addresses = _addresses(name, answers)
    yield from _judge_addresses(name, addresses)
    if addresses or any(isinstance(answer, LookupFailed) for answer in found):
        return
    missing = [answer for answer in found if isinstance(answer, NxDomain)]
    yield _judge_missing(missing[0], HOST_MISSING) if found == missing else NO_ADDRESS.at(name)


def _judge_missing(answer: NxDomain, kind: Kind) -> Finding:
    """Say what does not exist: the name, or the one that it is an alias of (RFC 6604 3)."""
    name, alias = answer.query.name, answer.canonical_name
    return kind.at(name) if alias == name else ALIAS_DANGLING.at(name, canonical_name=alias)


def _judge_addresses(name: str, addresses: Iterable[str]) -> Iterator[Finding]:
    for address in addresses:
        if what := why_unreachable(address):
            yield ADDRESS_PRIVATE.at(name, address=address, what=what)


def _addresses(name: str, answers: Answers) -> tuple[str, ...]:
    """Give the addresses that came with the answers."""
    found = (answers[query] for query in address_queries([name]))
    return tuple(text for answer in found if isinstance(answer, Answer) for text in answer.texts)
