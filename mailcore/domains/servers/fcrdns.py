"""Forward-confirmed reverse DNS: whether addresses have a name, and the name leads back to them.

RFC 8601 calls it "iprev" (2.7.3 and 3); RFC 1912 2.1 asks for it of every host. Many receivers refuse
mail from an address without it.
"""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from pydantic import BaseModel

from mailcore.domains.check import CheckResult, Inquiry, Status, ask, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.servers.mx import find_hosts
from mailcore.errors import ConfigurationError
from mailcore.net.dns import Answer, Lookup, Query

__all__ = ["FCrDNS", "FCrDNSAddress", "FCrDNSAddresses"]

ADDRESS_LIMIT = 16  # addresses whose names are looked up
NAME_LIMIT = 10  # names of one address that are followed back, RFC 7208 4.6.4

_NUMBER = re.compile(r"[0-9]++")
_WORD = re.compile(r"[a-z]++")
_DYNAMIC = frozenset({
    "adsl", "broadband", "cable", "dhcp", "dialin", "dialup", "dip", "dsl", "dyn", "dynamic", "pool",
    "ppp", "pppoe", "vdsl",
})  # fmt: skip

MISSING = Kind(
    "fcrdns.missing",
    Severity.WARNING,
    "the address has no name: many receivers refuse mail from it",
    "Have the address's provider publish “{pointer}. PTR …” with the server's name.",
    "RFC 1912 2.1",
)
UNCONFIRMED = Kind(
    "fcrdns.unconfirmed",
    Severity.WARNING,
    "the address's name, {names}, does not lead back to it: many receivers refuse mail from it",
    "Publish “{name}. {type} {subject}”, or have the address's provider correct the name.",
    "RFC 8601 3",
)
SEVERAL = Kind(
    "fcrdns.several",
    Severity.NOTICE,
    "the address has {count} names, and receivers look at any one of them",
    "Keep the name that the server greets with.",
    "RFC 8601 3",
)
GENERIC = Kind(
    "fcrdns.generic",
    Severity.NOTICE,
    "the name {name} looks like one that a provider gives to any customer",
    "Have the address's provider publish the mail server's own name.",
)
TOO_MANY = Kind(
    "fcrdns.too-many",
    Severity.INFO,
    "there are {count} addresses; the first {limit} were looked at",
    "Give those that send mail: FCrDNS(addresses=[…]).",
)


class FCrDNSAddress(BaseModel, frozen=True):
    """An address and its names; `is_confirmed` is None where a lookup failed that would have told."""

    address: str
    names: tuple[str, ...] = ()
    is_confirmed: bool | None = None

    def __str__(self) -> str:
        return f"{self.address} {self.names[0] if self.names else 'no name'}"


class FCrDNSAddresses(BaseModel, frozen=True):
    """The addresses that were looked at, in the order in which they were found or given."""

    addresses: tuple[FCrDNSAddress, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.addresses))


class FCrDNS:
    """Checks the names of the addresses of the MX hosts, or of `addresses`.

    Receivers look at the address that a mail comes from. That of an MX host is only a guess at it:
    where other servers send, give theirs. Raises `ConfigurationError` for what is no IP address.
    """

    name = "fcrdns"

    def __init__(self, *, addresses: Iterable[str] | None = None) -> None:
        self.addresses: tuple[str, ...] | None = (
            None if addresses is None else _read_addresses(addresses)
        )

    def inquire(self, domain: str) -> Inquiry[CheckResult[FCrDNSAddresses]]:
        """Ask for the addresses, for their names, and for the addresses of these."""
        addresses = self.addresses
        findings: list[Finding] = []
        if addresses is None:
            hosts, findings = yield from find_hosts(domain)
            addresses = tuple(dict.fromkeys(text for host in hosts for text in host.addresses))
        if len(addresses) > ADDRESS_LIMIT:
            findings.append(TOO_MANY.at(domain, count=len(addresses), limit=ADDRESS_LIMIT))

        pointers = {text: _pointer_query(text) for text in addresses[:ADDRESS_LIMIT]}
        reverse = yield pointers.values()
        ways = {text: _ways_back(text, reverse[query]) for text, query in pointers.items()}
        forward = yield [query for queries in ways.values() for query in queries]

        found: list[FCrDNSAddress] = []
        for text, query in pointers.items():
            back = [forward[way] for way in ways[text]]
            found.append(_describe(text, reverse[query], back))
            findings.extend(failures([reverse[query], *back]))
            findings.extend(_judge_address(found[-1], query))
        value = FCrDNSAddresses(addresses=tuple(found)) if found else None
        return CheckResult(status=_status(found, findings), value=value, findings=tuple(findings))


def _read_addresses(texts: Iterable[str]) -> tuple[str, ...]:
    if isinstance(texts, str):
        raise ConfigurationError("addresses are a list, even if there is one")
    return tuple(dict.fromkeys(str(_read_address(text)) for text in texts))


def _read_address(text: str) -> IPv4Address | IPv6Address:
    try:
        address = ip_address(text)
    except ValueError as error:
        raise ConfigurationError(f"not an IP address: {text!r}") from error
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise ConfigurationError(f"an address with a scope has no name: {text!r}")
    return address


def _pointer_query(address: str) -> Query:
    return Query(ip_address(address).reverse_pointer, "PTR")


def _ways_back(address: str, pointer: Lookup) -> list[Query]:
    """Give the questions whether an address's names lead back to it."""
    names = pointer.texts if isinstance(pointer, Answer) else ()
    asked = (ask(name, _type_of(address)) for name in names[:NAME_LIMIT])
    return [query for query in asked if isinstance(query, Query)]


def _type_of(address: str) -> str:
    return "AAAA" if ":" in address else "A"


def _describe(address: str, pointer: Lookup, back: list[Lookup]) -> FCrDNSAddress:
    names = pointer.texts if isinstance(pointer, Answer) else ()
    is_confirmed: bool | None = any(
        address in answer.texts for answer in back if isinstance(answer, Answer)
    )
    if not is_confirmed and failures([pointer, *back]):
        is_confirmed = None
    return FCrDNSAddress(address=address, names=names, is_confirmed=is_confirmed)


def _judge_address(found: FCrDNSAddress, query: Query) -> Iterator[Finding]:
    """Find what is wrong with an address's names; a failed lookup leaves it open."""
    address, names = found.address, found.names
    if found.is_confirmed is False and not names:
        yield MISSING.at(address, pointer=query.name)
    elif found.is_confirmed is False:
        yield UNCONFIRMED.at(
            address,
            names=", ".join(names[:NAME_LIMIT]),
            name=names[0],
            type=_type_of(address),
            evidence=names[:NAME_LIMIT],
        )
    if len(names) > 1:
        yield SEVERAL.at(address, count=len(names), evidence=names[:NAME_LIMIT])
    elif names and _is_generic(names[0], address):
        yield GENERIC.at(address, name=names[0])


def _status(found: list[FCrDNSAddress], findings: list[Finding]) -> Status:
    """Give "invalid" as soon as an address has no name that leads back, however bad that is."""
    if judge(findings) == "unknown":
        return "unknown"
    if not any(one.names for one in found):
        return "absent"
    return "present" if all(one.is_confirmed for one in found) else "invalid"


def _is_generic(name: str, address: str) -> bool:
    """Tell whether a name says no more than its address, or that the address is anybody's."""
    if not _DYNAMIC.isdisjoint(_WORD.findall(name)):
        return True
    ip = ip_address(address)
    compact = name.replace("-", "").replace(".", "")
    if isinstance(ip, IPv6Address):
        return ip.packed.hex() in compact
    numbers = [text.lstrip("0") or "0" for text in _NUMBER.findall(name)]
    octets = [str(octet) for octet in ip.packed]
    runs = [numbers[start : start + 4] for start in range(len(numbers) - 3)]
    return octets in runs or octets[::-1] in runs or ip.packed.hex() in compact
