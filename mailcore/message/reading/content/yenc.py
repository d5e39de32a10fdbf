"""yEnc, the way of files through news, which reaches mail by gateways (yEnc draft 1.3).

An octet is sent as itself plus 42; what a transport would not bear stands behind "=" and has 64
added once more.
"""

import re
from binascii import crc32
from collections.abc import Iterator

from mailcore.message.reading.content.charsets import decode_undeclared
from mailcore.message.reading.content.embedded_file import EmbeddedFile

__all__ = ["find_yenc"]

_CONTROL = re.compile(rb"(?<![^\n])=y(begin|part|end) ([^\r\n]*+)\r?(?:\n|\Z)")
_VALUE = re.compile(rb"(?<![^ ])(part|size|crc32|pcrc32)=([0-9A-Fa-f]{1,16})(?![^ ])")
_NAME = re.compile(rb"(?<![^ ])name=([^\r\n]++)")
_ESCAPED = re.compile(rb"=(.)", re.DOTALL)
_PLAIN = bytes((octet - 42) % 256 for octet in range(256))
_UNESCAPED = [bytes([(octet - 64) % 256]) for octet in range(256)]


def find_yenc(body: bytes) -> Iterator[EmbeddedFile]:
    """Give the files in a text, each from "=ybegin" to "=yend"; without an end it is none.

    A part of a file that was sent in several is given as what it is. A file is damaged if its
    length or its checksum is not what its last line says.
    """
    if b"=ybegin " not in body:
        return
    name: re.Match[bytes] | None = None  # of the file that has begun
    start = data = 0
    for line in _CONTROL.finditer(body):
        match line[1]:
            case b"begin":
                name = _NAME.search(line[2])
                start, data = line.span()
            case b"part" if line.start() == data:
                data = line.end()
            case b"end" if name:
                content = _decode(body[data : line.start()])
                yield EmbeddedFile(
                    filename=decode_undeclared(name[1].strip(b" \t\"'")),
                    content=content,
                    start=start,
                    end=line.end(),
                    is_damaged=not _is_whole(content, dict(_VALUE.findall(line[2]))),
                )
                name = None
            case _:
                pass


def _decode(data: bytes) -> bytes:
    lines = data.translate(None, b"\r\n")
    return _ESCAPED.sub(_unescape, lines).translate(_PLAIN)


def _unescape(escape: re.Match[bytes]) -> bytes:
    return _UNESCAPED[escape[1][0]]


def _is_whole(content: bytes, end: dict[bytes, bytes]) -> bool:
    """Whether the last line tells of this content; for a part, its own checksum counts."""
    size = end.get(b"size", b"")
    checksum = end.get(b"pcrc32" if b"part" in end or b"pcrc32" in end else b"crc32")
    return (
        size.isdigit()
        and int(size) == len(content)
        and (checksum is None or int(checksum, 16) == crc32(content))
    )
