"""`Headers`: the fields of a message or part, in order, raw and as text."""

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from mailcore.message.reading.defects import Flaw
from mailcore.message.reading.values.words import to_text

__all__ = ["Field", "Headers"]

T = TypeVar("T")

_NAME = re.compile(rb"([!-9;-~]++)[ \t]*+:[ \t]*+")


class Field(NamedTuple):
    """One field: its name as written, and its value as it stood, folds included."""

    name: str
    raw: bytes

    @property
    def text(self) -> str:
        """The value as people read it: on one line, encoded-words decoded."""
        return to_text(self.raw)


class Headers:
    """The fields of a header, in order; names are found in any case, and may be there twice.

    `headers["subject"]` is the first of that name as text, `get_all` has every one, `get_raw` gives
    the octets, `fields` has everything. Iterating gives the names in order.
    """

    __slots__ = ("_by_name", "_fields", "_junk", "_raw")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._fields: tuple[Field, ...] | None = None
        self._by_name: dict[str, list[Field]] = {}
        self._junk: list[int] = []

    @property
    def raw(self) -> bytes:
        """The whole header as it stood."""
        return self._raw

    @property
    def fields(self) -> tuple[Field, ...]:
        """Every field in order."""
        if self._fields is None:
            self._read()
        return self._fields or ()

    def __getitem__(self, name: str) -> str:
        raw = self.get_raw(name)
        if raw is None:
            raise KeyError(name)
        return to_text(raw)

    def get(self, name: str, default: T | None = None) -> str | T | None:
        """Give the first field of this name as text."""
        raw = self.get_raw(name)
        return default if raw is None else to_text(raw)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Give every field of this name as text."""
        return tuple(field.text for field in self._named(name))

    def get_raw(self, name: str) -> bytes | None:
        """Give the first field of this name as it stood."""
        named = self._named(name)
        return named[0].raw if named else None

    def items(self) -> Iterator[tuple[str, str]]:
        """Give every name and its text, in order."""
        return ((field.name, field.text) for field in self.fields)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self._named(name))

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def __repr__(self) -> str:
        return f"<Headers: {len(self)} fields>"

    def flaws(self) -> Iterator[tuple[Flaw, int]]:
        """Give what is wrong with the fields, and at which octet of the header."""
        if self._fields is None:
            self._read()
        yield from ((Flaw.FIELD_MALFORMED, position) for position in self._junk)
        for name in _ONCE:
            if len(self._named(name)) > 1:
                yield Flaw.DUPLICATE_FIELD, 0
        if b"\0" in self._raw:
            yield Flaw.NUL, self._raw.index(b"\0")
        if not _is_utf8(self._raw):
            yield Flaw.EIGHT_BIT_HEADER, 0

    def _named(self, name: str) -> list[Field]:
        if self._fields is None:
            self._read()
        return self._by_name.get(name.lower(), [])

    def _read(self) -> None:
        """Split the header into fields: a line that begins with white space continues the last."""
        fields: list[Field] = []
        for position, block in _blocks(self._raw):
            named = _NAME.match(block)
            if named is None:
                self._junk.append(position)
                continue
            field = Field(named[1].decode("ascii"), block[named.end() :])
            fields.append(field)
            self._by_name.setdefault(field.name.lower(), []).append(field)
        self._fields = tuple(fields)


# RFC 5322 3.6: at most one of each.
_ONCE = (
    "from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to",
    "references", "content-type", "content-transfer-encoding", "content-disposition",
)  # fmt: skip


def _blocks(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Give each field with its continuation lines, without the final line end, and its place."""
    end_of_line = b"\n" if b"\n" in raw else b"\r"
    start, length = 0, len(raw)
    while start < length:
        end = raw.find(end_of_line, start)
        while 0 <= end < length - 1 and raw[end + 1] in b" \t":
            end = raw.find(end_of_line, end + 1)
        end = length if end < 0 else end
        if block := raw[start:end].rstrip(b"\r"):
            yield start, block
        start = end + 1


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
