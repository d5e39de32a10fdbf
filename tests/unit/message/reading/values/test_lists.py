import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.values.lists import (
    ITEMS,
    parse_list_id,
    parse_phrases,
    parse_uris,
)


@pytest.mark.parametrize(
    ("raw", "uris"),
    [
        (b"<mailto:a@b>, <https://c/d>", ["mailto:a@b", "https://c/d"]),
        (b"(Web, <http://no/>) <https://c/\r\n d>", ["https://c/d"]),
        (b"<https://c/(d)?e=f,g> (by web)", ["https://c/(d)?e=f,g"]),
        (b"( <mailto:a@b>", ["mailto:a@b"]),
        (b"mailto:a@b", ["mailto:a@b"]),
        (b"NO (posting is not allowed)", []),
        (b"<a@b>", []),
        (b"", []),
    ],
)
def test_uris_are_read(raw: bytes, uris: list[str]) -> None:
    assert list(parse_uris(raw)) == uris


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Dogs <dogs.example.com>", ("dogs.example.com", "Dogs")),
        (b'"Dogs, \\"big\\"" <dogs.example.com>', ("dogs.example.com", 'Dogs, "big"')),
        (b"=?utf-8?b?54uX?= (c) <dogs.example.com>", ("dogs.example.com", "狗")),
        (b"<dogs.\r\n example.com>", ("dogs.example.com", "")),
        (b"dogs.example.com", ("dogs.example.com", "")),
        (b"Only a name", None),
        (b"<>", None),
        (b"", None),
    ],
)
def test_a_list_has_an_id_and_a_name(raw: bytes, expected: tuple[str, str] | None) -> None:
    assert parse_list_id(raw) == expected


@pytest.mark.parametrize(
    ("raw", "phrases"),
    [
        (b"one, two words,, ", ["one", "two words"]),
        (b'"a, b", c (comment)', ["a, b", "c"]),
        (b"=?utf-8?q?a,_b?=, c", ["a, b", "c"]),
        (b'an "open, quote', ["an  open", "quote"]),
        ("数, b".encode(), ["数", "b"]),
        (b"", []),
    ],
)
def test_phrases_are_read(raw: bytes, phrases: list[str]) -> None:
    assert list(parse_phrases(raw)) == phrases


def test_raw_octets_are_in_the_charset_of_the_body() -> None:
    list_id, phrases = "狗 <dogs>".encode("gb18030"), "狗, b".encode("gb18030")
    assert parse_list_id(list_id, charset="gb2312") == ("dogs", "狗")
    assert parse_phrases(phrases, charset="gb2312") == ("狗", "b")
    assert parse_uris("<a:狗>".encode("gb18030"), charset="gb2312") == ("a:狗",)


def test_what_is_beyond_the_limit_is_left_unread() -> None:
    assert parse_uris(b"<a:b>, <>, <c:d>, <e:f>", most=2) == ("a:b", "c:d")
    assert parse_phrases(b"a, , b, c", most=2) == ("a", "b")
    assert len(parse_uris(b"<a:b>," * (ITEMS + 2), most=ITEMS + 1)) == ITEMS + 1
    assert len(parse_phrases(b"a," * (ITEMS + 2))) == ITEMS


@given(st.binary() | st.text(st.sampled_from('<>:a, ("\\)=?q')).map(str.encode))
def test_nothing_raises(raw: bytes) -> None:
    assert isinstance(parse_uris(raw) + parse_phrases(raw), tuple)
    assert parse_list_id(raw) is None or parse_list_id(raw)


@pytest.mark.parametrize("piece", [b"<", b"(", b'"', b'\\"', b"=?a?q?", b"a,", b"<a:"])
def test_hostile_values_take_linear_time(piece: bytes) -> None:
    start = time.process_time()
    parse_uris(piece * 20_000)
    parse_list_id(piece * 20_000)
    parse_phrases(piece * 20_000)
    assert time.process_time() - start < 3
