"""Zone files (RFC 1035 5), by dnspython."""

import dns.exception
import dns.rdatatype
import dns.zone

from mailcore.errors import ConfigurationError
from mailcore.net.dns.records import dns_name
from mailcore.net.dns.responses import read_rdata
from mailcore.net.dns.zone import TTL, RecordSet

__all__ = ["read_zone_file"]

_NO_ORIGIN = "no-origin.invalid."  # by which relative names are found out


def read_zone_file(text: str, *, origin: str | None) -> dict[str, dict[str, RecordSet]]:
    """Give the records by name and type; raises `ConfigurationError` for what is no zone file.

    Without an `origin` it is the first `$ORIGIN` of the file; else all names have to be absolute.
    """
    if origin is None and "$origin" not in text.lower():
        origin = _NO_ORIGIN
    nodes: dict[str, dict[str, RecordSet]] = {}
    try:
        if origin == _NO_ORIGIN:
            _require_absolute(text)
            origin = "."
        zone = _read(text, origin)
        for name, rdataset in zone.iterate_rdatasets():
            kind = dns.rdatatype.to_text(rdataset.rdtype)
            records = tuple(read_rdata(kind, rdata) for rdata in rdataset)
            node = nodes.setdefault(dns_name(name.to_text()), {})
            node[kind] = RecordSet(records, rdataset.ttl)
    except (dns.exception.DNSException, ValueError) as error:
        raise ConfigurationError(f"not a zone file: {error}") from error
    return nodes


def _require_absolute(text: str) -> None:
    """Refuse names that belong to an origin, where there is none (RFC 1035 5.1)."""
    for name, _ in _read(text, _NO_ORIGIN).iterate_rdatasets():  # what is outside is left out
        relative = str(name).removesuffix(_NO_ORIGIN).removesuffix(".") or "@"
        raise ConfigurationError(f"a relative name, {relative}: say the origin that it belongs to")


def _read(text: str, origin: str | None) -> dns.zone.Zone:
    """Read it; where the first record has no time to live, they get the one of other zones."""
    try:
        return dns.zone.from_text(text, origin, relativize=False, check_origin=False)
    except dns.exception.SyntaxError as error:
        if "TTL" not in str(error):
            raise
        with_default = f"$TTL {TTL}\n{text}"
        return dns.zone.from_text(with_default, origin, relativize=False, check_origin=False)
