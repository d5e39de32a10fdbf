"""Zone files (RFC 1035 5), by dnspython's reader."""

import re
from collections.abc import Callable, Iterator

import dns.exception
import dns.name
import dns.node
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.tokenizer
import dns.zonefile

from mailcore.errors import ConfigurationError
from mailcore.net.dns.records import dns_name
from mailcore.net.dns.responses import read_rdata
from mailcore.net.dns.zone import TTL, RecordSet

__all__ = ["read_zone_file"]

_DIRECTIVES = ("$GENERATE", "$ORIGIN", "$TTL")
_NO_ORIGIN = "no-origin.invalid"  # by which relative names are found out
_ORIGIN = re.compile(r"^\$ORIGIN[ \t]+([^\s;]+)", re.IGNORECASE | re.MULTILINE)


def read_zone_file(text: str, *, origin: str | None) -> dict[str, dict[str, RecordSet]]:
    """Give the records by name and type; raises `ConfigurationError` for what is no zone file.

    Relative names belong to the `origin`, by default the first `$ORIGIN` of the file; without any, all
    names have to be absolute. Records of names anywhere else are taken too.
    """
    if origin is None:
        first = _ORIGIN.search(text)
        origin = first[1] if first else _NO_ORIGIN
    nodes: dict[str, dict[str, RecordSet]] = {}
    try:
        for name, rdataset in _read(text, dns_name(origin)):
            _require_absolute(name, *map(str, rdataset))
            kind = dns.rdatatype.to_text(rdataset.rdtype)
            records = tuple(read_rdata(kind, rdata) for rdata in rdataset)
            nodes.setdefault(dns_name(name), {})[kind] = RecordSet(records, rdataset.ttl)
    except (dns.exception.DNSException, ValueError) as error:
        raise ConfigurationError(f"not a zone file: {error}") from error
    return nodes


def _require_absolute(*texts: str) -> None:
    """Refuse names that belong to an origin, where there is none (RFC 1035 5.1)."""
    for text in texts:
        if text.endswith(f"{_NO_ORIGIN}."):
            relative = text.removesuffix(f"{_NO_ORIGIN}.").removesuffix(".") or "@"
            raise ConfigurationError(
                f"a relative name, {relative}: say the origin that it belongs to"
            )


def _read(text: str, origin: str) -> Iterator[tuple[str, dns.rdataset.Rdataset]]:
    """Read it; where the first record has no time to live, they get the one of other zones."""
    try:
        return _read_records(text, origin, default_ttl=None)
    except dns.exception.SyntaxError as error:
        if "TTL" not in str(error):
            raise
        return _read_records(text, origin, default_ttl=TTL)


def _read_records(
    text: str, origin: str, *, default_ttl: int | None
) -> Iterator[tuple[str, dns.rdataset.Rdataset]]:
    records = _Records()
    reader = dns.zonefile.Reader(
        dns.tokenizer.Tokenizer(text, "near line"),
        dns.rdataclass.IN,
        records,  # type: ignore[arg-type] # it has what the reader uses of a transaction
        allow_directives=_DIRECTIVES,
        default_ttl=default_ttl,
    )
    reader.current_origin = reader.last_name = dns.name.from_text(origin)
    reader.read()
    return records.sets()


class _Records:
    """Takes what dnspython's reader finds, wherever it belongs: a zone of dnspython's has one origin."""

    def __init__(self) -> None:
        self.manager = self
        self._nodes: dict[dns.name.Name, dns.node.Node] = {}
        self._check: Callable[[object, dns.name.Name, dns.rdataset.Rdataset], None]

    def origin_information(self) -> tuple[dns.name.Name, bool, dns.name.Name]:
        return dns.name.root, False, dns.name.root

    def check_put_rdataset(
        self, check: Callable[[object, dns.name.Name, dns.rdataset.Rdataset], None]
    ) -> None:
        self._check = check  # that an alias stands alone

    def get_node(self, name: dns.name.Name) -> dns.node.Node | None:
        return self._nodes.get(name)

    def add(self, name: dns.name.Name, ttl: int, rdata: dns.rdata.Rdata) -> None:
        try:
            self._check(self, name, dns.rdataset.from_rdata(ttl, rdata))
        except dns.zonefile.CNAMEAndOtherData:
            problem = f"{name}: CNAME and other data at one name"
            raise dns.exception.SyntaxError(problem) from None  # type: ignore[no-untyped-call] # dnspython's
        node = self._nodes.setdefault(name, dns.node.Node())  # type: ignore[no-untyped-call] # dnspython's
        found = node.find_rdataset(rdata.rdclass, rdata.rdtype, rdata.covers(), create=True)
        if rdata.rdtype == dns.rdatatype.CNAME and found and rdata not in found:
            problem = f"{name}: several CNAMEs at one name"
            raise dns.exception.SyntaxError(problem)  # type: ignore[no-untyped-call] # dnspython's
        found.add(rdata, ttl)

    def _set_origin(self, origin: object) -> None:
        """Let it be: the reader keeps the origin."""

    def sets(self) -> Iterator[tuple[str, dns.rdataset.Rdataset]]:
        return ((str(name), found) for name, node in self._nodes.items() for found in node)
