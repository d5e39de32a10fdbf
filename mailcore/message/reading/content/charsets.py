"""Octets in a named charset to text, as mail clients do it: labels mean what senders mean by them.

Labels, byte order marks and C1 controls are read as the WHATWG Encoding Standard reads them. Where
the octets do not fit their label, what garbles least is chosen, and said.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from mailcore.message.reading.content.japanese import decode_euc_jp, decode_iso_2022_jp
from mailcore.message.reading.content.labels import find_codec
from mailcore.message.reading.defects import Flaw

__all__ = ["Decoded", "decode", "decode_html", "decode_undeclared", "is_utf8", "join_surrogates"]

META_OCTETS = 1024  # of HTML, in which it names its charset (WHATWG HTML 4.2.5.4)

_MARKS = {BOM_UTF8: "utf-8", BOM_UTF16_LE: "utf-16-le", BOM_UTF16_BE: "utf-16-be"}
_EIGHT_BIT = bytes(range(0x80, 0x100))
_LEAST_MARK = b"\xef"
_MARK = "\ufeff"
_REPLACEMENT = "\ufffd"
_JAPANESE = re.compile(rb"\x1b\$[@B]")
# GB 2312, at least two characters together, and only common ones: hardly any other text looks so.
_HANZI = rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]"
_CHINESE = re.compile(
    rb"(?:[\0-\x7f]++|%(hanzi)b(?!%(hanzi)b))*+(?:%(hanzi)b){2,}+(?:[\0-\x7f]++|%(hanzi)b)*+"
    % {b"hanzi": _HANZI}
)
# What HTML says of its own charset; comments are passed over.
_TAG = re.compile(rb"<!--(?:-?>|(?:[^-]++|-(?!->))*+)|<meta(?=[\s/])([^>]*+)", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"([^\s\"'>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)|'([^']*+)|([^\s>\"']++)))?+")
_LABEL = re.compile(rb"(charset\s*+=\s*+[\"']?+)([\w.:-]++)", re.IGNORECASE)
_C1 = range(0x80, 0xA0)
_WINDOWS = re.compile("cp125[0-8]|cp874")
_OF_CP936 = {0xDC80: "€"} | dict.fromkeys(range(0xDC81, 0xDD00), _REPLACEMENT)


class Decoded(NamedTuple):
    """Text, and what was wrong with the octets."""

    text: str
    flaw: Flaw | None = None


def decode(octets: bytes, label: str | None) -> Decoded:
    """Give the text; whatever the charset is, every octet leaves its mark in it.

    A byte order mark beats the label: no text begins with it by chance, but labels are often set
    by programs that never saw the text. It is not part of the text, unless that is declared UTF-8:
    what was written comes back.
    """
    if not label:
        return Decoded(decode_undeclared(octets))
    codec = find_codec(label)
    if codec is None:
        return Decoded(decode_undeclared(octets), Flaw.CHARSET_UNKNOWN)
    if decoder := _UNICODE_DECODERS.get(codec):
        return decoder(octets)
    if octets[:1] >= _LEAST_MARK and (marked := _decode_marked(octets)) is not None:
        return Decoded(marked, Flaw.CHARSET_MISMATCH)
    decoder = _DECODERS.get(codec)
    return decoder(octets) if decoder else _decode_by(codec, octets)


def decode_html(octets: bytes) -> str:
    """Give the text of HTML that nobody else named a charset for: UTF-8, or what it says itself."""
    label = None if is_utf8(octets) else _find_meta_charset(octets)
    return decode(octets, label).text


def decode_undeclared(octets: bytes, hint: str | None = None) -> str:
    """Give the text of octets that nobody named a charset for: UTF-8 if they are that.

    `hint` is the charset of what stands beside them; if it does not fit, they are GB 18030 where that
    is plain, and else Windows-1252.
    """
    try:
        text = octets.decode().removeprefix(_MARK)
    except UnicodeDecodeError:
        hinted = decode(octets, hint) if hint else None
        if hinted and not hinted.flaw:
            return hinted.text
        return _decode_marked(octets) or _guess(octets)
    is_japanese = "\x1b" in text and _JAPANESE.search(octets)
    return decode_iso_2022_jp(octets) if is_japanese else text


def is_utf8(octets: bytes) -> bool:
    """Tell whether octets are UTF-8."""
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def join_surrogates(text: str) -> str:
    """Make each pair of surrogates the character that they stand for, and a lone one U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _decode_utf8(octets: bytes) -> Decoded:
    """Read what is named UTF-8; where most of it is not, it is another charset under a wrong label.

    Text that is mostly UTF-8 was cut or mixed: what is wrong in it becomes U+FFFD.
    """
    try:
        return Decoded(octets.decode())
    except UnicodeDecodeError as error:
        is_cut = error.end == len(octets) and error.end - error.start > 1
    text = octets.decode("utf-8", "replace")
    beyond_ascii = len(text) - len(octets.translate(None, _EIGHT_BIT))
    if not is_cut and 2 * text.count(_REPLACEMENT) > beyond_ascii:
        text = decode_undeclared(octets)
    return Decoded(text, Flaw.CHARSET_MISMATCH)


def _decode_marked(octets: bytes) -> str | None:
    """Read text that begins with a byte order mark, if all of it is what the mark says."""
    for mark, codec in _MARKS.items():
        if octets.startswith(mark):
            try:
                return octets.removeprefix(mark).decode(codec)
            except UnicodeDecodeError:
                return None
    return None


def _guess(octets: bytes) -> str:
    """Read what is not UTF-8: Western European, unless it plainly is Chinese."""
    if _CHINESE.fullmatch(octets):
        return octets.decode("gb18030")
    return _decode_windows("cp1252", octets)


def _find_meta_charset(octets: bytes) -> str | None:
    """Give the charset that HTML names, if the name itself reads the same in it: so not UTF-16."""
    for tag in _TAG.finditer(octets[:META_OCTETS]):
        if tag[1] and (label := _read_meta(tag[1])):
            name = label.decode("ascii")
            return name if decode(label, name) == (name, None) else None
    return None


def _read_meta(attributes: bytes) -> bytes | None:
    """Give what `charset` names, or `content` beside http-equiv=content-type, as browsers read it."""
    found = {
        each[1].lower(): next(filter(None, each.groups()[1:]), b"")
        for each in reversed([*_ATTRIBUTE.finditer(attributes)])
    }
    if label := _LABEL.fullmatch(b"charset=" + found.get(b"charset", b"").strip()):
        return label[2]
    if found.get(b"http-equiv", b"").lower() != b"content-type":
        return None
    label = _LABEL.search(found.get(b"content", b""))
    return label[2] if label else None


def _decode_by(codec: str, octets: bytes) -> Decoded:
    """Read by one of Python's codecs; what it does not know is UTF-8, or else U+FFFD."""
    try:
        return Decoded(join_surrogates(octets.decode(codec)).removeprefix(_MARK))
    except UnicodeDecodeError:
        return Decoded(_decode_partly(codec, octets), Flaw.CHARSET_MISMATCH)


def _decode_partly(codec: str, octets: bytes) -> str:
    if (text := _mistaken_utf8(octets)) is not None:
        return text
    if _WINDOWS.fullmatch(codec):
        return _decode_windows(codec, octets)
    return join_surrogates(octets.decode(codec, "replace")).removeprefix(_MARK)


def _mistaken_utf8(octets: bytes) -> str | None:
    """Read what another charset was named for, if it is UTF-8; a NUL speaks for UTF-16 that was cut."""
    if b"\0" in octets:
        return None
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return None


def _decode_windows(codec: str, octets: bytes) -> str:
    """Read a charset of Windows; the C1 controls fill its gaps."""
    try:
        return octets.decode(codec)
    except UnicodeDecodeError:
        return octets.decode("latin-1").translate(_windows_table(codec))


@lru_cache
def _windows_table(codec: str) -> str:
    characters = (bytes([octet]).decode(codec, "replace") for octet in range(256))
    return "".join(
        chr(octet) if octet in _C1 and character == _REPLACEMENT else character
        for octet, character in enumerate(characters)
    )


def _decode_ascii(octets: bytes) -> Decoded:
    """Read what is named ASCII: most often nobody looked."""
    text = decode_undeclared(octets)
    return Decoded(text, None if text.isascii() else Flaw.CHARSET_MISMATCH)


def _decode_utf16(octets: bytes) -> Decoded:
    """Read in the order of the mark, or else in the one in which most characters are ASCII.

    RFC 2781 4.3 would have it big-endian then, WHATWG little-endian: senders do both.
    """
    order = next((codec for mark, codec in _MARKS.items() if octets.startswith(mark)), None)
    if order is None:
        is_big_endian = octets[::2].count(0) > octets[1::2].count(0)
        order = "utf-16-be" if is_big_endian else "utf-16-le"
    return _decode_by(order, octets)


def _decode_marked_utf16(codec: str, octets: bytes) -> Decoded:
    if octets.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return _decode_utf16(octets)
    return _decode_by(codec, octets)


def _decode_big5(octets: bytes) -> Decoded:
    """Read Big5 with the characters of Hong Kong, or else with those of Windows."""
    read = _decode_by("big5hkscs", octets)
    return _decode_by("cp950", octets) if read.flaw else read


def _decode_gb18030(octets: bytes) -> Decoded:
    """Read GB 18030, and the euro sign as code page 936 has it."""
    read = _decode_by("gb18030", octets)
    if not read.flaw or b"\x80" not in octets:
        return read
    text = octets.decode("gb18030", "surrogateescape").translate(_OF_CP936)
    return read if _REPLACEMENT in text else Decoded(text)


def _decode_iso_2022_jp(octets: bytes) -> Decoded:
    text = decode_iso_2022_jp(octets)
    is_sound = octets.isascii() and _REPLACEMENT not in text
    return Decoded(text, None if is_sound else Flaw.CHARSET_MISMATCH)


def _decode_euc_jp(octets: bytes) -> Decoded:
    text = decode_euc_jp(octets)
    if _REPLACEMENT not in text:
        return Decoded(text)
    return Decoded(_mistaken_utf8(octets) or text, Flaw.CHARSET_MISMATCH)


# These see to byte order marks themselves.
_UNICODE_DECODERS: dict[str, Callable[[bytes], Decoded]] = {
    "ascii": _decode_ascii,
    "utf-7": partial(_decode_by, "utf-7"),
    "utf-8": _decode_utf8,
    "utf-16": _decode_utf16,
    "utf-16-be": partial(_decode_marked_utf16, "utf-16-be"),
    "utf-16-le": partial(_decode_marked_utf16, "utf-16-le"),
    "utf-32": partial(_decode_by, "utf-32"),
    "utf-32-be": partial(_decode_by, "utf-32-be"),
    "utf-32-le": partial(_decode_by, "utf-32-le"),
}
_DECODERS: dict[str, Callable[[bytes], Decoded]] = {
    "big5": _decode_big5,
    "euc-jp": _decode_euc_jp,
    "gb18030": _decode_gb18030,
    "iso-2022-jp": _decode_iso_2022_jp,
}
