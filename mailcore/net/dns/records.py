"""The names and records of DNS as values, in one form each."""

import ipaddress
import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias, TypeVar

from mailcore.errors import ConfigurationError
from mailcore.idn import LABEL_LIMIT, to_a_labels

__all__ = [
    "SEGMENT_LIMIT",
    "TEXT_TYPES",
    "MXRecord",
    "R",
    "Record",
    "SRVRecord",
    "TLSARecord",
    "TXTRecord",
    "dns_name",
    "read_record",
]

NAME_LIMIT = 253  # octets of text; 255 on the wire, RFC 1035 2.3.4
SEGMENT_LIMIT = 255  # octets of one character-string, RFC 1035 3.3

TEXT_TYPES = frozenset({"TXT", "SPF"})

_ESCAPED = re.compile(r"\\(?:[0-9]{3}|.)|[\x00-\x20\x7f]", re.DOTALL)

R = TypeVar("R", bound="Record")


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
    return MXRecord(_number(preference, 16), dns_name(exchange))


def _read_srv(priority: str, weight: str, port: str, target: str) -> Record:
    return SRVRecord(
        _number(priority, 16), _number(weight, 16), _number(port, 16), dns_name(target)
    )


def _read_tlsa(usage: str, selector: str, matching_type: str, *data: str) -> Record:
    octets = bytes.fromhex("".join(data))
    return TLSARecord(_number(usage, 8), _number(selector, 8), _number(matching_type, 8), octets)


def _number(text: str, bits: int) -> int:
    number = int(text)
    if not 0 <= number < 1 << bits:
        raise ValueError(f"not a number of {bits} bits: {number}")
    return number


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
