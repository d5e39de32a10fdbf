"""A record's text as a line of a zone file (RFC 1035 5.1), to be pasted into one."""

import re

from mailcore.errors import ConfigurationError
from mailcore.net.dns import TXTRecord, dns_name

__all__ = ["zone_line"]

TEXT_LIMIT = 65_279  # octets: with those that count each segment, the 65,535 of a record's data
TTL_LIMIT = 2**31 - 1  # seconds, RFC 2181 8

_NAME = re.compile(r"(?:\*\.)?[a-z0-9_-]++(?:\.[a-z0-9_-]++)*+")
_PRINTABLE = range(0x20, 0x7F)


def zone_line(name: str, text: str, *, ttl: int | None = None) -> str:
    """Give the line that publishes `text` as the TXT record of `name`.

    The text is cut into strings of 255 octets, quoted, and escaped where it has to be; `ttl` is in
    seconds, the zone's default if there is none. Raises `ConfigurationError` for what is no host
    name (underscores and a wildcard are), for a text that no record has room for, and for a TTL
    that is none.
    """
    owner = dns_name(name)
    if not _NAME.fullmatch(owner):
        raise ConfigurationError(f"not a name for a record: {name[:80]!r}")
    if len(text.encode()) > TEXT_LIMIT:
        raise ConfigurationError(f"a TXT record has at most {TEXT_LIMIT} octets")
    if ttl is not None and not 0 <= ttl <= TTL_LIMIT:
        raise ConfigurationError(f"a TTL is a number of seconds up to {TTL_LIMIT}, not {ttl}")
    strings = [f'"{"".join(map(_escape, segment))}"' for segment in TXTRecord.of(text).segments]
    return " ".join([f"{owner}.", *([] if ttl is None else [str(ttl)]), "IN", "TXT", *strings])


def _escape(octet: int) -> str:
    if octet not in _PRINTABLE:
        return f"\\{octet:03}"
    return f"\\{octet:c}" if chr(octet) in '"\\' else chr(octet)
