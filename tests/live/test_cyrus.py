"""SCRAM by every hash, bound to the connection and not, judged by Cyrus SASL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore import TLS, Message
from mailcore.errors import AuthenticationFailed
from mailcore.sasl import Password
from tests.certificates import Certificates
from tests.colours import Colour
from tests.live.cyrus import BoundServer, CyrusSASL

ME = Password("me", "sécret pass")
MAIL = Message(from_="bot@example.test", to="a@example.test", text="hello")
HASHES = ["SHA-1", "SHA-256", "SHA-512"]
BINDINGS = ["tls-server-end-point", "tls-unique"]


@pytest.fixture(scope="session")
def sasl(folder: Path) -> CyrusSASL:
    (folder / "sasl").mkdir()
    return CyrusSASL(folder / "sasl", ME)


@pytest.fixture
def offer(
    request: pytest.FixtureRequest, sasl: CyrusSASL, live_certificates: Certificates
) -> Iterator[BoundServer]:
    mechanisms, binding = request.param
    server = BoundServer(sasl, live_certificates, mechanisms, binding)
    yield server
    server.close()


def send(colour: Colour, server: BoundServer, tls: TLS, auth: Password = ME) -> None:
    with colour.smtp("localhost", server.port, security="tls", auth=auth, tls=tls) as smtp:
        smtp.send(MAIL)


@pytest.mark.parametrize(
    "offer",
    [(f"SCRAM-{name}-PLUS SCRAM-{name}", kind) for name in HASHES for kind in BINDINGS],
    indirect=True,
    ids=str,
)
def test_what_can_be_bound_is_bound(colour: Colour, offer: BoundServer, tls: TLS) -> None:
    send(colour, offer, tls)
    assert [used.endswith("-PLUS") for used in offer.used] == [True]


@pytest.mark.parametrize(
    "offer",
    [(f"SCRAM-{name}", None) for name in HASHES],
    indirect=True,
    ids=str,
)
def test_what_cannot_be_bound_is_not(colour: Colour, offer: BoundServer, tls: TLS) -> None:
    send(colour, offer, tls)
    assert not any(used.endswith("-PLUS") for used in offer.used)


@pytest.mark.parametrize(
    "offer", [("SCRAM-SHA-256", "tls-server-end-point")], indirect=True, ids=str
)
def test_an_offer_that_somebody_stripped_of_its_binding_is_noticed(
    colour: Colour, offer: BoundServer, tls: TLS
) -> None:
    """The client says that it could bind, and the server that could too refuses (RFC 5802 6)."""
    with pytest.raises(AuthenticationFailed):
        send(colour, offer, tls)


@pytest.mark.parametrize(
    "offer",
    [
        ("PLAIN SCRAM-SHA-1 SCRAM-SHA-512-PLUS SCRAM-SHA-256", "tls-server-end-point"),
    ],
    indirect=True,
    ids=str,
)
def test_the_strongest_is_chosen(colour: Colour, offer: BoundServer, tls: TLS) -> None:
    send(colour, offer, tls)
    assert offer.used == ["SCRAM-SHA-512-PLUS"]


@pytest.mark.parametrize(
    "offer", [("SCRAM-SHA-256-PLUS", "tls-server-end-point")], indirect=True, ids=str
)
def test_a_wrong_password_is_refused(colour: Colour, offer: BoundServer, tls: TLS) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        send(colour, offer, tls, Password("me", "wrong"))
    assert caught.value.code == 535
