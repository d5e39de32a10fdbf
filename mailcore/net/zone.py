"""DNS answers from a table, offline: for tests, and for "what if I published this?".

A `Zone` goes wherever a `Resolver` goes and answers as a name server would that knows the table and
nothing else: a name above one that exists has no data, the others do not exist, CNAMEs are
followed, "*" is a wildcard (RFC 4592), and a lookup can be made to fail.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Final, TypeAlias, TypeVar

from mailcore.errors import ConfigurationError
from mailcore.net.backend import Backend
from mailcore.net.dns import (
    SEGMENT_LIMIT,
    TEXT_TYPES,
    Answer,
    Lookup,
    LookupFailed,
    NoData,
    NxDomain,
    Query,
    Record,
    TXTRecord,
    dns_name,
    read_record,
)

__all__ = ["Failure", "RecordTexts", "Zone"]

T = TypeVar("T")

CNAME_LIMIT = 16  # as dnspython follows them
TTL = 3600  # seconds

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

_Node: TypeAlias = Mapping[str, tuple[Record, ...] | Failure]


class Zone:
    """Answers from `{name: {type: [record, ...]}}`.

    Records are in presentation form ("10 mx.example.com"), TXT being the plain text, or a list of
    its segments. `Zone.FAIL` in the place of a list of records, or of all records of a name, makes
    such lookups fail. A record, type or name that is malformed, unknown or there twice raises
    `ConfigurationError`.
    """

    FAIL: Final = Failure.FAIL

    def __init__(
        self, records: Mapping[str, Mapping[str, RecordTexts | Failure] | Failure]
    ) -> None:
        self._nodes: dict[str, _Node | Failure] = _unique(
            (dns_name(name), _read_node(node)) for name, node in records.items()
        )
        self._existing = {"."}.union(*map(_upwards, self._nodes))

    def __repr__(self) -> str:
        return f"Zone of {len(self._nodes)} names"

    async def resolve(self, backend: Backend, queries: Sequence[Query]) -> list[Lookup]:  # noqa: ARG002 - nothing has to be waited for
        """Answer a whole batch, in its order."""
        return [self.lookup(query) for query in queries]

    def lookup(self, query: Query) -> Lookup:
        """Answer one question."""
        name = query.name
        for _ in range(CNAME_LIMIT):
            node = self._find(name)
            if node is None:
                return NxDomain(query, canonical_name=name, ttl=TTL)
            if node is Failure.FAIL:
                return _failed(query)
            records, aliases = node.get(query.type, ()), node.get("CNAME", ())
            if records is Failure.FAIL or aliases is Failure.FAIL:
                return _failed(query)
            if records:
                return Answer(query, records, canonical_name=name, ttl=TTL)
            if not aliases:
                return NoData(query, canonical_name=name, ttl=TTL)
            name = str(aliases[0])
        return LookupFailed(query, f"more than {CNAME_LIMIT} CNAMEs in a row")

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
            return _unique(
                (_read_type(kind), _read_records(kind.upper(), texts))
                for kind, texts in node.items()
            )
        case _:
            raise ConfigurationError(f"a name has records by type, not a {type(node).__name__}")


def _read_type(kind: str) -> str:
    if kind.upper() not in _TYPES:
        raise ConfigurationError(f"no record has the type {kind!r}")
    return kind.upper()


def _read_records(kind: str, texts: RecordTexts | Failure) -> tuple[Record, ...] | Failure:
    match texts:
        case Failure():
            return texts
        case str():
            return (read_record(kind, texts),)
        case Sequence():
            return tuple(_read_text(kind, text) for text in texts)
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
