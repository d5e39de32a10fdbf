"""DNS answers from a table, offline: for tests, and for "what if I published this?".

A `Zone` goes wherever a `Resolver` goes and answers as a name server would that knows the table and
nothing else: a name above one that exists has no data, the others do not exist, CNAMEs are
followed, "*" is a wildcard (RFC 4592), and a lookup can be made to fail. `over` puts one over a live
resolver.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias, TypeVar

from mailcore.errors import ConfigurationError
from mailcore.net.backend import Backend
from mailcore.net.dns.lookups import (
    DNS,
    Answer,
    Batches,
    Lookup,
    LookupFailed,
    Lookups,
    NoData,
    NxDomain,
    Query,
)
from mailcore.net.dns.records import (
    SEGMENT_LIMIT,
    TEXT_TYPES,
    Record,
    TXTRecord,
    dns_name,
    read_record,
)

__all__ = ["Failure", "RecordSet", "RecordTexts", "Zone"]

T = TypeVar("T")

CNAME_LIMIT = 16  # as dnspython follows them
TTL = 3600  # seconds
MAX_TTL = 2**31 - 1  # seconds, RFC 2181 8

# What a zone may hold, by IANA's names; not what only signed zones have.
_TYPES = frozenset([
    "A", "AAAA", "AFSDB", "APL", "CAA", "CERT", "CNAME", "DHCID", "DNAME", "DNSKEY", "DS", "HINFO",
    "HTTPS", "LOC", "MX", "NAPTR", "NS", "OPENPGPKEY", "PTR", "RP", "SMIMEA", "SOA", "SPF", "SRV",
    "SSHFP", "SVCB", "TLSA", "TXT", "URI",
])  # fmt: skip


class Failure(Enum):
    """What stands in a zone for a lookup that fails."""

    FAIL = "SERVFAIL"

    def __repr__(self) -> str:
        return "Zone.FAIL"


RecordTexts: TypeAlias = str | Sequence[str | Sequence[str]]
"""One record or several; of type TXT, each a text or a list of its segments."""


class RecordSet(NamedTuple):
    """The records of one name and type, and for how many seconds they can be kept."""

    records: tuple[Record, ...]
    ttl: int = TTL


_Node: TypeAlias = Mapping[str, RecordSet | Failure]


_NONE = RecordSet((), MAX_TTL)


class Zone:
    """Answers from `{name: {type: [record, ...]}}`.

    Records are in presentation form ("10 mx.example.com"), TXT being the plain text, or a list of
    its segments. `Zone.FAIL` in the place of a list of records, or of all records of a name, makes
    such lookups fail. A record, type or name that is malformed, unknown or there twice raises
    `ConfigurationError`. `is_authenticated` lets it answer as a resolver that validates DNSSEC.
    """

    FAIL: Final = Failure.FAIL

    def __init__(
        self,
        records: Mapping[str, Mapping[str, RecordTexts | Failure] | Failure],
        *,
        is_authenticated: bool = False,
    ) -> None:
        self._nodes: dict[str, _Node | Failure] = _unique(
            (dns_name(name), _read_node(node)) for name, node in records.items()
        )
        self._existing = {"."}.union(*map(_upwards, self._nodes))
        self._is_authenticated = is_authenticated

    @classmethod
    def from_text(
        cls, text: str, *, origin: str | None = None, is_authenticated: bool = False
    ) -> "Zone":
        """Read a zone file (RFC 1035 5); `origin` is what its relative names belong to, if it doesn't say.

        Raises `ConfigurationError` for what is none.
        """
        from mailcore.net.dns.zone_file import read_zone_file  # noqa: PLC0415 - loads dnspython

        zone = cls({}, is_authenticated=is_authenticated)
        zone._nodes.update(read_zone_file(text, origin=origin and dns_name(origin)))
        zone._existing.update(*map(_upwards, zone._nodes))
        return zone

    @classmethod
    def from_file(
        cls, path: Path | str, *, origin: str | None = None, is_authenticated: bool = False
    ) -> "Zone":
        """Read a zone file in UTF-8, as `from_text` does; raises `OSError` if it can't be opened."""
        text = Path(path).read_text(encoding="utf-8-sig")
        return cls.from_text(text, origin=origin, is_authenticated=is_authenticated)

    def over(self, dns: DNS) -> DNS:
        """Give the same DNS with this zone's records published: "what if?".

        A type that the zone has at a name stands in for that type there, an empty list for none at all;
        everything else is the other's, names that only a wildcard of its covers too.
        """
        from mailcore.net.dns.overlay import Overlay  # noqa: PLC0415 - it is made of zones

        return Overlay(self, dns)

    def __repr__(self) -> str:
        return f"Zone of {len(self._nodes)} names"

    def lookups(self, backend: Backend) -> Lookups:  # noqa: ARG002 - nothing has to be waited for
        """Begin to ask."""
        return Batches(self._answer)

    async def _answer(self, queries: Sequence[Query]) -> list[Lookup]:
        return [self.lookup(query) for query in queries]

    def lookup(self, query: Query) -> Lookup:
        """Answer one question."""
        name, ttl = query.name, MAX_TTL
        for _ in range(CNAME_LIMIT):
            if substitute := self._substitute(name):
                name = substitute
                continue
            node = self._find(name)
            if node is None:
                return NxDomain(query, canonical_name=name, ttl=min(ttl, TTL))
            if node is Failure.FAIL:
                return _failed(query)
            found, aliases = node.get(query.type, _NONE), node.get("CNAME", _NONE)
            if found is Failure.FAIL or aliases is Failure.FAIL:
                return _failed(query)
            ttl = min(ttl, found.ttl)
            if found.records:
                return Answer(query, found.records, name, ttl, self._is_authenticated)
            if not aliases.records:
                return NoData(query, canonical_name=name, ttl=min(ttl, TTL))
            ttl = min(ttl, aliases.ttl)
            name = str(aliases.records[0])
        return LookupFailed(query, f"more than {CNAME_LIMIT} CNAMEs in a row")

    def knows(self, query: Query) -> bool:
        """Tell whether the zone itself says something about this name and type, be it that there is none."""
        node = self._nodes.get(query.name, {})
        is_here = node is Failure.FAIL or query.type in node or "CNAME" in node
        return is_here or self._substitute(query.name) is not None

    def has_name(self, name: str) -> bool:
        """Tell whether the name exists here, or is covered by a wildcard."""
        return self._find(name) is not None

    def _substitute(self, name: str) -> str | None:
        """Give the name that a DNAME record above leads to (RFC 6672 2.2)."""
        for above in islice(_upwards(name), 1, None):
            node = self._nodes.get(above, {})
            found = _NONE if node is Failure.FAIL else node.get("DNAME", _NONE)
            if isinstance(found, RecordSet) and found.records:
                return f"{name.removesuffix(above)}{found.records[0]}"
        return None

    def _find(self, name: str) -> _Node | Failure | None:
        """Give what is at a name: its own records, or those of the wildcard that covers it."""
        if name in self._existing:
            return self._nodes.get(name, {})
        # RFC 4592 3.3.1: only the wildcard at the closest name that exists can stand in.
        closest = next(parent for parent in _upwards(name) if parent in self._existing)
        return self._nodes.get("*" if closest == "." else f"*.{closest}")


def _failed(query: Query) -> Lookup:
    return LookupFailed(query, "SERVFAIL, as the zone has it")


def _upwards(name: str) -> Iterator[str]:
    """Give a name, those above it, and the root."""
    while name and name != ".":
        yield name
        name = name.partition(".")[2]
    yield "."


def _unique(pairs: Iterable[tuple[str, T]]) -> dict[str, T]:
    """Give a mapping; a key that is there twice, in whatever case it was written, is refused."""
    found: dict[str, T] = {}
    for key, value in pairs:
        if key in found:
            raise ConfigurationError(f"{key} is there twice: one would replace the other")
        found[key] = value
    return found


def _read_node(node: Mapping[str, RecordTexts | Failure] | Failure) -> _Node | Failure:
    match node:
        case Failure():
            return node
        case Mapping():
            return _check_alias(
                _unique(
                    (_read_type(kind), _read_records(kind.upper(), texts))
                    for kind, texts in node.items()
                )
            )
        case _:
            raise ConfigurationError(f"a name has records by type, not a {type(node).__name__}")


def _check_alias(node: dict[str, RecordSet | Failure]) -> _Node:
    """See that an alias stands alone, as name servers do (RFC 1034 3.6.2, RFC 2181 10.1)."""
    counts = {kind: len(found.records) for kind, found in node.items() if found is not Failure.FAIL}
    if counts.get("CNAME") and sum(counts.values()) > 1:
        raise ConfigurationError(
            "a CNAME stands alone at its name: no name server has data beside it"
        )
    return node


def _read_type(kind: str) -> str:
    if kind.upper() not in _TYPES:
        raise ConfigurationError(f"no record has the type {kind!r}")
    return kind.upper()


def _read_records(kind: str, texts: RecordTexts | Failure) -> RecordSet | Failure:
    match texts:
        case Failure():
            return texts
        case str():
            return RecordSet((read_record(kind, texts),))
        case Sequence():
            return RecordSet(tuple(_read_text(kind, text) for text in texts))
        case _:
            raise ConfigurationError(f"a record is a text, or several are a list: not {texts!r}")


def _read_text(kind: str, text: str | Sequence[str]) -> Record:
    if isinstance(text, str):
        return read_record(kind, text)
    if not isinstance(text, Sequence) or not all(isinstance(part, str) for part in text):
        raise ConfigurationError(f"a record is a text, or a list of its segments: not {text!r}")
    if kind not in TEXT_TYPES:
        raise ConfigurationError(f"only texts have segments, not the type {kind}")
    segments = tuple(segment.encode() for segment in text)
    if any(len(segment) > SEGMENT_LIMIT for segment in segments):
        raise ConfigurationError(f"a segment of a text has at most {SEGMENT_LIMIT} octets")
    return TXTRecord(segments)
