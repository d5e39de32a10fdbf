"""A transport that keeps what is sent, for tests."""

from typing import NamedTuple, Self

from mailcore.message import Message, ReceivedMessage, parse
from mailcore.net.run import run
from mailcore.reply import Reply
from mailcore.transport import Envelope, Receipt, prepare

__all__ = ["AsyncMemoryTransport", "MemoryTransport", "SentMessage"]

_TAKEN = Reply(250, ("2.0.0 kept in memory",))


class SentMessage(NamedTuple):
    """One message as a server would have got it."""

    envelope: Envelope
    raw: bytes

    @property
    def message(self) -> ReceivedMessage:
        """The message, read."""
        return parse(self.raw)


class AsyncMemoryTransport:
    """Keeps every message in `sent`, in wire form."""

    def __init__(self) -> None:
        self._sent: list[SentMessage] = []

    @property
    def sent(self) -> list[SentMessage]:
        """What was sent, in order."""
        return self._sent

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        """Keep a message; every recipient is accepted."""
        del allow_partial  # nobody is refused
        outgoing = prepare(message, envelope)
        self._sent.append(SentMessage(outgoing.envelope, b"".join(outgoing.chunks())))
        return Receipt(
            accepted=outgoing.envelope.recipients, reply=_TAKEN, message_id=outgoing.message_id
        )

    async def close(self) -> None:
        """Give up what is held open: nothing is; what was sent stays."""


class MemoryTransport:
    """Keeps every message in `sent`, in wire form."""

    def __init__(self) -> None:
        self._async = AsyncMemoryTransport()

    @property
    def sent(self) -> list[SentMessage]:
        """What was sent, in order."""
        return self._async.sent

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        """Keep a message; every recipient is accepted."""
        return run(self._async.send(message, envelope=envelope, allow_partial=allow_partial))

    def close(self) -> None:
        """Give up what is held open: nothing is; what was sent stays."""
        run(self._async.close())
