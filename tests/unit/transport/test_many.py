"""Messages are sent one by one, each when its outcome is asked for."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from mailcore import AsyncMemoryTransport, Envelope, MemoryTransport, Message, Rejected, Sent
from mailcore.errors import OutcomeUnknown, RecipientsRefused, SenderRefused
from mailcore.reply import Reply
from mailcore.transport import Outcome, Partial, Receipt, Unknown
from mailcore.transport.many import as_pair, outcome_of

MAIL = Message(from_="bot@example.com", to="a@example.org", text="hello")
TO_B = Envelope(mail_from="", recipients="b@example.org")


def test_each_is_sent_when_its_outcome_is_asked_for() -> None:
    taken: list[int] = []

    def messages() -> Iterator[Message]:
        for number in range(3):
            taken.append(number)
            yield MAIL

    transport = MemoryTransport()
    outcomes = transport.send_many(messages())
    assert taken == []
    assert isinstance(next(outcomes), Sent)
    assert (taken, len(transport.sent)) == ([0], 1)
    assert len(list(outcomes)) == 2


def test_what_cannot_be_sent_stops_nothing() -> None:
    items: list[Any] = [MAIL, b"no envelope", (b"Subject: x\r\n\r\n", TO_B), 5, MAIL]
    kinds = [type(outcome) for outcome in MemoryTransport().send_many(items)]
    assert kinds == [Sent, Rejected, Sent, Rejected, Sent]


def test_an_asynchronous_iterable_is_awaited() -> None:
    async def messages() -> AsyncIterator[Message]:
        yield MAIL

    async def send() -> list[Outcome]:
        return [outcome async for outcome in AsyncMemoryTransport().send_many(messages())]

    assert [type(outcome) for outcome in asyncio.run(send())] == [Sent]


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (Receipt(accepted=("a@b.example",), reply=Reply(250)), Sent),
        (Receipt(accepted=(), rejected={"a@b.example": Reply(550)}, reply=Reply(250)), Partial),
        (OutcomeUnknown("gone"), Unknown),
        (SenderRefused("no"), Rejected),
        (RecipientsRefused("no", rejected={}), Rejected),
        (FileNotFoundError("x"), Rejected),
    ],
)
def test_every_end_is_an_outcome(result: Any, kind: type) -> None:
    outcome = outcome_of(MAIL, None, result)
    assert type(outcome) is kind
    assert outcome.message is MAIL


def test_an_item_is_a_message_with_its_envelope_or_alone() -> None:
    assert as_pair(MAIL) == (MAIL, None)
    assert as_pair((MAIL, TO_B)) == (MAIL, TO_B)
    assert as_pair((1, 2, 3)) == ((1, 2, 3), None)
