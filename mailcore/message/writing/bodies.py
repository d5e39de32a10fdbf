"""Bodies to lines: which transfer encoding a text gets, and base64 in pieces (RFC 2045 6)."""

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterator
from struct import Struct
from typing import Literal, NamedTuple

__all__ = [
    "PIECE",
    "Encoded",
    "base64_size",
    "encode_base64",
    "encode_octets",
    "encode_pieces",
    "encode_text",
    "is_eight_bit",
    "is_seven_bit",
]

LINE_OCTETS = 998  # RFC 5322 2.1.1, without the line end
BASE64_LINE = 57  # octets that make 76 characters

_POSTMARK = b"From "
_POSTMARK_LINE = re.compile(rb"(?m)^From ")
_LINES = Struct("76s" * 1024)
PIECE = BASE64_LINE * 1024  # octets encoded at once


class Encoded(NamedTuple):
    """A body as lines for the wire, and how it got there."""

    encoding: Literal["7bit", "8bit", "quoted-printable", "base64"]
    body: bytes


def encode_text(text: str, *, ends_message: bool, eight_bit: bool = False) -> Encoded:
    r"""Give the text, its lines ended by "\n", as 7bit, quoted-printable or base64.

    Plain ASCII stays as it is, and any text may with `eight_bit`, if its lines are not too long; else
    the smaller of the two encodings is taken, which is the readable one for languages that are mostly
    ASCII. A body that ends the message has to end in a line end, and one inside a multipart must not
    gain one: either way the text comes back as it was.
    """
    octets = text.replace("\n", "\r\n").encode()
    may_end = not ends_message or not octets or octets.endswith(b"\r\n")
    if may_end and not _has_postmark(octets):
        if octets.isascii() and _is_sendable(octets):
            return Encoded("7bit", octets)
        if eight_bit and _is_sendable(octets):
            return Encoded("8bit", octets)
    if _prefers_base64(octets):
        lines = encode_base64(octets)
        return Encoded("base64", lines + b"\r\n" if ends_message else lines)
    return Encoded("quoted-printable", _quoted_printable(octets, ends_message=ends_message))


def encode_octets(octets: bytes) -> Encoded:
    """Give the octets as quoted-printable if that is readable, else as base64: line ends are encoded too.

    Nothing is base64, since some readers find a line in quoted-printable of nothing.
    """
    if not octets or _prefers_base64(octets):
        return Encoded("base64", encode_base64(octets))
    lines = b2a_qp(octets, istext=False).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return Encoded("quoted-printable", _guard_postmarks(lines))


def is_seven_bit(octets: bytes) -> bool:
    """Tell whether these are ASCII lines that SMTP carries unchanged."""
    return octets.isascii() and is_eight_bit(octets)


def is_eight_bit(octets: bytes) -> bool:
    """Tell whether these are lines that 8BITMIME carries unchanged: CRLF, no NUL, none too long."""
    ends = octets.count(b"\r\n")
    return ends == octets.count(b"\n") == octets.count(b"\r") and _is_sendable(octets)


def _is_sendable(octets: bytes) -> bool:
    """Tell whether no line, ended by CRLF, is too long, and none holds a NUL."""
    if b"\0" in octets:
        return False
    return len(octets) <= LINE_OCTETS or max(map(len, octets.split(b"\r\n"))) <= LINE_OCTETS


def _has_postmark(octets: bytes) -> bool:
    """Tell whether a line begins with what mbox files have before each mail, and so put a > before."""
    return octets.startswith(_POSTMARK) or b"\n" + _POSTMARK in octets


def base64_size(size: int) -> int:
    """Give the length of `size` octets as base64 lines, without a final line end."""
    characters = (size + 2) // 3 * 4
    return characters + 2 * ((characters - 1) // 76) if size else 0


def encode_base64(octets: bytes) -> bytes:
    """Give base64 lines without a final line end."""
    starts = range(0, len(octets), PIECE)
    return b"".join(encode_pieces(octets[start : start + PIECE] for start in starts))


def encode_pieces(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give base64 lines without a final line end; each piece but the last has `PIECE` octets."""
    joint = b""
    for piece in pieces:
        yield joint + _base64_lines(piece)
        joint = b"\r\n"


def _base64_lines(piece: bytes) -> bytes:
    """Break base64 into lines; a struct cuts a thousand at once, so that a long rest is filled up."""
    encoded = b2a_base64(piece, newline=False)
    if len(encoded) > _LINES.size // 4:
        lines = b"\r\n".join(_LINES.unpack(encoded.ljust(_LINES.size)))
        return lines[: base64_size(len(piece))]
    return b"\r\n".join([encoded[start : start + 76] for start in range(0, len(encoded), 76)])


def _prefers_base64(octets: bytes) -> bool:
    """Tell whether quoted-printable, three characters for an octet beyond ASCII, is the larger."""
    foreign = len(octets) - len(octets.decode("ascii", "ignore"))
    return foreign * 6 > len(octets)


def _quoted_printable(octets: bytes, *, ends_message: bool) -> bytes:
    """Encode lines; b2a_qp breaks them by CRLF and guards final spaces where a CRLF follows."""
    if octets.endswith(b"\r\n"):
        lines = b2a_qp(octets)
    elif not ends_message:
        lines = b2a_qp(octets + b"\r\n")[:-2]
    else:
        # The NUL holds the place of the soft line break that keeps the final CRLF out of the text.
        lines = b2a_qp(octets + b"\0\r\n").removesuffix(b"=00\r\n") + b"=\r\n"
    return _guard_postmarks(lines)


def _guard_postmarks(lines: bytes) -> bytes:
    """Encode what mbox files would change, by soft line breaks within 76 characters, as long as it was."""
    return _POSTMARK_LINE.sub(b"=46rom =\r\n", lines) if _has_postmark(lines) else lines
