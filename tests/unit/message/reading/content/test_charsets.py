import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content.charsets import (
    decode,
    decode_html,
    decode_undeclared,
    is_utf8,
    join_surrogates,
)
from mailcore.message.reading.defects import Flaw

MISMATCH = Flaw.CHARSET_MISMATCH
UNKNOWN = Flaw.CHARSET_UNKNOWN
LABELS = [
    "utf-7", "utf-8", "utf-16", "utf-16le", "utf-16be", "utf-32", "us-ascii", "iso-8859-1", "gbk",
    "big5", "shift_jis", "euc-jp", "iso-2022-jp", "iso-2022-kr", "euc-kr", "johab", "hz-gb-2312",
    "windows-1253", "windows-874", "koi8-r", "x-mac-cyrillic", "cp437", "iso-8859-8-i", "no-such",
]  # fmt: skip


@pytest.mark.parametrize(
    ("octets", "label", "text"),
    [
        ("王芳".encode(), "utf-8", "王芳"),
        ("王芳".encode(), "'UTF-8'", "王芳"),
        ("镕".encode("gbk"), "gb2312", "镕"),
        (b"\x80 5", "gb2312", "€ 5"),
        ("똠".encode("cp949"), "ks_c_5601-1987", "똠"),
        ("①".encode("cp932"), "shift_jis", "①"),
        (b"\xa4\xa4\xf9\xd6\x88\x62", "big5", "中碁Ê̄"),
        ("日本".encode("iso2022_jp"), "iso-2022-jp", "日本"),
        ("①".encode("euc_jis_2004"), "euc-jp", "①"),
        (b"\x93quoted\x94", "iso-8859-1", "“quoted”"),
        (b"Hi +AGEAYgBj-", "utf-7", "Hi abc"),
        ("é".encode("cp850"), "cp-850", "é"),
        (b"~{VPND~}", "hz-gb-2312", "中文"),
        (b"caf\xe9", None, "café"),
        (b"caf\xe9", "", "café"),
        ("é".encode(), None, "é"),
        (b"plain", "us-ascii", "plain"),
        ("日本".encode("iso2022_jp"), None, "日本"),
    ],
)
def test_a_label_means_what_senders_mean_by_it(octets: bytes, label: str | None, text: str) -> None:
    assert decode(octets, label) == (text, None)


@pytest.mark.parametrize(
    ("octets", "label", "text", "flaw"),
    [
        ("é".encode(), "us-ascii", "é", MISMATCH),
        (b"a\x81\x92", "iso-8859-1", "a\x81’", MISMATCH),
        (b"\x81\xd2", "windows-1253", "\x81\ufffd", MISMATCH),
        ("王".encode(), "gb2312", "王", MISMATCH),
        ("日本語".encode(), "euc-jp", "日本語", MISMATCH),
        (b"\xad\xa1\xff", "euc-jp", "①\ufffd", MISMATCH),
        ("日本".encode("cp932"), "iso-2022-jp", "日本", MISMATCH),
        (b"a\0b", "utf-16", "a\ufffd", MISMATCH),
        (b"abc", "no-such-charset", "abc", UNKNOWN),
        (b"caf\xe9", "unknown-8bit", "café", UNKNOWN),
        (b"abc", "hex", "abc", UNKNOWN),
        (b"\\u0041", "unicode_escape", "\\u0041", UNKNOWN),
    ],
)
def test_what_does_not_fit_is_read_and_said(
    octets: bytes, label: str, text: str, flaw: Flaw
) -> None:
    assert decode(octets, label) == (text, flaw)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("王芳".encode() + b"\xff!", "王芳\ufffd!"),  # mixed
        ("ab王".encode()[:-1], "ab\ufffd"),  # cut
        (b"caf\xe9 ol\xe9", "café olé"),
        ("你好，世界".encode("gbk"), "你好，世界"),
        (b"\xd6\xd0", "ÖÐ"),  # too short to tell
    ],
)
def test_what_is_named_utf8_and_is_not_garbles_least(octets: bytes, text: str) -> None:
    assert decode(octets, "utf-8") == (text, MISMATCH)


@pytest.mark.parametrize(
    ("octets", "label", "flaw"),
    [
        (b"\xef\xbb\xbf" + "é".encode(), None, None),
        (b"\xef\xbb\xbf" + "é".encode(), "iso-8859-1", MISMATCH),
        ("\ufeffé".encode("utf-16-le"), "utf-16", None),
        ("\ufeffé".encode("utf-16-be"), "utf-16", None),
        ("\ufeffé".encode("utf-16-be"), "utf-16le", None),
        ("\ufeffé".encode("utf-16-le"), "gb2312", MISMATCH),
        ("\ufeffé".encode("utf-16-le"), None, None),
        ("\ufeffé".encode("utf-32-le"), "utf-32", None),
    ],
)
def test_a_byte_order_mark_beats_the_label_and_is_no_text(
    octets: bytes, label: str | None, flaw: Flaw | None
) -> None:
    assert decode(octets, label) == ("é", flaw)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_the_order_of_unmarked_utf16_is_found(codec: str) -> None:
    assert decode("Grüße aus 東京".encode(codec), "utf-16") == ("Grüße aus 東京", None)


@pytest.mark.parametrize(
    ("octets", "hint", "text"),
    [
        ("王芳".encode("gbk"), "gb2312", "王芳"),
        ("王芳".encode(), "gb2312", "王芳"),
        (b"caf\xe9", "gb2312", "café"),
        (b"caf\xe9", "utf-8", "café"),
        (b"caf\xe9", "no-such-charset", "café"),
        (b"caf\xe9", None, "café"),
        ("привет".encode("koi8-r"), "koi8-r", "привет"),
        ("你好，世界".encode("gbk"), None, "你好，世界"),
        ("报告 Q3 王芳".encode("gbk"), "utf-8", "报告 Q3 王芳"),
        ("LICITAÇÃO E COTAÇÃO".encode("cp1252"), None, "LICITAÇÃO E COTAÇÃO"),
        ("ÇÃ ÇÃ Ñó".encode("cp1252"), None, "ÇÃ ÇÃ Ñó"),
    ],
)
def test_undeclared_octets_are_utf8_or_as_the_hint_says_or_garble_least(
    octets: bytes, hint: str | None, text: str
) -> None:
    assert decode_undeclared(octets, hint) == text


META = "<html><head><title>c</title>{}</head><p>{}"
CHINESE = '<meta charset="gb2312">'


@pytest.mark.parametrize(
    ("meta", "text", "codec"),
    [
        (CHINESE, "王芳a", "gbk"),
        ("<META CHARSET = 'GBK' />", "镕b", "gbk"),
        ("<meta charset=windows-1251>", "привет", "cp1251"),
        (
            '<meta content="text/html; charset=koi8-r" http-equiv="Content-Type">',
            "привет",
            "koi8-r",
        ),
        ('<meta name=x><meta content="no charset"><meta charset=big5>', "中文", "big5"),
        ("<!-- <meta charset=koi8-r> --><meta charset=gb2312>", "王芳a", "gbk"),
        (f"<!-- {CHINESE} -->", "café", "cp1252"),
        (f"<metal>{CHINESE[6:]}", "café", "cp1252"),
        ("<meta charset=utf-16>", "café!", "cp1252"),
        ("<meta charset=utf-16le>", "café", "cp1252"),
        ("<meta charset=utf-32>", "café", "cp1252"),
        ("<meta charset=cp037>", "café", "cp1252"),
        ("<meta charset=no-such>", "café", "cp1252"),
        ("<meta charset=utf-8>", "café", "cp1252"),
        (CHINESE, "café", "utf-8"),
        (CHINESE, "café", "utf-8-sig"),
        (" " * 1000 + CHINESE, "café!", "cp1252"),
        ("", "café", "cp1252"),
        ("", "日本", "iso2022_jp"),
    ],
)
def test_html_that_is_not_utf8_names_its_charset_itself(meta: str, text: str, codec: str) -> None:
    assert decode_html(META.format(meta, text).encode(codec)) == META.format(meta, text)


@given(
    st.lists(
        st.sampled_from(
            [b"<meta ", b"<!--", b"-->", b"charset", b"=", b'"', b"gbk", b"utf-7", b">", b"\xff", b" c"]
        )
    ).map(b"".join)
)  # fmt: skip
def test_whatever_html_says_of_its_charset_it_can_be_read(html: bytes) -> None:
    assert isinstance(decode_html(html).encode(), bytes)


def test_a_charset_is_looked_for_in_linear_time() -> None:
    for piece in (b"<meta ", b"<!--", b"<meta c", b"<meta charset ", b"\xd6\xd0", b"\xd6\xd0 "):
        start = time.process_time()
        decode_html(piece * 200_000 + b"\xff")
        assert time.process_time() - start < 1


def test_utf8_is_told() -> None:
    assert is_utf8("é".encode())
    assert not is_utf8(b"\xe9")


@pytest.mark.parametrize(
    ("text", "joined"), [("\ud83d\ude00", "😀"), ("a\ud83d", "a\ufffd"), ("é", "é")]
)
def test_surrogates_are_joined_or_replaced(text: str, joined: str) -> None:
    assert join_surrogates(text) == joined


@given(st.binary(), st.sampled_from(LABELS) | st.text())
def test_nothing_raises_and_all_text_can_be_encoded(octets: bytes, label: str) -> None:
    assert isinstance(decode(octets, label).text.encode(), bytes)


@given(st.binary())
def test_undeclared_octets_are_never_lost(octets: bytes) -> None:
    marks = b"\xef\xbb\xbf\xff\xfe"
    assert decode_undeclared(octets) or b"\x1b" in octets or not octets.strip(marks)


@given(st.text(st.characters(exclude_characters="\x1b\ufeff", codec="utf-8")))
def test_utf8_is_read_as_it_was_written(text: str) -> None:
    assert decode(text.encode(), "utf-8") == (text, None)


def test_a_mark_in_declared_utf_8_comes_back_as_it_was_written() -> None:
    assert decode("\ufeffé".encode(), "utf-8") == ("\ufeffé", None)


@pytest.mark.parametrize(
    "head",
    [
        "<meta name=description content='about charset=koi8-r'><meta charset=windows-1251>",
        "<!--><meta charset=windows-1251>",
        "<!-- <meta charset=koi8-r> --><meta charset='windows-1251'>",
        "<META CONTENT='text/html; charset=windows-1251' HTTP-EQUIV=Content-Type>",
    ],
)
def test_html_names_its_charset_as_browsers_read_it(head: str) -> None:
    octets = f"{head}Привет".encode("cp1251")
    assert decode_html(octets).endswith("Привет")
