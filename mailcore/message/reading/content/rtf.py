"""RTF as mail has it: compressed (MS-OXRTFCP), and with HTML or text inside (MS-OXRTFEX)."""

import re
from functools import lru_cache
from typing import NamedTuple
from zlib import crc32

from mailcore.message.reading.content.charsets import decode, join_surrogates

__all__ = ["Decompressed", "ReadRTF", "decompress_rtf", "read_rtf"]

RTF_OCTETS = 4 << 20  # what is decompressed of one RTF: compression makes it 1/8 at best
TOKENS = 200_000  # words, braces and texts that are read of it

_HEADER = 16
_COMPRESSED = b"LZFu"
_UNCOMPRESSED = b"MELA"
_WINDOW = 4096
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


class Decompressed(NamedTuple):
    """RTF, and whether it is not what was compressed."""

    rtf: bytes
    is_damaged: bool


class ReadRTF(NamedTuple):
    """What an RTF document says, whether that is HTML, and whether it is too long to be read whole."""

    text: str
    is_html: bool
    is_damaged: bool = False


def decompress_rtf(octets: bytes) -> Decompressed:
    """Give the RTF, as much of it as can be had; octets of another kind give none."""
    kind = octets[8:12]
    contents = octets[_HEADER : 4 + int.from_bytes(octets[:4], "little")]
    if kind == _UNCOMPRESSED:
        rtf = contents[:RTF_OCTETS]
    elif kind == _COMPRESSED:
        rtf = _expand(contents)
        # MS-OXRTFCP 2.1.3.2: as zlib's, but neither begun nor ended with an inversion
        checksum = crc32(contents, 0xFFFFFFFF) ^ 0xFFFFFFFF
        if checksum != int.from_bytes(octets[12:16], "little"):
            return Decompressed(rtf, is_damaged=True)
    else:
        return Decompressed(b"", is_damaged=True)
    return Decompressed(rtf, is_damaged=len(rtf) != int.from_bytes(octets[4:8], "little"))


def _expand(contents: bytes) -> bytes:
    """Undo LZFu: after each octet of flags come eight tokens, octets or references to the window.

    The window of 4096 octets is what was written last, so that references may be read in the
    output itself, with what the window holds at first before it.
    """
    output = bytearray(_WINDOW) + _DICTIONARY
    begin = len(output)
    position = 0
    while position < len(contents) and len(output) < begin + RTF_OCTETS:
        flags = contents[position]
        position += 1
        for bit in range(8):
            if not flags >> bit & 1:
                output += contents[position : position + 1]
                position += 1
                continue
            if position + 1 >= len(contents):
                return bytes(output[begin:])
            low = contents[position + 1]
            length = (low & 0xF) + 2
            distance = (len(output) - (contents[position] << 4 | low >> 4)) % _WINDOW
            if not distance:  # it refers to what is not yet there
                return bytes(output[begin:])
            start = len(output) - distance
            copied = output[start : start + length]
            output += copied if distance >= length else (copied * length)[:length]
            position += 2
    return bytes(output[begin : begin + RTF_OCTETS])


_TOKEN = re.compile(
    rb"(?P<text>[^\\{}\r\n]++)"
    rb"|\\(?P<word>[A-Za-z]{1,32}+)(?P<number>-?\d{1,9}+)?[ ]?"
    rb"|(?P<brace>[{}])"
    rb"|(?P<hex>(?:\\'[0-9A-Fa-f]{2})++)"
    rb"|\\(?P<symbol>.)"
    rb"|[\r\n]++|\\",
    re.DOTALL,
)
_DESTINATIONS = frozenset(
    {b"colortbl", b"fonttbl", b"footer", b"header", b"info", b"pict", b"stylesheet"}
)
_BREAKS = {b"par": b"\n", b"line": b"\n", b"tab": b"\t"}
_CHARACTERS = {
    b"bullet": "•", b"endash": "–", b"emdash": "—",
    b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
}  # fmt: skip
_SYMBOLS = {b"~": "\xa0", b"_": "\xad", b"{": "{", b"}": "}", b"\\": "\\"}
_PAGES = {
    77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258,
    177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 255: 437,
}  # fmt: skip


def read_rtf(rtf: bytes) -> ReadRTF:
    r"""Give the HTML that the RTF was made from, else its text; "\n" is the only line end in both.

    HTML stands in groups of its own, and what stands for it in RTF is marked as to be passed over
    (MS-OXRTFEX 2.1.3). What is no text, such as fonts and pictures, is passed over everywhere.
    """
    return _Reader(rtf).read()


class _State(NamedTuple):
    """What holds up to the end of the group."""

    is_silent: bool = False  # in a destination that is no text
    is_hidden: bool = False  # RTF for what is there as HTML
    is_tag: bool = False  # HTML itself
    font: int | None = None
    fallback: int = 1  # how many characters follow a Unicode one, for readers that do not know it


@lru_cache(maxsize=512)
def _change(state: _State, word: bytes, value: int | None) -> _State:
    match word:
        case b"htmltag":
            return state._replace(is_tag=True)
        case b"htmlrtf":
            return state._replace(is_hidden=value != 0)
        case b"f":
            return state._replace(font=value)
        case b"plain":
            return state._replace(font=None)
        case b"uc":
            return state._replace(fallback=max(0, value or 0))
        case _:
            return state


class _Reader:
    """Reads a document token by token."""

    def __init__(self, rtf: bytes) -> None:
        self._rtf = rtf
        self._state = _State()
        self._outer: list[_State] = []
        self._is_html = False
        self._is_optional = False  # "\*" came just before
        self._skip = 0
        self._charset = "cp1252"
        self._fonts: dict[int | None, str] = {}
        self._font = 0  # the one that the font table tells of
        self._pieces: list[str] = []
        self._octets = bytearray()  # not yet decoded: a character may go on in the next token
        self._octets_charset = ""

    def read(self) -> ReadRTF:
        is_whole = self._read_tokens()
        self._flush()
        text = join_surrogates("".join(self._pieces))
        return ReadRTF(text, self._is_html, is_damaged=not is_whole)

    def _read_tokens(self) -> bool:
        """Read up to the end of the outermost group; tell whether that is within the limit."""
        position = 0
        for _ in range(TOKENS):
            token = _TOKEN.match(self._rtf, position)
            if token is None or (token[0] == b"}" and len(self._outer) <= 1):
                return True
            position = token.end()
            if token["word"] == b"bin":
                position += max(0, int(token["number"] or 0))
            else:
                self._read_token(token)
        return position >= len(self._rtf)

    def _read_token(self, token: re.Match[bytes]) -> None:
        match token.lastgroup:
            case "text":
                self._is_optional = False
                self._write_octets(token[0])
            case "brace" if token[0] == b"{":
                self._outer.append(self._state)
            case "brace":
                self._state, self._skip = self._outer.pop(), 0
            case "word" | "number":
                self._read_word(token["word"], token["number"])
            case "hex":
                self._write_octets(bytes.fromhex(token[0].replace(b"\\'", b"").decode()))
            case "symbol":
                self._read_symbol(token["symbol"])
            case _:
                pass

    def _read_word(self, word: bytes, number: bytes | None) -> None:
        value = int(number) if number else None
        is_optional, self._is_optional = self._is_optional, False
        if (is_optional and word != b"htmltag") or word in _DESTINATIONS:
            self._state = self._state._replace(is_silent=True)
        elif word in _BREAKS:
            self._write_octets(_BREAKS[word])
        elif word in _CHARACTERS:
            self._write(_CHARACTERS[word])
        elif word == b"u" and value is not None:
            self._write(chr(value % 0x10000))
            self._skip = self._state.fallback
        else:
            self._state = _change(self._state, word, value)
            self._learn(word, value)

    def _learn(self, word: bytes, value: int | None) -> None:
        """Learn what holds for the whole document."""
        match word:
            case b"fromhtml":
                self._is_html = value != 0
            case b"ansicpg":
                self._charset = f"cp{value}"
            case b"f" if value is not None:
                self._font = value
            case b"fcharset" if value in _PAGES:
                self._fonts[self._font] = f"cp{_PAGES[value]}"
            case _:
                pass

    def _read_symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._is_optional = True
        elif symbol in _SYMBOLS:
            self._write(_SYMBOLS[symbol])

    def _write_octets(self, octets: bytes) -> None:
        skipped = min(self._skip, len(octets))
        self._skip -= skipped
        if self._state.is_silent or self._state.is_hidden:
            return
        font = None if self._state.is_tag else self._state.font
        charset = self._fonts.get(font, self._charset)
        if charset != self._octets_charset:
            self._flush()
            self._octets_charset = charset
        self._octets += octets[skipped:]

    def _write(self, text: str) -> None:
        if self._skip:
            self._skip -= 1
        elif not self._state.is_silent and not self._state.is_hidden:
            self._flush()
            self._pieces.append(text)

    def _flush(self) -> None:
        if self._octets:
            self._pieces.append(decode(bytes(self._octets), self._octets_charset).text)
            self._octets.clear()
