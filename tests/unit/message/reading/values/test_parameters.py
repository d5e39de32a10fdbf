import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.values.parameters import (
    CACHED_OCTETS,
    PARAMETERS,
    flaws_of_parameters,
    parse_parameters,
    read_boundary,
)


@pytest.mark.parametrize(
    ("raw", "boundary"),
    [
        (b"multipart/mixed; boundary=b", b"b"),
        (b'multipart/mixed; charset=x;\r\n\tBoundary = "a\xe9 b "', b"a\xe9 b"),
        (b'multipart/mixed; boundary="=?x?q?b?="', b"=?x?q?b?="),
        (rb'multipart/mixed; boundary="a\b"; x=y', rb"a\b"),
        (rb'multipart/mixed; boundary="a\"b"; x=y', rb"a\"b"),
        (rb"multipart/mixed; boundary=a\b; x=y", rb"a\b"),
        (b"multipart/mixed; xboundary=b", b""),
        (b"multipart/mixed; boundary=", b""),
        (b'multipart/mixed; boundary="', b""),
        (b"", b""),
    ],
)
def test_a_boundary_is_read_octet_by_octet(raw: bytes, boundary: bytes) -> None:
    assert read_boundary(raw) == boundary


@pytest.mark.parametrize("piece", [b"boundary", b" boundary =", b'boundary="', b'boundary="\\'])
def test_a_boundary_is_looked_for_in_linear_time(piece: bytes) -> None:
    start = time.process_time()
    read_boundary(piece * 20_000)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("raw", "value", "parameters"),
    [
        ("text/plain", "text/plain", {}),
        ("Text / HTML ; Charset=UTF-8", "text/html", {"charset": "UTF-8"}),
        ('a/b; x="y;z"; w=1', "a/b", {"x": "y;z", "w": "1"}),
        (r'a/b; x="q\"r\\"', "a/b", {"x": 'q"r\\'}),
        ("a/b; x=1; x=2", "a/b", {"x": "1"}),
        ("attachment; filename=two words.txt", "attachment", {"filename": "two words.txt"}),
        ("a; f*=utf-8''%E6%95%B0", "a", {"f": "数"}),
        ("a; f*=gb2312'zh'%CA%FD", "a", {"f": "数"}),
        ("a; f=plain; f*=utf-8''%E6%95%B0", "a", {"f": "数"}),
        ("a; f*0*=utf-8''%E6; f*1*=%95%B0; f*2=.csv", "a", {"f": "数.csv"}),
        ("a; f*1=b; f*0=a; f*3=d", "a", {"f": "abd"}),
        ('a; f="=?utf-8?b?5pWw?="', "a", {"f": "数"}),
        ("text/plain;; ;charset=x", "text/plain", {"charset": "x"}),
        ("", "", {}),
        ("text/plain; charset =us-ascii (Plain; text)", "text/plain", {"charset": "us-ascii"}),
        ("(a) text (b) / (c) plain (d)", "text/plain", {}),
        ("a; filename=report (1).pdf", "a", {"filename": "report (1).pdf"}),
        ("a/b\n t*0*=us-ascii'en'a%20\n t*1=b", "a/b", {"t": "a b"}),
        ("text/plain charset=utf-8; x=y", "text/plain", {"charset": "utf-8", "x": "y"}),
        ("a; filename*=UTF-8''b.pdf; filename=c.pdf", "a", {"filename": "b.pdf"}),
        ("a; f*=utf-8''a%0D%0Ab%00", "a", {"f": "ab"}),
        ("a; f*999999999999999999=b; f*0=a", "a", {"f": "ab"}),
        ('a; f="b\r\n c\t.pdf"', "a", {"f": "b c .pdf"}),
        ('a; f="=?utf-8?b?5pU=?=\r\n =?utf-8?b?sA==?="', "a", {"f": "数"}),
        ("a; f==?utf-8?b?5pWw?=.csv", "a", {"f": "数.csv"}),
        ("a; f*=utf-8''%3D%3Futf-8%3Fq%3Fa%3F%3D", "a", {"f": "=?utf-8?q?a?="}),
        ('a; f=b.pdf"; g=c', "a", {"f": "b.pdf", "g": "c"}),
        ('a; f="b.pdf', "a", {"f": "b.pdf"}),
        ("a; f=数.pdf", "a", {"f": "数.pdf"}),
    ],
)
def test_values_and_parameters_are_read(raw: str, value: str, parameters: dict[str, str]) -> None:
    assert parse_parameters(raw.encode()) == (value, parameters)


def test_parameters_beyond_the_limit_are_left_unread() -> None:
    raw = b"a/b" + b"".join(b"; p%d=x" % n for n in range(PARAMETERS + 5))
    assert len(parse_parameters(raw).parameters) == PARAMETERS
    assert len(parse_parameters(raw, most=PARAMETERS + 1).parameters) == PARAMETERS + 1
    assert parse_parameters(b"a; b=c; d=e", most=1).parameters == {"b": "c"}
    assert parse_parameters(b"a; b=c", most=0).parameters == {}


def test_the_caller_says_how_many_parameters_are_too_many() -> None:
    assert flaws_of_parameters(b"a; b=c; d=e", most=2) == set()
    assert flaws_of_parameters(b"a; b=c; d=e", most=1) == {"too-many"}


def test_long_fields_are_not_kept_in_memory() -> None:
    short, long = b"a/b; c=".ljust(CACHED_OCTETS, b"x"), b"a/b; c=".ljust(CACHED_OCTETS + 1, b"x")
    assert parse_parameters(short) is parse_parameters(short)
    assert parse_parameters(long) is not parse_parameters(long)
    assert parse_parameters(long) == parse_parameters(long)


@given(st.binary() | st.text(st.sampled_from("a;=*'\"\\%0 /")).map(str.encode))
def test_nothing_raises(raw: bytes) -> None:
    assert isinstance(parse_parameters(raw).value, str)


def test_raw_octets_are_in_the_charset_of_the_body() -> None:
    raw = "a; f=数".encode("gb18030")
    assert parse_parameters(raw, charset="gb2312").parameters == {"f": "数"}
    assert parse_parameters(raw).parameters == {"f": "Êý"}


@pytest.mark.parametrize(
    ("raw", "flaws"),
    [
        (b"text/plain; charset=utf-8", set()),
        (b'a; f="b c"; g=d', set()),
        (b"a; f=b; f=b", {"duplicate"}),
        (b"a; f*0=b; f*0=c", {"duplicate"}),
        (b"a; filename=b; filename*=utf-8''b", set()),
        (b"a; filename=b; filename*=utf-8''c", {"conflict"}),
        (b"a; name=b; name*0=c; name*1=d", {"conflict"}),
        (b"a; name*=utf-8''b; name*0=c; name*1=d", {"conflict"}),
        (b"a; boundary=b; boundary*=utf-8''b", set()),
        (b"a; boundary=b; boundary*=utf-8''c", {"duplicate"}),
        (b"a; boundary=b; boundary*0=c", {"duplicate"}),
        (b'a; f="=?utf-8?q?b?="', {"encoded-word"}),
        (b'a; f="b\r\n c"', {"fold"}),
        (b"a; f=b;\r\n g=c", set()),
        (b"a" + b";f=b" * (PARAMETERS + 1), {"duplicate", "too-many"}),
        (b"", set()),
    ],
)
def test_what_others_may_read_differently_is_told(raw: bytes, flaws: set[str]) -> None:
    assert flaws_of_parameters(raw) == flaws


@pytest.mark.parametrize(
    "piece", [b"a", b"=", b';="', b"\n a", b"\n a=", b"(", b";a*0*=%41", b'\\"']
)
def test_hostile_fields_take_linear_time(piece: bytes) -> None:
    start = time.process_time()
    parse_parameters(b"a/b; c=" + piece * 30_000)
    assert time.process_time() - start < 2
