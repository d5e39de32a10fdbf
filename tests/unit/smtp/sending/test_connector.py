"""A session is open once it is connected, introduced, private and authenticated, or there is none."""

from collections.abc import Callable
from typing import Any

import pytest

from mailcore.errors import ConfigurationError, CouldNotConnect, STARTTLSUnavailable
from mailcore.net.tls import TLS
from mailcore.sasl import Password
from mailcore.secret import Secret
from mailcore.smtp.sending.connector import Connector
from mailcore.smtp.timeouts import Timeouts
from tests.colours import Colour
from tests.peers import Conversation, Peer, SMTPScript

Start = Callable[[Conversation], Peer]


def connector(port: int | None, **options: Any) -> Connector:
    settings: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "plain",
        "tls": TLS(),
        "timeouts": Timeouts().at_most(5),
        **options,
    }
    return Connector(**settings)


def test_an_open_session_knows_what_the_server_can(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250-SIZE 1000\r\n250 CHUNKING")
    session = colour.run(connector(peer(script).port).open(colour.backend))
    assert set(session.extensions.keywords) == {"SIZE", "CHUNKING"}
    assert not session.is_private
    session.abort()


def test_extensions_can_be_done_without(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250-SIZE 1000\r\n250 CHUNKING")
    given = connector(peer(script).port, without=frozenset({"CHUNKING"}))
    session = colour.run(given.open(colour.backend))
    assert set(session.extensions.keywords) == {"SIZE"}
    session.abort()


def test_over_lmtp_it_introduces_itself_so(colour: Colour, peer: Start) -> None:
    script = SMTPScript(LHLO=b"250 script")
    session = colour.run(connector(peer(script).port, is_lmtp=True).open(colour.backend))
    session.abort()
    assert script.commands[0].startswith("LHLO ")


def test_a_place_is_a_host_and_port_or_a_path() -> None:
    assert connector(25).place == "127.0.0.1:25"
    assert connector(None, host="/run/lmtp").place == "/run/lmtp"


def test_a_socket_that_is_not_there_is_named(colour: Colour) -> None:
    with pytest.raises(CouldNotConnect) as caught:
        colour.run(connector(None, host="/nowhere/lmtp").open(colour.backend))
    assert (caught.value.host, caught.value.stage) == ("/nowhere/lmtp", "connect")


def test_a_secret_needs_privacy_from_the_start() -> None:
    with pytest.raises(ConfigurationError, match="in the clear"):
        connector(25, auth=Password("me", "secret"))


def test_a_secret_is_kept_where_no_privacy_came_about(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 AUTH PLAIN")
    given = connector(peer(script).port, security="opportunistic", auth=Password("me", "secret"))
    with pytest.raises(STARTTLSUnavailable):
        colour.run(given.open(colour.backend))
    assert not any(command.startswith("AUTH") for command in script.commands)


def test_its_repr_shows_no_secret() -> None:
    given = connector(25, auth=Password("me", Secret("hush")), allow_insecure_auth=True)
    assert "hush" not in repr(given)
