import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content.charsets import decode, decode_undeclared
from mailcore.message.reading.defects import Flaw


@pytest.mark.parametrize(
    ("octets", "label", "text"),
    [
        ("王芳".encode(), "utf-8", "王芳"),
        ("王芳".encode(), "'UTF-8'", "王芳"),
        ("镕".encode("gbk"), "gb2312", "镕"),
        ("똠".encode("cp949"), "ks_c_5601-1987", "똠"),
        ("①".encode("cp932"), "shift_jis", "①"),
        (b"\x93quoted\x94", "iso-8859-1", "“quoted”"),
        (b"caf\xe9", None, "café"),
        ("é".encode(), None, "é"),
        (b"plain", "us-ascii", "plain"),
    ],
)
def test_a_label_means_what_senders_mean_by_it(octets: bytes, label: str | None, text: str) -> None:
    assert decode(octets, label) == (text, None)


@pytest.mark.parametrize(
    ("octets", "label", "text", "flaw"),
    [
        (b"a\xff", "utf-8", "a\ufffd", Flaw.CHARSET_MISMATCH),
        ("é".encode(), "us-ascii", "é", Flaw.CHARSET_MISMATCH),
        (b"a\x81", "iso-8859-1", "a\x81", Flaw.CHARSET_MISMATCH),
        (b"abc", "no-such-charset", "abc", Flaw.CHARSET_UNKNOWN),
        (b"abc", "hex", "abc", Flaw.CHARSET_UNKNOWN),
        (b"abc", "a\0b", "abc", Flaw.CHARSET_UNKNOWN),
        (b"abc", "punycode", "abc", Flaw.CHARSET_UNKNOWN),
        (b"\\u0041", "unicode_escape", "\\u0041", Flaw.CHARSET_UNKNOWN),
        (b"abc", "x" * 1000, "abc", Flaw.CHARSET_UNKNOWN),
    ],
)
def test_what_does_not_fit_is_read_and_said(
    octets: bytes, label: str, text: str, flaw: Flaw
) -> None:
    assert decode(octets, label) == (text, flaw)


@given(
    st.binary(), st.sampled_from(["utf-7", "utf-8", "gbk", "iso-2022-jp", "utf-16", "big5", "x"])
)
def test_nothing_raises_and_all_text_can_be_encoded(octets: bytes, label: str) -> None:
    assert isinstance(decode(octets, label).text.encode(), bytes)


@given(st.binary())
def test_undeclared_octets_are_never_lost(octets: bytes) -> None:
    assert len(decode_undeclared(octets)) > 0 or not octets


@pytest.mark.parametrize(
    "label", ["punycode", "-punycode", "-idna", "unicode escape", "RAW_unicode-escape"]
)
def test_codecs_that_are_no_charsets_are_known_by_any_name(label: str) -> None:
    assert decode(b"b9a", label) == ("b9a", Flaw.CHARSET_UNKNOWN)
