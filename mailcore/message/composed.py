"""`Message`: a mail to be sent, as a value.

What is wrong with it is said where it is made; what has been made can be written.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypedDict, Unpack

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    model_validator,
)

from mailcore.errors import InvalidHeader, InvalidMessage
from mailcore.message.address import Address, Group, to_address, to_mailbox
from mailcore.message.attachment import Attachment, to_attachment, to_inline
from mailcore.message.reading.addresses import ReceivedAddress
from mailcore.message.refusal import check_encodable, check_text, refusal
from mailcore.message.writing import headers as write
from mailcore.message.writing import tree

__all__ = ["Message", "MessageFields"]

_HEADER_NAME = re.compile(r"[!-9;-~]{1,76}+")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}+>")

# Fields with an argument of their own, and those that only the serialiser can get right.
_OWN_HEADERS = {
    "bcc": "bcc", "cc": "cc", "date": "date", "from": "from_", "in-reply-to": "in_reply_to",
    "message-id": "message_id", "references": "references", "reply-to": "reply_to",
    "sender": "sender", "subject": "subject", "to": "to",
}  # fmt: skip

Mailbox = str | Address | ReceivedAddress
Recipient = str | Address | ReceivedAddress | Group


def _as_many(value: Any) -> Any:
    """Give a tuple for one value or none."""
    match value:
        case None:
            return ()
        case str() | Address() | ReceivedAddress() | Group() | Mapping() | Path() | Attachment():
            return (value,)
        case _:
            return value


def _as_pairs(value: Any) -> Any:
    return tuple(value.items()) if isinstance(value, Mapping) else value


def _check_subject(text: str) -> str:
    return check_text(text, error=InvalidHeader)


def _check_body(text: str) -> str:
    r"""Give the text with "\n" as its only line end."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return check_encodable(text, error=InvalidMessage)


def _check_message_id(text: str) -> str:
    if not _MESSAGE_ID.fullmatch(text):
        raise InvalidHeader(f"{text[:200]!r} is not a message id such as <left@example.org>")
    return text


def _check_date(moment: datetime) -> datetime:
    """Give the moment as a header can hold it: whole seconds, a zone of whole minutes."""
    if (moment.utcoffset() or timedelta()) % timedelta(minutes=1):
        moment = moment.astimezone(UTC)
    return moment.replace(microsecond=0)


def _check_header(pair: tuple[str, str]) -> tuple[str, str]:
    name, value = pair
    if not _HEADER_NAME.fullmatch(name):
        raise InvalidHeader(f"{name[:100]!r} is not a header name")
    if field := _OWN_HEADERS.get(name.lower()):
        raise InvalidHeader(f"{name} has a field of its own: {field}")
    if name.lower().startswith(("content-", "mime-", "resent-bcc")):
        raise InvalidHeader(f"{name} can't be set: it is written from the other fields, or never")
    check_text(value, error=InvalidHeader)
    if any(len(word) > write.TOKEN_LIMIT and word.isascii() for word in value.split(" ")):
        raise InvalidHeader(f"{name} holds a word that is too long for a line")
    return pair


Mailboxes = Annotated[
    tuple[Annotated[Address, BeforeValidator(to_mailbox)], ...], BeforeValidator(_as_many)
]
Recipients = Annotated[
    tuple[Annotated[Address | Group, BeforeValidator(to_address)], ...], BeforeValidator(_as_many)
]
MessageID = Annotated[str, AfterValidator(_check_message_id)]
Body = Annotated[str, Strict(), AfterValidator(_check_body)]


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
    attachments: Path | Attachment | Iterable[Path | Attachment]
    inline: Mapping[str, Path | Attachment | bytes] | Iterable[Attachment]
    date: datetime | None
    message_id: str | None
    in_reply_to: str | None
    references: str | Iterable[str]
    headers: Mapping[str, str] | Iterable[tuple[str, str]]


class Message(BaseModel):
    r"""A mail to be sent: a frozen value, checked when it is made.

    Addresses are given as `Address`, as text, or as `Group`s where RFC 5322 allows them, one or many,
    and kept as tuples. `text` and `html` end their lines by "\n". `attachments` takes bare Paths too.
    `inline` gives the parts that `<img src="cid:name">` in the HTML names. `message_id`,
    `in_reply_to` and `references` are ids in angle brackets; `date` has a time zone and whole
    seconds. `headers` are further fields, by name or as pairs.

    Raises `InvalidAddress`, `InvalidHeader` or `InvalidMessage`, which say at which field.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True, extra="forbid", serialize_by_alias=True
    )

    from_all: Mailboxes = Field(
        validation_alias=AliasChoices("from_", "from"), serialization_alias="from_"
    )
    to: Recipients = ()
    cc: Recipients = ()
    bcc: Recipients = ()
    reply_to: Recipients = ()
    sender: Annotated[Address | None, BeforeValidator(to_mailbox)] = None
    subject: Annotated[str, AfterValidator(_check_subject)] = ""
    text: Body | None = None
    html: Body | None = None
    attachments: Annotated[
        tuple[Annotated[Attachment, BeforeValidator(to_attachment)], ...],
        BeforeValidator(_as_many),
    ] = ()
    inline: Annotated[tuple[Attachment, ...], BeforeValidator(to_inline)] = ()
    date: Annotated[AwareDatetime, AfterValidator(_check_date)] | None = None
    message_id: MessageID | None = None
    in_reply_to: MessageID | None = None
    references: Annotated[tuple[MessageID, ...], BeforeValidator(_as_many)] = ()
    headers: Annotated[
        tuple[Annotated[tuple[str, str], AfterValidator(_check_header)], ...],
        BeforeValidator(_as_pairs),
    ] = ()

    def __init__(self, **fields: Unpack[MessageFields]) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as failure:
            raise refusal(failure, InvalidMessage) from None

    # As in Address.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # a mark on a function

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        if not self.from_all:
            raise InvalidMessage("from_: a mail has an author")
        if len(self.from_all) > 1 and self.sender is None:
            raise InvalidMessage(
                "sender: needed where from_ has several addresses (RFC 5322 3.6.2)"
            )
        if self.inline and self.html is None:
            raise InvalidMessage("inline: only html can show inline parts, and there is none")
        names = [part.content_id for part in self.inline]
        if None in names or len(set(names)) < len(names):
            raise InvalidMessage("inline: each part needs a content_id of its own")
        return self

    @property
    def from_(self) -> Address:
        """The author, the first where `from_all` has several."""
        return self.from_all[0]

    @property
    def envelope_sender(self) -> Address:
        """Who hands the mail over: the sender, or the author."""
        return self.sender or self.from_

    @property
    def recipients(self) -> tuple[Address, ...]:
        """Everybody in to, cc and bcc once, in order; groups give their members."""
        unique: dict[tuple[str, str], Address] = {}
        for address in _flatten(*self.to, *self.cc, *self.bcc):
            local, _, domain = address.addr_spec.rpartition("@")
            unique.setdefault((local, domain.lower()), address)
        return tuple(unique.values())

    @property
    def needs_smtputf8(self) -> bool:
        """Whether an address, bcc included, can only travel by SMTPUTF8 (RFC 6531)."""
        senders = (*self.from_all, *((self.sender,) if self.sender else ()))
        everybody = _flatten(*senders, *self.reply_to, *self.to, *self.cc, *self.bcc)
        return any(address.needs_smtputf8 for address in everybody)

    def replace(self, **changes: Unpack[MessageFields]) -> Self:
        """Give another message with these fields changed; the other fields are the same."""
        fields: dict[str, Any] = dict(self)
        fields["from_"] = fields.pop("from_all")
        fields.update(changes)
        return type(self)(**fields)

    def finalise(self, *, now: datetime | None = None) -> Self:
        """Give the message with its Date and Message-ID set, if they were not: it stays this mail.

        `now` has a time zone; without it, it is this moment in UTC. The id ends in the author's
        domain, never in this machine's name.
        """
        changes: dict[str, Any] = {}
        if self.date is None:
            changes["date"] = _check_date(now or datetime.now(UTC))
        if self.message_id is None:
            changes["message_id"] = f"<{os.urandom(16).hex()}@{self.from_.domain}>"
        return self.model_copy(update=changes) if changes else self

    def to_bytes(self) -> bytes:
        """Give the mail as RFC 5322 with CRLF, without Bcc; finalised first, if it was not.

        ASCII only, unless an address needs SMTPUTF8. A finalised message always gives the same bytes.
        """
        return tree.join(self._segments())

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes of `to_bytes` in pieces of at most about 80 KB, reading attachments late."""
        return tree.chunks(self._segments())

    def size(self) -> int:
        """Give the exact length of `to_bytes` in octets without encoding the attachments."""
        return tree.size(self._segments())

    def _segments(self) -> list[bytes | Attachment]:
        final = self.finalise()
        root = tree.build(
            text=self.text, html=self.html, inline=self.inline, attachments=self.attachments
        )
        return tree.segments(_head(final).encode(), root, seed=final.message_id or "")

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        yield "from_", str(self.from_)
        yield "to", [str(address) for address in self.to[:3]]
        yield "subject", self.subject
        for name in ("text", "html"):
            if body := getattr(self, name):
                yield name, f"{len(body)} characters"
        for name in ("attachments", "inline"):
            if parts := getattr(self, name):
                yield name, [part.filename or part.content_type for part in parts]


def _flatten(*addresses: Address | Group) -> Iterator[Address]:
    for address in addresses:
        if isinstance(address, Group):
            yield from address.members
        else:
            yield address


def _head(message: Message) -> str:
    """Give the header fields but those of MIME, in the order people read them."""
    senders = () if message.sender is None else (message.sender,)
    lists = (
        ("From", message.from_all),
        ("Sender", senders),
        ("Reply-To", message.reply_to),
        ("To", message.to),
        ("Cc", message.cc),
    )
    fields = [_address_field(name, addresses) for name, addresses in lists if addresses]
    if message.subject:
        fields.append(write.unstructured("Subject", message.subject))
    if message.date:
        fields.append(f"Date: {write.date(message.date)}\r\n")
    if message.message_id:
        fields.append(f"Message-ID: {message.message_id}\r\n")
    if message.in_reply_to:
        fields.append(f"In-Reply-To: {message.in_reply_to}\r\n")
    if message.references:
        fields.append(write.fold("References", message.references))
    fields += [write.unstructured(name, value) for name, value in message.headers]
    return "".join(fields)


def _address_field(name: str, addresses: Iterable[Address | Group]) -> str:
    items = [_address_tokens(address, name) for address in addresses]
    return write.fold(name, write.separate(items))


def _address_tokens(address: Address | Group, field: str) -> list[str]:
    if isinstance(address, Address):
        return write.mailbox(address.name, address.addr_spec, field)
    members = write.separate([_address_tokens(member, field) for member in address.members])
    return [*write.phrase(address.name, field), ":", *members, ";"]
