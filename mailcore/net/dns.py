"""DNS as values: a question, and one of four answers that are never mixed up.

`Answer` has records, `NoData` says that the name exists without records of that type, `NxDomain`
that the name does not exist, and `LookupFailed` that nothing is known. Whoever asks takes a `DNS`:
a `Resolver` asks name servers, a `Zone` (mailcore.net.zone) answers offline. The wire is
dnspython's; it is loaded with the first question.
"""

import ipaddress
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias, TypeVar

from mailcore.errors import ConfigurationError
from mailcore.idn import LABEL_LIMIT, to_a_labels
from mailcore.net.backend import Backend

if TYPE_CHECKING:
    import dns.exception
    import dns.message
    import dns.resolver

__all__ = [
    "DNS",
    "Answer",
    "Lookup",
    "LookupFailed",
    "MXRecord",
    "Nameservers",
    "NoData",
    "NxDomain",
    "Query",
    "Record",
    "Resolver",
    "SRVRecord",
    "TLSARecord",
    "TXTRecord",
    "dns_name",
    "query_asyncio",
    "query_blocking",
    "read_record",
]

NAME_LIMIT = 253  # octets of text; 255 on the wire, RFC 1035 2.3.4
SEGMENT_LIMIT = 255  # octets of one character-string, RFC 1035 3.3
PORT = 53
PORT_LIMIT = 65535
TIMEOUT = 5.0  # seconds for one question, every try and every server included
IN_FLIGHT_LIMIT = 32  # more at once only overflow the sockets' buffers
UDP_PAYLOAD = 1232  # octets that no path fragments: DNS flag day 2020

TEXT_TYPES = frozenset({"TXT", "SPF"})

_ESCAPED = re.compile(r"\\(?:[0-9]{3}|.)|[\x00-\x20\x7f]", re.DOTALL)

R = TypeVar("R", bound="Record")
B = TypeVar("B", bound="dns.resolver.BaseResolver")


def dns_name(text: str) -> str:
    r"""Give a name in the one form used here: lower case, A-labels, no final dot; the root is ".".

    Octets that are not printable are written `\DDD` (RFC 1035 5.1). Raises `ConfigurationError` for
    what cannot be a name: empty and overlong labels, overlong names, and no IDNA (RFC 5891).
    """
    if text in {"", "."}:
        return "."
    name = _ESCAPED.sub(_escape, to_a_labels(text).removesuffix(".").lower())
    octets = _ESCAPED.sub("x", name)
    if len(octets) > NAME_LIMIT:
        raise ConfigurationError(f"a DNS name has at most {NAME_LIMIT} octets: {name[:80]}…")
    if not all(1 <= len(label) <= LABEL_LIMIT for label in octets.split(".")):
        raise ConfigurationError(f"not a DNS name, for a label is empty or too long: {name!r}")
    return name


def _escape(found: re.Match[str]) -> str:
    """Give an octet, escaped or not, as it is written: with a backslash only where it needs one."""
    digits, last = found[0][1:], found[0][-1]
    code = int(digits) if digits.isdecimal() and len(digits) > 1 else ord(last)
    if chr(code) in ".\\":
        return f"\\{code:c}"
    return f"{code:c}" if ord(" ") < code < ord("\x7f") else f"\\{code:03}"


@dataclass(frozen=True, slots=True)
class Query:
    """One question: a name, in the form of `dns_name`, and a record type."""

    name: str
    type: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", dns_name(self.name))
        object.__setattr__(self, "type", self.type.upper())

    def __str__(self) -> str:
        return f"{self.name} {self.type}"


class TXTRecord(NamedTuple):
    """A text, as the segments of up to 255 octets that it is published in (RFC 1035 3.3.14)."""

    segments: tuple[bytes, ...]

    @classmethod
    def of(cls, text: str) -> "TXTRecord":
        """Give the record that publishes `text`, cut where a segment is full."""
        octets = text.encode()
        starts = range(0, max(len(octets), 1), SEGMENT_LIMIT)
        return cls(tuple(octets[start : start + SEGMENT_LIMIT] for start in starts))

    def __str__(self) -> str:
        """Give the text: the segments joined, with nothing between (RFC 7208 3.3)."""
        octets = b"".join(self.segments)
        try:
            return octets.decode()
        except UnicodeDecodeError:
            return octets.decode("latin-1")


class MXRecord(NamedTuple):
    """A mail exchange; an exchange of "." is the null MX (RFC 7505)."""

    preference: int
    exchange: str

    def __str__(self) -> str:
        return f"{self.preference} {self.exchange}"


class SRVRecord(NamedTuple):
    """Where a service is (RFC 2782)."""

    priority: int
    weight: int
    port: int
    target: str

    def __str__(self) -> str:
        return f"{self.priority} {self.weight} {self.port} {self.target}"


class TLSARecord(NamedTuple):
    """What a server's certificate is tied to (RFC 6698)."""

    usage: int
    selector: int
    matching_type: int
    data: bytes

    def __str__(self) -> str:
        return f"{self.usage} {self.selector} {self.matching_type} {self.data.hex()}"


Record: TypeAlias = str | TXTRecord | MXRecord | SRVRecord | TLSARecord
"""A record's data; types that have no class here are in presentation form (RFC 1035 5.1)."""


def _read_a(address: str) -> Record:
    return str(ipaddress.IPv4Address(address))


def _read_aaaa(address: str) -> Record:
    return str(ipaddress.IPv6Address(address))


def _read_mx(preference: str, exchange: str) -> Record:
    return MXRecord(int(preference), dns_name(exchange))


def _read_srv(priority: str, weight: str, port: str, target: str) -> Record:
    return SRVRecord(int(priority), int(weight), int(port), dns_name(target))


def _read_tlsa(usage: str, selector: str, matching_type: str, *data: str) -> Record:
    return TLSARecord(int(usage), int(selector), int(matching_type), bytes.fromhex("".join(data)))


_READERS: dict[str, Callable[..., Record]] = {
    "A": _read_a,
    "AAAA": _read_aaaa,
    "CNAME": dns_name,
    "DNAME": dns_name,
    "MX": _read_mx,
    "NS": dns_name,
    "PTR": dns_name,
    "SRV": _read_srv,
    "TLSA": _read_tlsa,
}


def read_record(kind: str, text: str) -> Record:
    """Read a record of the type `kind`; raises `ConfigurationError` for a malformed one.

    `text` is in presentation form, names being absolute with or without their final dot; that of a
    TXT record is the text itself, unquoted.
    """
    if kind in TEXT_TYPES:
        return TXTRecord.of(text)
    if kind not in _READERS:
        return text
    try:
        return _READERS[kind](*text.split())
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"not a record of the type {kind}: {text[:80]!r}") from error


@dataclass(frozen=True, slots=True)
class Answer:
    """There are records.

    `canonical_name` is where the CNAMEs led, the queried name where there is none; `ttl` is the
    least of the chain, in seconds.
    """

    query: Query
    records: tuple[Record, ...]
    canonical_name: str
    ttl: int

    @property
    def texts(self) -> tuple[str, ...]:
        """The records as text: addresses, names, joined TXT, "10 mx.example.com"."""
        return tuple(str(record) for record in self.records)

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """Give the records of one class: `answer.of(MXRecord)`."""
        return tuple(record for record in self.records if isinstance(record, kind))


@dataclass(frozen=True, slots=True)
class NoData:
    """The name exists, and has no records of this type (RFC 2308 2.2)."""

    query: Query
    canonical_name: str
    ttl: int


@dataclass(frozen=True, slots=True)
class NxDomain:
    """The name does not exist, nor does anything below it (RFC 8020).

    Where `canonical_name` is not the queried name, that one is an alias of a name that is missing.
    """

    query: Query
    canonical_name: str
    ttl: int


@dataclass(frozen=True, slots=True)
class LookupFailed:
    """Nothing is known: no answer in time, an error of the servers, an answer that is none."""

    query: Query
    reason: str


Lookup: TypeAlias = Answer | NoData | NxDomain | LookupFailed


class DNS(Protocol):
    """Something that answers questions: a `Resolver`, a `Zone`, or the caller's own."""

    async def resolve(self, backend: Backend, queries: Sequence[Query]) -> list[Lookup]:
        """Answer a whole batch, in its order. Nothing that DNS does is raised."""
        ...


@dataclass(frozen=True, slots=True)
class Nameservers:
    """Whom to ask: (IP address, port) pairs, the system's where there are none; seconds to take."""

    addresses: tuple[tuple[str, int], ...] = ()
    timeout: float = TIMEOUT

    def __post_init__(self) -> None:
        if not 0 < self.timeout < math.inf:
            raise ConfigurationError(f"a lookup needs a finite time: not {self.timeout} seconds")


class Resolver:
    """Asks name servers, one after the other until one knows.

    They are given as "127.0.0.1", "127.0.0.1:5300", "::1" or "[::1]:53"; without any, the system's
    are asked. `timeout` is for one question, in seconds, with every try at every server in it.
    """

    def __init__(self, nameservers: Iterable[str] = (), *, timeout: float = TIMEOUT) -> None:
        if isinstance(nameservers, str):
            raise ConfigurationError("name servers are a list, even if there is one")
        addresses = tuple(_read_nameserver(text) for text in nameservers)
        self.nameservers: Nameservers = Nameservers(addresses, timeout)

    def __repr__(self) -> str:
        return f"Resolver({self.nameservers!r})"

    async def resolve(self, backend: Backend, queries: Sequence[Query]) -> list[Lookup]:
        """Ask all at once, up to `IN_FLIGHT_LIMIT`; the answers are in the questions' order."""

        async def ask(query: Query) -> Lookup:
            return await backend.resolve(query, self.nameservers)

        if len(queries) <= 1:
            return [await ask(query) for query in queries]
        return await backend.workers(min(len(queries), IN_FLIGHT_LIMIT)).map(ask, queries)


def _read_nameserver(text: str) -> tuple[str, int]:
    """Read "address", "address:port", "[address]" or "[address]:port"."""
    host, colon, port = text.rpartition(":")
    if not colon or (":" in host and not host.endswith("]")):
        host, port = text, str(PORT)
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    try:
        address = ipaddress.ip_address(host)
    except ValueError as error:
        raise ConfigurationError(f"a name server is an IP address, not {text!r}") from error
    if not (port.isascii() and port.isdecimal() and 1 <= int(port) <= PORT_LIMIT):
        raise ConfigurationError(f"a name server's port is a number, not {text!r}")
    return str(address), int(port)


def query_blocking(query: Query, nameservers: Nameservers) -> Lookup:
    """Ask one question, blocking."""
    import dns.exception  # noqa: PLC0415 - dnspython takes a tenth of a second to load
    import dns.resolver  # noqa: PLC0415 - as above

    try:
        resolver = _configure(dns.resolver.Resolver, nameservers)
        answer = resolver.resolve(query.name, query.type, search=False, raise_on_no_answer=False)
        return _read_response(query, answer.response)
    except dns.exception.DNSException as error:
        return _read_failure(query, error)


async def query_asyncio(query: Query, nameservers: Nameservers) -> Lookup:
    """Ask one question, in an event loop of asyncio."""
    import dns.asyncbackend  # noqa: PLC0415 - dnspython takes a tenth of a second to load
    import dns.asyncresolver  # noqa: PLC0415 - as above
    import dns.exception  # noqa: PLC0415 - as above

    try:
        resolver = _configure(dns.asyncresolver.Resolver, nameservers)
        answer = await resolver.resolve(
            query.name,
            query.type,
            search=False,
            raise_on_no_answer=False,
            backend=dns.asyncbackend.get_backend("asyncio"),
        )
        return _read_response(query, answer.response)
    except dns.exception.DNSException as error:
        return _read_failure(query, error)


def _configure(kind: Callable[..., B], nameservers: Nameservers) -> B:
    """Make one of dnspython's resolvers."""
    import dns.nameserver  # noqa: PLC0415 - as above

    resolver = kind(configure=not nameservers.addresses)
    if nameservers.addresses:
        resolver.nameservers = [
            dns.nameserver.Do53Nameserver(address, port) for address, port in nameservers.addresses
        ]
    resolver.lifetime = nameservers.timeout
    resolver.use_edns(edns=0, ednsflags=0, payload=UDP_PAYLOAD)
    return resolver


def _read_response(query: Query, response: "dns.message.QueryMessage") -> Lookup:
    """Give what a response says whose code is NOERROR or NXDOMAIN."""
    import dns.rcode  # noqa: PLC0415 - as above

    chain = response.resolve_chaining()
    name, ttl = dns_name(chain.canonical_name.to_text()), chain.minimum_ttl
    if chain.answer is not None:
        records = tuple(_read_rdata(query.type, rdata) for rdata in chain.answer)
        return Answer(query, records, canonical_name=name, ttl=ttl)
    if response.rcode() == dns.rcode.NXDOMAIN:
        return NxDomain(query, canonical_name=name, ttl=ttl)
    if _is_referral(response):
        return LookupFailed(query, "the server only refers to other servers")
    return NoData(query, canonical_name=name, ttl=ttl)


def _read_rdata(kind: str, rdata: Any) -> Record:
    """Give a record of dnspython's as ours."""
    if kind in TEXT_TYPES:
        return TXTRecord(tuple(rdata.strings))
    return read_record(kind, rdata.to_text())


def _is_referral(response: "dns.message.QueryMessage") -> bool:
    """Tell whether an empty answer is none: it names other servers, and no zone (RFC 2308 2.2)."""
    import dns.flags  # noqa: PLC0415 - as above
    import dns.rdatatype  # noqa: PLC0415 - as above

    kinds = {rrset.rdtype for rrset in response.authority}
    names_servers = dns.rdatatype.NS in kinds and dns.rdatatype.SOA not in kinds
    return names_servers and not response.flags & dns.flags.AA


def _read_failure(query: Query, error: "dns.exception.DNSException") -> Lookup:
    """Give what one of dnspython's exceptions means: only its NXDOMAIN is an answer."""
    import dns.resolver  # noqa: PLC0415 - as above

    match error:
        case dns.resolver.NXDOMAIN():
            return _read_response(query, next(iter(error.kwargs["responses"].values())))
        case dns.resolver.LifetimeTimeout():
            return LookupFailed(query, "no answer in time")
        case dns.resolver.NoResolverConfiguration():
            return LookupFailed(query, "this system names no name servers")
        case dns.resolver.NoNameservers():
            problems = (
                f"{server.removeprefix('Do53:')}: {problem}"
                for server, _, _, problem, _ in error.kwargs["errors"]
            )
            return LookupFailed(query, "; ".join(problems) or "no name server answered")
        case _:
            return LookupFailed(query, str(error))
