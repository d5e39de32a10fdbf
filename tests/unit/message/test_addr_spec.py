import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.errors import InvalidAddress
from mailcore.message import check_addr_spec
from mailcore.message.addr_spec import split_addr_spec


@pytest.mark.parametrize(
    "text",
    [
        "a@b.c",
        "fang.wang+tag@example.org",
        "!#$%&'*+/=?^_`{|}~-@example.org",
        '"two words"@example.org',
        '"quoted@local"@example.org',
        r'"a\"b"@example.org',
        "root@localhost",
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
        "A@Example.ORG",
        "用户@example.org",
        "x" * 64 + "@example.org",
    ],
)
def test_a_valid_address_is_kept_as_it_is(text: str) -> None:
    assert check_addr_spec(text) == text


@pytest.mark.parametrize(
    ("text", "wire"),
    [
        ("a@例え.jp", "a@xn--r8jz45g.jp"),
        ("用户@例子.广告", "用户@xn--fsqu00a.xn--4rr70v"),
        ("a@BÜCHER.example", "a@xn--bcher-kva.example"),
    ],
)
def test_an_internationalised_domain_becomes_a_labels(text: str, wire: str) -> None:
    assert check_addr_spec(text) == wire


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "@b.c",
        "a@",
        "a@b@c.com",
        ".a@b.c",
        "a.@b.c",
        "a..b@c.d",
        "a b@c.d",
        " a@b.c",
        "a@b.c ",
        "a@b..c",
        "a@-b.c",
        "a@b-.c",
        "a@b_c.d",
        "a@b.c.",
        "a@[192.0.2.256]",
        "a@[192.0.2.1",
        "a@[2001:db8::1]",
        "a@[IPv6:fe80::1%eth0]",
        "a@[evil]",
        "<a@b.c>",
        '"a@b.c',
        "a@b.c\r\nRCPT TO:<x@y.z>",
        "a\n@b.c",
        "a\0@b.c",
        '"a\r\nb"@c.d',
        "a\u202e@b.c",
        "\ud800@b.c",
        "x" * 65 + "@example.org",
        "a@" + ".".join(["x" * 63] * 4),
        "foo@psres.net> ORCPT=admin@admin.com",
        "a@xn--.例",
    ],
)
def test_an_impossible_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        check_addr_spec(text)


def test_the_error_shows_the_address_and_the_reason() -> None:
    with pytest.raises(InvalidAddress, match=r"'a\.b' is not an address: it has no @"):
        check_addr_spec("a.b")


def test_a_quoted_local_part_does_not_misroute() -> None:
    assert split_addr_spec('"x@internal"@example.org').domain == "example.org"


@given(st.text(max_size=80))
def test_whatever_passes_is_fit_for_a_command(text: str) -> None:
    try:
        wire = check_addr_spec(text + "@example.org")
    except InvalidAddress:
        return
    assert wire.isprintable()
    assert check_addr_spec(wire) == wire
