"""What sending means, whatever the way: the `Transport` seam, the `Envelope` and the `Receipt`.

Anything with `send` and `close` of these signatures is a transport; they compose as values.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, field_validator

from mailcore.errors import ConfigurationError, InvalidMessage
from mailcore.message import Address, Message, ReceivedAddress, check_addr_spec, parse
from mailcore.reply import Reply

__all__ = ["AsyncTransport", "Envelope", "Outgoing", "Receipt", "Transport", "prepare"]

PIECE_BYTES = 64 * 1024

#: One address in any of its shapes.
Mailbox = str | Address | ReceivedAddress


class Envelope(BaseModel, frozen=True, extra="forbid"):
    """Who it is from and to, as the transport is told: what the headers say plays no part.

    `mail_from` is where bounces go, `""` for none (RFC 5321 4.5.5); `recipients` are addr-specs,
    without doubles. Domains are A-labels, as the wire wants them.
    """

    mail_from: str
    recipients: tuple[str, ...]

    def __init__(self, *, mail_from: Mailbox, recipients: Mailbox | Iterable[Mailbox]) -> None:
        super().__init__(
            mail_from=_addr_spec(mail_from) if mail_from else "",
            recipients=_addr_specs(recipients),
        )

    @field_validator("mail_from")
    @classmethod
    def _check_mail_from(cls, value: str) -> str:
        return _addr_spec(value) if value else ""

    @field_validator("recipients")
    @classmethod
    def _check_recipients(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _addr_specs(value)

    @classmethod
    def of(cls, message: Message) -> "Envelope":
        """Give the envelope that a message's own headers ask for."""
        return cls(mail_from=message.envelope_sender, recipients=message.recipients)


class Receipt(BaseModel, frozen=True, extra="forbid"):
    """What became of one message: taken over for `accepted`, refused for `rejected`.

    `reply` is the server's last word, to the end of the data; `message_id` finds the mail again in logs.
    """

    accepted: tuple[str, ...]
    rejected: Mapping[str, Reply] = {}
    reply: Reply
    message_id: str | None = None


class Transport(Protocol):
    """A way to send mail. Sending twice is the caller's decision: no transport repeats by itself."""

    def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        """Hand a message over, and give the receipt; raises a `MailcoreError` otherwise."""
        ...

    def close(self) -> None:
        """Give up what is held open."""
        ...


class AsyncTransport(Protocol):
    """A way to send mail. Sending twice is the caller's decision: no transport repeats by itself."""

    async def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        """Hand a message over, and give the receipt; raises a `MailcoreError` otherwise."""
        ...

    async def close(self) -> None:
        """Give up what is held open."""
        ...


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

    Bytes must have CRLF line ends, or LF throughout; a mixture, a bare CR or a NUL is refused,
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
    raw = _with_crlf(raw)
    header_section = raw.partition(b"\r\n\r\n")[0]

    def chunks() -> Iterator[bytes]:
        return (raw[at : at + PIECE_BYTES] for at in range(0, len(raw), PIECE_BYTES))

    return Outgoing(
        envelope=envelope,
        message_id=parse(raw).message_id,
        size=len(raw),
        is_eight_bit=not raw.isascii(),
        needs_smtputf8=not header_section.isascii() or _is_international(envelope),
        chunks=chunks,
    )


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
    return not all(address.isascii() for address in (envelope.mail_from, *envelope.recipients))


def _addr_specs(addresses: Any) -> tuple[str, ...]:
    many = (addresses,) if isinstance(addresses, Mailbox) else addresses
    return tuple(dict.fromkeys(_addr_spec(address) for address in many))


def _addr_spec(address: Mailbox) -> str:
    return check_addr_spec(address if isinstance(address, str) else address.addr_spec)
