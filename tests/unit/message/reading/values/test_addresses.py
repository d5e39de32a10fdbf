import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.values import addresses
from mailcore.message.reading.values.addresses import (
    ReceivedAddress,
    ReceivedGroup,
    parse_addresses,
    parse_groups,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a@b.c", [("a@b.c", "")]),
        ("Fang Wang <a@b.c>", [("a@b.c", "Fang Wang")]),
        ("=?utf-8?b?546L6Iqz?= <a@b.c>", [("a@b.c", "王芳")]),
        ("王芳 <a@b.c>", [("a@b.c", "王芳")]),
        ('"Wang, Fang" <a@b.c>, d@e.f', [("a@b.c", "Wang, Fang"), ("d@e.f", "")]),
        (r'"a \"b\" \\" <a@b.c>', [("a@b.c", 'a "b" \\')]),
        ('"two  spaces " <a@b.c>', [("a@b.c", "two  spaces ")]),
        ("John Q. Public <a@b.c>", [("a@b.c", "John Q. Public")]),
        ("Team: a@b.c, D <d@e.f>;", [("a@b.c", ""), ("d@e.f", "D")]),
        ("undisclosed-recipients:;", []),
        ("a@b.c (Fang)", [("a@b.c", "Fang")]),
        ("a@b.c (nested (comment))", [("a@b.c", "nested (comment)")]),
        ("Fang a@b.c", [("a@b.c", "Fang")]),
        ("a@b.com <c@d.com>", [("c@d.com", "a@b.com")]),
        ('"quoted@local"@x.com', [('"quoted@local"@x.com', "")]),
        ("user@[IPv6:::1]", [("user@[IPv6:::1]", "")]),
        (",,,a@x.com,,", [("a@x.com", "")]),
        ("<@relay.a,@relay.b:a@x.com>", [("a@x.com", "")]),
        ("A <a@b.c>, B <d@e.f>\r\n , C <g@h.i>", [("a@b.c", "A"), ("d@e.f", "B"), ("g@h.i", "C")]),
        ("MAILER-DAEMON", [("MAILER-DAEMON", "")]),
        ("Just A Name", [("", "Just A Name")]),
        ("<>", [("", "")]),
        ('"open <a@b.c>', [("a@b.c", "open")]),
        ("", []),
        ("pete(his account)@silly.test(his host)", [("pete@silly.test", "his account")]),
        ("Pete <pete(his account)@silly\r\n .test(his host)>", [("pete@silly.test", "Pete")]),
        ("john . smith @ example . com", [("john.smith@example.com", "")]),
        ("Q. Public a@b.c", [("a@b.c", "Q. Public")]),
        ("victim@bank.com( <attacker@evil.co>", [("attacker@evil.co", "victim@bank.com")]),
        ('victim@bank.com" <attacker@evil.co>', [("attacker@evil.co", "victim@bank.com")]),
        ("victim@bank.com [ <attacker@evil.co>", [("attacker@evil.co", "victim@bank.com [")]),
        ("victim@bank.com <a <attacker@evil.co>", [("attacker@evil.co", "victim@bank.com a")]),
        ('"a@b.com <c@d.com>"', [("", "a@b.com <c@d.com>")]),
        ("=?utf-8?q?a=40b.c=2C_d=40e.f?= <g@h.i>", [("g@h.i", "a@b.c, d@e.f")]),
        ("=?utf-8?q?a=3Cb=40c=3E?=", [("", "a<b@c>")]),
        ("=?utf-8?q?x=3E?=@b.c", [("=?utf-8?q?x=3E?=@b.c", "")]),
        ("=?utf-8?q?a@b=00=0D=0A?= <c@d>", [("c@d", "a@b   ")]),
        ('<"a(b) . c"@x.com>', [('"a(b) . c"@x.com', "")]),
        ("<a@b.c, d@e.f>", [("a@b.c", ""), ("d@e.f", "")]),
        ("a@b.c; d@e.f", [("a@b.c", ""), ("d@e.f", "")]),
        ('"A" <a@b.c>\r\n "B" <d@e.f>', [("a@b.c", "A"), ("d@e.f", "B")]),
        ("<a@b.c> (A) B <d@e.f>, g@h.i", [("a@b.c", "A"), ("d@e.f", "B"), ("g@h.i", "")]),
        ("T: A <a@b.c><d@e.f>;", [("a@b.c", "A"), ("d@e.f", "")]),
        ("A <a@b.c> B", [("a@b.c", "A B")]),
        ("A<a@b.c>B", [("a@b.c", "A B")]),
        ("A <b> C <d@e.f>", [("d@e.f", "A b C")]),
        ("<> <a@b.c>", [("a@b.c", "")]),
        ("=?utf-8?q?J_(S,_T)?= <a@b.c>", [("a@b.c", "J (S, T)")]),
        ('=?u?q?(?= "x) "(" <a@b.c>', [("a@b.c", "=?u?q? (")]),
        ("=?u?q?(?= <a@b.c> ) <d@e.f>", [("d@e.f", "=?u?q?")]),
        ("a=?utf-8?q?@b?=", [("", "a@b")]),
        (
            "=?utf-8?q?evil=0D=0ABcc:_x?= <a@b.c>",
            [("a@b.c", "evil  Bcc: x")],
        ),
    ],
)
def test_every_address_is_made_out(raw: str, expected: list[tuple[str, str]]) -> None:
    assert [(a.email, a.name) for a in parse_addresses(raw.encode())] == expected


@pytest.mark.parametrize("raw", [b"\xff\xfe <\xff@\xfe>", b"(((((", b'"', b"<", b":;:;", b"\0,\0"])
def test_nothing_raises(raw: bytes) -> None:
    assert isinstance(parse_addresses(raw), tuple)


@pytest.mark.parametrize(
    "raw",
    [
        b"a" + b" " * 200_000 + b"b",
        b"(" * 200_000,
        b'"\\' * 100_000,
        b"<" * 100_000,
        b'<"' * 50_000,
        b"=?" * 100_000,
        b"[" * 200_000,
        b"a@b.c, " * 20_000,
        b"<a@b.c>" * 20_000,
        b"<a>" * 30_000,
        b"=?u?q?(?=" * 20_000,
    ],
)
def test_hostile_lists_take_linear_time(raw: bytes) -> None:
    start = time.process_time()
    parse_addresses(raw)
    assert time.process_time() - start < 2


def test_the_parts_of_a_received_address() -> None:
    address = ReceivedAddress("a@b.c", "Fang")
    assert str(address) == "Fang <a@b.c>"
    assert (address.addr_spec, address.domain) == ("a@b.c", "b.c")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "a@b.c"),
        ("Fang Wang", "Fang Wang <a@b.c>"),
        ("Wang, Fang", '"Wang, Fang" <a@b.c>'),
        ('Fang "W"', '"Fang \\"W\\"" <a@b.c>'),
        ("王芳", "王芳 <a@b.c>"),
    ],
)
def test_an_address_is_spelt_so_that_it_reads_back(name: str, text: str) -> None:
    address = ReceivedAddress("a@b.c", name)
    assert str(address) == text
    assert parse_addresses(text.encode()) == (address,)


def test_groups_are_read_with_those_in_none() -> None:
    raw = b'a@b, "The Team": c@d, E <e@f>;, g@h, Nobody:;'
    a, c, e, g = (ReceivedAddress(*one) for one in (("a@b",), ("c@d",), ("e@f", "E"), ("g@h",)))
    assert parse_groups(raw) == (
        ReceivedGroup(None, (a,)),
        ReceivedGroup("The Team", (c, e)),
        ReceivedGroup(None, (g,)),
        ReceivedGroup("Nobody", ()),
    )
    assert parse_addresses(raw) == (a, c, e, g)


@pytest.mark.parametrize("raw", [b"a@b, c@d, e@f", b"(x) a@b, (y) c@d, e@f", b"T: a@b, c@d, e@f;"])
def test_addresses_beyond_the_limit_are_left_unread(raw: bytes) -> None:
    assert [address.email for address in parse_addresses(raw, most=2)] == ["a@b", "c@d"]
    assert sum(len(group.addresses) for group in parse_groups(raw, most=2)) == 2
    assert parse_addresses(raw, most=0) == ()


def test_raw_octets_are_in_the_charset_of_the_body() -> None:
    raw = "王芳 <a@b.c>".encode("gb18030")
    assert parse_addresses(raw, charset="gb2312") == (ReceivedAddress("a@b.c", "王芳"),)


PIECES = st.sampled_from(
    [
        "a",
        "b.c",
        "@",
        "a@b.c",
        "<a@b.c>",
        " ",
        ", ",
        '"',
        '"x y"',
        "=?utf-8?q?a@b?=",
        "=?u?q?x,(y)?=",
        "=?",
        ".",
        "(",
        ":",
        "é",
    ]
)


@given(st.lists(PIECES).map("".join))
def test_the_expression_for_common_forms_reads_as_the_tokens_do(text: str) -> None:
    text = text.strip()
    tokens = [
        address
        for piece in addresses._split(text)
        if isinstance(piece, addresses._Mailbox) and (address := addresses._finish(piece))
    ]
    assert list(parse_addresses(text.encode())) == tokens
