import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.values.words import decode_words, to_text, unfold


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("plain", "plain"),
        ("=?utf-8?b?546L6Iqz?=", "王芳"),
        ("=?UTF-8?Q?Caf=C3=A9_x?= y", "Café x y"),
        ("=?utf-8*en?q?a?=", "a"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= \t =?iso-8859-1?q?=E9?= c", "aé c"),
        ("x =?utf-8?q?a?= y =?utf-8?q?b?= z", "x a y b z"),
        ("a =?utf-8?q??= =?utf-8?q?b?=", "a b"),
        ("=?utf-8?q??= =?utf-8?q??= b", " b"),
        ("=?utf-8?b?546L6A==?= =?utf-8?b?irM=?=", "王芳"),
        ("=?gb2312?b?zfW3vA==?=", "王芳"),
        ("Re:=?utf-8?q?a?=xx", "Re:axx"),
        ("=?utf-8?q?a=0D=0ABcc:_x=00?=", "a  Bcc: x "),
        ("=?no-such?q?a?=", "a"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
        ("=?utf-8?q?a b?= c", "a b c"),
        ("=?utf-8?q?who?_me??=", "who? me?"),
        ("=?utf-8?q?a =?utf-8?q?b?=", "=?utf-8?q?a b"),
        ('"=?utf-8?q?a?= b"', '"a b"'),
        ("=?iso-2022-jp?b?GyRCJQ==?= =?iso-2022-jp?b?ORsoQg==?=", "ス"),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=", "=?utf-8?q?a?="),
        ("=?utf-8?b?YQ!?=", "a"),
        ("=?utf-7?q?+2AA-?=", "\ufffd"),
        ("=?utf-7?q?Gr+APw?= =?utf-7?q?abc?=", "Grüabc"),
        ("=?utf-16?b?/v8AYQ==?= =?utf-16?b?//5iAA==?=", "ab"),
        ("=?utf-16be?b?AGE=?= =?UTF-16BE*en?b?AGI=?=", "ab"),
        ("=?utf-32?b?AAD+/wAAAGE=?= =?utf-32?b?AAD+/wAAAGI=?=", "ab"),
        ("=?gb2312?b?zfW3?= =?gb2312?b?vA==?=", "王芳"),
    ],
)
def test_encoded_words_are_decoded(text: str, decoded: str) -> None:
    assert decode_words(text) == decoded


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"a\r\n b", "a b"),
        (b"a \r\n\t b", "a b"),
        (b"a\n b", "a b"),
        (b"a  b", "a  b"),
        (b"a\rb\0c", "a b c"),
        ("王芳".encode(), "王芳"),
        (b"caf\xe9", "café"),
    ],
)
def test_a_folded_value_is_read_on_one_line(raw: bytes, text: str) -> None:
    assert unfold(raw) == text


def test_a_fold_within_an_encoded_word_is_no_part_of_it() -> None:
    assert to_text(b"=?utf-8?Q?Hello\r\n _there!?=") == "Hello there!"


@pytest.mark.parametrize(
    ("octets", "charset", "text"),
    [
        ("数".encode("gb18030"), "gb2312", "数"),
        ("数".encode(), "gb2312", "数"),
        (b"caf\xe9", None, "café"),
        (b"caf\xe9", "utf-8", "café"),
        (b"caf\xe9", "no-such", "café"),
        (b"caf\xe9 ", "utf-16", "café"),
        (b"\x82\xa0", "shift_jis", "あ"),
        (b"plain", "utf-16", "plain"),
    ],
)
def test_octets_that_are_not_utf_8_are_in_the_charset_of_the_body(
    octets: bytes, charset: str | None, text: str
) -> None:
    assert unfold(octets, charset=charset) == text.strip()
    assert to_text(octets, charset=charset) == text.strip()


@given(st.binary() | st.text(st.sampled_from("=?utf-8bq_ \r\n")).map(str.encode))
def test_nothing_raises_and_no_line_end_gets_through(raw: bytes) -> None:
    assert not set("\r\n\0") & set(to_text(raw))


@pytest.mark.parametrize("piece", ["=?", "=?utf-8?q?a?= ", "=?utf-8?q?", "=?a?b", " "])
def test_hostile_values_take_linear_time(piece: str) -> None:
    start = time.process_time()
    decode_words(piece * 20_000)
    assert time.process_time() - start < 2
