import codecs

import pytest

from mailcore.message.reading.content.labels import find_codec


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("utf-8", "utf-8"),
        ("UTF8", "utf-8"),
        ("'utf-8'", "utf-8"),
        ('"UTF-8"', "utf-8"),
        ("unicode-1-1-utf-8", "utf-8"),
        ("us-ascii", "ascii"),
        ("ansi_x3.4-1968", "ascii"),
        ("iso-8859-1", "cp1252"),
        ("iso_8859-1:1987", "cp1252"),
        ("x-cp1252", "cp1252"),
        ("latin-1", "cp1252"),
        ("ISO-8859-2", "iso8859-2"),
        ("iso-8859-8-i", "iso8859-8"),
        ("iso-8859-8-e", "iso8859-8"),
        ("iso-8859-9", "cp1254"),
        ("iso-8859-11", "cp874"),
        ("tis-620", "cp874"),
        ("iso-ir-58", "gb18030"),
        ("gb2312", "gb18030"),
        ("x-gbk", "gb18030"),
        ("hz-gb-2312", "hz"),
        ("ks_c_5601-1987", "cp949"),
        ("iso-2022-kr", "iso2022_kr"),
        ("shift_jis", "cp932"),
        ("x-sjis", "cp932"),
        ("x-euc-jp", "euc-jp"),
        ("x-x-big5", "big5"),
        ("koi8-ru", "koi8-u"),
        ("x-mac-cyrillic", "mac-cyrillic"),
        ("x-mac-ce", "mac-latin2"),
        ("cp-850", "cp850"),
        ("IBM437", "cp437"),
        ("cp1200", "utf-16-le"),
        ("utf_16_be", "utf-16-be"),
        ("cp28605", "iso8859-15"),
        ("csUTF8", "utf-8"),
        ("csUTF16BE", "utf-16-be"),
        ("csGBK", "gb18030"),
        ("csGB18030", "gb18030"),
        ("csBig5HKSCS", "big5"),
        ("csISO885915", "iso8859-15"),
        ("csKOI8U", "koi8-u"),
        ("csTIS620", "cp874"),
        ("cswindows1251", "cp1251"),
        ("csIBM855", "cp855"),
        ("csPC850Multilingual", "cp850"),
        ("mac-croatian", "mac-croatian"),
    ],
)
def test_a_label_names_the_codec_that_senders_mean(label: str, codec: str) -> None:
    assert find_codec(label) == codec


@pytest.mark.parametrize(
    "label",
    [
        "", "x-unknown", "unknown-8bit", "default", "quoted", "none", "x-user-defined",
        "iso-2022-cn", "cs", "a\0b", "\udc80", "é", "x" * 1000, "utf-8" + " " * 1000,
    ],
)  # fmt: skip
def test_what_names_no_charset_has_no_codec(label: str) -> None:
    assert find_codec(label) is None


@pytest.mark.parametrize(
    "label",
    [
        "hex", "base64", "uu", "rot13", "zip", "bz2", "quopri", "undefined", "mbcs", "oem", "idna",
        "punycode", "-punycode", "unicode escape", "RAW_unicode-escape", "x-punycode", "charmap",
        "dbcs",
    ],
)  # fmt: skip
def test_codecs_that_are_no_charsets_are_refused_by_any_name(label: str) -> None:
    assert find_codec(label) is None


def test_python_is_asked_for_no_name_that_was_invented() -> None:
    def search(name: str) -> None:
        asked.append(name)

    asked: list[str] = []
    codecs.register(search)
    try:
        assert not any(map(find_codec, ("x-invented-1", "invented2", "cs-invented", "a\0b")))
        assert find_codec("mac-farsi") == "mac-farsi"
    finally:
        codecs.unregister(search)
    assert asked == []
