"""RTF as mail has it: compressed (MS-OXRTFCP), and with HTML or text inside (MS-OXRTFEX)."""

import re
from typing import NamedTuple
from zlib import crc32

from mailcore.message.reading.content.charsets import decode, join_surrogates

__all__ = ["Decompressed", "ReadRTF", "decompress_rtf", "read_rtf"]

RTF_OCTETS = 8 << 20  # what is decompressed of one RTF: compression makes it 1/8 at best

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
    """What an RTF document says, and whether that is HTML."""

    text: str
    is_html: bool


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
            reference = int.from_bytes(contents[position : position + 2], "big")
            distance = (len(output) - (reference >> 4)) % _WINDOW
            if not distance or position + 2 > len(contents):  # it refers to what is not yet there
                return bytes(output[begin:])
            length = (reference & 0xF) + 2
            start = len(output) - distance
            copied = output[start : start + length]
            output += copied if distance >= length else (copied * length)[:length]
            position += 2
    return bytes(output[begin : begin + RTF_OCTETS])


_TOKEN = re.compile(
    rb"\\(?P<word>[A-Za-z]{1,32}+)(?P<number>-?\d{1,9}+)?[ ]?"
    rb"|\\'(?P<hex>[0-9A-Fa-f]{2})"
    rb"|\\(?P<symbol>.)"
    rb"|(?P<brace>[{}])"
    rb"|(?P<text>[^\\{}\r\n]++)"
    rb"|[\r\n\\]",
    re.DOTALL,
)
_DESTINATIONS = frozenset(
    {b"colortbl", b"fonttbl", b"footer", b"header", b"info", b"pict", b"stylesheet"}
)
_CHARACTERS = {
    b"par": "\n", b"line": "\n", b"tab": "\t", b"bullet": "•", b"endash": "–", b"emdash": "—",
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
        position = 0
        while token := _TOKEN.match(self._rtf, position):
            position = token.end()
            word = token["word"]
            if word == b"bin":
                position += max(0, int(token["number"] or 0))
            elif word:
                self._read_word(word, token["number"])
            elif token["brace"] == b"{":
                self._outer.append(self._state)
            elif token["brace"]:
                if len(self._outer) <= 1:
                    break
                self._state, self._skip = self._outer.pop(), 0
            else:
                self._read_characters(token)
        self._flush()
        return ReadRTF(join_surrogates("".join(self._pieces)), self._is_html)

    def _read_word(self, word: bytes, number: bytes | None) -> None:
        value = int(number) if number else None
        is_optional, self._is_optional = self._is_optional, False
        if (is_optional and word != b"htmltag") or word in _DESTINATIONS:
            self._state = self._state._replace(is_silent=True)
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

    def _read_characters(self, token: re.Match[bytes]) -> None:
        if token["symbol"] == b"*":
            self._is_optional = True
        elif token["symbol"] in _SYMBOLS:
            self._write(_SYMBOLS[token["symbol"]])
        elif token["hex"]:
            self._write_octets(bytes([int(token["hex"], 16)]))
        elif token["text"]:
            self._is_optional = False
            self._write_octets(token["text"])

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
