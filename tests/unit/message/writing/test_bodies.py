import base64
import quopri
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.writing.bodies import (
    base64_size,
    encode_base64,
    encode_pieces,
    encode_text,
    is_seven_bit,
)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Hello\n", "7bit"),
        ("", "7bit"),
        ("x" * 998 + "\n", "7bit"),
        ("x" * 999 + "\n", "quoted-printable"),
        ("Un café, s'il vous plaît\n", "quoted-printable"),
        ("nul \0\n", "quoted-printable"),
        ("你好，世界\n", "base64"),
    ],
)
def test_the_encoding_is_the_readable_or_the_smaller_one(text: str, encoding: str) -> None:
    assert encode_text(text, ends_message=False).encoding == encoding


def test_a_last_line_without_an_end_keeps_it_so() -> None:
    encoded = encode_text("Hello", ends_message=True)
    assert encoded.body == b"Hello=\r\n"


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r")), st.booleans())
def test_every_text_comes_back(text: str, ends_message: bool) -> None:
    encoding, body = encode_text(text, ends_message=ends_message)
    decode: dict[str, Callable[[bytes], bytes]] = {
        "7bit": bytes,
        "quoted-printable": quopri.decodestring,
        "base64": base64.b64decode,
    }
    assert decode[encoding](body).decode() == text.replace("\n", "\r\n")
    assert body.isascii()
    assert not body or body.endswith(b"\r\n") or not ends_message
    if encoding != "7bit":
        assert max(map(len, body.split(b"\r\n"))) <= 76


@pytest.mark.parametrize(
    ("octets", "answer"),
    [
        (b"", True),
        (b"a\r\nb\r\n", True),
        (b"a\nb", False),
        (b"a\rb", False),
        (b"\n\r", False),
        (b"\r\r\n\n", False),
        (b"a\0", False),
        (b"\xc3", False),
        (b"x" * 998 + b"\r\n", True),
        (b"x" * 999, False),
        (b"a\r\n" + b"x" * 998, True),
        (b"a\r\n" + b"x" * 999 + b"\r\n", False),
    ],
)
def test_seven_bit_is_what_smtp_carries_unchanged(octets: bytes, answer: bool) -> None:
    assert is_seven_bit(octets) is answer


@pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 114, 58_368, 58_369, 150_000])
def test_base64_comes_in_whole_lines_and_of_the_foretold_size(size: int) -> None:
    content = bytes(number % 251 for number in range(size))
    pieces = [content[start : start + 58_368] for start in range(0, size, 58_368)]
    encoded = b"".join(encode_pieces(iter(pieces)))
    assert encoded == base64.encodebytes(content).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    assert len(encoded) == base64_size(size)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("你好\n", "8bit"), ("ascii\n", "7bit"), ("é" * 500 + "\n", "base64"), ("nul é\0", "base64")],
)
def test_eight_bits_go_as_they_are_where_they_may(text: str, encoding: str) -> None:
    assert encode_text(text, ends_message=False, eight_bit=True).encoding == encoding


@pytest.mark.parametrize("text", ["From me\n", "a\nFrom me\n", "a\nFrom " + "x" * 100])
@pytest.mark.parametrize("eight_bit", [True, False])
def test_a_line_that_mbox_files_would_change_is_encoded(text: str, eight_bit: bool) -> None:
    encoding, body = encode_text(text, ends_message=True, eight_bit=eight_bit)
    assert encoding == "quoted-printable"
    assert b"=46rom =\r\n" in body
    assert quopri.decodestring(body).decode() == text.replace("\n", "\r\n")
    assert max(map(len, body.split(b"\r\n"))) <= 76


@given(st.integers(0, 300), st.integers(0, 4))
def test_base64_lines_are_those_of_the_standard_library(lines: int, rest: int) -> None:
    octets = bytes(range(256)) * (lines * 57 // 256 + 1)
    octets = octets[: lines * 57 + rest]
    expected = base64.encodebytes(octets).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    assert encode_base64(octets) == expected
