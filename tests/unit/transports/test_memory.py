import pytest

from mailcore.errors import InvalidMessage
from mailcore.message import Message
from mailcore.transport import Envelope
from mailcore.transports import AsyncMemoryTransport, MemoryTransport
from tests.colours import Colour

MESSAGE = Message(from_="bot@example.com", to="a@example.org", subject="x", text="hello")


def test_what_is_sent_is_kept_in_wire_form_and_readable() -> None:
    with MemoryTransport() as transport:
        receipt = transport.send(MESSAGE)
    (sent,) = transport.sent
    assert sent.message.subject == "x"
    assert sent.message.message_id == receipt.message_id
    assert sent.envelope.recipients == receipt.accepted == ("a@example.org",)


def test_both_colours_keep_alike(colour: Colour) -> None:
    async_transport = AsyncMemoryTransport()
    transport = MemoryTransport() if colour.name == "blocking" else colour.blocking(async_transport)
    receipt = transport.send(
        b"Subject: y\r\n\r\n", envelope=Envelope(mail_from="", recipients="a@b.example")
    )
    transport.close()
    assert receipt.reply.code == 250


def test_what_cannot_be_sent_is_not_kept() -> None:
    transport = MemoryTransport()
    with pytest.raises(InvalidMessage):
        transport.send(Message(from_="bot@example.com", text="to nobody"))
    assert transport.sent == []
