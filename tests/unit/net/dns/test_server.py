"""Name servers as people write them."""

import socket

import pytest

from mailcore.errors import ConfigurationError
from mailcore.net.dns.server import EncryptedServer, Server, read_server


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("127.0.0.1", Server("127.0.0.1", 53)),
        ("127.0.0.1:5300", Server("127.0.0.1", 5300)),
        ("::1", Server("::1", 53)),
        ("[::1]", Server("::1", 53)),
        ("[::1]:5300", Server("::1", 5300)),
        ("2001:DB8::53", Server("2001:db8::53", 53)),
        ("fe80::1%eth0", Server("fe80::1%eth0", 53)),
        ("tls://192.0.2.1", EncryptedServer("192.0.2.1", 853)),
        ("tls://192.0.2.1:8853#dns.example", EncryptedServer("192.0.2.1", 8853, "dns.example")),
        ("tls://[2001:db8::1]#dns.example", EncryptedServer("2001:db8::1", 853, "dns.example")),
        ("https://dns.example/dns-query", EncryptedServer(url="https://dns.example/dns-query")),
    ],
)
def test_a_name_server_is_an_address_and_perhaps_a_port_or_encrypted(
    text: str, server: Server | EncryptedServer
) -> None:
    assert read_server(text) == server


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ns.example.com",
        "127.0.0.1:",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:x",
        "[::1",
        "tls://dns.example",
        "tls://192.0.2.1#not a name",
        "http://dns.example/dns-query",
        "https://dns.example/dns query",
    ],
)
def test_anything_else_is_no_name_server(text: str) -> None:
    with pytest.raises(ConfigurationError):
        read_server(text)


@pytest.mark.parametrize(
    "text", ["127.0.0.1:53", "[::1]:53", "tls://127.0.0.1:853", "https://dns.example/dns-query"]
)
def test_a_server_is_told_as_it_is_given(text: str) -> None:
    assert str(read_server(text)) == text


def test_a_server_knows_its_family() -> None:
    assert Server("::1").family is socket.AF_INET6
    assert Server("127.0.0.1").family is socket.AF_INET
