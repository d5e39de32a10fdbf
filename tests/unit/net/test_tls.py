import asyncio
import math
import socket
import ssl
import time
import warnings
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from mailcore.errors import (
    CertificateExpired,
    CertificateUntrusted,
    ConfigurationError,
    ConnectionLost,
    FingerprintMismatch,
    HostnameMismatch,
    MailcoreError,
    STARTTLSInjected,
    TimedOut,
    TLSFailed,
)
from mailcore.net.asynchronous import AsyncioBackend
from mailcore.net.connect import connect_host
from mailcore.net.stream import SocketStream
from mailcore.net.tls import TLS, TLSStream, start_tls, upgrade_to_tls
from tests.certificates import Certificates
from tests.colours import Colour
from tests.peers import Conversation, Peer, read_to_the_end

Start = Callable[[Conversation], Peer]
Serve = Callable[[ssl.SSLContext], Peer]
Handshake = Callable[..., Coroutine[Any, Any, TLSStream]]

PLENTY = bytes(6 * 1024 * 1024)


@pytest.fixture
def serve(peer: Start) -> Serve:
    """Start TLS servers that say hello and echo."""

    def start(context: ssl.SSLContext) -> Peer:
        def converse(client: socket.socket) -> None:
            with suppress(ssl.SSLError), context.wrap_socket(client, server_side=True) as private:
                private.sendall(b"hello")
                while piece := private.recv(65536):
                    private.sendall(piece)

        return peer(converse)

    return start


def connect(colour: Colour, server: Peer) -> SocketStream:
    return colour.run(connect_host(colour.backend, "127.0.0.1", server.port, deadline=math.inf))


def secure(colour: Colour, server: Peer, tls: TLS, host: str = "localhost") -> TLSStream:
    raw = connect(colour, server)
    return colour.run(start_tls(raw, tls, host, deadline=soon(colour)))


def soon(colour: Colour, seconds: float = 10) -> float:
    return colour.backend.now() + seconds


def failure(colour: Colour, server: Peer, tls: TLS, host: str = "localhost") -> MailcoreError:
    with pytest.raises(MailcoreError) as caught:
        secure(colour, server, tls, host)
    return caught.value


def test_a_server_with_a_good_certificate_is_spoken_to(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.good))
    stream = secure(colour, server, TLS(ca_file=certificates.authority))
    assert colour.run(stream.receive(deadline=soon(colour))) == b"hello"
    colour.run(stream.send(b"echo", deadline=soon(colour)))
    assert colour.run(stream.receive(deadline=soon(colour))) == b"echo"
    colour.run(stream.close(deadline=soon(colour)))


def test_the_address_of_a_certificate_is_checked_like_its_name(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.good))
    tls = TLS(ca_file=certificates.authority)
    secure(colour, server, tls, "127.0.0.1").abort()
    assert isinstance(failure(colour, server, tls, "127.0.0.9"), HostnameMismatch)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("self_signed", CertificateUntrusted),
        ("wrong_host", HostnameMismatch),
        ("expired", CertificateExpired),
    ],
)
def test_a_bad_certificate_is_refused_with_its_own_error(
    colour: Colour, serve: Serve, certificates: Certificates, name: str, kind: type[TLSFailed]
) -> None:
    server = serve(certificates.server_context(getattr(certificates, name)))
    error = failure(colour, server, TLS(ca_file=certificates.authority))
    assert type(error) is kind
    assert error.host == f"127.0.0.1:{server.port}"
    assert error.stage == "TLS"
    assert error.retryable is False


@pytest.mark.parametrize("size", [1000, 100, 37])
@pytest.mark.parametrize("start", [start_tls, upgrade_to_tls], ids=["tls", "starttls"])
def test_a_handshake_in_pieces_is_judged_like_a_whole_one(
    colour: Colour, peer: Start, certificates: Certificates, start: Handshake, size: int
) -> None:
    """As it arrives over a real network: a piece may begin with any byte."""
    context = certificates.server_context(certificates.expired)

    def trickle(client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        private = context.wrap_bio(incoming, outgoing, server_side=True)
        with suppress(ssl.SSLWantReadError):
            incoming.write(client.recv(65536))
            private.do_handshake()
        flight = outgoing.read()
        for at in range(0, len(flight), size):
            client.sendall(flight[at : at + size])
            time.sleep(0.002)  # so that each piece is a segment
        read_to_the_end(client)

    raw = connect(colour, peer(trickle))
    tls = TLS(ca_file=certificates.authority)
    with pytest.raises(CertificateExpired):
        colour.run(start(raw, tls, "localhost", deadline=soon(colour)))


def test_a_handshake_that_stalls_half_way_can_be_cancelled(peer: Start) -> None:
    def stall(client: socket.socket) -> None:
        client.sendall(b"\x16\x03\x03\x00\x7a")  # the head of a record
        client.sendall(b"\x02")
        read_to_the_end(client)

    backend = AsyncioBackend()
    server = peer(stall)

    async def scenario() -> None:
        raw = await connect_host(backend, "127.0.0.1", server.port, deadline=math.inf)
        async with asyncio.timeout(0.1):
            await start_tls(raw, TLS(), "localhost", deadline=math.inf)

    with pytest.raises(TimeoutError) as caught:
        asyncio.run(scenario())
    assert not isinstance(caught.value, MailcoreError)


def test_what_was_said_before_tls_broke_is_read(
    colour: Colour, peer: Start, certificates: Certificates
) -> None:
    context = certificates.server_context(certificates.good)

    def speak_and_break(client: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        private = context.wrap_bio(incoming, outgoing, server_side=True)
        while True:
            with suppress(ssl.SSLWantReadError):
                private.do_handshake()
                break
            client.sendall(outgoing.read())
            incoming.write(client.recv(65536))
        private.write(b"250 taken\r\n")
        client.sendall(outgoing.read() + b"\x15\x03\x03\x00\x02\x02\x50")
        read_to_the_end(client)

    stream = secure(colour, peer(speak_and_break), TLS(ca_file=certificates.authority))
    assert colour.run(stream.receive(deadline=soon(colour))) == b"250 taken\r\n"
    with pytest.raises(OSError, match="TLS"):
        colour.run(stream.receive(deadline=soon(colour)))
    stream.abort()


def test_an_unknown_authority_is_not_trusted(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.good))
    assert type(failure(colour, server, TLS())) is CertificateUntrusted


def test_another_server_hostname_can_be_expected(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.wrong_host))
    tls = TLS(ca_file=certificates.authority, server_hostname="elsewhere.example")
    secure(colour, server, tls).abort()


def test_tls_below_1_2_is_refused(colour: Colour, serve: Serve, certificates: Certificates) -> None:
    context = certificates.server_context(certificates.good)
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    assert type(failure(colour, serve(context), TLS(ca_file=certificates.authority))) is TLSFailed


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(
    colour: Colour, serve: Serve, certificates: Certificates, version: ssl.TLSVersion
) -> None:
    context = certificates.server_context(certificates.good)
    context.minimum_version = context.maximum_version = version
    stream = secure(colour, serve(context), TLS(ca_file=certificates.authority))
    assert stream.version == version.name.replace("_", ".")
    stream.abort()


def test_a_pinned_certificate_is_trusted_as_it_is(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.self_signed))
    pin = certificates.fingerprint(certificates.self_signed)
    stream = secure(colour, server, TLS(fingerprints=frozenset({pin.upper()})))
    assert colour.run(stream.receive(deadline=soon(colour))) == b"hello"
    stream.abort()


def test_a_certificate_that_is_not_pinned_is_refused_however_good(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.good))
    pin = certificates.fingerprint(certificates.expired)
    tls = TLS(ca_file=certificates.authority, fingerprints=frozenset({pin}))
    assert type(failure(colour, server, tls)) is FingerprintMismatch


def test_a_context_of_ones_own_is_used_and_pins_are_checked_besides(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.good))
    own = ssl.create_default_context(cafile=str(certificates.authority))
    secure(colour, server, TLS(context=own)).abort()
    pin = certificates.fingerprint(certificates.expired)
    error = failure(colour, server, TLS(context=own, fingerprints=frozenset({pin})))
    assert type(error) is FingerprintMismatch


def test_verification_can_be_given_up_by_name(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.self_signed))
    secure(colour, server, TLS(verify=False), "anything.example").abort()


def test_a_client_certificate_is_shown(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.good, wants_client=True))
    tls = TLS(ca_file=certificates.authority, client_certificate=certificates.client)
    stream = secure(colour, server, tls)
    assert colour.run(stream.receive(deadline=soon(colour))) == b"hello"
    stream.abort()


def test_a_server_that_wants_a_client_certificate_breaks_off_without_one(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.good, wants_client=True))
    stream = secure(colour, server, TLS(ca_file=certificates.authority))
    with pytest.raises(TLSFailed, match="certificate required") as caught:
        colour.run(stream.receive(deadline=soon(colour)))
    assert caught.value.retryable is False
    stream.abort()


def test_a_plain_text_server_is_recognised(colour: Colour, peer: Start) -> None:
    def greet(client: socket.socket) -> None:
        client.sendall(b"220 mail.example ESMTP\r\n")
        read_to_the_end(client)

    error = failure(colour, peer(greet), TLS())
    assert type(error) is TLSFailed
    assert error.hint is not None
    assert "STARTTLS" in error.hint


def test_a_server_that_closes_instead_of_a_handshake_is_a_tls_failure(
    colour: Colour, peer: Start
) -> None:
    assert type(failure(colour, peer(lambda _: None), TLS())) in {TLSFailed, ConnectionLost}


def test_a_silent_server_runs_into_the_deadline(colour: Colour, peer: Start) -> None:
    raw = connect(colour, peer(lambda client: (read_to_the_end(client), None)[1]))
    with pytest.raises(TimedOut):
        colour.run(start_tls(raw, TLS(), "localhost", deadline=soon(colour, 0.05)))


def test_bytes_before_the_handshake_are_an_injection(colour: Colour, peer: Start) -> None:
    def inject(client: socket.socket) -> None:
        client.sendall(b"250 forged\r\n")
        read_to_the_end(client)

    raw = connect(colour, peer(inject))
    colour.run(colour.backend.ready(read=[raw._socket], deadline=soon(colour)))
    with pytest.raises(STARTTLSInjected):
        colour.run(upgrade_to_tls(raw, TLS(), "localhost", deadline=soon(colour)))


def test_exchange_reads_while_it_writes_so_that_full_buffers_do_not_deadlock(
    colour: Colour, peer: Start, certificates: Certificates
) -> None:
    context = certificates.server_context(certificates.good)

    def answer_each_piece(client: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(client, server_side=True) as private:
            while piece := private.recv(16384):
                private.sendall(piece[:1000])

    stream = secure(colour, peer(answer_each_piece), TLS(ca_file=certificates.authority))
    received = colour.run(stream.exchange(PLENTY, deadline=soon(colour, 30)))
    assert set(received) <= {0}
    stream.abort()


def test_the_last_words_of_a_server_that_stops_listening_are_read(
    colour: Colour, peer: Start, certificates: Certificates
) -> None:
    context = certificates.server_context(certificates.good)

    def refuse(client: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(client, server_side=True) as private:
            private.recv(1000)
            private.sendall(b"552 too much\r\n")
            private.shutdown(socket.SHUT_RDWR)

    stream = secure(colour, peer(refuse), TLS(ca_file=certificates.authority))
    assert colour.run(stream.exchange(PLENTY, deadline=soon(colour))) == b"552 too much\r\n"
    with pytest.raises(ConnectionLost):
        colour.run(stream.exchange(b"more", deadline=soon(colour)))
    stream.abort()


def test_closing_says_close_notify(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    """The server's recv() ends without an error only after close_notify."""
    stream = secure(
        colour,
        serve(certificates.server_context(certificates.good)),
        TLS(ca_file=certificates.authority),
    )
    colour.run(stream.close(deadline=soon(colour)))
    assert not stream.is_quiet()


@pytest.mark.parametrize("pin", ["", "abc", "zz" * 32])
def test_a_pin_that_is_no_sha_256_is_refused(pin: str) -> None:
    with pytest.raises(ConfigurationError, match="64 hex digits"):
        TLS(fingerprints=frozenset({pin}))


def test_a_single_pin_can_be_given_as_text() -> None:
    assert TLS(fingerprints="AB:" * 31 + "AB").fingerprints == {"ab" * 32}


def test_an_own_context_and_other_settings_exclude_each_other() -> None:
    with pytest.raises(ConfigurationError, match="only that"):
        TLS(context=ssl.create_default_context(), verify=False)


def test_a_keys_password_is_not_shown() -> None:
    password: Any = "hush"
    assert "hush" not in repr(TLS(client_certificate="c.pem", client_key_password=password))


@pytest.mark.parametrize("name", ["", ".", "a..b", "a\r\nb", "a" * 64, 5])
def test_a_server_hostname_that_cannot_be_is_refused_at_once(name: Any) -> None:
    with pytest.raises(ConfigurationError, match="host's name"):
        TLS(server_hostname=name)


def test_the_scope_of_an_address_is_not_looked_for_in_the_certificate(
    colour: Colour, serve: Serve, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.good))
    tls = TLS(ca_file=certificates.authority)
    error = failure(colour, server, tls, "fe80::1%eth0")
    assert type(error) is HostnameMismatch
    assert "'fe80::1'" in str(error)


def test_a_key_without_its_certificate_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="client_certificate"):
        TLS(client_key="key.pem")


def test_a_missing_authority_file_is_named_when_it_is_needed(tmp_path: Path) -> None:
    tls = TLS(ca_file=tmp_path / "missing.pem")
    with pytest.raises(ConfigurationError, match="certificate file"):
        tls.load()


def test_a_missing_authority_file_closes_the_connection(
    colour: Colour, peer: Start, tmp_path: Path
) -> None:
    ended: SimpleQueue[bytes] = SimpleQueue()
    raw = connect(colour, peer(lambda client: ended.put(read_to_the_end(client))))
    tls = TLS(ca_file=tmp_path / "missing.pem")
    with pytest.raises(ConfigurationError):
        colour.run(start_tls(raw, tls, "localhost", deadline=soon(colour)))
    assert ended.get(timeout=5) == b""
