import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content.transfer import decode_base64, decode_body
from mailcore.message.reading.defects import Flaw


@pytest.mark.parametrize(
    ("body", "encoding", "content"),
    [
        (b"a=C3=A9=\r\nb", b"quoted-printable", b"a\xc3\xa9b"),
        (b"YWJj", b"BASE64", b"abc"),
        (b"YWJj", b"base64 (comment)", b"abc"),
        (b"YWJj", b'"base64"', b"abc"),
        (b"a=C3", b"7bit", b"a=C3"),
        (b"\xff", b"8bit", b"\xff"),
        (b"x", None, b"x"),
    ],
)
def test_the_transfer_encoding_is_undone(
    body: bytes, encoding: bytes | None, content: bytes
) -> None:
    assert decode_body(memoryview(body), encoding) == (content, None)


def test_an_unknown_encoding_leaves_the_body_as_it_is() -> None:
    assert decode_body(memoryview(b"x"), b"x-rot13") == (b"x", Flaw.ENCODING_UNKNOWN)


@pytest.mark.parametrize(
    ("encoded", "octets"),
    [
        (b"QUI=\r\nQUI=", b"ABAB"),
        (b"QUJD!RUZH", b"ABCEFG"),
        (b"QUJDR", b"ABC"),
        (b"QUJDRE", b"ABCD"),
        (b"Q", b""),
        (b"\xff\xfeQUJD", b"ABC"),
    ],
)
def test_dirty_base64_gives_what_it_holds_and_a_flaw(encoded: bytes, octets: bytes) -> None:
    assert decode_base64(encoded) == (octets, Flaw.BASE64_MALFORMED)


@given(st.binary())
def test_clean_base64_has_no_flaw(octets: bytes) -> None:
    assert decode_base64(base64.encodebytes(octets)) == (octets, None)


@given(st.binary())
def test_nothing_raises(encoded: bytes) -> None:
    assert isinstance(decode_base64(encoded).octets, bytes)
