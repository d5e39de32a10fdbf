"""The probe: however far a server goes towards TLS, the end is a value, and no mail is sent."""

import math
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailcore.errors import (
    CertificateExpired,
    CertificateUntrusted,
    ConfigurationError,
    ConnectionLost,
    CouldNotConnect,
    HostnameMismatch,
    MailcoreError,
    ProtocolBroken,
    ServiceRefused,
    STARTTLSInjected,
    STARTTLSUnavailable,
    TimedOut,
    TLSFailed,
)
from mailcore.net.tls import TLS
from mailcore.sandbox import Sandbox
from mailcore.smtp.probe import Probe, Probed
from tests.certificates import Certificates
from tests.colours import Colour
from tests.peers import Close, Conversation, Peer, Silence, SMTPScript, read_line

Start = Callable[[Conversation], Peer]

OFFER = b"250-script\r\n250 STARTTLS"


class TLSServer:
    """An SMTP server that offers STARTTLS and goes through with it; notes what it is told."""

    def __init__(self, certificates: Certificates, certificate: Path) -> None:
        self._context = certificates.server_context(certificate)
        self.commands: list[str] = []

    def __call__(self, client: socket.socket) -> None:
        self._answer(client, [b"220 hi", OFFER, b"220 go"])
        with suppress(ssl.SSLError), self._context.wrap_socket(client, server_side=True) as private:
            self.commands.append(read_line(private).decode().rstrip())
            private.sendall(b"221 bye\r\n")

    def _answer(self, client: socket.socket, answers: list[bytes]) -> None:
        client.sendall(answers[0] + b"\r\n")
        for answer in answers[1:]:
            self.commands.append(read_line(client).decode().rstrip())
            client.sendall(answer + b"\r\n")


def probe(
    colour: Colour,
    server: Peer | int,
    certificates: Certificates,
    *,
    addresses: tuple[str, ...] = ("127.0.0.1",),
    seconds: float = 10.0,
    **options: Any,
) -> Probed:
    port = server if isinstance(server, int) else server.port
    tls = TLS(ca_file=certificates.authority)
    one = Probe("localhost", addresses, port=port, tls=tls, **options)
    return colour.run(one.run(colour.backend, deadline=colour.backend.now() + seconds))


def failure(*arguments: Any, **options: Any) -> MailcoreError:
    probed = probe(*arguments, **options)
    assert probed.failure is not None
    assert probed.peer is None
    return probed.failure


def test_a_good_server_is_met_and_left_politely(
    colour: Colour, peer: Start, certificates: Certificates
) -> None:
    script = TLSServer(certificates, certificates.good)
    server = peer(script)
    probed = probe(colour, server, certificates)
    assert server.wait_for_end()
    assert (probed.offers_starttls, probed.failure) == (True, None)
    assert probed.peer is not None
    assert probed.peer.certificate is not None
    assert probed.peer.certificate.names == ("localhost", "127.0.0.1")
    assert abs(probed.time - datetime.now(UTC)) < timedelta(minutes=1)
    assert script.commands == ["EHLO [127.0.0.1]", "STARTTLS", "QUIT"]
    assert server.connections == 1


def test_a_real_server_is_met_and_gets_no_mail(colour: Colour) -> None:
    with Sandbox() as sandbox:
        one = Probe(sandbox.host, ("127.0.0.1",), port=sandbox.smtp_port, tls=sandbox.tls)
        probed = colour.run(one.run(colour.backend, deadline=colour.backend.now() + 10))
        assert (probed.offers_starttls, probed.failure) == (True, None)
        assert len(sandbox.caught) == 0


def test_ehlo_says_the_name_that_is_given(
    colour: Colour, peer: Start, certificates: Certificates
) -> None:
    script = SMTPScript()
    probe(colour, peer(script), certificates, local_name="probe.example.net")
    assert script.commands == ["EHLO probe.example.net", "QUIT"]


@pytest.mark.parametrize("answer", [b"250 script", b"502 unknown", b"500 what?"])
def test_a_server_without_starttls_is_told_and_left(
    colour: Colour, peer: Start, certificates: Certificates, answer: bytes
) -> None:
    script = SMTPScript(EHLO=answer)
    server = peer(script)
    probed = probe(colour, server, certificates)
    assert (probed.offers_starttls, probed.peer, probed.failure) == (False, None, None)
    assert server.wait_for_end()
    assert script.commands[-1] == "QUIT"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("self_signed", CertificateUntrusted),
        ("expired", CertificateExpired),
        ("wrong_host", HostnameMismatch),
    ],
)
def test_a_certificate_that_does_not_hold_is_told(
    colour: Colour, peer: Start, certificates: Certificates, name: str, kind: type[MailcoreError]
) -> None:
    server = peer(TLSServer(certificates, getattr(certificates, name)))
    probed = probe(colour, server, certificates)
    assert probed.offers_starttls is True
    assert type(probed.failure) is kind
    assert probed.failure.host is not None


@pytest.mark.parametrize(
    ("answers", "kind", "stage", "is_offered"),
    [
        ({"greeting": b"554 go away"}, ServiceRefused, "greeting", None),
        ({"greeting": b"421 later"}, ServiceRefused, "greeting", None),
        ({"greeting": Close}, ConnectionLost, "greeting", None),
        ({"greeting": Silence}, TimedOut, "greeting", None),
        ({"greeting": b"hello"}, ProtocolBroken, "greeting", None),
        ({"greeting": b"354 go on"}, ProtocolBroken, "greeting", None),
        ({"EHLO": b"550 not you"}, ServiceRefused, "EHLO", None),
        ({"EHLO": b"250 a\r\n250 b"}, None, "", False),
        ({"EHLO": OFFER, "STARTTLS": b"454 not now"}, STARTTLSUnavailable, "STARTTLS", True),
        ({"EHLO": OFFER, "STARTTLS": b"421 closing"}, ServiceRefused, "STARTTLS", True),
        ({"EHLO": OFFER, "STARTTLS": b"220 go\r\n250 x"}, STARTTLSInjected, "STARTTLS", True),
        ({"EHLO": OFFER, "STARTTLS": Close}, ConnectionLost, "STARTTLS", True),
        ({"EHLO": OFFER, "STARTTLS": Silence}, TimedOut, "STARTTLS", True),
    ],
)
def test_every_other_end_is_told_with_its_stage(
    colour: Colour,
    peer: Start,
    certificates: Certificates,
    answers: dict[str, Any],
    kind: type[MailcoreError] | None,
    stage: str,
    is_offered: bool | None,
) -> None:
    probed = probe(colour, peer(SMTPScript(**answers)), certificates, seconds=0.3)
    assert probed.offers_starttls is is_offered
    if kind is None:
        assert probed.failure is None
    else:
        assert type(probed.failure) is kind
        assert probed.failure.stage == stage


def test_a_server_that_closes_in_the_handshake_has_failed_it(
    colour: Colour, peer: Start, certificates: Certificates
) -> None:
    def converse(client: socket.socket) -> None:
        for answer in (b"220 hi", OFFER):
            client.sendall(answer + b"\r\n")
            read_line(client)
        client.sendall(b"220 go\r\n")

    assert isinstance(failure(colour, peer(converse), certificates), TLSFailed | ConnectionLost)


def test_a_port_where_nobody_listens_is_told(colour: Colour, certificates: Certificates) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        error = failure(colour, bound.getsockname()[1], certificates)
    assert (type(error), error.stage) == (CouldNotConnect, "connect")


def test_the_next_address_is_tried_where_one_takes_no_connection(
    colour: Colour, peer: Start, certificates: Certificates
) -> None:
    server = peer(TLSServer(certificates, certificates.good))
    probed = probe(colour, server, certificates, addresses=("127.0.0.2", "127.0.0.1"))
    assert probed.peer is not None


def test_a_server_that_trickles_holds_nobody_up(
    colour: Colour, peer: Start, certificates: Certificates
) -> None:
    def converse(client: socket.socket) -> None:
        while True:
            client.sendall(b"220-x\r\n")
            time.sleep(0.05)

    start = time.monotonic()
    error = failure(colour, peer(converse), certificates, timeout=0.3)
    assert type(error) is TimedOut
    assert time.monotonic() - start < 3


def test_a_flood_of_greeting_is_refused(
    colour: Colour, peer: Start, certificates: Certificates
) -> None:
    server = peer(lambda client: client.sendall(b"220-x\r\n" * 10_000))
    assert type(failure(colour, server, certificates)) is ProtocolBroken


def test_a_deadline_that_has_passed_is_no_time(
    colour: Colour, peer: Start, certificates: Certificates
) -> None:
    error = failure(colour, peer(SMTPScript()), certificates, seconds=-1.0)
    assert (type(error), error.stage) == (TimedOut, "connect")


def test_equal_probes_are_one() -> None:
    assert len({Probe("localhost", ("127.0.0.1",)), Probe("localhost", ("127.0.0.1",))}) == 1


def test_a_file_that_cannot_be_used_is_a_wrong_call(colour: Colour, tmp_path: Path) -> None:
    one = Probe("localhost", ("127.0.0.1",), tls=TLS(ca_file=tmp_path / "missing.pem"))
    with pytest.raises(ConfigurationError):
        colour.run(one.run(colour.backend, deadline=math.inf))


@pytest.mark.parametrize(
    "options",
    [
        {"host": "no host"},
        {"addresses": ()},
        {"port": 0},
        {"timeout": 0},
        {"timeout": math.inf},
        {"local_name": "a\r\nb"},
    ],
)
def test_what_cannot_be_probed_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Probe(**{"host": "localhost", "addresses": ("127.0.0.1",), **options})
