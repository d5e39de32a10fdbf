"""One message is sent once, whatever has become of the connection meanwhile."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from mailcore.errors import ConnectionLost, OutcomeUnknown, PartiallyRefused
from mailcore.message import Message
from mailcore.smtp import AsyncSMTPTransport, SMTPTransport
from mailcore.transport import Outcome, Sent
from tests.colours import Colour
from tests.peers import Answer, Close, Conversation, Peer, SMTPScript

Start = Callable[[Conversation], Peer]
MAIL = Message(
    from_="bot@example.com", to=["a@example.org", "b@example.org"], subject="x", text="hello"
)
BOTH = b"250-script\r\n250-PIPELINING\r\n250 CHUNKING"


def test_a_connection_that_closes_at_mail_is_replaced_once(colour: Colour, peer: Start) -> None:
    answers: list[Answer] = [b"250 ok", Close, b"250 ok"]
    script = SMTPScript(EHLO=BOTH, MAIL=answers)
    server = peer(script)
    with colour.smtp("127.0.0.1", server.port, security="plain") as smtp:
        smtp.send(MAIL)
        smtp.send(MAIL)
    assert server.connections == 2
    assert len(script.messages) == 2


def test_a_reused_connection_gets_no_end_of_a_message_before_it_answers(
    colour: Colour, peer: Start
) -> None:
    """Else a server that has gone would leave every such message unknown."""
    answers: list[Answer] = [b"250 ok", Close]
    script = SMTPScript(EHLO=BOTH, MAIL=answers)
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        smtp.send(MAIL)
        with pytest.raises(ConnectionLost):
            smtp.send(MAIL)
    assert len(script.messages) == 1


def test_on_a_fresh_connection_it_is_unknown_what_became_of_it(colour: Colour, peer: Start) -> None:
    server = peer(SMTPScript(EHLO=BOTH, MAIL=Close))
    with (
        colour.smtp("127.0.0.1", server.port, security="plain") as smtp,
        pytest.raises(OutcomeUnknown),
    ):
        smtp.send(MAIL)
    assert server.connections == 1


def test_those_who_are_refused_do_not_stop_the_others(colour: Colour, peer: Start) -> None:
    answers: list[Answer] = [b"550 no", b"250 ok"]
    script = SMTPScript(EHLO=BOTH, RCPT=answers)
    with (
        colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp,
        pytest.raises(PartiallyRefused) as caught,
    ):
        smtp.send(MAIL)
    assert caught.value.receipt.accepted == ("b@example.org",)
    assert len(script.messages) == 1


def test_threads_share_connections_up_to_the_limit(peer: Start) -> None:
    script = SMTPScript(EHLO=BOTH)
    server = peer(script)
    barrier = threading.Barrier(4)

    def send(_: int) -> None:
        barrier.wait(5)
        smtp.send(MAIL)

    with (
        SMTPTransport("127.0.0.1", server.port, security="plain", connections=2) as smtp,
        ThreadPoolExecutor(4) as pool,
    ):
        list(pool.map(send, range(12)))
    assert len(script.messages) == 12
    assert server.connections == 2


def test_who_gives_up_waiting_takes_nobody_elses_messages_along(peer: Start) -> None:
    """Of several tasks on one connection, one is cancelled: the others hear what became of theirs."""
    has_given_up = threading.Event()

    def late() -> bytes:
        has_given_up.wait(5)
        return b"250 ok"

    script = SMTPScript(EHLO=BOTH, BDAT=[b"250 ok", late, b"250 ok"])

    async def main(port: int) -> list[Outcome]:
        async with AsyncSMTPTransport("127.0.0.1", port, security="plain") as smtp:
            outcomes = smtp.send_many([MAIL.replace(to="a@example.org")] * 4)
            first = await anext(outcomes)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await smtp.send(MAIL)
            has_given_up.set()
            return [first, *[outcome async for outcome in outcomes]]

    assert [type(outcome) for outcome in asyncio.run(main(peer(script).port))] == [Sent] * 4
