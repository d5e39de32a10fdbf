"""The fields of a `Message`: what each accepts, and how it is kept."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Strict

from mailcore.errors import InvalidHeader, InvalidMessage
from mailcore.message.address import Address, Group, to_address, to_mailbox
from mailcore.message.attachment import Attachment, show_inline, to_attachment, to_inline
from mailcore.message.reading.values.addresses import ReceivedAddress
from mailcore.message.refusal import check_encodable, check_text
from mailcore.message.unsubscribe import Unsubscribe, to_unsubscribe
from mailcore.message.writing.further import write_further
from mailcore.message.writing.headers import TOKEN_LIMIT

__all__ = [
    "MESSAGE_ID",
    "Attachments",
    "Body",
    "Calendar",
    "Headers",
    "Inline",
    "Mailbox",
    "Mailboxes",
    "MessageFields",
    "MessageID",
    "MessageIDs",
    "Moment",
    "Priority",
    "Recipient",
    "Recipients",
    "Sender",
    "Subject",
    "Unsubscribing",
    "calendar_method",
    "to_moment",
]

_HEADER_NAME = re.compile(r"[!-9;-~]{1,76}+")
#: An id that can be written: ASCII, and not longer than a line.
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}+>")
_CALENDAR = re.compile(r"(?ais)BEGIN:VCALENDAR\n.*\nEND:VCALENDAR")
_METHOD = re.compile(r"(?aim)^METHOD(?:;[^:\n]*+)?:([A-Z-]{1,40}+)[ \t]*+$")

# Fields with an argument of their own, and those that the serialiser writes, or nobody.
_OWN_HEADERS = {
    "bcc": "bcc", "cc": "cc", "date": "date", "from": "from_", "in-reply-to": "in_reply_to",
    "message-id": "message_id", "references": "references", "reply-to": "reply_to",
    "sender": "sender", "subject": "subject", "to": "to",
}  # fmt: skip

_NEVER_GIVEN = {
    "content-disposition", "content-id", "content-transfer-encoding", "content-type",
    "mime-version", "resent-bcc",
}  # fmt: skip

# What is one value, though some of it could be iterated over.
_ONE = (str, bytes, Address, ReceivedAddress, Group, Attachment, Path, Mapping)

Mailbox = str | Address | ReceivedAddress
Recipient = str | Address | ReceivedAddress | Group


def calendar_method(calendar: str) -> str | None:
    """Give the METHOD of an iCalendar object: what its receiver is to do with it (RFC 5546 1.4)."""
    found = _METHOD.search(calendar)
    return found[1].upper() if found else None


def to_moment(moment: datetime) -> datetime:
    """Give the moment as a header can hold it: whole seconds, a zone of whole minutes."""
    offset = moment.utcoffset()
    if offset is None:
        raise InvalidMessage(f"{moment} has no time zone")
    if offset % timedelta(minutes=1):
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            raise InvalidMessage("no header can hold such a zone in that year") from None
    return moment.replace(microsecond=0)


def _as_many(value: Any) -> Any:
    """Give a tuple for one value or none."""
    if value is None:
        return ()
    return (value,) if isinstance(value, _ONE) else value


def _as_pairs(value: Any) -> Any:
    return tuple(value.items()) if isinstance(value, Mapping) else value


def _as_text(value: Any) -> Any:
    """Decode what libraries for iCalendar give as bytes: it is UTF-8 (RFC 5545 3.1.4)."""
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError as flaw:
        raise InvalidMessage(f"the calendar is not UTF-8 at octet {flaw.start}") from None


def _check_subject(text: str) -> str:
    return check_text(text, error=InvalidHeader)


def _check_body(text: str) -> str:
    r"""Give the text with "\n" as its only line end."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return check_encodable(text, error=InvalidMessage)


def _check_calendar(text: str) -> str:
    text = _check_body(text.removeprefix("\ufeff")).strip()
    if not _CALENDAR.fullmatch(text):
        raise InvalidMessage("not an iCalendar object: BEGIN:VCALENDAR … END:VCALENDAR (RFC 5545)")
    return f"{text}\n"


def _check_message_id(text: str) -> str:
    if not MESSAGE_ID.fullmatch(text):
        raise InvalidHeader(f"{text[:200]!r} is not a message id such as <left@example.org>")
    return text


def _check_header(pair: tuple[str, str]) -> tuple[str, str]:
    name, value = pair
    if not _HEADER_NAME.fullmatch(name):
        raise InvalidHeader(f"{name[:100]!r} is not a header name")
    if field := _OWN_HEADERS.get(name.lower()):
        raise InvalidHeader(f"{name} has a field of its own: {field}")
    if name.lower() in _NEVER_GIVEN:
        raise InvalidHeader(f"{name} can't be set: it is written from the other fields, or never")
    check_text(value, error=InvalidHeader)
    if any(len(word) > TOKEN_LIMIT and word.isascii() for word in value.split(" ")):
        raise InvalidHeader(f"{name} holds a word that is too long for a line")
    write_further(name, value)  # says what is wrong with it, if anything
    return pair


Mailboxes = Annotated[
    tuple[Annotated[Address, BeforeValidator(to_mailbox)], ...], BeforeValidator(_as_many)
]
Recipients = Annotated[
    tuple[Annotated[Address | Group, BeforeValidator(to_address)], ...], BeforeValidator(_as_many)
]
Sender = Annotated[Address | None, BeforeValidator(to_mailbox)]
Subject = Annotated[str, AfterValidator(_check_subject)]
Body = Annotated[str, Strict(), AfterValidator(_check_body)]
Calendar = Annotated[str, Strict(), BeforeValidator(_as_text), AfterValidator(_check_calendar)]
Attachments = Annotated[
    tuple[Annotated[Attachment, BeforeValidator(to_attachment)], ...], BeforeValidator(_as_many)
]
Inline = Annotated[
    tuple[Annotated[Attachment, AfterValidator(show_inline)], ...], BeforeValidator(to_inline)
]
Moment = Annotated[AwareDatetime, AfterValidator(to_moment)]
MessageID = Annotated[str, AfterValidator(_check_message_id)]
MessageIDs = Annotated[tuple[MessageID, ...], BeforeValidator(_as_many)]
Priority = Literal["high", "normal", "low"]
Unsubscribing = Annotated[Unsubscribe | None, BeforeValidator(to_unsubscribe)]
Headers = Annotated[
    tuple[Annotated[tuple[str, str], AfterValidator(_check_header)], ...],
    BeforeValidator(_as_pairs),
]


class MessageFields(TypedDict, total=False):
    """What a `Message` is made from; `from_` is needed."""

    from_: Mailbox | Iterable[Mailbox]
    to: Recipient | Iterable[Recipient]
    cc: Recipient | Iterable[Recipient]
    bcc: Recipient | Iterable[Recipient]
    reply_to: Recipient | Iterable[Recipient]
    sender: Mailbox | None
    subject: str
    text: str | None
    html: str | None
    amp: str | None
    calendar: str | bytes | None
    attachments: Path | Attachment | Iterable[Path | Attachment]
    inline: Mapping[str, Path | Attachment | bytes] | Attachment | Iterable[Attachment]
    date: datetime | None
    message_id: str | None
    in_reply_to: str | None
    references: str | Iterable[str]
    priority: Priority | None
    unsubscribe: Unsubscribe | str | Iterable[str] | None
    headers: Mapping[str, str] | Iterable[tuple[str, str]]
