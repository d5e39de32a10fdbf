import time

import pytest

from mailcore.message.reading.values.addresses import ReceivedAddress, parse_addresses


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
        ('"open <a@b.c>', [("", "open <a@b.c>")]),
        ("", []),
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
