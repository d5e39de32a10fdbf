import base64
import math
import socket
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from mailcore.errors import ConfigurationError, MailcoreError, ProtocolBroken, ProxyRefused
from mailcore.net.connect import connect_host
from mailcore.net.proxy import Proxy
from mailcore.net.stream import SocketStream
from mailcore.secret import Secret
from tests.colours import Colour
from tests.peers import Conversation, Peer, read_line, read_to_the_end

Start = Callable[[Conversation], Peer]


def exactly(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        received = client.recv(count - len(data))
        if not received:
            raise ConnectionResetError
        data += received
    return data


class SOCKS5:
    """A SOCKS5 proxy that connects nowhere: it answers, and speaks for the host in the same breath."""

    def __init__(self, *, credentials: tuple[str, str] | None = None, refusal: int = 0) -> None:
        self._credentials = credentials
        self._refusal = refusal
        self.asked_for: bytes = b""

    def __call__(self, client: socket.socket) -> None:
        _, count = exactly(client, 2)
        methods = exactly(client, count)
        wanted = 0 if self._credentials is None else 2
        if wanted not in methods:
            client.sendall(b"\x05\xff")
            return
        client.sendall(bytes([5, wanted]))
        if self._credentials is not None:
            _, length = exactly(client, 2)
            user = exactly(client, length).decode()
            password = exactly(client, exactly(client, 1)[0]).decode()
            client.sendall(b"\x01" + bytes([(user, password) != self._credentials]))
        *_, kind = exactly(client, 4)
        length = {1: 4, 4: 16}.get(kind) or exactly(client, 1)[0]
        self.asked_for = exactly(client, length + 2)
        client.sendall(bytes([5, self._refusal, 0, 1, 0, 0, 0, 0, 0, 0]) + b"220 welcome\r\n")
        read_to_the_end(client)


class HTTPProxy:
    """An HTTP proxy that connects nowhere, likewise."""

    def __init__(self, *, status: str = "200 Connection established") -> None:
        self._status = status
        self.request: list[str] = []

    def __call__(self, client: socket.socket) -> None:
        while line := read_line(client).decode().rstrip():
            self.request.append(line)
        client.sendall(f"HTTP/1.1 {self._status}\r\nVia: x\r\n\r\n220 welcome\r\n".encode())
        read_to_the_end(client)


def through(colour: Colour, proxy: Proxy, host: str = "mail.example") -> SocketStream:
    deadline = colour.backend.now() + 10
    return colour.run(connect_host(colour.backend, host, 587, deadline=deadline, proxy=proxy))


def refusal(colour: Colour, proxy: Proxy) -> MailcoreError:
    with pytest.raises(MailcoreError) as caught:
        through(colour, proxy)
    assert caught.value.host == "mail.example:587"
    return caught.value


def check_greeting(colour: Colour, stream: SocketStream) -> None:
    assert colour.run(stream.receive(deadline=math.inf)) == b"220 welcome\r\n"
    stream.abort()


@pytest.mark.parametrize(
    ("host", "encoded"),
    [
        ("mail.example", b"mail.example"),
        ("bücher.example", b"xn--bcher-kva.example"),
        ("192.0.2.1", bytes([192, 0, 2, 1])),
        ("2001:db8::1", bytes.fromhex("20010db8000000000000000000000001")),
    ],
)
def test_socks5_is_told_the_host_and_what_comes_behind_its_answer_is_kept(
    colour: Colour, peer: Start, host: str, encoded: bytes
) -> None:
    proxy = SOCKS5()
    port = peer(proxy).port
    check_greeting(colour, through(colour, Proxy("socks5", "127.0.0.1", port), host))
    assert proxy.asked_for == encoded + (587).to_bytes(2, "big")


def test_socks5_cannot_carry_a_scope(colour: Colour, peer: Start) -> None:
    proxy = Proxy("socks5", "127.0.0.1", peer(SOCKS5()).port)
    with pytest.raises(ConfigurationError, match="scope"):
        through(colour, proxy, "fe80::1%eth0")


def test_socks5_takes_user_and_password(colour: Colour, peer: Start) -> None:
    port = peer(SOCKS5(credentials=("me", "pässword"))).port
    check_greeting(
        colour, through(colour, Proxy("socks5", "127.0.0.1", port, "me", Secret("pässword")))
    )


def test_socks5_with_a_wrong_password_is_refused(colour: Colour, peer: Start) -> None:
    port = peer(SOCKS5(credentials=("me", "right"))).port
    error = refusal(colour, Proxy("socks5", "127.0.0.1", port, "me", Secret("wrong")))
    assert type(error) is ProxyRefused


def test_socks5_without_the_credentials_that_it_wants_is_refused(
    colour: Colour, peer: Start
) -> None:
    port = peer(SOCKS5(credentials=("me", "right"))).port
    assert type(refusal(colour, Proxy("socks5", "127.0.0.1", port))) is ProxyRefused


def test_socks5_without_a_wish_for_credentials_is_fine_with_them(
    colour: Colour, peer: Start
) -> None:
    port = peer(SOCKS5()).port
    check_greeting(colour, through(colour, Proxy("socks5", "127.0.0.1", port, "me", Secret("x"))))


@pytest.mark.parametrize(("refusal_code", "retryable"), [(1, True), (2, False), (4, True)])
def test_socks5_tells_whether_to_try_again(
    colour: Colour, peer: Start, refusal_code: int, *, retryable: bool
) -> None:
    port = peer(SOCKS5(refusal=refusal_code)).port
    assert refusal(colour, Proxy("socks5", "127.0.0.1", port)).retryable is retryable


def test_socks5_says_why_it_does_not_connect(colour: Colour, peer: Start) -> None:
    port = peer(SOCKS5(refusal=4)).port
    assert "host unreachable" in str(refusal(colour, Proxy("socks5", "127.0.0.1", port)))


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_a_server_that_is_no_proxy_is_a_broken_protocol(
    colour: Colour, peer: Start, kind: str
) -> None:
    def greet(client: socket.socket) -> None:
        client.sendall(b"220 I am a mail server\r\n\r\n")
        read_to_the_end(client)

    url = f"{kind}://127.0.0.1:{peer(greet).port}"
    assert type(refusal(colour, Proxy.from_url(url))) is ProtocolBroken


def test_http_connect_names_the_host_and_keeps_what_comes_behind_the_answer(
    colour: Colour, peer: Start
) -> None:
    proxy = HTTPProxy()
    check_greeting(colour, through(colour, Proxy("http", "127.0.0.1", peer(proxy).port)))
    assert proxy.request == ["CONNECT mail.example:587 HTTP/1.1", "Host: mail.example:587"]


def test_http_connect_puts_an_ipv6_address_in_brackets(colour: Colour, peer: Start) -> None:
    proxy = HTTPProxy()
    port = peer(proxy).port
    check_greeting(colour, through(colour, Proxy("http", "127.0.0.1", port), "2001:db8::1"))
    assert proxy.request[0] == "CONNECT [2001:db8::1]:587 HTTP/1.1"


def test_http_connect_sends_credentials_as_basic(colour: Colour, peer: Start) -> None:
    proxy = HTTPProxy()
    port = peer(proxy).port
    check_greeting(colour, through(colour, Proxy.from_url(f"http://me:p%40ss@127.0.0.1:{port}")))
    token = base64.b64encode(b"me:p@ss").decode()
    assert proxy.request[2] == f"Proxy-Authorization: Basic {token}"


def test_http_connect_that_is_refused_says_the_status(colour: Colour, peer: Start) -> None:
    port = peer(HTTPProxy(status="407 Proxy Authentication Required")).port
    error = refusal(colour, Proxy("http", "127.0.0.1", port))
    assert type(error) is ProxyRefused
    assert "407" in str(error)


@pytest.mark.parametrize(
    ("status", "retryable"), [("403 Forbidden", False), ("503 Service Unavailable", True)]
)
def test_http_connect_tells_whether_to_try_again(
    colour: Colour, peer: Start, status: str, *, retryable: bool
) -> None:
    port = peer(HTTPProxy(status=status)).port
    assert refusal(colour, Proxy("http", "127.0.0.1", port)).retryable is retryable


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_no_traceback_shows_the_password(colour: Colour, peer: Start, kind: str) -> None:

    def close_early(client: socket.socket) -> None:
        client.recv(1)

    url = f"{kind}://me:hush-hush@127.0.0.1:{peer(close_early).port}"
    error = refusal(colour, Proxy.from_url(url))
    shown = "".join(
        traceback.TracebackException.from_exception(error, capture_locals=True).format()
    )
    assert base64.b64encode(b"me:hush-hush").decode()[:-3] not in shown
    assert shown.replace(url, "").count("hush-hush") == 0


def test_an_answer_without_an_end_is_given_up(colour: Colour, peer: Start) -> None:
    def ramble(client: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client.sendall(b"HTTP/1.1 200 OK " * 1000)

    assert "no end" in str(refusal(colour, Proxy("http", "127.0.0.1", peer(ramble).port)))


def test_a_url_gives_the_proxy() -> None:
    proxy = Proxy.from_url("socks5://me:p%23ss@proxy.example")
    assert proxy == Proxy("socks5", "proxy.example", 1080, "me", Secret("p#ss"))


@pytest.mark.parametrize(
    "url",
    [
        "socks5://me:pa/ss@host:1080",
        "socks5://host:0",
        "proxy.example:1080",
        "ftp://proxy.example",
        "socks5://",
        "socks5://me:pa#ss@host:1080",
    ],
)
def test_a_url_that_is_none_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Proxy.from_url(url)
    shown = "".join(traceback.format_exception(caught.value))
    assert "pa#ss" not in shown
    assert "'pa" not in shown


@pytest.mark.parametrize(
    "settings",
    [
        {"kind": "socks4"},
        {"host": ""},
        {"host": "http://proxy.example"},
        {"host": "proxy.example:1080"},
        {"port": True},
        {"port": 0},
        {"password": Secret("x")},
    ],
)
def test_a_proxy_that_cannot_be_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Proxy(**{"kind": "socks5", "host": "proxy.example", "port": 1080, **settings})


def test_a_password_given_as_text_is_hidden_as_well() -> None:
    password: Any = "hush"
    assert "hush" not in repr(Proxy("http", "proxy.example", 8080, "me", password))


def test_a_proxy_does_not_show_its_password() -> None:
    assert "hush" not in repr(Proxy.from_url("http://me:hush@proxy.example"))
