"""Many messages, and the outcome of each: in order, as it is asked for, whatever happens."""

import asyncio
import gc
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from socket import socket
from typing import Any

import pytest

from mailcore import AsyncSMTPTransport, Envelope, Message, SMTPTransport
from mailcore.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionLost,
    InvalidMessage,
    RecipientsRefused,
)
from mailcore.message import Attachment
from mailcore.sasl import Password
from mailcore.transport import Outcome, Partial, Rejected, Sent, Unknown
from tests.colours import Colour
from tests.peers import Answer, Close, Conversation, Peer, Silence, SMTPScript

Start = Callable[[Conversation], Peer]
WAYS = {
    "lock-step": b"250-script\r\n250 8BITMIME",
    "DATA": b"250-script\r\n250 PIPELINING",
    "BDAT": b"250-script\r\n250-PIPELINING\r\n250 CHUNKING",
}


def mail(number: int, to: str = "a@example.org") -> Message:
    return Message(from_="bot@example.com", to=to, subject=str(number), text="hello")


def subjects(outcomes: list[Outcome]) -> list[str]:
    return [str(outcome.message.subject) for outcome in outcomes]  # type: ignore[union-attr]


@pytest.fixture(params=list(WAYS))
def ehlo(request: pytest.FixtureRequest) -> bytes:
    """What the server offers."""
    return WAYS[request.param]


def test_each_message_has_its_outcome_in_order(colour: Colour, peer: Start, ehlo: bytes) -> None:
    script = SMTPScript(EHLO=ehlo)
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        outcomes = list(smtp.send_many(mail(number) for number in range(40)))
    assert subjects(outcomes) == [str(number) for number in range(40)]
    assert {type(outcome) for outcome in outcomes} == {Sent}
    assert len(script.messages) == 40


def test_messages_are_taken_no_further_ahead_than_in_flight(
    colour: Colour, peer: Start, ehlo: bytes
) -> None:
    taken: list[int] = []

    def messages() -> Iterator[Message]:
        for number in range(20):
            taken.append(number)
            yield mail(number)

    with colour.smtp("127.0.0.1", peer(SMTPScript(EHLO=ehlo)).port, security="plain") as smtp:
        outcomes = smtp.send_many(messages(), in_flight=3)
        assert taken == []
        for asked in range(1, 21):
            next(outcomes)
            assert asked <= len(taken) <= asked + 2


def test_what_is_refused_stops_nothing(colour: Colour, peer: Start, ehlo: bytes) -> None:
    answers: list[Answer] = [b"250 ok", b"550 no", b"250 ok", b"250 ok", b"550 no", b"250 ok"]
    script = SMTPScript(EHLO=ehlo, RCPT=answers)
    two = Envelope(mail_from="", recipients=["a@example.org", "b@example.org"])
    items = [mail(0), mail(1), (mail(2), two), (mail(3), two)]
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        outcomes = list(smtp.send_many(items))
    assert [type(outcome) for outcome in outcomes] == [Sent, Rejected, Sent, Partial]
    assert isinstance(outcomes[1].error, RecipientsRefused)
    assert list(outcomes[3].receipt.rejected) == ["a@example.org"]
    assert outcomes[3].envelope == two


def test_what_cannot_be_sent_is_rejected_and_stops_nothing(colour: Colour, peer: Start) -> None:
    def vanish() -> Any:
        raise FileNotFoundError("report.pdf")

    broken = mail(1).replace(attachments=[Attachment(filename="x", content=vanish)])
    items: list[Any] = [mail(0), broken, b"no envelope", 5, (1, 2, 3), (mail(6), "nobody"), mail(7)]
    with colour.smtp("127.0.0.1", peer(SMTPScript()).port, security="plain") as smtp:
        outcomes = list(smtp.send_many(items))
    assert [type(outcome).__name__ for outcome in outcomes] == [
        *("Sent", "Rejected", "Rejected", "Rejected", "Rejected", "Rejected", "Sent")
    ]
    assert isinstance(outcomes[1].error, InvalidMessage)
    assert isinstance(outcomes[2].error, ConfigurationError)


def test_a_rejected_message_sent_again_is_the_same_mail(colour: Colour, peer: Start) -> None:
    answers: list[Answer] = [b"450 later", b"250 ok"]
    script = SMTPScript(RCPT=answers)
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        (outcome,) = smtp.send_many([mail(1)])
        receipt = smtp.send(outcome.message)
    assert outcome.message.message_id == receipt.message_id is not None


def test_what_the_iterable_raises_comes_after_the_outcomes_before_it(
    colour: Colour, peer: Start, ehlo: bytes
) -> None:
    def messages() -> Iterator[Message]:
        yield from (mail(0), mail(1))
        raise LookupError("the database is gone")

    with colour.smtp("127.0.0.1", peer(SMTPScript(EHLO=ehlo)).port, security="plain") as smtp:
        outcomes = smtp.send_many(messages())
        assert [type(next(outcomes)) for _ in range(2)] == [Sent, Sent]
        with pytest.raises(LookupError, match="database"):
            next(outcomes)
        assert list(outcomes) == []


def test_an_asynchronous_iterable_is_awaited(peer: Start) -> None:
    async def messages() -> AsyncIterator[Message]:
        for number in range(3):
            await asyncio.sleep(0)
            yield mail(number)

    async def send() -> list[Outcome]:
        async with AsyncSMTPTransport(
            "127.0.0.1", peer(SMTPScript()).port, security="plain"
        ) as smtp:
            return [outcome async for outcome in smtp.send_many(messages())]

    assert [type(outcome) for outcome in asyncio.run(send())] == [Sent] * 3


def test_a_connection_that_breaks_before_the_end_of_a_message_moves_those_behind_it(
    colour: Colour, peer: Start, ehlo: bytes
) -> None:
    """The server serves two messages for each connection, and hangs up at the third one's MAIL."""
    answers: list[Answer] = [*[b"250 ok", b"250 ok", b"421 enough"] * 3, b"250 ok"]
    script = SMTPScript(EHLO=ehlo, MAIL=answers)
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        outcomes = list(smtp.send_many(mail(number) for number in range(8)))
    kinds = [type(outcome) for outcome in outcomes]
    handed_over = {Unknown} if b"CHUNKING" in ehlo else set()
    assert set(kinds) == {Sent} | handed_over
    assert kinds[:3] == [Sent] * 3
    assert len(script.messages) >= kinds.count(Sent)


def test_what_lies_behind_a_farewell_is_not_sent_twice_though_its_answer_is_lost(
    colour: Colour, peer: Start
) -> None:
    """For all that is known, the server has gone on after its 421 and taken it."""
    script = SMTPScript(EHLO=WAYS["BDAT"], RCPT=[b"421 busy", b"250 ok"])
    with colour.smtp("127.0.0.1", peer(script).port, security="plain", timeout=0.5) as smtp:
        outcomes = list(smtp.send_many([mail(1), mail(2)]))
    assert [type(outcome) for outcome in outcomes] == [Rejected, Unknown]


def test_the_first_message_over_a_used_connection_waits_before_its_end(
    colour: Colour, peer: Start
) -> None:
    """However short it lay idle: if the server is gone, it is sent over another one."""
    script = SMTPScript(EHLO=WAYS["BDAT"], MAIL=[b"250 ok", Close, b"250 ok"])
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        smtp.send(mail(1))
        outcomes = list(smtp.send_many([mail(2), mail(3)]))
    assert [type(outcome) for outcome in outcomes] == [Sent, Sent]


@pytest.mark.parametrize("way", ["DATA", "BDAT"])
def test_a_connection_that_breaks_after_it_leaves_the_outcome_unknown(
    colour: Colour, peer: Start, way: str
) -> None:
    verb = "dot" if way == "DATA" else "BDAT"
    answers: list[Answer] = [b"250 ok", Close, b"250 ok"]
    script = SMTPScript(EHLO=WAYS[way], **{verb: answers})
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        outcomes = list(smtp.send_many((mail(number) for number in range(4)), in_flight=2))
    kinds = [type(outcome) for outcome in outcomes]
    assert kinds[:2] == [Sent, Unknown]
    assert kinds[3] is Sent
    assert kinds[2] in ({Sent} if way == "DATA" else {Sent, Unknown})


def test_a_password_that_is_refused_is_tried_once(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 AUTH PLAIN", AUTH=b"535 5.7.8 no")
    with colour.smtp(
        "127.0.0.1",
        peer(script).port,
        security="plain",
        auth=Password("me", "wrong"),
        allow_insecure_auth=True,
    ) as smtp:
        outcomes = list(smtp.send_many(mail(number) for number in range(5)))
    assert {type(outcome.error) for outcome in outcomes} == {AuthenticationFailed}
    assert sum(command.startswith("AUTH") for command in script.commands) == 1


def test_an_outcome_that_is_known_does_not_wait_for_the_next_ones_answer(
    colour: Colour, peer: Start
) -> None:
    is_told = threading.Event()

    def late() -> bytes:
        return b"250 ok" if is_told.wait(10) else b"550 nobody asked for the first outcome"

    script = SMTPScript(EHLO=WAYS["BDAT"], BDAT=[b"250 ok", late])
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        outcomes = smtp.send_many([mail(1), mail(2)])
        assert isinstance(next(outcomes), Sent)
        is_told.set()
        assert isinstance(next(outcomes), Sent)


# --- leaving early ---


def test_what_was_handed_over_is_told_when_the_loop_is_closed(
    colour: Colour, peer: Start, ehlo: bytes
) -> None:
    script = SMTPScript(EHLO=ehlo)
    told: list[Outcome] = []
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        outcomes = smtp.send_many(map(mail, range(9)), on_outcome=told.append, in_flight=4)
        first = next(outcomes)
        outcomes.close()
        told_then = [*told]
        assert list(outcomes) == []
    assert told == told_then
    assert subjects([first, *told]) == [str(number) for number in range(len(told) + 1)]
    sent = [outcome for outcome in (first, *told) if isinstance(outcome, Sent)]
    assert len(sent) == len(script.messages)
    assert all(isinstance(outcome, Sent | Rejected) for outcome in told)


def test_a_loop_that_is_dropped_is_told_of_when_the_transport_closes(peer: Start) -> None:
    script = SMTPScript(EHLO=WAYS["BDAT"])
    told: list[Outcome] = []
    with SMTPTransport("127.0.0.1", peer(script).port, security="plain") as smtp:
        for _ in smtp.send_many(map(mail, range(9)), on_outcome=told.append, in_flight=4):
            break
        gc.collect()
    assert subjects(told) == [str(number) for number in range(1, len(told) + 1)]
    assert 1 + sum(isinstance(outcome, Sent) for outcome in told) == len(script.messages)


def test_what_was_not_handed_over_is_not_sent_later(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=WAYS["DATA"])
    told: list[Outcome] = []
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        outcomes = smtp.send_many(map(mail, range(9)), on_outcome=told.append, in_flight=3)
        next(outcomes)
        outcomes.close()
        smtp.send(mail(99))
    rejected = [outcome for outcome in told if isinstance(outcome, Rejected)]
    assert rejected
    assert all(isinstance(outcome.error, ConnectionLost) for outcome in rejected)
    sent = [outcome for outcome in told if isinstance(outcome, Sent)]
    assert len(script.messages) == 1 + len(sent) + 1


class Interrupt(BaseException):
    """As Ctrl-C, wherever it strikes."""


def test_an_interrupt_within_the_iterable_leaves_the_loop(colour: Colour, peer: Start) -> None:
    def messages() -> Iterator[Message]:
        yield mail(0)
        raise Interrupt

    told: list[Outcome] = []
    with colour.smtp("127.0.0.1", peer(SMTPScript()).port, security="plain") as smtp:
        outcomes = smtp.send_many(messages(), on_outcome=told.append)
        with pytest.raises(Interrupt):
            next(outcomes)
    assert subjects(told) == ["0"]


@pytest.mark.parametrize("way", ["DATA", "BDAT"])
def test_cancelling_tells_what_is_unknown_by_then(peer: Start, way: str) -> None:
    script = SMTPScript(EHLO=WAYS[way], dot=Silence, BDAT=Silence)
    told: list[Outcome] = []

    async def send() -> None:
        async with AsyncSMTPTransport("127.0.0.1", peer(script).port, security="plain") as smtp:
            outcomes = smtp.send_many([mail(0)], on_outcome=told.append)
            waiting = asyncio.ensure_future(anext(outcomes))
            await asyncio.to_thread(script.wait_for, "DATA" if way == "DATA" else "BDAT")
            await asyncio.sleep(0.05)  # for the content
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert [type(outcome) for outcome in told] == [Unknown]

    asyncio.run(send())


def test_within_the_loop_the_same_transport_sends_too(
    colour: Colour, peer: Start, ehlo: bytes
) -> None:
    script = SMTPScript(EHLO=ehlo)
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        for outcome in smtp.send_many(map(mail, range(4)), in_flight=3):
            assert isinstance(outcome, Sent)
            smtp.send(mail(99))
    assert len(script.messages) == 8


@pytest.mark.parametrize("way", ["lock-step", "DATA"])
def test_while_one_connection_waits_the_others_go_on(colour: Colour, peer: Start, way: str) -> None:
    quick = SMTPScript(EHLO=WAYS[way])

    def after_the_others() -> bytes:
        until = time.monotonic() + 5
        while len(quick.messages) < 3 and time.monotonic() < until:
            time.sleep(0.005)
        return b"250 taken" if len(quick.messages) == 3 else b"550 the others waited for this one"

    scripts = [SMTPScript(EHLO=WAYS[way], dot=after_the_others), quick]

    def converse(client: socket) -> None:
        scripts.pop(0)(client)

    with colour.smtp("127.0.0.1", peer(converse).port, security="plain", connections=2) as smtp:
        outcomes = list(smtp.send_many(map(mail, range(6))))
    assert {type(outcome) for outcome in outcomes} == {Sent}
    assert len(quick.messages) == 3


def test_two_loops_can_share_the_connections(peer: Start, ehlo: bytes) -> None:
    script = SMTPScript(EHLO=ehlo)
    with (
        SMTPTransport("127.0.0.1", peer(script).port, security="plain", connections=3) as smtp,
        ThreadPoolExecutor() as threads,
    ):
        loops = [threads.submit(lambda: [*smtp.send_many(map(mail, range(60)))]) for _ in range(4)]
        outcomes = [outcome for loop in loops for outcome in loop.result(timeout=30)]
    assert {type(outcome) for outcome in outcomes} == {Sent}
    assert len(script.messages) == 240


def test_two_tasks_can_share_the_connections(peer: Start, ehlo: bytes) -> None:
    script = SMTPScript(EHLO=ehlo)
    port = peer(script).port

    async def send(smtp: AsyncSMTPTransport) -> list[Outcome]:
        return [outcome async for outcome in smtp.send_many(map(mail, range(60)))]

    async def send_all() -> list[list[Outcome]]:
        async with (
            asyncio.timeout(30),
            AsyncSMTPTransport("127.0.0.1", port, security="plain", connections=3) as smtp,
        ):
            return await asyncio.gather(*(send(smtp) for _ in range(4)))

    outcomes = [outcome for loop in asyncio.run(send_all()) for outcome in loop]
    assert {type(outcome) for outcome in outcomes} == {Sent}
    assert len(script.messages) == 240


@pytest.mark.parametrize("wrong", [mail(0), b"raw", "text", (mail(0), None)])
def test_one_message_is_not_many(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="send takes one"):
        SMTPTransport("localhost").send_many(wrong)


def test_in_flight_is_at_least_one() -> None:
    with pytest.raises(ConfigurationError, match="in_flight"):
        SMTPTransport("localhost").send_many([], in_flight=0)
