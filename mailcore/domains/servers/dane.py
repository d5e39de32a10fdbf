"""DANE: whether the keys of a domain's mail servers are published in DNS, for senders to insist on.

A TLSA record binds a server to its key or its authority (RFC 6698, and RFC 7672 for SMTP), and is
worth as much as the DNSSEC signature over it. This check does not validate signatures: it takes the
word of a resolver that does, the AD bit. Without it nothing is known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pydantic import BaseModel

from mailcore.domains.check import Answers, CheckResult, Inquiry, ask, dangling, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.servers.mx import address_queries, exchanges
from mailcore.net.dns import Answer, Lookup, LookupFailed, Query, TLSARecord

__all__ = ["DANE", "DANEHost", "DANEHosts", "DANERecord"]

RECORD_LIMIT = 20  # records of one host that are judged
SHOWN = 20  # characters of a record in a message; all of it is in the evidence

# RFC 6698 2.1, named as in RFC 7218 2.
_PKIX = {0, 1}
_DANE_TA, _DANE_EE = 2, 3
_CERTIFICATE, _SPKI = 0, 1
_FULL = 0
_DIGEST_OCTETS = {1: 32, 2: 64}

MISSING = Kind(
    "dane.missing",
    Severity.INFO,
    "no exchange has a TLSA record: senders that know DANE find none to insist on",
    "Nothing has to be done; if the exchanges' zone is signed by DNSSEC, publish "
    "“_25._tcp.‹exchange›. TLSA 3 1 1 …” with the digest of each server's public key.",
    "RFC 7672 2.2",
)
INSECURE = Kind(
    "dane.insecure",
    Severity.WARNING,
    "there are TLSA records, and the resolver vouches for none: "
    "it does not validate DNSSEC, or nothing here is signed",
    "Ask a resolver that validates, such as unbound on this machine; if it vouches for none either, "
    "have the zones signed: senders pass over TLSA records that are not.",
    "RFC 7672 2.2",
)
UNSIGNED = Kind(
    "dane.unsigned",
    Severity.ERROR,
    "the TLSA records are not signed by DNSSEC, and senders pass over them",
    "Have the zone signed, and its DS record published in the zone above; or remove the records.",
    "RFC 7672 2.2",
)
ADDRESS_UNSIGNED = Kind(
    "dane.address-unsigned",
    Severity.ERROR,
    "the exchange's addresses are not signed by DNSSEC: senders do not look for its TLSA records",
    "Have the zone of the exchange signed, and its DS record published in the zone above.",
    "RFC 7672 2.2.2",
)
MX_UNSIGNED = Kind(
    "dane.mx-unsigned",
    Severity.WARNING,
    "the MX records are not signed by DNSSEC: somebody on the way can name another exchange",
    "Have the zone of {subject} signed, and its DS record published in the zone above.",
    "RFC 7672 2.2.1",
)
PARTIAL = Kind(
    "dane.partial",
    Severity.WARNING,
    "the exchange has no TLSA record, and others have: an attacker steers mail to this one",
    "Publish “_25._tcp.{subject}. TLSA 3 1 1 …” with the digest of the server's public key.",
    "RFC 7672 2.2",
)
USAGE = Kind(
    "dane.usage",
    Severity.WARNING,
    "“{record}” has the usage {usage}, which senders by SMTP do not use",
    "Publish “3 1 1” and the SHA-256 digest of the server's public key in its place.",
    "RFC 7672 3.1.3",
)
PARAMETERS = Kind(
    "dane.parameters",
    Severity.WARNING,
    "“{record}” has a usage, selector or matching type that nobody knows",
    "Publish “3 1 1” and the SHA-256 digest of the server's public key in its place.",
    "RFC 6698 2.1",
)
LENGTH = Kind(
    "dane.length",
    Severity.WARNING,
    "“{record}” has {octets} octets of data, which is not what its matching type has",
    "Make it again: a SHA-256 digest (1) has 32 octets, a SHA-512 digest (2) has 64.",
    "RFC 6698 2.1.4",
)
UNUSABLE = Kind(
    "dane.unusable",
    Severity.ERROR,
    "none of the TLSA records can be used: senders encrypt, and do not look who answers",
    "Publish “{subject}. TLSA 3 1 1 …” with the SHA-256 digest of the server's public key.",
    "RFC 7672 2.2",
)
FULL = Kind(
    "dane.full",
    Severity.NOTICE,
    "“{record}” has a whole key or certificate in it, which makes answers too large for UDP",
    "Publish its SHA-256 digest, with the matching type 1.",
    "RFC 7671 10.1.2",
)
RENEWAL = Kind(
    "dane.renewal",
    Severity.NOTICE,
    "“{record}” is the certificate's: it has to be published anew before each renewal",
    "Publish “3 1 1” with the digest of the public key, and keep the key when renewing.",
    "RFC 7671 5.1",
)


class DANERecord(BaseModel, frozen=True):
    """What a server's certificate is tied to (RFC 6698 2.1); `data` is in hexadecimal digits."""

    usage: int
    selector: int
    matching_type: int
    data: str

    def __str__(self) -> str:
        return f"{self.usage} {self.selector} {self.matching_type} {self.data}"


class DANEHost(BaseModel, frozen=True):
    """A mail server and its records; `is_authenticated` says that a resolver vouches for them."""

    exchange: str
    records: tuple[DANERecord, ...] = ()
    is_authenticated: bool = False

    def __str__(self) -> str:
        kinds = dict.fromkeys(str(record).rpartition(" ")[0] for record in self.records)
        return f"{self.exchange} {', '.join(kinds) or 'none'}"


class DANEHosts(BaseModel, frozen=True):
    """The mail servers, the most preferred first."""

    hosts: tuple[DANEHost, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.hosts))


class DANE:
    """Checks the TLSA records of all exchanges, port 25.

    They count only where the resolver validates DNSSEC and says so; with any other resolver the
    status is "unknown" as soon as there are records.
    """

    name = "dane"

    def inquire(self, domain: str) -> Inquiry[CheckResult[DANEHosts]]:
        """Ask for the MX records, then for addresses and TLSA records; for those of aliases at last."""
        query = Query(domain, "MX")
        mx = (yield [query])[query]
        names = [record.exchange for record in exchanges(mx)]
        questions = {name: ask(f"_25._tcp.{name}", "TLSA") for name in names}
        queries = [one for one in questions.values() if isinstance(one, Query)]
        answers = yield [*address_queries(names), *queries]
        hosts = [_gather(name, questions[name], answers) for name in names]

        aliases = {host.name: host.alias for host in hosts if host.alias is not None}
        answers = yield aliases.values()
        hosts = [
            host.at(answers[aliases[host.name]]) if host.name in aliases else host for host in hosts
        ]
        return _judge(domain, mx, hosts)


@dataclass(frozen=True, slots=True)
class _Host:
    name: str
    addresses: tuple[Lookup, ...]
    tlsa: Lookup | None
    impossible: tuple[Finding, ...] = ()

    @property
    def records(self) -> tuple[TLSARecord, ...]:
        return self.tlsa.of(TLSARecord) if isinstance(self.tlsa, Answer) else ()

    @property
    def is_authenticated(self) -> bool:
        return _is_authenticated(self.tlsa)

    @property
    def has_signed_address(self) -> bool:
        """Whether its addresses are vouched for; those of an alias do not have to be (RFC 7672 2.2.2)."""
        found = [answer for answer in self.addresses if isinstance(answer, Answer)]
        return all(_is_authenticated(one) or one.canonical_name != self.name for one in found)

    @property
    def alias(self) -> Query | None:
        """Where an alias that is signed to its end has its records, if it has any (RFC 7672 2.2.2)."""
        found = [answer for answer in self.addresses if _is_authenticated(answer)]
        ends = {one.canonical_name for one in found if isinstance(one, Answer)} - {self.name}
        query = ask(f"_25._tcp.{min(ends)}", "TLSA") if ends else None
        return query if isinstance(query, Query) else None

    def at(self, found: Lookup) -> "_Host":
        """Give the host with the records at the end of its alias, if there are any or may be."""
        return replace(self, tlsa=found) if isinstance(found, Answer | LookupFailed) else self


def _gather(name: str, question: Query | Finding, answers: Answers) -> _Host:
    addresses = tuple(answers[query] for query in address_queries([name]))
    if isinstance(question, Finding):
        return _Host(name, addresses, None, (question,))
    return _Host(name, addresses, answers[question])


def _is_authenticated(lookup: Lookup | None) -> bool:
    return isinstance(lookup, Answer) and lookup.is_authenticated


def _judge(domain: str, mx: Lookup, hosts: list[_Host]) -> CheckResult[DANEHosts]:
    lookups = [mx, *(one for host in hosts for one in (*host.addresses, host.tlsa) if one)]
    findings = [*failures(lookups), *(finding for host in hosts for finding in host.impossible)]
    if not hosts:
        return CheckResult(status="unknown" if findings else "absent", findings=tuple(findings))
    value = DANEHosts(hosts=tuple(map(_describe, hosts)))
    if not any(host.records for host in hosts):
        if failures(lookups):
            return CheckResult(status="unknown", value=value, findings=tuple(findings))
        findings.insert(0, MISSING.at(domain))
        findings.extend(dangling(host.tlsa for host in hosts if host.tlsa))
        return CheckResult(status="absent", value=value, findings=tuple(findings))
    validates = any(map(_is_authenticated, lookups))
    if validates:
        findings.extend(_judge_signatures(domain, mx, hosts))
    else:
        findings.append(INSECURE.at(domain))
    for host in hosts:
        findings.extend(_judge_host(host))
    status = judge(findings) if validates else "unknown"
    return CheckResult(status=status, value=value, findings=tuple(findings))


def _describe(host: _Host) -> DANEHost:
    records = tuple(
        DANERecord(
            usage=one.usage,
            selector=one.selector,
            matching_type=one.matching_type,
            data=one.data.hex(),
        )
        for one in host.records
    )
    return DANEHost(exchange=host.name, records=records, is_authenticated=host.is_authenticated)


def _judge_signatures(domain: str, mx: Lookup, hosts: Iterable[_Host]) -> Iterator[Finding]:
    """Find what a resolver that validates does not vouch for."""
    if isinstance(mx, Answer) and not mx.is_authenticated:
        yield MX_UNSIGNED.at(domain)
    for host in hosts:
        if not host.records:
            continue
        if not host.is_authenticated:
            yield UNSIGNED.at(_place(host))
        elif not host.has_signed_address:
            yield ADDRESS_UNSIGNED.at(host.name)


def _judge_host(host: _Host) -> Iterator[Finding]:
    """Find what is wrong with the records of one exchange; after a failed lookup, none is missing."""
    if not host.records:
        if not failures([*host.addresses, *([host.tlsa] if host.tlsa else [])]):
            yield PARTIAL.at(host.name)
        return
    name = _place(host)
    for record in host.records[:RECORD_LIMIT]:
        fault = _find_fault(record) or _find_weakness(record)
        if fault is not None:
            yield fault.at(
                name,
                record=_shorten(record),
                usage=record.usage,
                octets=len(record.data),
                evidence=(str(record),),
            )
    if all(map(_find_fault, host.records)):
        yield UNUSABLE.at(name)


def _place(host: _Host) -> str:
    return host.tlsa.query.name if host.tlsa is not None else host.name


def _shorten(record: TLSARecord) -> str:
    text = str(record)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _find_fault(record: TLSARecord) -> Kind | None:
    """Tell why senders cannot use a record."""
    usage, selector, matching_type, data = record
    if usage in _PKIX:
        return USAGE
    is_known = usage in {_DANE_TA, _DANE_EE} and selector in {_CERTIFICATE, _SPKI}
    if not is_known or matching_type not in {_FULL, *_DIGEST_OCTETS}:
        return PARAMETERS
    if len(data) != _DIGEST_OCTETS.get(matching_type, len(data) or 1):
        return LENGTH
    return None


def _find_weakness(record: TLSARecord) -> Kind | None:
    """Tell what makes a record a burden."""
    if record.matching_type == _FULL:
        return FULL
    if (record.usage, record.selector) == (_DANE_EE, _CERTIFICATE):
        return RENEWAL
    return None
