"""Where an answer stands in its thread (RFC 5322 3.6.4)."""

from mailcore.message.fields import MESSAGE_ID
from mailcore.message.reading.values.words import unfold
from mailcore.message.received import ReceivedMessage

__all__ = ["REFERENCES", "find_message_id", "follow"]

REFERENCES = 50  # ids of a thread; of longer ones the first is kept, and the newest


def find_message_id(mail: ReceivedMessage) -> str | None:
    """Give the mail's id, None if it has none that can be written."""
    return next(iter(_ids(mail, "message-id")), None)


def follow(mail: ReceivedMessage) -> tuple[str, ...]:
    """Give the References of what follows upon the mail: its own thread, and then its id.

    The thread of a mail without References is what it replies to, if that is one mail.
    """
    message_id = find_message_id(mail)
    thread = _ids(mail, "references")
    if not thread and len(replied := _ids(mail, "in-reply-to")) == 1:
        thread = replied
    ids = list(dict.fromkeys(each for each in thread if each != message_id))
    ids += [message_id] if message_id else []
    return tuple(ids if len(ids) <= REFERENCES else [ids[0], *ids[1 - REFERENCES :]])


def _ids(mail: ReceivedMessage, name: str) -> list[str]:
    raw = mail.headers.get_raw(name)
    return MESSAGE_ID.findall(unfold(raw)) if raw else []
