"""Header values to text: unfolding, raw 8-bit octets, encoded-words (RFC 5322 2.2.3, RFC 2047)."""

import re
from binascii import a2b_qp

from mailcore.message.reading.content.charsets import decode, decode_undeclared
from mailcore.message.reading.content.transfer import decode_base64

__all__ = ["decode_words", "to_text", "unfold"]

_WORD = re.compile(r"=\?([!->@-~]{1,64}+)\?([bBqQ])\?([ ->@-~]*+)\?=")
_BREAKS = str.maketrans("\r\n\0", "   ")


def unfold(raw: bytes) -> str:
    """Give a raw field value on one line, its octets read as UTF-8 or else as cp1252.

    A fold is one space, whatever white space it was made of: that is how clients show it.
    """
    text = decode_undeclared(raw)
    if "\n" in text:
        text = " ".join(line.strip(" \t\r") for line in text.split("\n"))
    return text.translate(_BREAKS).strip(" \t")


def to_text(raw: bytes) -> str:
    """Give a raw field value as people read it."""
    return decode_words(unfold(raw))


def decode_words(text: str) -> str:
    """Decode the encoded-words in a text; what they hide of CR, LF and NUL becomes spaces.

    Between two of them white space does not count. Neighbours of one charset are decoded as one,
    since some senders cut through characters.
    """
    if "=?" not in text:
        return text
    pieces: list[str] = []
    charset, octets, end = "", bytearray(), 0
    for word in _WORD.finditer(text):
        between = text[end : word.start()]
        if not end or between.strip(" \t"):  # no word came before, or text did
            pieces += decode(bytes(octets), charset).text, between
            octets = bytearray()
        label = word[1].partition("*")[0].lower()
        if label != charset:
            pieces.append(decode(bytes(octets), charset).text)
            charset, octets = label, bytearray()
        octets += _octets(word[2], word[3])
        end = word.end()
    pieces += decode(bytes(octets), charset).text, text[end:]
    return "".join(pieces).translate(_BREAKS)


def _octets(encoding: str, encoded: str) -> bytes:
    if encoding in "bB":
        return decode_base64(encoded.encode("ascii")).octets
    return a2b_qp(encoded, header=True)
