import time
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content.rtf import (
    RTF_OCTETS,
    TOKENS,
    Decompressed,
    ReadRTF,
    decompress_rtf,
    read_rtf,
)

HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
    "0af32068656c090020627705b06c647d0a800fa0"
)
WXYZ = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")

HTML = rb"""{\rtf1\ansi\ansicpg1251\fromhtml1 \deff0
{\fonttbl{\f0\fswiss Arial;}{\f1\fmodern\fcharset128 MS Gothic;}}
{\colortbl\red0\green0\blue0;}{\*\generator Server;}
\uc1\pard\plain\deftab360 \f0\fs24
{\*\htmltag34 <head>}
{\*\htmltag241 <style>}{\*\htmltag241 P \{margin-top:0\}}{\*\htmltag249 </style>}
{\*\htmltag50 <body>}\htmlrtf {\htmlrtf0
{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 \'cf\'f0\'e8 \u8364? {\f1 \'93\'fa\'96\'7b}
{\*\htmltag84 &nbsp;}\htmlrtf \'a0\htmlrtf0 x\htmlrtf\par}\htmlrtf0
{\*\htmltag72 </p>}{\*\mhtmltag84 <a href="x">}{\*\htmltag84 <a href="y">}\u-10179?\u-8704?
{\*\htmltag0 \par }{\*\htmltag58 </body>}\htmlrtf }\htmlrtf0}"""


def compress(contents: bytes, rtf_length: int) -> bytes:
    checksum = crc32(contents, 0xFFFFFFFF) ^ 0xFFFFFFFF
    numbers = (length.to_bytes(4, "little") for length in (len(contents) + 12, rtf_length))
    return b"".join(numbers) + b"LZFu" + checksum.to_bytes(4, "little") + contents


@pytest.mark.parametrize(
    ("compressed", "rtf"),
    [
        (HELLO, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"),
        (WXYZ, b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"),  # a reference into what it gives itself
        (b"\x0f\0\0\0\x03\0\0\0MELA\0\0\0\0abc", b"abc"),
        (compress(b"\0abcdefgh\0ij", 10), b"abcdefghij"),
    ],
)
def test_rtf_is_decompressed(compressed: bytes, rtf: bytes) -> None:
    assert decompress_rtf(compressed) == Decompressed(rtf, is_damaged=False)


@pytest.mark.parametrize(
    ("compressed", "rtf"),
    [
        (
            HELLO[:12] + b"\0\0\0\0" + HELLO[16:],
            b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
        ),
        (HELLO[:30], b"{\\rtf1\\ansi\\ansicpg1252"),
        (compress(b"\0abc", 5), b"abc"),
        (HELLO[:8] + b"none" + HELLO[12:], b""),
        (b"", b""),
    ],
)
def test_of_damaged_rtf_what_can_be_had_is_given(compressed: bytes, rtf: bytes) -> None:
    assert decompress_rtf(compressed) == Decompressed(rtf, is_damaged=True)


def test_no_more_than_the_limit_is_decompressed() -> None:
    compressed = compress(b"\0abcdefgh" * (RTF_OCTETS // 8 + 1), 0)
    assert len(decompress_rtf(compressed).rtf) == RTF_OCTETS


@given(st.binary())
def test_no_octets_break_decompression(contents: bytes) -> None:
    assert isinstance(decompress_rtf(compress(contents, 0)).rtf, bytes)


def test_html_is_taken_out_of_the_rtf_that_was_made_from_it() -> None:
    assert read_rtf(HTML) == ReadRTF(
        "<head><style>P {margin-top:0}</style><body><p>При € 日本&nbsp;x</p>"
        '<a href="y">😀\n</body>',
        is_html=True,
    )


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1{\fonttbl{\f0 Arial;}}\pard Hello \b world\b0\par second\line third}", "Hello world\nsecond\nthird"),
        (rb"{\rtf1{\info{\author x}}{\pict\bin5 }}}}}abc}caf\'e9\~\{1\}\\}", "café\xa0{1}\\"),
        (rb"{\rtf1\lquote a\rquote\ldblquote b\rdblquote\endash\emdash\bullet\tab c}", "‘a’“b”–—•\tc"),
        (rb"{\rtf1\ansicpg932 \'8a@\uc2\u8364 ??x\uc0\u8364 y}", b"\x8a@".decode("cp932") + "€x€y"),
        (rb"{\rtf1 a}beyond", "a"),
        (rb"{\rtf1 \* a\b b}", " ab"),
        (rb"{\rtf1 \ud a\u-10179?b}", "a\ufffdb"),
        (rb"\bin-5 a\bin", "a"),
        (rb"{\rtf1 \'63\'61f\'e9 \uc2\u8364\'3f\'3f\'21}", "caf\xe9 €!"),
        (rb"{\rtf1\uc1\u8364\par x\ansicpg932 \'8a\par}", "€x\ufffd\n"),
        (rb"a\bin99999999", "a"),
        (b"}}}", ""),
        (b"\\", ""),
        (b"", ""),
    ],
)  # fmt: skip
def test_other_rtf_gives_its_text(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf) == ReadRTF(text, is_html=False)


def test_of_too_much_rtf_the_beginning_is_read_in_a_short_time() -> None:
    start = time.process_time()
    read = read_rtf(rb"{\rtf1 " + rb"{\f0 x}" * 1_000_000 + b"}")
    assert read == ReadRTF("x" * (TOKENS // 4 - 1), is_html=False, is_damaged=True)
    assert time.process_time() - start < 2  # it is below half a second; all of it takes five


@pytest.mark.parametrize("rtf", [b"{" * TOKENS, b"{" * (TOKENS - 1) + b"}", rb"{\b}" * TOKENS])
def test_rtf_within_the_limit_is_whole(rtf: bytes) -> None:
    assert not read_rtf(rtf).is_damaged


PIECES = [
    b"{", b"}", b"\\", b"\\*", b"\\htmltag", b"\\htmlrtf ", b"\\u55555 ", b"\\'", b"e9", b"\\uc3 ",
    b"\\f1", b"\\fcharset128 ", b"\\bin2 ", b"\\ansicpg", b"a", b"\xff", b"\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES)))
def test_no_sequence_of_tokens_raises(tokens: list[bytes]) -> None:
    assert isinstance(read_rtf(b"".join(tokens)).text.encode(), bytes)


@pytest.mark.parametrize("token", [b"{", rb"\a ", rb"\'41", rb"\f1 a", rb"\u8364?", b"\\", rb"\*"])
def test_any_tokens_take_linear_time(token: bytes) -> None:
    start = time.process_time()
    read_rtf(token * 50_000)
    assert time.process_time() - start < 1
