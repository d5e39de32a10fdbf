import socket
from typing import Any

import pytest

from mailcore.errors import ConfigurationError, HostNotFound, ResolutionFailed
from mailcore.net.addresses import (
    SocketAddress,
    host_name,
    interleave,
    is_ip,
    look_up,
    why_unreachable,
)

V4, V6 = socket.AF_INET, socket.AF_INET6


def address(family: socket.AddressFamily, number: int) -> SocketAddress:
    return SocketAddress(family, (number,))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "fe80::1%eth0"])
def test_ip_addresses_are_told_from_names(host: str) -> None:
    assert is_ip(host)


def test_what_is_no_text_is_no_ip_address() -> None:
    nothing: Any = 5
    assert not is_ip(nothing)


@pytest.mark.parametrize("host", ["localhost", "1.example", "", "[::1]"])
def test_names_are_told_from_ip_addresses(host: str) -> None:
    assert not is_ip(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b.example",
        "a\r\n.example",
        "nul\0.example",
        "127.0.0.1%\r\nX-Evil: 1",
        "127.0.0.1%eth0",
        "::1%]\r\nX: 1",
        "fe80::1%a b",
        "fe80::1%",
        "[::1]",
        "smtp://mail.example",
        "mail.example:25",
        ".",
        "..",
        ".example",
        "a..b",
        "ö..de",
        "a" * 64 + ".example",
        "a." * 127 + "example",
        None,
        5,
    ],
)
def test_what_cannot_be_a_hosts_name_is_refused(host: Any) -> None:
    with pytest.raises(ConfigurationError, match="not a host's name"):
        host_name(host)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("bücher.example", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("परीक्षा.example", "xn--11b5bs3a9aj6g.example"),
        ("தமிழ்.example", "xn--rlcus7b3d.example"),
        ("paral·lel.example", "xn--parallel-koa.example"),
        ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
        ("mail_1.example.", "mail_1.example."),
        ("192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
    ],
)
def test_a_hosts_name_is_in_a_labels(host: str, name: str) -> None:
    assert host_name(host) == name


def test_families_take_turns_beginning_with_the_preferred_one() -> None:
    six = [address(V6, number) for number in range(3)]
    four = [address(V4, 9)]
    assert interleave(six + four) == [six[0], four[0], six[1], six[2]]


def test_an_ip_address_is_its_own_address() -> None:
    assert look_up("127.0.0.1", 25) == [SocketAddress(V4, ("127.0.0.1", 25))]


def test_a_name_that_does_not_exist_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, socket.EAI_NONAME)
    with pytest.raises(HostNotFound) as caught:
        look_up("no.such.example", 25)
    assert caught.value.retryable is False


def test_a_resolver_that_does_not_answer_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, socket.EAI_AGAIN)
    with pytest.raises(ResolutionFailed) as caught:
        look_up("mail.example", 25)
    assert caught.value.retryable is True


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", "nul\0.example"])
def test_a_name_that_cannot_be_is_a_configuration_error(host: str) -> None:
    with pytest.raises(ConfigurationError):
        look_up(host, 25)


def fail_with(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def fail(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(number, "said the resolver")

    monkeypatch.setattr(socket, "getaddrinfo", fail)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("10.1.2.3", "private"),
        ("127.0.0.1", "loopback"),
        ("169.254.1.1", "link-local"),
        ("::1", "loopback"),
        ("fd00::1", "private"),
        ("192.0.0.8", "reserved for protocols"),
        ("198.19.255.255", "reserved for measurements"),
        ("64:ff9b:1::1", "private"),
        ("100::1", "discarded on the way"),
        ("2001:2::1", "reserved for protocols"),
        ("5f00::1", "reserved for routing"),
        ("fec0::1", "private"),
        ("::ffff:192.168.0.1", "private"),
        ("64:ff9b::10.0.0.1", "private"),
        ("2002:7f00:1::1", "loopback"),
        ("192.0.2.1", None),
        ("2001:db8::1", None),
        ("3fff::1", None),
        ("2001:200::1", None),
        ("::ffff:192.0.2.1", None),
        ("64:ff9b::192.0.2.1", None),
        ("2002:c000:201::1", None),
    ],
)
def test_some_addresses_are_out_of_the_internets_reach(address: str, why: str | None) -> None:
    assert why_unreachable(address) == why
