"""Transfer encodings to octets: nothing is refused, and nothing that can be read is lost (RFC 2045 6)."""

import re
from binascii import Error, a2b_base64, a2b_qp
from typing import NamedTuple

from mailcore.message.reading.defects import Flaw

__all__ = ["Octets", "decode_base64", "decode_body"]

_NAME = re.compile(rb"[\s\"]*+([A-Za-z0-9-]++)")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FOREIGN = bytes(set(range(256)) - set(_ALPHABET))
_FOREIGN_BUT_PADDING = bytes(set(_FOREIGN) - {ord("=")})
_BLANKS = b" \t\r\n"


class Octets(NamedTuple):
    """A decoded body, and what was wrong with it."""

    octets: bytes
    flaw: Flaw | None = None


def decode_body(body: memoryview, encoding: bytes | None) -> Octets:
    """Give a body's octets; `encoding` is the value of Content-Transfer-Encoding."""
    named = _NAME.match(encoding or b"7bit")
    match named[1].lower() if named else b"":
        case b"base64":
            return decode_base64(bytes(body))
        case b"quoted-printable":
            return Octets(a2b_qp(body))
        case b"7bit" | b"8bit" | b"binary":
            return Octets(bytes(body))
        case _:
            return Octets(bytes(body), Flaw.ENCODING_UNKNOWN)


def decode_base64(encoded: bytes) -> Octets:
    """Give the octets; what is not base64 is passed over, and padding may stand in between."""
    padding = encoded.find(b"=")
    if padding < 0 or not encoded[padding:].strip(b"= \t\r\n"):
        try:
            octets = a2b_base64(encoded)
        except Error:
            pass
        else:
            return Octets(octets, _purity(encoded))
    segments = encoded.translate(None, _FOREIGN_BUT_PADDING).split(b"=")
    return Octets(b"".join(map(_decode_segment, segments)), Flaw.BASE64_MALFORMED)


def _purity(encoded: bytes) -> Flaw | None:
    """Tell what a2b_base64 passed over in silence."""
    beyond = encoded.translate(None, _ALPHABET + _BLANKS + b"=")
    return Flaw.BASE64_MALFORMED if beyond else None


def _decode_segment(segment: bytes) -> bytes:
    """Decode an unpadded run; six bits that are left over make no octet."""
    if len(segment) % 4 == 1:
        segment = segment[:-1]
    return a2b_base64(segment + b"=" * (-len(segment) % 4))
