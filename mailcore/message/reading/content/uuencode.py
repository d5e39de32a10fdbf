"""uuencode, the way of files through mail before MIME (POSIX, uuencode).

Each line begins with a character for its number of octets; then four characters of six bits each
stand for three octets. A space and "`" are both zero, and spaces at the end of a line get lost.
"""

import re
from binascii import a2b_uu
from collections.abc import Iterator
from itertools import takewhile

from mailcore.message.reading.content.charsets import decode_undeclared
from mailcore.message.reading.content.embedded_file import EmbeddedFile

__all__ = ["decode_uuencoded", "find_uuencoded"]

_FILE = re.compile(
    rb"(?<![^\n])begin [0-7]{3,6} (?P<name>[^\r\n]++)\r?\n"
    rb"(?P<data>(?:[!-_][ -`]{0,86}+\r?(?:\n|\Z))++)"
    rb"(?P<end>(?:[ `]*+\r?\n)*+end[ \t]*+\r?(?:\n|\Z))?"
)
_BEGIN = re.compile(rb"(?<![^\n])begin [0-7]{3,6}(?: [^\r\n]*+)?\r?\n")
_END = re.compile(rb"(?<![^\n])end[ \t]*+\r?(?:\n|\Z)")
_LINE = re.compile(rb"[!-_][ -`]*+")
_CHECKSUM = 2  # characters that some encoders put at the end of each line


def decode_uuencoded(body: bytes) -> bytes:
    """Give the first file in a body, all that can be read of it; lines that are no data are skipped.

    Where the line "begin" is missing data may stand anywhere, and up to the end without "end".
    """
    begin = _BEGIN.search(body)
    start = begin.end() if begin else 0
    end = _END.search(body, start)
    lines = body[start : end.start() if end else len(body)].splitlines()
    return b"".join(_decode(line) for line in lines if _LINE.fullmatch(line) and _fits(line))


def find_uuencoded(body: bytes) -> Iterator[EmbeddedFile]:
    """Give the files in a text, each from "begin" to "end".

    One whose "end" is missing is damaged, and ends with its last whole line of data. Without a
    whole line of data it is no file: people, too, write "begin 644 …".
    """
    if b"begin " not in body:
        return
    for found in _FILE.finditer(body):
        lines = found["data"].splitlines(keepends=True)
        if not found["end"]:
            lines = list(takewhile(_is_whole, lines))
        if not any(map(_is_whole, lines)):
            continue
        yield EmbeddedFile(
            filename=decode_undeclared(found["name"].strip(b" \t\"'")),
            content=b"".join(map(_decode, lines)),
            start=found.start(),
            end=found.end() if found["end"] else found.start("data") + sum(map(len, lines)),
            is_damaged=not found["end"],
        )


def _decode(line: bytes) -> bytes:
    """Decode a line of data; what is missing at its end is zero."""
    return a2b_uu(line[: 1 + _needed(line)])


def _is_whole(line: bytes) -> bool:
    return _needed(line) <= len(line.rstrip(b"\r\n")) - 1 and _fits(line)


def _fits(line: bytes) -> bool:
    """Whether the line is not longer than its first character says."""
    padded = -(-_needed(line) // 4) * 4
    return len(line.rstrip(b" \r\n")) - 1 <= padded + _CHECKSUM


def _needed(line: bytes) -> int:
    """Give how many characters the octets of the line take."""
    octets = (line[0] - 0x20) % 64
    return -(-octets * 4 // 3)
