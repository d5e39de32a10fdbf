"""`Headers`: the fields of a message or part, in order, raw, as text and as what their grammar says.

A field is looked for by its name in the octets: that is faster than to split all of them, where few are
asked for.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, TypeVar

from mailcore.message.reading.content.charsets import is_utf8
from mailcore.message.reading.defects import Flaw
from mailcore.message.reading.limits import DEFAULT_LIMITS, Limits
from mailcore.message.reading.values.addresses import (
    ReceivedAddress,
    ReceivedGroup,
    parse_addresses,
    parse_groups,
)
from mailcore.message.reading.values.dates import parse_date
from mailcore.message.reading.values.ids import parse_ids
from mailcore.message.reading.values.lists import parse_uris
from mailcore.message.reading.values.words import to_text, unfold

__all__ = ["Field", "Headers"]

T = TypeVar("T")

_FIELD_OR_LINE = re.compile(
    rb"([!-9;-~]++)[ \t]*+:([^\n]*+(?:\n[ \t][^\n]*+)*+)(?:\n|\Z)|[^\n]*+\n|[^\n]++"
)
_BLANKS = b" \t"
_WHITE = b" \t\r\n"
_COLON = ord(":")
_NAME = re.compile(r"[!-9;-~]++")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

# RFC 5322 3.6, RFC 2045: at most one of each.
_ONCE = frozenset({
    "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "date", "message-id", "in-reply-to",
    "references", "mime-version", "content-type", "content-transfer-encoding", "content-id",
    "content-disposition", "content-description",
})  # fmt: skip


class Field(NamedTuple):
    """One field: its name as written, and its value as it stood, folds included.

    `charset` is that of octets beyond ASCII that are not UTF-8.
    """

    name: str
    raw: bytes
    charset: str | None = None

    @property
    def text(self) -> str:
        """The value as people read it: on one line, encoded-words decoded."""
        return to_text(self.raw, charset=self.charset)


class Headers:
    """The fields of a header, in order; names are found in any case, and may be there twice.

    `headers["subject"]` is the first of that name as text, `get_all` has every one, `get_raw` gives
    the octets, `fields` has everything; `get_addresses` and its like read a field as what it is.
    Iterating gives the names in order.
    """

    __slots__ = ("_charset", "_limits", "_lowered", "_raw")

    def __init__(
        self, raw: bytes, *, charset: str | None = None, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        self._raw = raw
        self._charset = charset
        self._limits = limits
        self._lowered: bytes | None = None

    @property
    def raw(self) -> bytes:
        """The whole header as it stood."""
        return self._raw

    @property
    def charset(self) -> str | None:
        """The charset of the body, in which undeclared octets may be."""
        return self._charset

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field in order."""
        fields = (field for _, field in self._lines() if field)
        return tuple(field._replace(charset=self._charset) for field in fields)

    def __getitem__(self, name: str) -> str:
        raw = self.get_raw(name)
        if raw is None:
            raise KeyError(name)
        return to_text(raw, charset=self._charset)

    def get(self, name: str, default: T | None = None) -> str | T | None:
        """Give the first field of this name as text."""
        raw = self.get_raw(name)
        return default if raw is None else to_text(raw, charset=self._charset)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Give every field of this name as text."""
        return tuple(to_text(raw, charset=self._charset) for raw in self.get_all_raw(name))

    def get_raw(self, name: str) -> bytes | None:
        """Give the first field of this name as it stood."""
        found = self._find(name)
        return self._value(*found) if found else None

    def get_all_raw(self, name: str) -> tuple[bytes, ...]:
        """Give every field of this name as it stood."""
        values: list[bytes] = []
        found = self._find(name)
        while found and len(values) < self._limits.fields:
            values.append(self._value(*found))
            found = self._find(name, found[1])
        return tuple(values)

    def get_addresses(self, name: str, *, first: bool = False) -> tuple[ReceivedAddress, ...]:
        """Give the addresses in every field of this name, or in the `first`; of groups, their members."""
        addresses: list[ReceivedAddress] = []
        for raw in self.get_all_raw(name)[: 1 if first else None]:
            left = self._limits.addresses - len(addresses)
            addresses += parse_addresses(raw, charset=self._charset, most=left)
        return tuple(addresses)

    def get_groups(self, name: str) -> tuple[ReceivedGroup, ...]:
        """Give the same in their groups; addresses in none are in one without a name (RFC 8621 4.1.2.4)."""
        groups: list[ReceivedGroup] = []
        for raw in self.get_all_raw(name):
            groups += parse_groups(raw, charset=self._charset, most=self._limits.addresses)
        return tuple(groups)

    def get_ids(self, name: str) -> tuple[str, ...]:
        """Give the message ids in the first field of this name, in their angle brackets."""
        raw = self.get_raw(name)
        return parse_ids(raw, most=self._limits.ids) if raw else ()

    def get_date(self, name: str) -> datetime | None:
        """Give the moment in the first field of this name, with a time zone; None for what is no date."""
        raw = self.get_raw(name)
        return parse_date(unfold(raw)) if raw else None

    def get_uris(self, name: str) -> tuple[str, ...]:
        """Give the URIs in the first field of this name, such as List-Unsubscribe (RFC 2369)."""
        raw = self.get_raw(name)
        return parse_uris(raw, charset=self._charset, most=self._limits.uris) if raw else ()

    def items(self) -> Iterator[tuple[str, str]]:
        """Give every name and its text, in order."""
        return ((field.name, field.text) for field in self.fields)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name) is not None

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __repr__(self) -> str:
        return f"<Headers: {len(self)} fields>"

    def flaws(self) -> Iterator[tuple[Flaw, int, str]]:
        """Give what is wrong with the fields, at which octet of the header, and in which field."""
        seen: set[str] = set()
        count = 0
        for place, field in self._lines():
            if field is None:
                yield Flaw.FIELD_MALFORMED, place, ""
                continue
            name = field.name.lower()
            if name in _ONCE and name in seen:
                yield Flaw.DUPLICATE_FIELD, place, name
            seen.add(name)
            if len(field.raw) >= self._limits.field_octets:
                yield Flaw.FIELD_TOO_LONG, place, name
            count += 1
        if count >= self._limits.fields:
            yield Flaw.TOO_MANY_FIELDS, 0, ""
        if control := _CONTROL.search(self._raw):
            yield Flaw.CONTROL_IN_HEADER, control.start(), ""
        if not is_utf8(self._raw):
            yield Flaw.EIGHT_BIT_HEADER, 0, ""

    def _find(self, name: str, place: int = 0) -> tuple[int, int] | None:
        """Give where the value of the first field of this name begins and ends, from a place on."""
        lowered = self._lowered
        if lowered is None:
            # What is at n in the header is at n + 1 here; at the end none needs a look at the length.
            lowered = self._lowered = b"\n%b\n\n" % _with_newlines(self._raw).lower()
        key = _key(name)
        place = lowered.find(key, place) if key else -1
        while place >= 0:
            colon = place + len(key)
            while lowered[colon] in _BLANKS:
                colon += 1
            if lowered[colon] == _COLON:
                end = lowered.find(b"\n", colon)
                while lowered[end + 1] in _BLANKS:
                    end = lowered.find(b"\n", end + 1)
                return colon, end - 1
            place = lowered.find(key, colon)
        return None

    def _value(self, start: int, end: int) -> bytes:
        return self._raw[start:end].strip(_WHITE)[: self._limits.field_octets]

    def _lines(self) -> Iterator[tuple[int, Field | None]]:
        """Give the place of each field and the field, None for a line that is none."""
        lines = _FIELD_OR_LINE.finditer(_with_newlines(self._raw))
        for found in islice(lines, self._limits.fields):
            if found[1]:
                raw = found[2].strip(_WHITE)[: self._limits.field_octets]
                yield found.start(), Field(found[1].decode("ascii"), raw)
            elif found[0].strip():
                yield found.start(), None


@lru_cache(maxsize=128)
def _key(name: str) -> bytes:
    """Give how a line of this field begins; nothing for what no field can be called."""
    return f"\n{name.lower()}".encode("ascii") if _NAME.fullmatch(name) else b""


def _with_newlines(raw: bytes) -> bytes:
    """Give the header with newlines where it has other line ends only, every octet in its place."""
    return raw if b"\n" in raw else raw.replace(b"\r", b"\n")
