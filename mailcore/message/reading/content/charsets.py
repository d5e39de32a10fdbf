"""Octets in a named charset to text, as mail clients do it: labels mean what senders mean by them.

The table follows the WHATWG encoding standard where Python's codecs of these names are narrower.
"""

import codecs
from typing import NamedTuple

from mailcore.message.reading.defects import Flaw

__all__ = ["Decoded", "decode", "decode_undeclared"]

# What senders mean -> Python's codec.
_MEANT = {
    "ansi_x3.4-1968": "cp1252",
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "cn-gb": "gb18030",
    "cp-850": "cp850",
    "cp936": "gb18030",
    "csgb2312": "gb18030",
    "euc-cn": "gb18030",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "iso-8859-11": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "iso8859-1": "cp1252",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "macintosh": "mac-roman",
    "ms932": "cp932",
    "shift-jis": "cp932",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "tis-620": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "us-ascii": "cp1252",
    "windows-31j": "cp932",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-sjis": "cp932",
    "x-x-big5": "big5hkscs",
}
_ASCII_LABELS = frozenset({"ascii", "us-ascii", "ansi_x3.4-1968"})
# Codecs of Python, by their own names, that are no charsets of mail: some are slow on hostile input.
_NO_CHARSETS = {
    "idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape",
}  # fmt: skip
_LABEL_LENGTH = 40


class Decoded(NamedTuple):
    """Text, and what was wrong with the octets."""

    text: str
    flaw: Flaw | None = None


def decode(octets: bytes, label: str | None) -> Decoded:
    """Give the text; whatever the charset is, every octet leaves its mark in it."""
    label = (label or "").strip(" \t'\"").lower()
    if not label or label in _ASCII_LABELS:
        text = decode_undeclared(octets)
        return Decoded(text, Flaw.CHARSET_MISMATCH if label and not text.isascii() else None)
    codec = _find_codec(_MEANT.get(label, label))
    if codec is None:
        return Decoded(decode_undeclared(octets), Flaw.CHARSET_UNKNOWN)
    try:
        return Decoded(_whole(octets.decode(codec)))
    except UnicodeDecodeError:
        return Decoded(_salvage(octets, codec), Flaw.CHARSET_MISMATCH)
    except (LookupError, ValueError):
        return Decoded(decode_undeclared(octets), Flaw.CHARSET_UNKNOWN)


def decode_undeclared(octets: bytes) -> str:
    """Give the text of octets that nobody named a charset for: UTF-8 if they are that."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1" if _beyond_cp1252(octets) else "cp1252")


def _find_codec(label: str) -> str | None:
    """Give the codec of this name; Python overlooks punctuation in it, so that many mean the same."""
    if len(label) > _LABEL_LENGTH:
        return None
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    return None if name in _NO_CHARSETS else name


def _salvage(octets: bytes, codec: str) -> str:
    """Give what can be read: the C1 controls where cp1252 has gaps, else replacement characters."""
    if codec == "cp1252":
        return octets.decode("latin-1")
    return _whole(octets.decode(codec, "replace"))


def _beyond_cp1252(octets: bytes) -> bool:
    return any(octet in octets for octet in b"\x81\x8d\x8f\x90\x9d")


def _whole(text: str) -> str:
    """Replace half characters, which UTF-7 can smuggle in and nothing can encode."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
