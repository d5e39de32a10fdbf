import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content.mapi import (
    PROPERTIES,
    Object,
    Properties,
    Value,
    read_properties,
)

SUBJECT = 0x0037
GUID = bytes(range(16))
LAST = struct.pack("<HHI", 0x0003, SUBJECT, 7)  # what is read after the property in question


def sized(octets: bytes) -> bytes:
    return struct.pack("<I", len(octets)) + octets + b"\0" * (-len(octets) % 4)


def tag(kind: int, number: int = 0x1234) -> bytes:
    return struct.pack("<HH", kind, number)


def one(octets: bytes) -> bytes:
    return struct.pack("<I", 1) + sized(octets)


def read(*properties: bytes) -> Properties:
    octets = struct.pack("<I", len(properties)) + b"".join(properties)
    return read_properties(memoryview(octets), "cp1251")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (tag(0x0001), None),
        (tag(0x0002) + b"\x05\x01\0\0", 0x105),
        (tag(0x0003) + b"\x05\0\0\1", 0x1000005),
        (tag(0x0004) + b"\x01\0\0\0", 1),
        (tag(0x0005) + b"\x01" + b"\0" * 7, 1),
        (tag(0x000B) + b"\x01\0\0\0", 1),
        (tag(0x0014) + b"\x02" + b"\0" * 7, 2),
        (tag(0x0040) + b"\x02" + b"\0" * 7, 2),
        (tag(0x0048) + b"\x02" + b"\0" * 15, 2),
        (tag(0x001E) + one("Привет\0".encode("cp1251")), "Привет"),
        (tag(0x001F) + one("Grüße 😀\0".encode("utf-16-le")), "Grüße 😀"),
        (tag(0x0102) + one(b"12345"), b"12345"),
        (tag(0x000D) + one(GUID + b"object"), Object(GUID, memoryview(b"object"))),
        (tag(0x1003) + struct.pack("<III", 2, 8, 9), 8),
        (tag(0x1002) + struct.pack("<III", 2, 8, 9), 8),
        (tag(0x1001) + struct.pack("<I", 0xFFFFFFFF), None),
        (tag(0x101E) + struct.pack("<I", 2) + sized(b"one\0") + sized(b"2\0"), "one"),
        (tag(0x101F) + struct.pack("<I", 0), None),
    ],
)
def test_a_property_of_each_type_is_read(written: bytes, value: Value | None) -> None:
    properties = read(written, LAST)
    assert not properties.is_damaged
    assert properties.values.get(0x1234) == value
    assert properties.values[SUBJECT] == 7


@pytest.mark.parametrize(
    "name",
    [struct.pack("<II", 0, 0x8554), struct.pack("<I", 1) + sized("name\0".encode("utf-16-le"))],
)
def test_a_property_with_a_name_is_passed_over(name: bytes) -> None:
    properties = read(tag(0x0003, 0x8000) + GUID + name + b"\x01\0\0\0", LAST)
    assert properties == Properties({SUBJECT: 7}, is_damaged=False)


@pytest.mark.parametrize(
    "broken",
    [
        tag(0x0999),  # no type
        tag(0x0102) + struct.pack("<II", 1, 0xFFFFFFFF),
        tag(0x1102) + struct.pack("<I", 0xFFFFFFFF),
        tag(0x1003) + struct.pack("<I", 0xFFFFFFFF),
        tag(0x0003),
        b"",
    ],
)
def test_what_comes_before_a_break_is_kept(broken: bytes) -> None:
    assert read(LAST, broken) == Properties({SUBJECT: 7}, is_damaged=True)


def test_more_properties_than_the_limit_are_left() -> None:
    properties = read(*[tag(0x0001)] * PROPERTIES, LAST)
    assert properties == Properties({}, is_damaged=True)


def test_text_is_the_first_that_is_not_empty() -> None:
    properties = Properties({1: "", 2: 5, 3: "three", 4: "four"}, is_damaged=False)
    assert properties.text(1, 2, 3, 4) == "three"
    assert properties.text(1, 2) is None


@given(st.binary())
def test_nothing_raises(octets: bytes) -> None:
    assert isinstance(read_properties(memoryview(octets), "utf-8"), Properties)
