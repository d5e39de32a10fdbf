"""A delivery agent is reached by its socket or its port, and answers for each recipient."""

import socket
from pathlib import Path
from typing import Any

import pytest

from mailcore import Envelope, Message
from mailcore.errors import ConfigurationError, CouldNotConnect, PartiallyRefused, RecipientsRefused
from mailcore.sasl import Password
from mailcore.smtp import AsyncLMTPTransport, LMTPTransport
from tests.colours import Colour
from tests.peers import Peer, read_line

MESSAGE = Message(from_="bot@example.com", to="a@example.org", subject="x", text="hello")
THREE = Envelope(mail_from="bot@example.com", recipients=[f"{name}@example.org" for name in "abc"])


def agent(*finals: bytes) -> Peer:
    """Take three recipients, and answer each as it is told."""

    def converse(client: socket.socket) -> None:
        client.sendall(b"220 agent\r\n")
        assert read_line(client).startswith(b"LHLO ")
        client.sendall(b"250 agent\r\n")
        while (line := read_line(client).split()[0]) != b"QUIT":
            client.sendall(b"354 go on\r\n" if line == b"DATA" else b"250 ok\r\n")
            while line == b"DATA" and read_line(client) != b".\r\n":
                pass
            if line == b"DATA":
                client.sendall(b"".join(b"%b\r\n" % final for final in finals))
        client.sendall(b"221 bye\r\n")

    return Peer(converse)


def test_all_recipients_are_answered_for(colour: Colour) -> None:
    server = agent(b"250 a", b"250 b", b"250 c")
    with colour.lmtp("127.0.0.1", server.port) as lmtp:
        receipts = [lmtp.send(MESSAGE, envelope=THREE) for _ in range(2)]
    server.close()
    assert [receipt.accepted for receipt in receipts] == [THREE.recipients] * 2


def test_one_that_is_refused_at_the_end_stops_nobody(colour: Colour) -> None:
    server = agent(b"250 a", b"552 5.2.2 over quota", b"250 c")
    with (
        colour.lmtp("127.0.0.1", server.port) as lmtp,
        pytest.raises(PartiallyRefused) as caught,
    ):
        lmtp.send(MESSAGE, envelope=THREE)
    server.close()
    assert caught.value.receipt.accepted == ("a@example.org", "c@example.org")
    assert caught.value.receipt.rejected["b@example.org"].code == 552


def test_all_that_are_refused_at_the_end_each_keep_their_reply(colour: Colour) -> None:
    server = agent(b"452 full", b"552 over quota", b"550 no")
    with (
        colour.lmtp("127.0.0.1", server.port) as lmtp,
        pytest.raises(RecipientsRefused) as caught,
    ):
        lmtp.send(MESSAGE, envelope=THREE)
    server.close()
    assert [reply.code for reply in caught.value.rejected.values()] == [452, 552, 550]
    assert caught.value.retryable


@pytest.mark.parametrize("path", ["text", "path"])
def test_a_path_is_a_unix_socket(colour: Colour, tmp_path: Path, path: str) -> None:
    where = tmp_path / "nobody-listens"
    with (
        colour.lmtp(str(where) if path == "text" else where) as lmtp,
        pytest.raises(CouldNotConnect) as caught,
    ):
        lmtp.send(MESSAGE)
    assert caught.value.host == str(where)


@pytest.mark.parametrize("kind", [LMTPTransport, AsyncLMTPTransport])
def test_its_port_is_24(kind: type[Any]) -> None:
    assert repr(kind("localhost")) == f"<{kind.__name__} localhost:24>"


def test_a_password_in_the_clear_has_to_be_asked_for() -> None:
    with pytest.raises(ConfigurationError, match="allow_insecure_auth"):
        LMTPTransport("localhost", auth=Password("me", "secret"))
