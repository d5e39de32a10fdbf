"""What sending means, whatever the way: the `Transport` seam, the `Envelope` and the `Receipt`.

Anything with `send` and `close` of these signatures is a transport; they compose as values.
"""

from typing import Protocol

from mailcore.message import Message
from mailcore.transport.delivery import DSN, DeliverBy
from mailcore.transport.envelope import Envelope
from mailcore.transport.outcome import Outcome, Partial, Receipt, Rejected, Sent, Unknown
from mailcore.transport.outgoing import Outgoing, prepare

__all__ = [
    "DSN",
    "AsyncTransport",
    "DeliverBy",
    "Envelope",
    "Outcome",
    "Outgoing",
    "Partial",
    "Receipt",
    "Rejected",
    "Sent",
    "Transport",
    "Unknown",
    "prepare",
]


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
