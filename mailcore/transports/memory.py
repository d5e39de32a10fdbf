"""A transport that keeps what is sent, for tests."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import NamedTuple, Self

from mailcore.message import Message, ReceivedMessage, parse
from mailcore.net.run import run
from mailcore.reply import Reply
from mailcore.transport import Envelope, Outcome, Receipt, prepare
from mailcore.transport.many import AsyncItems, Items, OneByOne

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

    def send_many(
        self,
        messages: AsyncItems,
        *,
        in_flight: int | None = None,
        on_outcome: Callable[[Outcome], object] | None = None,
    ) -> AsyncIterator[Outcome]:
        """Keep messages, each when its outcome is asked for; nothing is in flight when the loop is left."""
        del in_flight, on_outcome
        return OneByOne(self.send, messages)

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

    def send_many(
        self,
        messages: Items,
        *,
        in_flight: int | None = None,
        on_outcome: Callable[[Outcome], object] | None = None,
    ) -> Iterator[Outcome]:
        """Keep messages, each when its outcome is asked for; nothing is in flight when the loop is left."""
        del in_flight, on_outcome
        outcomes = OneByOne(self._async.send, messages)
        while True:
            try:
                yield run(outcomes.__anext__())
            except StopAsyncIteration:
                return

    def close(self) -> None:
        """Give up what is held open: nothing is; what was sent stays."""
        run(self._async.close())
