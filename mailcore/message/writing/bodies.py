"""Bodies to 7-bit lines: which transfer encoding a text gets, and base64 in pieces (RFC 2045 6)."""

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterator
from struct import Struct
from typing import Literal, NamedTuple

__all__ = ["Encoded", "base64_size", "encode_pieces", "encode_text", "is_seven_bit"]

LINE_OCTETS = 998  # RFC 5322 2.1.1, without the line end
BASE64_LINE = 57  # octets that make 76 characters

_LONG_LINE = re.compile(rb"[^\n]{998}[^\r\n]")
_LINES = Struct("76s" * 1024)
_FULL_PIECE = BASE64_LINE * 1024


class Encoded(NamedTuple):
    """A body as lines for the wire, and how it got there."""

    encoding: Literal["7bit", "quoted-printable", "base64"]
    body: bytes


def encode_text(text: str, *, ends_message: bool) -> Encoded:
    r"""Give the text, its lines ended by "\n", as 7bit, quoted-printable or base64.

    Plain ASCII stays as it is; else the smaller of the two encodings is taken, which is the readable
    one for languages that are mostly ASCII. A body that ends the message has to end in a line end,
    and one inside a multipart must not gain one: either way the text comes back as it was.
    """
    octets = text.replace("\n", "\r\n").encode()
    if is_seven_bit(octets) and (not ends_message or octets.endswith(b"\r\n")):
        return Encoded("7bit", octets)
    if _prefers_base64(octets):
        lines = b"".join(encode_pieces(iter([octets])))
        return Encoded("base64", lines + b"\r\n" if ends_message else lines)
    return Encoded("quoted-printable", _quoted_printable(octets, ends_message=ends_message))


def is_seven_bit(octets: bytes) -> bool:
    """Tell whether these are ASCII lines that SMTP carries unchanged: CRLF, no NUL, none too long."""
    return (
        octets.isascii()
        and b"\0" not in octets
        and octets.count(b"\r\n") == octets.count(b"\n") == octets.count(b"\r")
        and (len(octets) <= LINE_OCTETS or not _LONG_LINE.search(octets))
    )


def base64_size(size: int) -> int:
    """Give the length of `size` octets as base64 lines, without a final line end."""
    characters = (size + 2) // 3 * 4
    return characters + 2 * ((characters - 1) // 76) if size else 0


def encode_pieces(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Give base64 lines without a final line end; each piece but the last is whole lines."""
    joint = b""
    for piece in pieces:
        encoded = b2a_base64(piece, newline=False)
        if len(piece) == _FULL_PIECE:
            lines: tuple[bytes, ...] | list[bytes] = _LINES.unpack(encoded)
        else:
            lines = [encoded[start : start + 76] for start in range(0, len(encoded), 76)]
        yield joint + b"\r\n".join(lines)
        joint = b"\r\n"


def _prefers_base64(octets: bytes) -> bool:
    """Tell whether quoted-printable, three characters for an octet beyond ASCII, is the larger."""
    foreign = len(octets) - len(octets.decode("ascii", "ignore"))
    return foreign * 6 > len(octets)


def _quoted_printable(octets: bytes, *, ends_message: bool) -> bytes:
    """Encode lines; b2a_qp breaks them by CRLF and guards final spaces where a CRLF follows."""
    if octets.endswith(b"\r\n"):
        return b2a_qp(octets)
    if not ends_message:
        return b2a_qp(octets + b"\r\n")[:-2]
    # The NUL holds the place of the soft line break that keeps the final CRLF out of the text.
    return b2a_qp(octets + b"\0\r\n").removesuffix(b"=00\r\n") + b"=\r\n"
