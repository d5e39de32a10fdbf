"""MAPI properties as a TNEF stream has them, a list of tagged values (MS-OXTNEF 2.1.3.4)."""

from collections.abc import Mapping
from typing import NamedTuple

from mailcore.message.reading.content.charsets import decode

__all__ = ["Object", "Properties", "Value", "read_properties"]

PROPERTIES = 10_000  # what one list can have

_MULTIPLE = 0x1000
_OBJECT = 0x000D
_STRING8 = 0x001E
_UNICODE = 0x001F
_BINARY = 0x0102
_VARIABLE = frozenset({_OBJECT, _STRING8, _UNICODE, _BINARY})
# The octets of a value by type, filled up to four (MS-OXCDATA 2.11.1).
_FIXED = {
    0x0001: 0,  # null
    0x0002: 4,  # 16 bits
    0x0003: 4,  # 32 bits
    0x0004: 4,  # float
    0x0005: 8,  # double
    0x0006: 8,  # currency
    0x0007: 8,  # floating time
    0x000A: 4,  # error
    0x000B: 4,  # boolean
    0x0014: 8,  # 64 bits
    0x0040: 8,  # time
    0x0048: 16,  # GUID
}
_FIRST_NAMED = 0x8000
_NAMED_BY_NUMBER = 0
_GUID = 16


class Object(NamedTuple):
    """A value that is an object: which interface it has, and its octets."""

    interface: bytes
    octets: memoryview


Value = int | str | memoryview | Object


class Properties(NamedTuple):
    """The first value of each property by its number, and whether the list could be read whole.

    Properties with a name of their own, from 0x8000, are passed over: none of them is of mail.
    """

    values: Mapping[int, Value]
    is_damaged: bool

    def text(self, *numbers: int) -> str | None:
        """Give the first of these properties that is text and not empty."""
        for number in numbers:
            value = self.values.get(number)
            if value and isinstance(value, str):
                return value
        return None


class _Cursor:
    """Where in the list reading stands; every step raises `EOFError` where the octets end."""

    def __init__(self, octets: memoryview) -> None:
        self._octets = octets
        self._position = 0

    def take(self, count: int) -> memoryview:
        start, self._position = self._position, self._position + count
        if self._position > len(self._octets):
            raise EOFError
        return self._octets[start : self._position]

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "little")

    def sized(self) -> memoryview:
        """Take octets behind their count, and what fills them up to four."""
        size = self.number()
        octets = self.take(size)
        self.take(-size % 4)
        return octets


def read_properties(octets: memoryview, charset: str) -> Properties:
    """Give the properties in a list, up to where it breaks; 8-bit strings are in `charset`."""
    cursor = _Cursor(octets)
    values: dict[int, Value] = {}
    try:
        count = cursor.number()
        for _ in range(min(count, PROPERTIES)):
            number, value = _read_property(cursor, charset)
            if value is not None:
                values.setdefault(number, value)
    except (EOFError, KeyError):
        return Properties(values, is_damaged=True)
    return Properties(values, is_damaged=count > PROPERTIES)


def _read_property(cursor: _Cursor, charset: str) -> tuple[int, Value | None]:
    """Read one property and pass over all but its first value; a `KeyError` for an unknown type."""
    kind, number = cursor.number(2), cursor.number(2)
    if number >= _FIRST_NAMED:
        _pass_name(cursor)
    single = kind & ~_MULTIPLE
    if single in _VARIABLE:
        values = [cursor.sized() for _ in range(cursor.number())]
        value = _read_variable(single, values[0], charset) if values else None
    else:
        size = _FIXED[single]
        count = cursor.number() if kind & _MULTIPLE else 1
        fixed = cursor.take(size * count)
        value = int.from_bytes(fixed[:size], "little") if fixed else None
    return number, value if number < _FIRST_NAMED else None


def _pass_name(cursor: _Cursor) -> None:
    cursor.take(_GUID)
    if cursor.number() == _NAMED_BY_NUMBER:
        cursor.number()
    else:
        cursor.sized()


def _read_variable(kind: int, octets: memoryview, charset: str) -> Value:
    if kind == _OBJECT:
        return Object(bytes(octets[:_GUID]), octets[_GUID:])
    if kind == _BINARY:
        return octets
    text = decode(bytes(octets), "utf-16le" if kind == _UNICODE else charset).text
    return text.partition("\0")[0]
