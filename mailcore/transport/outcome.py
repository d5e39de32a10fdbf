"""What became of a message: the `Receipt` of one that was taken over, and the outcomes of many."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from mailcore.errors import MailcoreError, OutcomeUnknown
from mailcore.message import Message
from mailcore.reply import Reply
from mailcore.transport.envelope import Envelope

__all__ = ["Outcome", "Partial", "Receipt", "Rejected", "Sent", "Unknown"]


class Receipt(BaseModel, frozen=True, extra="forbid"):
    """What became of one message: taken over for `accepted`, refused for `rejected`.

    `reply` is the server's last word, to the end of the data; `message_id` finds the mail again in logs.
    """

    accepted: tuple[str, ...]
    rejected: Mapping[str, Reply] = {}
    reply: Reply
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message that was taken over for all its recipients.

    `message` is what was sent, its Date and Message-ID fixed; `envelope` is the one that was given.
    """

    message: Message | bytes
    envelope: Envelope | None
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """A message that was taken over for some of its recipients: `receipt.rejected` says who is left out.

    `message` is what was sent, its Date and Message-ID fixed; `envelope` is the one that was given.
    """

    message: Message | bytes
    envelope: Envelope | None
    receipt: Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A message that nobody got: `error` says why, and whether it can be sent again later.

    `message` is what was to be sent, its Date and Message-ID fixed if it came to that, so that sending it
    again is the same mail; `envelope` is the one that was given.
    """

    message: Message | bytes
    envelope: Envelope | None
    error: MailcoreError


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A message that was handed over and not answered: it may have been delivered.

    `message` is what was sent, its Date and Message-ID fixed, so that sending it again is the same mail;
    `envelope` is the one that was given.
    """

    message: Message | bytes
    envelope: Envelope | None
    error: OutcomeUnknown


#: What became of one of many messages.
Outcome = Sent | Partial | Rejected | Unknown
