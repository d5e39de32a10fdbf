"""Transfer encodings to octets: nothing is refused, and nothing that can be read is lost (RFC 2045 6).

With the extra [speed] base64 is decoded by pybase64, to the same octets.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Callable, Iterator
from mmap import mmap

from mailcore.message.reading.content.uuencode import decode_uuencoded
from mailcore.message.reading.defects import Flaw

try:
    from pybase64 import b64decode
except ImportError:
    b64decode = a2b_base64  # type: ignore[assignment] # called with what both take

__all__ = [
    "IDENTITY",
    "Source",
    "decode_base64",
    "decode_body",
    "decode_in_pieces",
    "find_flaw",
    "name_encoding",
]

Source = bytes | mmap

FOOTER = 4096  # octets at the end of base64 in which text below it is looked for
PADDED_PIECES = 1000  # of base64, after which the rest is taken for more of it
PIECE = 78_000  # octets that are decoded at a time where content is read in pieces

_NAME = re.compile(rb"\s*+(?:\([^()]*+\)\s*+)*+\"?+([A-Za-z0-9-]++)")
IDENTITY = {"7bit", "8bit", "binary", ""}
_USUAL = {
    b"base64": "base64",
    b"quoted-printable": "quoted-printable",
    b"7bit": "7bit",
    b"8bit": "8bit",
}
_UUENCODE = {"x-uuencode", "x-uue", "uuencode", "uue"}

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FOREIGN = bytes(set(range(256)) - set(_ALPHABET))
_FOREIGN_BUT_PADDING = bytes(set(_FOREIGN) - {ord("=")})
_BLANKS = b" \t\r\n"
_PADDING = re.compile(rb"=[= \t\r\n]*+")
_BASE64_LINE = re.compile(rb"[ \t]*+[A-Za-z0-9+/=]++[ \t]*+(?:[\r\n]|\Z)")
# The same, with blanks that got into it, or words of a text.
# Base64 in one line, marks before and within it too, as of a quote.
_DATA_LINE = re.compile(
    rb"(?<![^\r\n])[^A-Za-z0-9+/=\r\n]*+([A-Za-z0-9+/]++(?:[^A-Za-z0-9+/=\r\n]++[A-Za-z0-9+/]++)*+=*+)"
    rb"[^A-Za-z0-9+/\r\n]*+(?:[\r\n]|\Z)"
)
_MARKS_TO_BLANKS = bytes.maketrans(_FOREIGN, b" " * len(_FOREIGN))
_WORDS = 20  # octets: shorter lines may be words of a text
# What a mailing list puts below: a line of words, or one that is drawn.
_FOOTER = re.compile(rb"(?<=[\r\n])(?:[-_=*~#]{2,}+[ \t]*+(?:[\r\n]|\Z)|[^\s]++[ \t]++[^\s])")

_TRAILING = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")  # not the message's: RFC 2045 6.7 (3)
_LONE_CR = re.compile(rb"\r(?!\n)")
_LONE_BREAK = re.compile(rb"=[ \t]*+\r(?!\n)")
_TRAILED = re.compile(rb"\n(?<![^ \t]\r\n)(?<![^ \t\r]\n)")
_NO_ESCAPE = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n|\Z)")


def name_encoding(value: bytes | None) -> str:
    """Give what a Content-Transfer-Encoding says, in lower case; "" for nothing."""
    if not value:
        return ""
    if usual := _USUAL.get(value):
        return usual
    named = _NAME.match(value)
    return named[1].decode("ascii").lower() if named else ""


def decode_body(raw: Source, start: int, end: int, *, encoding: str) -> bytes:
    """Give the octets of the body that stands between the two places; an unknown encoding is none."""
    match encoding:
        case "base64":
            return _decode_base64(raw, start, end)
        case "quoted-printable":
            return _decode_quoted_printable(raw, start, end)
        case _ if encoding in _UUENCODE:
            return decode_uuencoded(raw[start:end])
        case _:
            return raw[start:end]


def decode_in_pieces(raw: Source, start: int, end: int, *, encoding: str) -> Iterator[bytes]:
    """Give the same octets in pieces of up to 78 kB."""
    match encoding:
        case "base64":
            return _decode_leniently(raw, start, _find_footer(raw, start, end))
        case "quoted-printable":
            decode = _choose_decoder(raw, start, end)
            return (decode(raw, *cut) for cut in _cut_at_lines(raw, start, end))
        case _ if encoding in _UUENCODE:
            return iter([decode_uuencoded(raw[start:end])])
        case _:
            return (raw[place : min(place + PIECE, end)] for place in range(start, end, PIECE))


def find_flaw(raw: Source, start: int, end: int, *, encoding: str) -> Flaw | None:
    """Tell what is wrong with a body."""
    match encoding:
        case "base64":
            return None if _is_clean_base64(raw[start:end]) else Flaw.BASE64_MALFORMED
        case "quoted-printable":
            body = _TRAILING.sub(b"", raw[start:end])
            return Flaw.QUOTED_PRINTABLE_MALFORMED if _NO_ESCAPE.search(body) else None
        case _ if encoding in IDENTITY or encoding in _UUENCODE:
            return None
        case _:
            return Flaw.ENCODING_UNKNOWN


def decode_base64(encoded: bytes) -> bytes:
    """Give the octets; what is not base64 is passed over, and padding may stand in between."""
    return _decode_base64(encoded, 0, len(encoded))


def _decode_base64(raw: Source, start: int, end: int) -> bytes:
    end = _find_footer(raw, start, end)
    if _is_padded_at_end(raw, start, end):
        try:
            return b64decode(memoryview(raw)[start:end])
        except Error:
            pass
    return b"".join(_decode_leniently(raw, start, end))


def _decode_leniently(raw: Source, start: int, end: int) -> Iterator[bytes]:
    """Decode in pieces, every padded run by itself."""
    rest = b""
    end = _find_end_of_base64(raw, start, end)
    for place in range(start, end, PIECE):
        piece = raw[place : min(place + PIECE, end)]
        *segments, rest = (rest + piece.translate(None, _FOREIGN_BUT_PADDING)).split(b"=")
        whole = len(rest) - len(rest) % 4
        yield b"".join((*map(_decode_segment, segments), a2b_base64(rest[:whole])))
        rest = rest[whole:]
    yield _decode_segment(rest)


def _find_footer(raw: Source, start: int, end: int) -> int:
    """Give where text begins that was put below the base64; the end, where none was."""
    while True:
        tail = max(start, end - FOOTER)
        below = raw[tail:end]
        if not below.translate(None, _ALPHABET + _BLANKS + b"="):
            return end
        first = _DATA_LINE.search(raw, start, min(end, start + FOOTER))
        footer = _FOOTER.search(below, _find_last_line(below, first[1] if first else b""))
        if footer is None:
            return end
        end = tail + footer.start()


def _find_last_line(below: bytes, first: bytes) -> int:
    """Give where the last line of base64 ends, 0 if there is none.

    It is about as long as the first one, or padded, and has at most one blank more in it.
    """
    least, most = max(_WORDS, len(first) * 3 // 4), _count_runs(first) + 1
    ends = (
        line.end()
        for line in _DATA_LINE.finditer(below)
        if (len(line[1]) >= least or b"=" in line[0]) and _count_runs(line[1]) <= most
    )
    return max(ends, default=0)


def _count_runs(line: bytes) -> int:
    return len(line.translate(_MARKS_TO_BLANKS).split())


def _is_padded_at_end(raw: Source, start: int, end: int) -> bool:
    padding = raw.find(b"=", start, end)
    return padding < 0 or _PADDING.fullmatch(raw, padding, end) is not None


def _find_end_of_base64(raw: Source, start: int, end: int) -> int:
    """Give where it ends: with padding, unless more of it follows in the next line.

    Some programs write base64 in several padded pieces, others text after it, such as a list's footer.
    """
    place = start
    for _ in range(PADDED_PIECES):
        padding = raw.find(b"=", place, end)
        if padding < 0:
            break
        found = _PADDING.match(raw, padding, end)
        place = found.end() if found else end
        if place < end and not _BASE64_LINE.match(raw, place, end):
            return place
    return end


def _decode_segment(segment: bytes) -> bytes:
    """Decode an unpadded run; six bits that are left over make no octet."""
    if len(segment) % 4 == 1:
        segment = segment[:-1]
    return a2b_base64(segment + b"=" * (-len(segment) % 4))


def _is_clean_base64(body: bytes) -> bool:
    """Tell whether it is whole, padded at its end, and has nothing else in it but white space."""
    encoded = body.translate(None, _BLANKS)
    padding = len(encoded) - len(encoded.rstrip(b"="))
    return len(encoded) % 4 == 0 and padding <= 2 and not encoded.strip(b"=").strip(_ALPHABET)  # noqa: PLR2004 - octets of a group that may lack


def _decode_quoted_printable(raw: Source, start: int, end: int) -> bytes:
    return _choose_decoder(raw, start, end)(raw, start, end)


def _choose_decoder(raw: Source, start: int, end: int) -> Callable[[Source, int, int], bytes]:
    if raw.find(b"\n", start, end) < 0 <= raw.find(b"\r", start, end):
        return _decode_with_newlines
    if _LONE_CR.search(raw, start, end):
        return _decode_with_lone_breaks
    return _decode_trimmed if _has_trailing_blanks(raw, start, end) else _decode_as_it_is


def _decode_with_lone_breaks(raw: Source, start: int, end: int) -> bytes:
    """Decode what has soft line breaks of CR alone, after which the decoder would leave out a line."""
    return a2b_qp(_TRAILING.sub(b"", _LONE_BREAK.sub(b"=\n", raw[start:end])))


def _decode_trimmed(raw: Source, start: int, end: int) -> bytes:
    return a2b_qp(_TRAILING.sub(b"", raw[start:end]))


def _decode_with_newlines(raw: Source, start: int, end: int) -> bytes:
    """Decode what has lines by CR alone, after which the decoder would leave out all up to an LF."""
    return a2b_qp(_TRAILING.sub(b"", raw[start:end].replace(b"\r", b"\n")))


def _decode_as_it_is(raw: Source, start: int, end: int) -> bytes:
    return a2b_qp(memoryview(raw)[start:end])


def _has_trailing_blanks(raw: Source, start: int, end: int) -> bool:
    """Tell whether a line ends in white space."""
    return raw[end - 1 : end] in {b" ", b"\t"} or _TRAILED.search(raw, start, end) is not None


def _cut_at_lines(raw: Source, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give spans that end with a line; one that is longer than a piece is a span of its own."""
    while start < end:
        line = raw.rfind(b"\n", start, min(start + PIECE, end))
        if line < 0:
            line = raw.find(b"\n", start, end)
        cut = end if line < 0 else line + 1
        yield start, cut
        start = cut
