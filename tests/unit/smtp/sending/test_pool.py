"""Connections are shared, bounded, and replaced when they are no good any more."""

from collections.abc import Callable
from typing import Any

import pytest

from mailcore.errors import ConfigurationError
from mailcore.message import Message
from mailcore.net.tls import TLS
from mailcore.smtp import SMTPTransport
from mailcore.smtp.sending.connector import Connector
from mailcore.smtp.sending.pool import Pool
from mailcore.smtp.settings import Limits
from mailcore.smtp.timeouts import Timeouts
from tests.colours import Colour
from tests.peers import Close, Conversation, Peer, SMTPScript

Start = Callable[[Conversation], Peer]
MAIL = Message(from_="bot@example.com", to="a@example.org", subject="x", text="hello")


@pytest.fixture
def pool(colour: Colour) -> Pool:
    connector = Connector(
        host="127.0.0.1", port=9, security="plain", tls=TLS(), timeouts=Timeouts()
    )
    return Pool(connector, Limits(connections=2), colour.backend)


def test_the_connection_with_the_least_to_do_is_chosen(colour: Colour, pool: Pool) -> None:
    async def choose() -> list[Any]:
        return [await pool.choose() for _ in range(4)]

    one, two, third, fourth = colour.run(choose())
    assert one is not two
    assert {third, fourth} == {one, two} if third is not fourth else False
    assert [len(one.users), len(two.users)] == [2, 2]


def test_an_idle_connection_comes_before_a_new_one(colour: Colour, pool: Pool) -> None:
    async def choose() -> list[Any]:
        first = await pool.choose()
        first.users.pop()
        return [first, await pool.choose()]

    first, again = colour.run(choose())
    assert first is again


def test_a_connection_carries_no_more_messages_than_it_may(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250-PIPELINING\r\n250 CHUNKING")
    server = peer(script)
    with colour.smtp("127.0.0.1", server.port, security="plain", messages_a_connection=3) as smtp:
        for _ in range(4):
            smtp.send(MAIL)
        assert len(list(smtp.send_many([MAIL] * 6))) == 6
    assert server.connections == 4
    assert len(script.messages) == 10


def test_a_connection_that_lay_idle_for_too_long_is_replaced(colour: Colour, peer: Start) -> None:
    script = SMTPScript()
    server = peer(script)
    with colour.smtp("127.0.0.1", server.port, security="plain", idle=0) as smtp:
        smtp.send(MAIL)
        smtp.send(MAIL)
    assert server.connections == 2
    assert script.commands.count("QUIT") == 2


def test_there_are_never_more_connections_than_allowed(colour: Colour, peer: Start) -> None:
    server = peer(SMTPScript())
    with colour.smtp("127.0.0.1", server.port, security="plain", connections=3) as smtp:
        assert len(list(smtp.send_many([MAIL] * 30))) == 30
    assert server.connections == 3


def test_a_server_that_takes_fewer_connections_serves_them_all(colour: Colour, peer: Start) -> None:
    """The second connection is turned away: its message is rejected, and those after it wait."""
    server = peer(SMTPScript(greeting=[b"220 hi", b"421 too many connections"]))
    with colour.smtp("127.0.0.1", server.port, security="plain", connections=2) as smtp:
        kinds = [type(outcome).__name__ for outcome in smtp.send_many([MAIL] * 6)]
    assert kinds.count("Sent") == 6


def test_closing_takes_leave_on_every_connection(colour: Colour, peer: Start) -> None:
    script = SMTPScript()
    with colour.smtp("127.0.0.1", peer(script).port, security="plain", connections=2) as smtp:
        list(smtp.send_many([MAIL] * 4))
    assert script.commands.count("QUIT") == 2


def test_a_server_that_hangs_up_at_leave_changes_nothing(colour: Colour, peer: Start) -> None:
    with colour.smtp("127.0.0.1", peer(SMTPScript(QUIT=Close)).port, security="plain") as smtp:
        assert smtp.send(MAIL).accepted == ("a@example.org",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"connections": 0},
        {"connections": "many"},
        {"idle": -1},
        {"idle": float("nan")},
        {"messages_a_connection": 0},
        {"without": "CHUNKING"},
    ],
)
def test_a_pool_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        SMTPTransport("localhost", **wrong)
