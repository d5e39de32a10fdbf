"""From what a caller gives to what a transport sends: `prepare` and the `Outgoing` that it makes."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mailcore.errors import ConfigurationError, InvalidMessage
from mailcore.message import Message, parse
from mailcore.transport.envelope import Envelope

__all__ = ["Outgoing", "prepare"]

PIECE_BYTES = 64 * 1024

_MESSAGE_ID = re.compile(
    rb"^message-id:[ \t]*(<[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9.-]+>)[ \t]*\r?$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message ready for a transport: what to say, how long it is, and what it asks of the server.

    `chunks()` gives the bytes anew each time: RFC 5322 with CRLF, ending in CRLF.
    """

    envelope: Envelope
    message_id: str | None
    size: int
    is_eight_bit: bool
    needs_smtputf8: bool
    chunks: Callable[[], Iterator[bytes]]


def prepare(message: Message | bytes, envelope: Envelope | None = None) -> Outgoing:
    """Make a message ready: Date and Message-ID are fixed here, once; ready bytes stay as they are.

    Unless they are sent as binary, bytes must have CRLF line ends, or LF throughout; a mixture, a bare CR or a NUL is refused,
    because servers disagree about what it says (SMTP smuggling; RFC 5321 2.3.8).
    """
    if isinstance(message, Message):
        return _prepare_message(message.finalise(), envelope)
    if not isinstance(message, bytes | bytearray | memoryview):
        raise ConfigurationError(f"a message is a Message or bytes, not {type(message).__name__}")
    if envelope is None:
        raise ConfigurationError("ready bytes need an envelope: send(raw, envelope=Envelope(...))")
    return _prepare_bytes(bytes(message), _with_recipients(envelope))


def _prepare_message(message: Message, envelope: Envelope | None) -> Outgoing:
    envelope = _with_recipients(envelope or Envelope.of(message))
    rendered = message.render()
    return Outgoing(
        envelope=envelope,
        message_id=message.message_id,
        size=rendered.size,
        is_eight_bit=message.needs_smtputf8,
        needs_smtputf8=message.needs_smtputf8 or _is_international(envelope),
        chunks=rendered.chunks,
    )


def _prepare_bytes(raw: bytes, envelope: Envelope) -> Outgoing:
    raw = raw if envelope.binary else _with_crlf(raw)
    header_section = raw.partition(b"\r\n\r\n")[0]

    def chunks() -> Iterator[bytes]:
        return (raw[at : at + PIECE_BYTES] for at in range(0, len(raw), PIECE_BYTES))

    return Outgoing(
        envelope=envelope,
        message_id=_message_id(raw, header_section),
        size=len(raw),
        is_eight_bit=not raw.isascii(),
        needs_smtputf8=not header_section.isascii() or _is_international(envelope),
        chunks=chunks,
    )


def _message_id(raw: bytes, header_section: bytes) -> str | None:
    """Give the Message-ID; a plain one is found without reading the whole header."""
    found = _MESSAGE_ID.findall(header_section)
    if len(found) == 1:
        return str(found[0], "ascii")
    return parse(raw).message_id


def _with_crlf(raw: bytes) -> bytes:
    if b"\0" in raw:
        raise InvalidMessage(
            "the message holds a NUL byte; mail cannot carry it (RFC 5321 4.1.1.4)"
        )
    if b"\r" not in raw:
        raw = raw.replace(b"\n", b"\r\n")
    elif not raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n"):
        raise InvalidMessage(
            "the message has bare CR or LF among its CRLF line ends; servers disagree about what"
            " that means: give it one kind of line end"
        )
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def _with_recipients(envelope: Envelope) -> Envelope:
    if not envelope.recipients:
        raise InvalidMessage("the message has no recipients: give to, cc, bcc or an envelope")
    return envelope


def _is_international(envelope: Envelope) -> bool:
    return not (envelope.mail_from.isascii() and all(map(str.isascii, envelope.recipients)))
