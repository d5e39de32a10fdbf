"""An answer in the making: what the caller gives goes before what the received mail tells."""

from collections.abc import Iterable
from typing import Any

from mailcore.message.answering.recipients import find_answerer
from mailcore.message.attachment import Attachment
from mailcore.message.composed import Message
from mailcore.message.fields import MessageFields
from mailcore.message.received import ReceivedMessage

__all__ = ["finish", "rewrite", "start"]


def start(mail: ReceivedMessage, given: MessageFields) -> Message:
    """Give a message of the given fields, from whom the mail came to if nobody else is named."""
    return Message(**(given if "from_" in given else {**given, "from_": find_answerer(mail)}))


def finish(draft: Message, given: MessageFields, derived: dict[str, Any]) -> Message:
    """Give the draft with the derived fields that were not given."""
    return draft.replace(**{name: derived[name] for name in derived.keys() - given.keys()})


def rewrite(
    draft: Message, *, text: str | None, html: str, inline: Iterable[Attachment]
) -> Message:
    """Give the draft with other bodies, and with these parts beside those that it shows already."""
    rewritten = draft.replace(text=text, html=html)
    return rewritten.replace(inline=(*rewritten.inline, *inline))
