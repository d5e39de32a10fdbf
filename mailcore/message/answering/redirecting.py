"""A received mail sent on as it is, to other people: it stays its author's (RFC 5322 3.6.6)."""

import re
from collections.abc import Iterable
from datetime import datetime

from mailcore.errors import InvalidMessage
from mailcore.message.address import Address, flatten
from mailcore.message.composed import Message
from mailcore.message.fields import Mailbox, Recipient
from mailcore.message.reading.structure import find_body, is_separated
from mailcore.message.received import ReceivedMessage
from mailcore.message.writing import headers as write

__all__ = ["redirect"]

# What stands in front and can't follow a field: the line that begins a mail in an mbox, and lines
# that would continue ours.
_BEFORE_FIELDS = re.compile(
    rb"\A(?:\xef\xbb\xbf)?+(?:>?From (?![ \t]*+:)[^\n]*+(?:\n|\Z))?(?:[ \t][^\n]*+(?:\n|\Z))*+"
)
# A mail that is sent has no Return-Path (RFC 5321 4.4), and no recipient sees whom Bcc hides.
_NOT_SENT = re.compile(
    rb"^(?:return-path|bcc|resent-bcc)[ \t]*+:(?:[^\n]|\n(?=[ \t]))*+(?:\n|\Z)",
    re.IGNORECASE | re.MULTILINE,
)

_NO_FIELD = re.compile(
    rb"^(?![ \t]|\r*+\n|[!-9;-~]++[ \t]*+:)[^\n]++(?:\n[ \t][^\n]*+)*+(?:\n|\Z)", re.MULTILINE
)


def redirect(
    mail: ReceivedMessage,
    *,
    from_: Mailbox | Iterable[Mailbox],
    to: Recipient | Iterable[Recipient],
    cc: Recipient | Iterable[Recipient] = (),
    sender: Mailbox | None = None,
    date: datetime | None = None,
    message_id: str | None = None,
) -> bytes:
    """Give the mail's bytes with one block of Resent fields in front, in the mail's own line ends.

    Raises `InvalidMessage` without recipients, and what `Message` raises for these fields.
    """
    resent = Message(
        from_=from_, to=to, cc=cc, sender=sender, date=date, message_id=message_id
    ).finalise()
    if not resent.recipients:
        raise InvalidMessage("to: say whom the mail is to go to")
    body = next(mail.walk()).raw_body
    header = mail.raw[: len(mail.raw) - len(body)]
    end = _line_end(header or body)
    block = _write(resent).encode().replace(b"\r\n", end)
    head = block + _clean(header)
    if find_body(head, 0, len(head)) < len(head):
        head = _drop(_NO_FIELD, head)  # lest it be read as the body's beginning
    return head + (b"" if is_separated(head, len(head)) else end) + body


def _write(resent: Message) -> str:
    """Give the block of fields, which are those of a message by other names."""
    lists = (
        ("Resent-From", resent.from_all),
        ("Resent-Sender", (resent.sender,) if resent.sender else ()),
        ("Resent-To", tuple(flatten(resent.to))),
        ("Resent-Cc", tuple(flatten(resent.cc))),
    )
    fields = [_write_addresses(name, addresses) for name, addresses in lists if addresses]
    if resent.date:
        fields.append(f"Resent-Date: {write.date(resent.date)}\r\n")
    fields.append(f"Resent-Message-ID: {resent.message_id}\r\n")
    return "".join(fields)


def _write_addresses(name: str, addresses: Iterable[Address]) -> str:
    items = [write.mailbox(address.name, address.addr_spec, name) for address in addresses]
    return write.fold(name, write.separate(items))


def _line_end(raw: bytes) -> bytes:
    return next((end for end in (b"\r\n", b"\n", b"\r") if end in raw), b"\r\n")


def _clean(header: bytes) -> bytes:
    """Give the header without what must not stand in it where it is sent."""
    return _drop(_NOT_SENT, _drop(_BEFORE_FIELDS, header))


def _drop(lines: re.Pattern[bytes], header: bytes) -> bytes:
    """Give the header without such lines, whatever its line ends are."""
    if b"\n" in header:
        return lines.sub(b"", header)
    return lines.sub(b"", header.replace(b"\r", b"\n")).replace(b"\n", b"\r")
