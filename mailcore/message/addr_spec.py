"""An addr-spec, the bare `local@domain`: what an envelope holds and what stands between < and >.

Strict, since what passes here is put into commands and headers (RFC 5321 4.1.2, RFC 6531 3.3).
"""

import re
from typing import NamedTuple

from mailcore.errors import ConfigurationError, InvalidAddress
from mailcore.idn import to_a_labels

__all__ = ["AddrSpec", "check_addr_spec", "split_addr_spec"]

LOCAL_OCTETS = 64  # RFC 5321 4.5.3.1.1
PATH_OCTETS = 254  # RFC 5321 4.5.3.1.3, without < and >

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]"
_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}+(?<!-)"
_DOT_ATOM = re.compile(rf"{_ATEXT}++(?:\.{_ATEXT}++)*+")
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*+"')
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*+")
# What nearly every address is: ASCII, and within every limit as the pattern has it.
_PLAIN_ATEXT = _ATEXT.replace(r"\x80-\U0010ffff", "")
_PLAIN = re.compile(
    rf"(?=.{{3,{PATH_OCTETS}}}\Z)(?=[^@]{{1,{LOCAL_OCTETS}}}@)"
    rf"({_PLAIN_ATEXT}++(?:\.{_PLAIN_ATEXT}++)*+)@({_LABEL}(?:\.{_LABEL})*+)"
)


class AddrSpec(NamedTuple):
    """The two halves of an address: the local part as it was given, the domain in A-labels."""

    local: str
    domain: str

    def __str__(self) -> str:
        """Join the halves, as the wire has them."""
        return f"{self.local}@{self.domain}"


def check_addr_spec(text: str) -> str:
    """Give the address as the wire has it: the local part kept, the domain in A-labels.

    Raises `InvalidAddress` for what no mail can be sent to.
    """
    return str(split_addr_spec(text))


def split_addr_spec(text: str) -> AddrSpec:
    """Give both halves of a valid address; raises `InvalidAddress` with the reason otherwise."""
    if plain := _PLAIN.fullmatch(text):
        return AddrSpec(*plain.groups())
    local, at, domain = text.rpartition("@")
    if not at:
        raise _impossible(text, "it has no @")
    if not text.isprintable():
        raise _impossible(text, "it holds a control or invisible character")
    if not (_DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local)):
        raise _impossible(text, "the part before the @ is malformed")
    if len(local.encode()) > LOCAL_OCTETS:
        raise _impossible(text, f"the part before the @ is longer than {LOCAL_OCTETS} octets")
    spec = AddrSpec(local, _wire_domain(text, domain))
    if len(str(spec).encode()) > PATH_OCTETS:
        raise _impossible(text, f"it is longer than {PATH_OCTETS} octets")
    return spec


def _wire_domain(text: str, domain: str) -> str:
    """Give the domain or address literal as the wire has it."""
    if domain.startswith("["):
        if not _is_literal(domain):
            raise _impossible(text, "[...] holds no IP address")
        return domain
    try:
        wire = to_a_labels(domain)
    except ConfigurationError as error:
        raise _impossible(text, str(error)) from error
    if not _DOMAIN.fullmatch(wire):
        raise _impossible(text, "the part after the @ is not a domain name")
    return wire


def _is_literal(domain: str) -> bool:
    """Tell whether this is an address literal, [192.0.2.1] or [IPv6:2001:db8::1] (RFC 5321 4.1.3)."""
    import ipaddress  # noqa: PLC0415 - only for such domains

    inner = domain[1:-1]
    version, address = (6, inner[5:]) if inner[:5].lower() == "ipv6:" else (4, inner)
    try:
        return (
            domain.endswith("]")
            and "%" not in address
            and ipaddress.ip_address(address).version == version
        )
    except ValueError:
        return False


def _impossible(text: str, reason: str) -> InvalidAddress:
    shown = text if len(text) <= PATH_OCTETS else f"{text[:PATH_OCTETS]}…"
    return InvalidAddress(f"{shown!r} is not an address: {reason}")
