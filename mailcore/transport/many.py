"""Sending many by a transport that sends one: the outcome of each, in order, as it is asked for."""

from collections.abc import AsyncIterable, AsyncIterator, Coroutine, Iterable
from typing import Any, Protocol, Self, TypeAlias

from mailcore.errors import InvalidMessage, MailcoreError, OutcomeUnknown
from mailcore.message import Message
from mailcore.transport.envelope import Envelope
from mailcore.transport.outcome import Outcome, Partial, Receipt, Rejected, Sent, Unknown

__all__ = ["AsyncItems", "Item", "Items", "OneByOne", "as_pair", "outcome_of"]

#: What can be sent: a message, or ready bytes, with their envelope or, a message, with its own.
Item: TypeAlias = Message | bytes | tuple[Message | bytes, Envelope]
Items: TypeAlias = Iterable[Item]
#: As above, or such as are awaited.
AsyncItems: TypeAlias = Iterable[Item] | AsyncIterable[Item]


class _Send(Protocol):
    def __call__(
        self, message: Message | bytes, *, envelope: Envelope | None, allow_partial: bool
    ) -> Coroutine[Any, Any, Receipt]: ...


class OneByOne:
    """The outcomes of messages that are sent one after the other, each when it is asked for."""

    def __init__(self, send: _Send, messages: AsyncItems) -> None:
        self._send = send
        self._messages = aiter(messages) if isinstance(messages, AsyncIterable) else iter(messages)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        if isinstance(self._messages, AsyncIterator):
            item = await anext(self._messages)
        else:
            try:
                item = next(self._messages)
            except StopIteration:
                raise StopAsyncIteration from None
        message, envelope = as_pair(item)
        try:
            if isinstance(message, Message):
                message = message.finalise()
            result: Receipt | Exception = await self._send(
                message, envelope=envelope, allow_partial=True
            )
        except Exception as error:  # noqa: BLE001 - an attachment's source can raise anything
            result = error
        return outcome_of(message, envelope, result)


def as_pair(item: Any) -> tuple[Any, Any]:
    """Give the message and the envelope that an item is."""
    return item if isinstance(item, tuple) and len(item) == 2 else (item, None)  # noqa: PLR2004 - a pair


def outcome_of(
    message: Message | bytes, envelope: Envelope | None, result: Receipt | Exception
) -> Outcome:
    """Give what has become of a message that ended in a receipt or in an error."""
    match result:
        case Receipt(rejected=rejected):
            kind = Partial if rejected else Sent
            return kind(message=message, envelope=envelope, receipt=result)
        case OutcomeUnknown():
            return Unknown(message=message, envelope=envelope, error=result)
        case MailcoreError():
            return Rejected(message=message, envelope=envelope, error=result)
    error = InvalidMessage(f"the message could not be read to its end: {result!r}")
    error.__cause__ = result
    return Rejected(message=message, envelope=envelope, error=error)
