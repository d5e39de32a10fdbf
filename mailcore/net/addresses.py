"""Where a host is: its addresses, in the order in which to try them (RFC 8305 4)."""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import zip_longest
from typing import Any, NamedTuple

from mailcore.errors import ConfigurationError, HostNotFound, ResolutionFailed
from mailcore.idn import to_a_labels

__all__ = [
    "SocketAddress",
    "check_port",
    "host_name",
    "interleave",
    "is_ip",
    "look_up",
    "why_unreachable",
]

HIGHEST_PORT = 65535

# RFC 1035 2.3.4, with a final dot or without: no URL, no port, no brackets; underscores do occur.
_HOST = re.compile(r"(?=.{1,254}\Z)[A-Za-z0-9_-]{1,63}+(?:\.[A-Za-z0-9_-]{1,63}+)*+\.?")
_SCOPE = re.compile(r"[A-Za-z0-9_.-]++")
# IANA's registries of special addresses (RFC 6890), and those that were taken back (RFC 3879),
# without the networks for documentation: those stand in examples for public ones.
_UNREACHABLE = {
    "0.0.0.0/8": "not an address",
    "10.0.0.0/8": "private",
    "100.64.0.0/10": "behind a carrier's NAT",
    "127.0.0.0/8": "loopback",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "private",
    "192.0.0.0/24": "reserved for protocols",
    "192.168.0.0/16": "private",
    "198.18.0.0/15": "reserved for measurements",
    "224.0.0.0/3": "multicast or reserved",
    "::/127": "loopback",
    "64:ff9b:1::/48": "private",
    "100::/64": "discarded on the way",
    "2001::/23": "reserved for protocols",
    "5f00::/16": "reserved for routing",
    "fc00::/7": "private",
    "fe80::/10": "link-local",
    "fec0::/10": "private",
    "ff00::/8": "multicast",
}
_UNREACHABLE_NETWORKS = {ip_network(network): what for network, what in _UNREACHABLE.items()}
_TRANSLATED = ip_network("64:ff9b::/96")  # RFC 6052 2.1

_TEMPORARY = {socket.EAI_AGAIN, socket.EAI_FAIL, socket.EAI_MEMORY, socket.EAI_SYSTEM}


class SocketAddress(NamedTuple):
    """What a socket connects to: the family, and the address as that family has it."""

    family: socket.AddressFamily
    sockaddr: tuple[Any, ...]


def is_ip(host: str) -> bool:
    """Whether the host is an IP address rather than a name; an IPv6 one may have a scope (RFC 4007)."""
    try:
        address, percent, scope = host.partition("%")
        version = ip_address(address).version
    except (AttributeError, ValueError):  # no text, or no address
        return False
    return not percent or (version == 6 and _SCOPE.fullmatch(scope) is not None)  # noqa: PLR2004 - IPv6


def check_port(port: int) -> int:
    """Give a TCP port; raises `ConfigurationError` for what is none."""
    is_number = isinstance(port, int) and not isinstance(port, bool)
    if not (is_number and 0 < port <= HIGHEST_PORT):
        raise ConfigurationError(f"a port is a number from 1 to {HIGHEST_PORT}, not {port!r}")
    return port


def host_name(host: str) -> str:
    """Give a host's name as DNS and TLS know it; raises `ConfigurationError` for what is none."""
    name = to_a_labels(host) if isinstance(host, str) else ""
    if not is_ip(name) and not _HOST.fullmatch(name):
        raise ConfigurationError(f"{host!r} is not a host's name")
    return name


def look_up(host: str, port: int) -> list[SocketAddress]:
    """Give all addresses, as the system resolves names (hosts file, DNS), the families in turn.

    Raises `HostNotFound` where the name does not exist, `ResolutionFailed` where nobody could tell.
    """
    try:
        found = socket.getaddrinfo(host_name(host), port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        kind = ResolutionFailed if error.errno in _TEMPORARY else HostNotFound
        raise kind(f"the host's name was not resolved: {error.strerror}", host=host) from error
    except (UnicodeError, OverflowError) as error:
        raise ConfigurationError(f"{host!r}, {port!r} is not a host and a port: {error}") from error
    unique = dict.fromkeys(SocketAddress(family, sockaddr) for family, *_, sockaddr in found)
    return interleave(list(unique))


def interleave(addresses: list[SocketAddress]) -> list[SocketAddress]:
    """Alternate between the families, in the order that the system prefers (RFC 8305 4)."""
    if not addresses:
        return []
    first = addresses[0].family
    preferred = [address for address in addresses if address.family == first]
    others = [address for address in addresses if address.family != first]
    pairs = zip_longest(preferred, others)
    return [address for pair in pairs for address in pair if address is not None]


def why_unreachable(address: str) -> str | None:
    """Tell why the Internet cannot reach an IP address, such as "private"; None where it can."""
    found = ip_address(address)
    if isinstance(found, IPv6Address):
        found = _inner_address(found) or found
    return next((why for network, why in _UNREACHABLE_NETWORKS.items() if found in network), None)


def _inner_address(address: IPv6Address) -> IPv4Address | None:
    """Give the IPv4 address that one of IPv6 stands for: mapped, translated, or as 6to4 has it."""
    if address in _TRANSLATED:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour
