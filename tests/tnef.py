"""A small writer of TNEF, what Outlook puts into a winmail.dat (MS-OXTNEF)."""

import struct
from collections.abc import Iterable

__all__ = [
    "ATTACHMENT",
    "ATTACHMENT_PROPERTIES",
    "BINARY",
    "BODY",
    "CODE_PAGE",
    "DATA",
    "IMESSAGE",
    "ISTORAGE",
    "LONG",
    "MESSAGE",
    "MESSAGE_CLASS",
    "MESSAGE_PROPERTIES",
    "OBJECT",
    "REND_DATA",
    "STRING8",
    "SUBJECT",
    "TITLE",
    "UNICODE",
    "attachment",
    "attribute",
    "message",
    "properties",
    "stream",
]

MESSAGE, ATTACHMENT = 1, 2
SUBJECT, MESSAGE_CLASS, BODY = 0x18004, 0x78008, 0x2800C
DATA, TITLE, REND_DATA = 0x6800F, 0x18010, 0x69002
MESSAGE_PROPERTIES, ATTACHMENT_PROPERTIES, CODE_PAGE = 0x69003, 0x69005, 0x69007
LONG, OBJECT, STRING8, UNICODE, BINARY = 0x03, 0x0D, 0x1E, 0x1F, 0x102
IMESSAGE = bytes.fromhex("0703020000000000c000000000000046")
ISTORAGE = bytes.fromhex("0b00000000000000c000000000000046")


def attribute(level: int, number: int, octets: bytes) -> bytes:
    checksum = sum(octets) & 0xFFFF
    return struct.pack("<BII", level, number, len(octets)) + octets + struct.pack("<H", checksum)


def stream(*attributes: bytes, page: int = 1252) -> bytes:
    version = attribute(MESSAGE, 0x89006, b"\0\0\1\0")
    pages = attribute(MESSAGE, CODE_PAGE, struct.pack("<II", page, 0))
    return b"\x78\x9f\x3e\x22\1\0" + version + pages + b"".join(attributes)


def properties(written: dict[tuple[int, int], bytes]) -> bytes:
    return struct.pack("<I", len(written)) + b"".join(
        struct.pack("<HH", kind, number)
        + (value if kind == LONG else struct.pack("<II", 1, len(value)) + value)
        + b"\0" * (-len(value) % 4)
        for (kind, number), value in written.items()
    )


def message(written: dict[tuple[int, int], bytes]) -> bytes:
    return attribute(MESSAGE, MESSAGE_PROPERTIES, properties(written))


def attachment(
    title: bytes = b"a.bin\0",
    data: bytes | None = None,
    written: dict[tuple[int, int], bytes] | None = None,
) -> bytes:
    attributes: Iterable[tuple[int, bytes | None]] = (
        (REND_DATA, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 0, 0, 0)),
        (TITLE, title),
        (DATA, data),
        (ATTACHMENT_PROPERTIES, properties(written) if written else None),
    )
    return b"".join(
        attribute(ATTACHMENT, number, octets) for number, octets in attributes if octets is not None
    )
