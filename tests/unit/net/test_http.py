"""Pages are fetched from real HTTPS servers on loopback; bad ones cannot hold anybody up."""

import math
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mailcore.errors import ConfigurationError
from mailcore.net.http import HTTPS, Fetch, Fetched, FetchFailed
from tests.certificates import Certificates
from tests.colours import Colour
from tests.peers import Conversation, Peer, read_to_the_end

Serve = Callable[..., Peer]
Script = Callable[[ssl.SSLSocket], None]

LIMIT = 1000
PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello"
)


@pytest.fixture
def serve(peer: Callable[[Conversation], Peer], certificates: Certificates) -> Serve:
    """Start HTTPS servers that read a request, and answer with octets or by a script."""

    def start(answer: bytes | Script, certificate: Path = certificates.good) -> Peer:
        context = certificates.server_context(certificate)

        def converse(client: socket.socket) -> None:
            with suppress(ssl.SSLError), context.wrap_socket(client, server_side=True) as private:
                read_request(private)
                if isinstance(answer, bytes):
                    private.sendall(answer)
                else:
                    answer(private)

        return peer(converse)

    return start


def read_request(client: socket.socket) -> bytes:
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        piece = client.recv(4096)
        if not piece:
            break
        request += piece
    return request


def fetch(
    colour: Colour,
    server: Peer | int,
    certificates: Certificates,
    *,
    addresses: tuple[str, ...] = ("127.0.0.1",),
    seconds: float = 10.0,
) -> Fetched | FetchFailed:
    port = server if isinstance(server, int) else server.port
    https = HTTPS(ca_file=certificates.authority, port=port)
    page = Fetch("localhost", "/page?a=b", addresses, LIMIT, https)
    return colour.run(page.run(colour.backend, deadline=colour.backend.now() + seconds))


def failure(*arguments: Any, **options: Any) -> FetchFailed:
    result = fetch(*arguments, **options)
    assert isinstance(result, FetchFailed)
    return result


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nobody listens at: it is bound, so that nobody else does."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_a_page_is_fetched(colour: Colour, serve: Serve, certificates: Certificates) -> None:
    assert fetch(colour, serve(PAGE), certificates) == Fetched(200, "text/plain", b"hello")


def test_a_page_is_fetched_from_the_standard_librarys_server(
    colour: Colour, certificates: Certificates
) -> None:
    requests = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append((self.path, self.headers["Host"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = certificates.server_context(certificates.good)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        result = fetch(colour, server.server_port, certificates)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert result == Fetched(200, "", b"hello")
    assert requests == [("/page?a=b", f"localhost:{server.server_port}")]


def test_pieces_make_a_page(colour: Colour, serve: Serve, certificates: Certificates) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    )
    assert fetch(colour, serve(answer), certificates) == Fetched(200, "", b"hello")


def test_a_page_may_be_as_large_as_the_limit(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    result = fetch(colour, serve(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(LIMIT)), certificates)
    assert result == Fetched(200, "", bytes(LIMIT))


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\n" + bytes(LIMIT + 1),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(100_000),
    ],
)
def test_a_larger_page_is_a_failure(
    colour: Colour, serve: Serve, certificates: Certificates, answer: bytes
) -> None:
    result = failure(colour, serve(answer), certificates)
    assert (result.cause, result.is_temporary) == ("size", False)


@pytest.mark.parametrize("status", [204, 301, 302, 404, 503])
def test_any_other_status_is_an_answer_without_body(
    colour: Colour, serve: Serve, certificates: Certificates, status: int
) -> None:
    head = f"HTTP/1.1 {status} Some\r\nLocation: https://localhost/\r\nContent-Type: text/html\r\n"
    server = serve(head.encode() + b"\r\n" + bytes(2 * LIMIT))
    assert fetch(colour, server, certificates) == Fetched(status, "text/html", b"")
    assert server.connections == 1


def test_a_compressed_page_stays_as_it_is(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b")
    assert fetch(colour, server, certificates) == Fetched(200, "", b"\x1f\x8b")


@pytest.mark.parametrize(
    ("certificate", "words"),
    [
        ("wrong_host", "Hostname mismatch"),
        ("expired", "expired"),
        ("self_signed", "self-signed"),
    ],
)
def test_a_bad_certificate_is_a_failure_that_stays(
    colour: Colour, serve: Serve, certificates: Certificates, certificate: str, words: str
) -> None:
    result = failure(colour, serve(PAGE, getattr(certificates, certificate)), certificates)
    assert (result.cause, result.is_temporary) == ("TLS", False)
    assert words in result.reason


def test_the_systems_authorities_count_where_none_are_given(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(PAGE, certificates.good)
    page = Fetch("localhost", "/", ("127.0.0.1",), LIMIT, HTTPS(port=server.port))
    result = colour.run(page.run(colour.backend, deadline=math.inf))
    assert isinstance(result, FetchFailed)
    assert result.cause == "TLS"


def test_plain_text_is_a_failure_of_tls(
    colour: Colour, peer: Callable[[Conversation], Peer], certificates: Certificates
) -> None:
    server = peer(lambda client: client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    assert failure(colour, server, certificates).cause == "TLS"


def test_a_closed_port_is_a_failure_that_may_pass(
    colour: Colour, closed_port: int, certificates: Certificates
) -> None:
    result = failure(colour, closed_port, certificates)
    assert result == FetchFailed("connection", "connection refused")
    assert result.is_temporary


def test_the_next_address_is_tried_where_one_takes_no_connection(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    addresses = ("127.0.0.2", "127.0.0.1")  # the server listens at the second only
    result = fetch(colour, serve(PAGE), certificates, addresses=addresses)
    assert result == Fetched(200, "text/plain", b"hello")


def test_no_more_than_a_few_addresses_are_tried(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    addresses = (*(f"127.0.0.{number}" for number in range(2, 6)), "127.0.0.1")
    server = serve(PAGE)
    assert failure(colour, server, certificates, addresses=addresses).cause == "connection"
    assert server.connections == 0


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"],
    ids=["before the answer", "within the page"],
)
def test_a_broken_connection_is_a_failure_that_may_pass(
    colour: Colour, serve: Serve, certificates: Certificates, answer: bytes
) -> None:
    result = failure(colour, serve(answer), certificates)
    assert (result.cause, result.is_temporary) == ("connection", True)


def test_a_connection_that_breaks_during_the_handshake_is_a_failure_that_may_pass(
    colour: Colour, peer: Callable[[Conversation], Peer], certificates: Certificates
) -> None:
    result = failure(colour, peer(leave), certificates)
    assert (result.cause, result.is_temporary) == ("connection", True)


@pytest.mark.parametrize(
    "answer",
    [b"220 smtp.example.com\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"],
    ids=["another protocol", "endless headers"],
)
def test_what_is_not_http_is_a_failure_that_stays(
    colour: Colour, serve: Serve, certificates: Certificates, answer: bytes
) -> None:
    result = failure(colour, serve(answer), certificates)
    assert (result.cause, result.is_temporary) == ("protocol", False)


def leave(_: socket.socket) -> None:
    """Say nothing, and close."""


def be_silent(client: socket.socket) -> None:
    read_to_the_end(client)


def trickle(start: bytes, piece: bytes) -> Script:
    def script(client: ssl.SSLSocket) -> None:
        client.sendall(start)
        for _ in range(200):
            client.sendall(piece)
            time.sleep(0.05)

    return script


@pytest.mark.parametrize(
    "script",
    [
        be_silent,
        trickle(b"HTTP/1.1 200 OK\r\nX: ", b"y"),
        trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        trickle(b"HTTP/1.1 200 OK\r\n\r\n", b"y"),
    ],
    ids=["silence", "a trickling header", "endless patience", "a trickling body"],
)
def test_the_deadline_holds(
    colour: Colour, serve: Serve, certificates: Certificates, script: Script
) -> None:
    start = time.monotonic()
    result = failure(colour, serve(script), certificates, seconds=0.5)
    assert (result.cause, result.is_temporary) == ("time", True)
    assert time.monotonic() - start < 3


def test_the_deadline_holds_in_the_handshake(
    colour: Colour, peer: Callable[[Conversation], Peer], certificates: Certificates
) -> None:
    assert failure(colour, peer(be_silent), certificates, seconds=0.5).cause == "time"


def test_the_timeout_holds_without_a_deadline(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(be_silent)
    https = HTTPS(ca_file=certificates.authority, port=server.port, timeout=0.3)
    page = Fetch("localhost", "/", ("127.0.0.1",), LIMIT, https)
    assert colour.run(page.run(colour.backend, deadline=math.inf)) == FetchFailed(
        "time", "no answer in time"
    )


def test_nothing_is_asked_after_the_deadline(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(PAGE)
    assert failure(colour, server, certificates, seconds=-1).cause == "time"
    assert server.connections == 0


def test_equal_pages_are_one_question() -> None:
    pages = {Fetch("localhost", "/", ("127.0.0.1",), LIMIT, HTTPS()) for _ in range(2)}
    assert len(pages) == 1


def test_a_ca_file_that_cannot_be_used_is_named(colour: Colour, tmp_path: Path) -> None:
    page = Fetch("localhost", "/", ("127.0.0.1",), LIMIT, HTTPS(ca_file=tmp_path / "none.pem"))
    with pytest.raises(ConfigurationError, match="ca_file"):
        colour.run(page.run(colour.backend, deadline=math.inf))


def test_a_missing_urllib3_is_named(colour: Colour, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "urllib3.exceptions", None)
    page = Fetch("localhost", "/", ("127.0.0.1",), LIMIT, HTTPS())
    with pytest.raises(ConfigurationError, match=r"pip install 'mailcore\[http\]'"):
        colour.run(page.run(colour.backend, deadline=math.inf))


FETCHING_FIRST = """
from mailcore.net.blocking import BlockingBackend
from mailcore.net.http import HTTPS, Fetch
from mailcore.net.run import run

BACKEND = BlockingBackend()
pages = [Fetch("localhost", f"/{n}", ("127.0.0.1",), 10, HTTPS(port=1)) for n in range(20)]

async def fetch(page):
    return await page.run(BACKEND, deadline=BACKEND.now() + 10)

print({found.cause for found in run(BACKEND.workers(20).map(fetch, pages))})
"""


def test_many_first_pages_at_once_load_urllib3_once() -> None:
    for _ in range(5):
        command = [sys.executable, "-c", FETCHING_FIRST]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.stdout, done.stderr) == ("{'connection'}\n", "")


def test_a_certificate_without_alternative_names_is_nobodys(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    found = failure(colour, serve(PAGE, certificates.common_name), certificates)
    assert found.cause == "TLS"


@pytest.mark.parametrize(
    ("host", "path", "addresses"),
    [
        ("local host", "/", ("127.0.0.1",)),
        ("localhost", "page", ("127.0.0.1",)),
        ("localhost", "/a\r\nX: y", ("127.0.0.1",)),
        ("localhost", "/a b", ("127.0.0.1",)),
        ("localhost", "/", ()),
    ],
)
def test_an_impossible_page_is_refused(host: str, path: str, addresses: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationError):
        Fetch(host, path, addresses, LIMIT, HTTPS())


@pytest.mark.parametrize("options", [{"port": 0}, {"timeout": 0.0}, {"timeout": math.inf}])
def test_impossible_settings_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        HTTPS(**options)
