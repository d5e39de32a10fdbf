"""What a handshake with a real server agreed on, and its certificate, come out as values."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mailcore.errors import CertificateUntrusted, TLSFailed
from mailcore.net.connect import connect_host
from mailcore.net.tls import TLS, start_tls
from mailcore.net.tls_peer import TLSPeer, is_too_old, read_peer
from tests.certificates import Certificates
from tests.colours import Colour
from tests.peers import Conversation, Peer, read_to_the_end

Start = Callable[[ssl.SSLContext], Peer]


@pytest.fixture
def serve(peer: Callable[[Conversation], Peer]) -> Start:
    """Start servers that shake hands and listen."""

    def start(context: ssl.SSLContext) -> Peer:
        def converse(client: socket.socket) -> None:
            with suppress(ssl.SSLError), context.wrap_socket(client, server_side=True) as private:
                read_to_the_end(private)

        return peer(converse)

    return start


def meet(colour: Colour, server: Peer, tls: TLS) -> TLSPeer:
    async def converse() -> TLSPeer:
        deadline = colour.backend.now() + 10
        raw = await connect_host(colour.backend, "127.0.0.1", server.port, deadline=deadline)
        stream = await start_tls(raw, tls, "localhost", deadline=deadline)
        try:
            return read_peer(stream)
        finally:
            stream.abort()

    return colour.run(converse())


def old_context(certificate: Path) -> ssl.SSLContext:
    """Give a server's context that knows nothing newer than TLS 1.1."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def test_a_certificate_that_holds_is_read(
    colour: Colour, serve: Start, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.good))
    found = meet(colour, server, TLS(ca_file=certificates.authority))
    assert found.version == "TLSv1.3"
    assert found.cipher.startswith("TLS_")
    assert found.certificate is not None
    assert found.certificate.names == ("localhost", "127.0.0.1")
    assert found.certificate.issuer == "mailcore tests' authority"
    left = found.certificate.not_after - datetime.now(UTC)
    assert timedelta() < left <= timedelta(days=1)


def test_a_certificate_that_was_not_verified_says_nothing(
    colour: Colour, serve: Start, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.self_signed))
    found = meet(colour, server, TLS(verify=False))
    assert (found.version, found.certificate) == ("TLSv1.3", None)


def test_a_server_that_knows_only_old_versions_is_told_apart(
    colour: Colour, serve: Start, certificates: Certificates
) -> None:
    server = serve(old_context(certificates.good))
    with pytest.raises(TLSFailed) as caught:
        meet(colour, server, TLS(ca_file=certificates.authority))
    assert is_too_old(caught.value)


def test_other_failures_say_nothing_about_versions(
    colour: Colour, serve: Start, certificates: Certificates
) -> None:
    server = serve(certificates.server_context(certificates.self_signed))
    with pytest.raises(CertificateUntrusted) as caught:
        meet(colour, server, TLS(ca_file=certificates.authority))
    assert not is_too_old(caught.value)
