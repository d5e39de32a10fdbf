"""`parse` and `ReceivedMessage`: a mail that arrived, as a view over its bytes.

Nothing here raises on content: what cannot be read reads as None or as it stands, and `defects` says so.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Unpack

from mailcore.errors import ConfigurationError
from mailcore.message.reading.defects import Defect, Flaw
from mailcore.message.reading.headers import Headers
from mailcore.message.reading.parts import Limits, Part
from mailcore.message.reading.selection import Selection, select
from mailcore.message.reading.values.addresses import ReceivedAddress, parse_addresses
from mailcore.message.reading.values.dates import parse_date
from mailcore.message.reading.values.words import unfold

if TYPE_CHECKING:
    from mailcore.message.composed import Message
    from mailcore.message.fields import Mailbox, MessageFields, Recipient

__all__ = ["ReceivedMessage", "parse"]

_MESSAGE_ID = re.compile(r"<[^<>\s]++>")
_ATTRIBUTION = "On {date}, {author} wrote:"


def parse(raw: bytes, *, limits: Limits = Limits()) -> "ReceivedMessage":  # noqa: B008 - a tuple
    """Give a view of the mail; nothing is read before it is asked for, and no content raises.

    Raises `ConfigurationError` for what is not bytes.
    """
    return ReceivedMessage(raw, limits=limits)


class ReceivedMessage:
    """A mail that arrived: read, not validated.

    `raw` is what was given, unchanged. Texts are decoded, ids keep their angle brackets, addresses
    are `ReceivedAddress`es in the order they stand in. What is missing is None or an empty tuple.
    """

    __slots__ = ("_raw", "_root", "_selection")

    def __init__(self, raw: bytes, *, limits: Limits = Limits()) -> None:  # noqa: B008 - a tuple
        if not isinstance(raw, bytes | bytearray | memoryview):
            raise ConfigurationError(
                f"a mail is bytes, as it was received: not {type(raw).__name__}"
            )
        self._raw = bytes(raw)
        self._root = Part(self._raw, span=(0, len(self._raw)), limits=limits)
        self._selection: Selection | None = None

    @property
    def raw(self) -> bytes:
        """The mail as it was given."""
        return self._raw

    @property
    def headers(self) -> Headers:
        """The header fields, as text and as they stood."""
        return self._root.headers

    @property
    def subject(self) -> str | None:
        """The subject."""
        return self.headers.get("subject")

    @property
    def from_(self) -> ReceivedAddress | None:
        """The author, the first if there are several."""
        return next(iter(self.from_all), None)

    @property
    def from_all(self) -> tuple[ReceivedAddress, ...]:
        """Every author."""
        return self._addresses("from")

    @property
    def sender(self) -> ReceivedAddress | None:
        """Who handed the mail over, where that was not the author."""
        return next(iter(self._addresses("sender")), None)

    @property
    def reply_to(self) -> tuple[ReceivedAddress, ...]:
        """Where answers are to go, if not to the author."""
        return self._addresses("reply-to")

    @property
    def to(self) -> tuple[ReceivedAddress, ...]:
        """The recipients; of groups, their members."""
        return self._addresses("to")

    @property
    def cc(self) -> tuple[ReceivedAddress, ...]:
        """The recipients of copies."""
        return self._addresses("cc")

    @property
    def bcc(self) -> tuple[ReceivedAddress, ...]:
        """The recipients of blind copies, which only drafts and sent mail can show."""
        return self._addresses("bcc")

    @property
    def date(self) -> datetime | None:
        """When the mail was written, with a time zone."""
        raw = self.headers.get_raw("date")
        return parse_date(unfold(raw)) if raw else None

    @property
    def message_id(self) -> str | None:
        """The mail's id, in its angle brackets."""
        return next(iter(self._ids("message-id")), None)

    @property
    def in_reply_to(self) -> str | None:
        """The id of the mail that this one answers."""
        return next(iter(self._ids("in-reply-to")), None)

    @property
    def references(self) -> tuple[str, ...]:
        """The ids of the thread so far, oldest first."""
        return self._ids("references")

    @property
    def text(self) -> str | None:
        r"""The plain text, with "\n" line ends; None where there is none."""
        return _join(self._selected.text)

    @property
    def html(self) -> str | None:
        r"""The HTML, with "\n" line ends; None where there is none."""
        return _join(self._selected.html)

    @property
    def calendar(self) -> str | None:
        r"""The calendar, such as an invitation, with "\n" line ends; None where there is none.

        It is among the `attachments` too, since it may be the only form of what it says.
        """
        parts = (part.text for part in self.attachments if part.content_type == "text/calendar")
        return next(parts, None)

    @property
    def attachments(self) -> tuple[Part, ...]:
        """The parts that are neither body nor shown within it."""
        return tuple(self._selected.attachments)

    @property
    def inline(self) -> tuple[Part, ...]:
        """The parts that the HTML shows by `cid:`."""
        return tuple(self._selected.inline)

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that the mail consists of directly; none if it is not a multipart."""
        return self._root.parts

    def walk(self) -> Iterator[Part]:
        """Give the whole mail as a part, then all within it."""
        return self._root.walk()

    @property
    def defects(self) -> tuple[Defect, ...]:
        """Everything that is wrong with the mail, part by part; reads all of it."""
        found = [defect for part in self.walk() for defect in part.defects()]
        if "date" in self.headers and self.date is None:
            found.append(Defect(Flaw.DATE_MALFORMED, "", 0))
        if (bare := _find_bare_line_end(self._raw)) is not None:
            found.append(Defect(Flaw.BARE_LINE_END, "", bare))
        return tuple(found)

    def reply(
        self,
        *,
        quote: bool = True,
        attribution: str = _ATTRIBUTION,
        **fields: Unpack["MessageFields"],
    ) -> "Message":
        """Give a reply to the author, or to Reply-To: recipients, subject, thread and quote are made.

        Each field that is given goes before what the mail tells; `from_` is whom the mail came to.
        `text`, and `html` if given, go above what they quote, under the line that `attribution` gives
        for `{date}`, `{author}` and `{email}`. The parts that the quoted HTML shows come along.
        Raises `InvalidMessage` where an address is missing that the mail does not tell.
        """
        from mailcore.message.answering.replying import reply  # noqa: PLC0415 - loads pydantic

        line = attribution if quote else None
        return reply(self, fields, is_to_all=False, attribution=line)

    def reply_all(
        self,
        *,
        quote: bool = True,
        attribution: str = _ATTRIBUTION,
        **fields: Unpack["MessageFields"],
    ) -> "Message":
        """Give a reply to everybody but the one who answers: others in To get it, those in Cc a copy.

        Nobody gets it twice, and who was given in `to`, `cc` or `bcc` is not added elsewhere. All else
        is as with `reply`.
        """
        from mailcore.message.answering.replying import reply  # noqa: PLC0415 - loads pydantic

        line = attribution if quote else None
        return reply(self, fields, is_to_all=True, attribution=line)

    def forward(
        self, *, as_attachment: bool = False, **fields: Unpack["MessageFields"]
    ) -> "Message":
        """Give a message with this mail in it: below the given text, or whole, as a file.

        The mail's attachments come along, before those that are given; other fields that are given go
        before what the mail tells. As an attachment it is `raw`, unchanged. It keeps to the thread by
        References, as Thunderbird does. Raises `InvalidMessage` where nothing tells who forwards.
        """
        from mailcore.message.answering.forwarding import forward  # noqa: PLC0415 - loads pydantic

        return forward(self, fields, as_attachment=as_attachment)

    def redirect(
        self,
        *,
        from_: "Mailbox | Iterable[Mailbox]",
        to: "Recipient | Iterable[Recipient]",
        cc: "Recipient | Iterable[Recipient]" = (),
        sender: "Mailbox | None" = None,
        date: datetime | None = None,
        message_id: str | None = None,
    ) -> bytes:
        """Give the mail's own bytes to be sent on, with Resent fields in front (RFC 5322 3.6.6).

        They are unchanged, so that signatures hold, but for what a mail that is sent must not have: a
        line of an mbox, Return-Path, Bcc. Send them with an `Envelope`. Now and a new id are taken
        where `date` and `message_id` are not given. Raises `InvalidMessage` without recipients.
        """
        from mailcore.message.answering.redirecting import (  # noqa: PLC0415 - loads pydantic
            redirect,
        )

        return redirect(
            self, from_=from_, to=to, cc=cc, sender=sender, date=date, message_id=message_id
        )

    def __repr__(self) -> str:
        sender = str(self.from_) if self.from_ else None
        return f"<ReceivedMessage from {sender!r}: {self.subject!r}, {len(self._raw)} octets>"

    @property
    def _selected(self) -> Selection:
        if self._selection is None:
            self._selection = select(self._root)
        return self._selection

    def _addresses(self, name: str) -> tuple[ReceivedAddress, ...]:
        raw = self.headers.get_raw(name)
        return parse_addresses(raw) if raw else ()

    def _ids(self, name: str) -> tuple[str, ...]:
        raw = self.headers.get_raw(name)
        return tuple(_MESSAGE_ID.findall(unfold(raw))) if raw else ()


def _find_bare_line_end(raw: bytes) -> int | None:
    """Give the place of the first CR or LF without the other, in a mail that has both together."""
    together = raw.count(b"\r\n")
    if not together or together == raw.count(b"\r") == raw.count(b"\n"):
        return None
    others = raw.replace(b"\r\n", b"  ")
    return min(place for end in (b"\r", b"\n") if (place := others.find(end)) >= 0)


def _join(parts: list[Part]) -> str | None:
    return "\n".join(part.text for part in parts) if parts else None
