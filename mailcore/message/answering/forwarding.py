"""A received mail passed on within a new one: in its text, or as a file."""

from collections.abc import Iterator
from html import escape
from typing import Any

from mailcore.message.answering.carrying import carry, carry_html, find_files
from mailcore.message.answering.drafts import finish, rewrite, start
from mailcore.message.answering.quoting import append_html, append_text, find_text, spell_date
from mailcore.message.answering.references import follow
from mailcore.message.answering.subjects import forward_subject
from mailcore.message.attachment import Attachment
from mailcore.message.composed import Message
from mailcore.message.fields import MessageFields
from mailcore.message.reading.saving import safe_filename
from mailcore.message.received import ReceivedMessage

__all__ = ["forward"]

_FRAME = '<div style="overflow:auto">'  # what reaches out of its place is cut off there
_TITLE = "---------- Forwarded message ----------"


def forward(mail: ReceivedMessage, given: MessageFields, *, as_attachment: bool) -> Message:
    """Give a message with the mail in it, made from the given fields and the mail.

    Raises `InvalidMessage` if neither tells who forwards.
    """
    draft = start(mail, given)
    derived: dict[str, Any] = {
        "subject": forward_subject(mail.subject),
        "references": follow(mail),
    }
    message = finish(draft, given, derived)
    if as_attachment:
        return message.replace(attachments=(_attach(mail), *message.attachments))
    return _enclose(mail, message, given)


def _attach(mail: ReceivedMessage) -> Attachment:
    """Give the whole mail as a file, called by its subject."""
    name = (mail.subject or "").replace("/", "_").replace("\\", "_")
    return Attachment(
        content=mail.raw,
        filename=f"{safe_filename(name, default='message')}.eml",
        content_type="message/rfc822",
    )


def _enclose(mail: ReceivedMessage, message: Message, given: MessageFields) -> Message:
    """Give the message with the mail below it, and with the mail's files before its own.

    It is HTML if one of the two is. Where only HTML was given, the text is made from that.
    """
    text, html = given.get("text"), given.get("html")
    below = append_text(text, _write_text(mail)) if text is not None or html is None else None
    if html is None and mail.html is None:
        files = map(carry, find_files(mail))
        return message.replace(text=below, attachments=(*files, *message.attachments))
    carried = carry_html(mail, taken={part.content_id for part in message.inline})
    message = message.replace(attachments=(*carried.attachments, *message.attachments))
    whole = append_html(html or _to_html(text or ""), _write_html(mail, carried.html))
    return rewrite(message, text=below, html=whole, inline=carried.inline)


def _to_html(text: str) -> str:
    from mailcore.message.html.fragments import escape_text  # noqa: PLC0415 - loads Beautiful Soup

    return escape_text(text)


def _write_text(mail: ReceivedMessage) -> str:
    fields = "\n".join(f"{name}: {value}" for name, value in _describe(mail))
    return f"{_TITLE}\n{fields}\n\n{find_text(mail)}"


def _write_html(mail: ReceivedMessage, fragment: str) -> str:
    fields = (f"<br>\n<b>{name}:</b> {escape(value)}" for name, value in _describe(mail))
    return f"<p>{_TITLE}{''.join(fields)}</p>\n{_FRAME}\n{fragment}\n</div>\n"


def _describe(mail: ReceivedMessage) -> Iterator[tuple[str, str]]:
    """Give what readers want to know about the mail, blind copies not among it."""
    fields = (
        ("From", ", ".join(map(str, mail.from_all))),
        ("Date", spell_date(mail.date) if mail.date else ""),
        ("Subject", mail.subject),
        ("To", ", ".join(map(str, mail.to))),
        ("Cc", ", ".join(map(str, mail.cc))),
    )
    return ((name, value) for name, value in fields if value)
