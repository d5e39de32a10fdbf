"""`Message`: a mail to be sent, as a value.

What is wrong with it is said where it is made; what has been made can be written.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, Unpack

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)

from mailcore.errors import InvalidHeader, InvalidMessage
from mailcore.message.address import Address, flatten
from mailcore.message.attachment import Attachment
from mailcore.message.derived import (
    add_parts,
    derive_text,
    drop_images,
    embed_images,
    find_images,
)
from mailcore.message.fields import (
    Attachments,
    Body,
    Calendar,
    Headers,
    Inline,
    Mailboxes,
    MessageFields,
    MessageID,
    MessageIDs,
    Moment,
    Priority,
    Recipients,
    Sender,
    Subject,
    Unsubscribing,
    calendar_method,
    to_moment,
)
from mailcore.message.unsubscribe import check_one_click
from mailcore.message.value import Value
from mailcore.message.writing.further import write_further
from mailcore.message.writing.head import write_head
from mailcore.message.writing.rendered import Rendered
from mailcore.message.writing.tree import Text, build

__all__ = ["Message"]

# Header fields that may be given as they are, unless a field of the message writes them.
_ALSO_WRITTEN = {
    "importance": "priority",
    "x-priority": "priority",
    "list-unsubscribe": "unsubscribe",
    "list-unsubscribe-post": "unsubscribe",
}


class Message(Value):
    r"""A mail to be sent: a frozen value, checked when it is made.

    Addresses are given as `Address`, as text, or as `Group`s where RFC 5322 allows them, one or many,
    and kept as tuples. `text`, `html`, `amp` (AMP for email) and `calendar` (an iCalendar object, an
    invitation by its METHOD) are the same mail in several forms, their lines ended by "\n"; `text` is
    made from `html` where it is not given. `attachments` takes bare Paths too. `inline` gives the
    parts that `<img src="cid:name">` in the HTML names; `data:` images in it become such parts.
    `message_id`, `in_reply_to` and `references` are ids in angle brackets; `date` has a time zone and
    whole seconds. `unsubscribe` takes bare URIs too. `headers` are further fields, by name or as
    pairs, in order.

    Raises `InvalidAddress`, `InvalidHeader` or `InvalidMessage`, which say at which field.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(serialize_by_alias=True)

    from_all: Mailboxes = Field(
        validation_alias=AliasChoices("from_", "from"), serialization_alias="from_"
    )
    to: Recipients = ()
    cc: Recipients = ()
    bcc: Recipients = ()
    reply_to: Recipients = ()
    sender: Sender = None
    subject: Subject = ""
    text: Body | None = None
    html: Body | None = None
    amp: Body | None = None
    calendar: Calendar | None = None
    attachments: Attachments = ()
    inline: Inline = ()
    date: Moment | None = None
    message_id: MessageID | None = None
    in_reply_to: MessageID | None = None
    references: MessageIDs = ()
    priority: Priority | None = None
    unsubscribe: Unsubscribing = None
    headers: Headers = ()

    if TYPE_CHECKING:

        def __init__(self, /, **fields: Unpack[MessageFields]) -> None: ...

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Make from the HTML what it implies: the parts it holds as data: URIs, and the text."""
        if self.html is None:
            return self
        html, inline = embed_images(self.html, self.inline)
        text = derive_text(html) if self.text is None else self.text
        self.__dict__.update(text=text, html=html, inline=inline)
        self.model_fields_set.update(("text", "inline"))
        return self

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        if not self.from_all:
            raise InvalidMessage("from_: a mail has an author")
        if len(self.from_all) > 1 and self.sender is None:
            raise InvalidMessage(
                "sender: needed where from_ has several addresses (RFC 5322 3.6.2)"
            )
        if self.amp is not None and self.html is None:
            raise InvalidMessage("amp: needs html beside it, for those whose reader knows no AMP")
        if self.inline:
            self._check_inline()
        if self.headers:
            self._check_headers()
        return self

    def _check_inline(self) -> None:
        if self.html is None:
            raise InvalidMessage("inline: only html can show inline parts, and there is none")
        names = [part.content_id for part in self.inline]
        if None in names or len(set(names)) < len(names):
            raise InvalidMessage("inline: each part needs a content_id of its own")

    def _check_headers(self) -> None:
        for name, _ in self.headers:
            field = _ALSO_WRITTEN.get(name.lower())
            if field and getattr(self, field):
                raise InvalidHeader(f"headers: {name} is written from {field} already")
        check_one_click(self.headers)

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
        for address in flatten((*self.to, *self.cc, *self.bcc)):
            local, _, domain = address.addr_spec.rpartition("@")
            unique.setdefault((local, domain.lower()), address)
        return tuple(unique.values())

    @property
    def needs_smtputf8(self) -> bool:
        """Whether an address, bcc included, can only travel by SMTPUTF8 (RFC 6531)."""
        senders = (*self.from_all, *((self.sender,) if self.sender else ()))
        everybody = flatten((*senders, *self.reply_to, *self.to, *self.cc, *self.bcc))
        if any(address.needs_smtputf8 for address in everybody):
            return True
        foreign = ((name, value) for name, value in self.headers if not value.isascii())
        return not all(write_further(name, value).isascii() for name, value in foreign)

    def replace(self, **changes: Unpack[MessageFields]) -> Self:
        """Give another message with these fields changed; the other fields are the same.

        What was made from the HTML is made anew if that changes. Files of up to 1 MiB in memory are
        encoded once for all messages that share them.
        """
        return self._changed(changes)

    def _changed(self, changes: Mapping[str, Any]) -> Self:
        fields = {**dict(self), **changes}
        fields.setdefault("from_", fields.pop("from_all"))
        if self.html is not None:
            html = fields["html"] if isinstance(fields["html"], str) else ""
            images = find_images(self.inline, shown_by=html)
            others = changes["inline"] if "inline" in changes else drop_images(self.inline)
            fields["inline"] = add_parts(others, images)
            is_derived = "text" not in changes and html not in {"", self.html}
            if is_derived and self.text == derive_text(self.html):
                fields["text"] = None
        return type(self)(**fields)

    def finalise(self, *, now: datetime | None = None) -> Self:
        """Give the message with its Date and Message-ID set, if they were not: it stays this mail.

        `now` has a time zone; without it, it is this moment in UTC. The id ends in the author's
        domain, never in this machine's name.
        """
        if self.date and self.message_id:
            return self
        date, message_id = self._identity(now)
        return BaseModel.model_copy(self, update={"date": date, "message_id": message_id})

    def render(self, *, eight_bit: bool = False) -> Rendered:
        """Give the mail as RFC 5322 with CRLF, its size known and its files still to be read.

        Without Bcc; finalised first, if it was not. A finalised message always gives the same bytes:
        ASCII only, unless an address needs SMTPUTF8, or bodies may be `eight_bit` (RFC 6152).
        """
        date, message_id = self._identity()
        root = build(
            self._texts(),
            inline=self.inline,
            attachments=(*self.attachments, *self._invitation()),
            eight_bit=eight_bit,
        )
        head = write_head(self, date=date, message_id=message_id)
        return Rendered(head, root, seed=message_id)

    def to_bytes(self, *, eight_bit: bool = False) -> bytes:
        """Give the rendered mail whole."""
        return self.render(eight_bit=eight_bit).to_bytes()

    def chunks(self, *, eight_bit: bool = False) -> Iterator[bytes]:
        """Give the rendered mail in pieces of at most about 80 KB, reading attachments late."""
        return self.render(eight_bit=eight_bit).chunks()

    def size(self, *, eight_bit: bool = False) -> int:
        """Give the exact length of the rendered mail in octets without encoding the attachments."""
        return self.render(eight_bit=eight_bit).size

    def _identity(self, now: datetime | None = None) -> tuple[datetime, str]:
        """Give the date and the message id, its own or new ones."""
        date = self.date or to_moment(now or datetime.now(UTC))
        return date, self.message_id or f"<{os.urandom(16).hex()}@{self.from_.domain}>"

    def _texts(self) -> list[Text]:
        """Give the bodies, the best last (RFC 2046 5.1.4); some readers show the last whatever it is."""
        method = calendar_method(self.calendar or "")
        forms = (
            ("plain", self.text),
            ("x-amp-html", self.amp),
            ("html", self.html),
            (f"calendar; method={method}" if method else "calendar", self.calendar),
        )
        return [Text(subtype, body) for subtype, body in forms if body is not None]

    def _invitation(self) -> tuple[Attachment, ...]:
        """Give the calendar as a file, for those whose reader has no calendar."""
        if self.calendar is None:
            return ()
        content = self.calendar.replace("\n", "\r\n").encode()
        return (Attachment(filename="invite.ics", content_type="application/ics", content=content),)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        yield "from_", str(self.from_)
        yield "to", [str(address) for address in self.to[:3]]
        yield "subject", self.subject
        for name in ("text", "html", "amp", "calendar"):
            if body := getattr(self, name):
                yield name, f"{len(body)} characters"
        for name in ("attachments", "inline"):
            if parts := getattr(self, name):
                yield name, [part.filename or part.content_type for part in parts]
