"""`parse` and `ReceivedMessage`: a mail that arrived, as a view over its bytes.

Nothing here raises on content: what cannot be read reads as None or as it stands, and `defects` says so.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import unescape
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Unpack

from mailcore.errors import ConfigurationError
from mailcore.message.reading.cids import index_by_cid, read_cid
from mailcore.message.reading.defects import Defect
from mailcore.message.reading.headers import Headers
from mailcore.message.reading.limits import DEFAULT_LIMITS, Limits
from mailcore.message.reading.parts import Part
from mailcore.message.reading.selection import Selection, select
from mailcore.message.reading.values.addresses import ReceivedAddress
from mailcore.message.reading.values.lists import ListID, parse_list_id

if TYPE_CHECKING:
    from mailcore.message.composed import Message
    from mailcore.message.fields import Mailbox, MessageFields, Recipient
    from mailcore.message.reading.unpacking import Unpacked
    from mailcore.message.reading.values.traces import Trace

__all__ = ["ReceivedMessage", "parse"]

PIECE = 1 << 20  # octets that are read of a file at once

Source = bytes | bytearray | memoryview | mmap | Path | BinaryIO

_ATTRIBUTION = "On {date}, {author} wrote:"


def parse(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> "ReceivedMessage":
    """Give a view of the mail; nothing is parsed before it is asked for, and no content raises.

    `source` is bytes, a mapped file (`mmap`), of which only what is asked for is read, or a path or an
    open binary file, which is read whole. Raises `ConfigurationError` for anything else, `OSError` for
    a file that can't be read.
    """
    raw = source if isinstance(source, bytes) else _read(source)
    return ReceivedMessage(Part(raw, 0, len(raw), limits=limits), limits=limits)


class ReceivedMessage:
    """A mail that arrived: read, not validated. `parse` makes it.

    `raw` is what was given, unchanged. Texts are decoded, ids keep their angle brackets, addresses
    are `ReceivedAddress`es in the order they stand in. What is missing is None or an empty tuple.
    """

    __slots__ = ("_limits", "_root", "_selection")

    def __init__(self, root: Part, *, limits: Limits = DEFAULT_LIMITS) -> None:
        self._root = root
        self._limits = limits
        self._selection: Selection | None = None

    @property
    def raw(self) -> bytes:
        """The mail as it was given."""
        return self._root.raw

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
        """Every author, of the first From field: of two, one is forged."""
        return self.headers.get_addresses("from", first=True)

    @property
    def sender(self) -> ReceivedAddress | None:
        """Who handed the mail over, where that was not the author."""
        return next(iter(self.headers.get_addresses("sender", first=True)), None)

    @property
    def reply_to(self) -> tuple[ReceivedAddress, ...]:
        """Where answers are to go, if not to the author."""
        return self.headers.get_addresses("reply-to")

    @property
    def to(self) -> tuple[ReceivedAddress, ...]:
        """The recipients; of groups, their members."""
        return self.headers.get_addresses("to")

    @property
    def cc(self) -> tuple[ReceivedAddress, ...]:
        """The recipients of copies."""
        return self.headers.get_addresses("cc")

    @property
    def bcc(self) -> tuple[ReceivedAddress, ...]:
        """The recipients of blind copies, which only drafts and sent mail can show."""
        return self.headers.get_addresses("bcc")

    @property
    def date(self) -> datetime | None:
        """When the mail was written, with a time zone."""
        return self.headers.get_date("date")

    @property
    def message_id(self) -> str | None:
        """The mail's id, in its angle brackets."""
        return next(iter(self.headers.get_ids("message-id")), None)

    @property
    def in_reply_to(self) -> str | None:
        """The id of the mail that this one answers."""
        return next(iter(self.headers.get_ids("in-reply-to")), None)

    @property
    def references(self) -> tuple[str, ...]:
        """The ids of the thread so far, oldest first."""
        return self.headers.get_ids("references")

    @property
    def received(self) -> "tuple[Trace, ...]":
        """What each server on the way wrote, the last one first (RFC 5321 4.4)."""
        from mailcore.message.reading.values.traces import (  # noqa: PLC0415 - few ask for it
            parse_trace,
        )

        return tuple(map(parse_trace, self.headers.get_all_raw("received")))

    @property
    def list_id(self) -> ListID | None:
        """Which mailing list it came by (RFC 2919)."""
        raw = self.headers.get_raw("list-id")
        return parse_list_id(raw, charset=self.headers.charset) if raw else None

    @property
    def list_unsubscribe(self) -> tuple[str, ...]:
        """Where to get off the list, as URIs (RFC 2369 3.2)."""
        return self.headers.get_uris("list-unsubscribe")

    @property
    def text(self) -> str | None:
        r"""The plain text, with "\n" line ends; None where there is none.

        It is every text body; where one stands beside HTML, as a list's footer does, `to_text` has both.
        """
        selected = self._selected
        texts = [part.text for part in selected.text]
        if not texts and not selected.html:
            texts = [each.text for each in self._packed if each.text is not None]
        return "\n".join(texts) if texts else None

    @property
    def html(self) -> str | None:
        r"""The HTML, with "\n" line ends; None where there is none."""
        selected = self._selected
        texts = [part.text for part in selected.html]
        if not texts and not selected.text:
            texts = [each.html for each in self._packed if each.html is not None]
        return "\n".join(texts) if texts else None

    def to_text(self) -> str:
        r"""Give what the mail says to who reads text: its plain text, or else its HTML as text."""
        from mailcore.message.answering.quoting import find_text  # noqa: PLC0415 - loads pydantic

        return find_text(self)

    def preview(self, *, remote_images: bool = False) -> str:
        """Give the mail as an HTML document for a browser, in which nothing runs and nothing is loaded.

        With `remote_images` it loads images, which tells the sender that the mail is looked at.
        """
        from mailcore.message.showing.preview import preview  # noqa: PLC0415 - loads pydantic

        return preview(self, remote_images=remote_images)

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

    def resolve(self, url: str) -> Part | None:
        """Give the part that a `cid:` URL in the HTML names; None where there is none (RFC 2392)."""
        wanted = read_cid(unescape(url))
        parts = (*self.walk(), *self.inline, *self.attachments) if wanted else ()
        return index_by_cid(parts).get(wanted)

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
        from mailcore.message.reading.inspection import (  # noqa: PLC0415 - few ask for it
            inspect_message,
        )

        found = [defect for part in self.walk() for defect in part.defects]
        return (*found, *inspect_message(self._root, limits=self._limits))

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
        return f"<ReceivedMessage from {sender!r}: {self.subject!r}, {len(self.raw)} octets>"

    @property
    def _selected(self) -> Selection:
        if self._selection is None:
            self._selection = select(self._root)
        return self._selection

    @property
    def _packed(self) -> "Iterator[Unpacked]":
        """What Outlook packed, which may be the only form of what it says."""
        return (part.unpacked for part in self.walk() if part.may_hold_files and not part.parts)


def _read(source: Path | BinaryIO | bytearray | memoryview | mmap) -> bytes | mmap:
    """Give what a source other than bytes holds; a mapped file stays what it is."""
    match source:
        case bytearray() | memoryview():
            return bytes(source)
        case Path():
            return source.read_bytes()
        case mmap():
            return source
    if not callable(getattr(source, "read", None)):
        kind = type(source).__name__
        raise ConfigurationError(
            f"a mail is bytes, a Path, or a binary file, as it was received: not {kind}"
        )
    return b"".join(_read_file(source))


def _read_file(file: BinaryIO) -> Iterator[bytes]:
    """Give what is left of an open file, however much of it comes at a time."""
    while piece := file.read(PIECE):
        if not isinstance(piece, bytes):
            kind = type(piece).__name__
            raise ConfigurationError(
                f"a mail is bytes: this file gives {kind}, open it in binary mode"
            )
        yield piece
