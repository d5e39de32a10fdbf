"""Header values to text: unfolding, raw 8-bit octets, encoded-words (RFC 5322 2.2.3, RFC 2047)."""

import re
from binascii import a2b_qp

from mailcore.message.reading.content.charsets import decode, decode_undeclared, is_utf8
from mailcore.message.reading.content.labels import find_codec
from mailcore.message.reading.content.transfer import decode_base64

__all__ = ["decode_octets", "decode_words", "to_text", "unfold"]

# A "?" may stand within, and white space: some senders forget to encode them.
_WORD = re.compile(
    r"=\?([!->@-~]{1,64}+)\?([bBqQ])\?((?:[ -<>@-~\n]++|=(?!\?(?!=))|\?(?!=))*+)\?=", re.ASCII
)
_BREAKS = str.maketrans("\r\n\0", "   ")
_BLANKS = " \t\n"
_WHOLE = ("utf-7", "utf-16", "utf-32")  # codecs that have a shift, or a mark, for each word
_PROBE = b"\t \"(),:;<=>?@[]'"  # what structures fields


def unfold(raw: bytes, *, charset: str | None = None) -> str:
    """Give a raw field value on one line, its octets read as `decode_octets` does.

    A fold is one space, whatever white space it was made of: that is how clients show it.
    """
    return _without_breaks(_join_lines(decode_octets(raw, charset), " ")).strip(" \t")


def to_text(raw: bytes, *, charset: str | None = None) -> str:
    """Give a raw field value as people read it."""
    text = _join_lines(decode_octets(raw, charset), "\n").strip(_BLANKS)
    return _without_breaks(decode_words(text))


def decode_octets(raw: bytes, charset: str | None) -> str:
    """Give octets that should have been ASCII as UTF-8 if they are, else in `charset`, else as cp1252.

    `charset` is what the body declares; it counts if it has all of the octets, and ASCII among them.
    """
    if charset is None or raw.isascii() or is_utf8(raw):
        return decode_undeclared(raw)
    meant = decode(raw, charset)
    if meant.flaw is None and decode(_PROBE, charset).text == _PROBE.decode():
        return meant.text
    return decode_undeclared(raw)


def decode_words(text: str) -> str:
    """Decode the encoded-words in a text; what they hide of CR, LF and NUL becomes spaces.

    Between two of them white space does not count. Neighbours of one charset are decoded as one,
    since some senders cut through characters, but where each has a mark or a shift of its own. What is
    decoded is not decoded again.
    """
    if "=?" not in text:
        return text
    pieces: list[str] = []
    label, octets, end = "", b"", 0
    for word in _WORD.finditer(text):
        next_label, encoding, encoded = word.groups()
        next_octets = _octets(encoding, encoded)
        between = text[end : word.start()]
        is_next = octets and next_label.lower() == label and not between.strip(_BLANKS)
        if is_next and _may_be_cut(label):
            octets += next_octets
        else:
            pieces += _decode(octets, label), between if between.strip(_BLANKS) or not end else ""
            label, octets = next_label.lower(), next_octets
        end = word.end()
    pieces += _decode(octets, label), text[end:]
    return _without_breaks("".join(pieces))


def _decode(octets: bytes, label: str) -> str:
    return decode(octets, label.partition("*")[0]).text if octets else ""  # RFC 2231 5: * language


def _may_be_cut(label: str) -> bool:
    """Tell whether characters may be cut between words, each of which begins anew in some charsets."""
    return not (find_codec(label.partition("*")[0]) or "").startswith(_WHOLE)


def _octets(encoding: str, encoded: str) -> bytes:
    """Decode what a word carries; a fold in the midst of it was put there on the way."""
    octets = encoded.replace("\n", "").encode("ascii")
    if encoding in "bB":
        return decode_base64(octets)
    return a2b_qp(octets.replace(b"==", b"=3D="), header=True)  # which would lose one of the two


def _without_breaks(text: str) -> str:
    if "\n" in text or "\r" in text or "\0" in text:
        return text.translate(_BREAKS)
    return text


def _join_lines(text: str, fold: str) -> str:
    if "\n" not in text:
        return text
    lines = (line.strip(" \t\r") for line in text.split("\n"))
    return fold.join(line for line in lines if line)
