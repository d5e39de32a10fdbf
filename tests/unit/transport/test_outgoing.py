"""What is made ready for a transport: the bytes, and what they ask of a server."""

from typing import Any

import pytest

from mailcore.errors import ConfigurationError, InvalidMessage
from mailcore.message import Message
from mailcore.transport import Envelope, prepare
from mailcore.transport.outgoing import PIECE_BYTES

MESSAGE = Message(
    from_="bot@example.com", to="a@example.org", bcc="c@example.org", subject="x", text="hello"
)
ENVELOPE = Envelope(mail_from="bot@example.com", recipients=["a@example.org"])


def raw_of(message: Message | bytes, envelope: Envelope | None = None) -> bytes:
    return b"".join(prepare(message, envelope).chunks())


def test_a_messages_own_headers_give_its_envelope() -> None:
    envelope = prepare(MESSAGE).envelope
    assert envelope.mail_from == "bot@example.com"
    assert envelope.recipients == ("a@example.org", "c@example.org")


def test_the_sender_is_the_envelopes_before_the_author() -> None:
    message = MESSAGE.replace(sender="sender@example.net")
    assert prepare(message).envelope.mail_from == "sender@example.net"


def test_a_given_envelope_is_the_one_used() -> None:
    assert prepare(MESSAGE, ENVELOPE).envelope == ENVELOPE


def test_date_and_message_id_are_fixed_once() -> None:
    outgoing = prepare(MESSAGE)
    assert b"".join(outgoing.chunks()) == b"".join(outgoing.chunks())
    assert outgoing.message_id is not None
    assert outgoing.message_id.encode() in b"".join(outgoing.chunks())


def test_the_size_is_exact() -> None:
    outgoing = prepare(MESSAGE)
    assert outgoing.size == len(b"".join(outgoing.chunks()))


def test_ready_bytes_stay_as_they_are() -> None:
    raw = b"Subject: x\r\nMessage-ID: <1@example.com>\r\n\r\nhello\r\n" * 9000
    outgoing = prepare(raw, ENVELOPE)
    assert b"".join(outgoing.chunks()) == raw
    assert max(map(len, outgoing.chunks())) <= PIECE_BYTES
    assert outgoing.message_id == "<1@example.com>"


def test_ready_bytes_without_an_envelope_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="envelope"):
        prepare(b"Subject: x\r\n\r\nhello\r\n")


@pytest.mark.parametrize("message", ["Subject: x\n\nhello\n", None, 5])
def test_what_is_neither_a_message_nor_bytes_is_refused(message: Any) -> None:
    with pytest.raises(ConfigurationError, match="Message or bytes"):
        prepare(message, ENVELOPE)


def test_unix_line_ends_throughout_become_crlf() -> None:
    assert raw_of(b"Subject: x\n\nhello\n", ENVELOPE) == b"Subject: x\r\n\r\nhello\r\n"


def test_a_last_line_without_an_end_gets_one() -> None:
    assert raw_of(b"Subject: x\r\n\r\nhello", ENVELOPE).endswith(b"hello\r\n")


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: x\r\n\r\nsmuggled\n.\r\nMAIL FROM:<a@b>\r\n",
        b"Subject: x\r\n\r\nsmuggled\r.\r\n",
        b"Subject: x\r\n\r\nsmuggled\r\r\n.\r\r\n",
        b"Subject: x\r\n\r\nnul\0\r\n",
    ],
)
def test_bytes_that_servers_read_differently_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidMessage):
        prepare(raw, ENVELOPE)


def test_binary_bytes_stay_as_they_are() -> None:
    raw = b"Content-Transfer-Encoding: binary\r\n\r\n\0\r\n\n\r.\xff"
    envelope = Envelope(mail_from="", recipients="a@example.org", binary=True)
    assert raw_of(raw, envelope) == raw


def test_eight_bit_bytes_are_noticed() -> None:
    outgoing = prepare("Subject: x\r\n\r\nhéllo\r\n".encode(), ENVELOPE)
    assert outgoing.is_eight_bit
    assert not outgoing.needs_smtputf8


def test_eight_bit_headers_need_smtputf8() -> None:
    assert prepare("Subject: é\r\n\r\nhello\r\n".encode(), ENVELOPE).needs_smtputf8


def test_an_international_recipient_needs_smtputf8() -> None:
    envelope = Envelope(mail_from="", recipients="用户@example.org")
    assert prepare(MESSAGE, envelope).needs_smtputf8


def test_a_message_to_nobody_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="no recipients"):
        prepare(Message(from_="bot@example.com", text="x"))
