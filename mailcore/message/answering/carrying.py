"""Parts of a received mail to parts of the next one: what its HTML shows, and its attachments.

Names and types are made such that they can be written; the octets stay as they are.
"""

import re
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from contextlib import suppress
from itertools import count
from typing import NamedTuple

from mailcore.errors import InvalidHeader, InvalidMessage
from mailcore.message.answering.quoting import find_fragment
from mailcore.message.attachment import Attachment
from mailcore.message.content_types import DEFAULT, read_content_type
from mailcore.message.html.data_uris import extract
from mailcore.message.reading.cids import find_cids, index_by_cid, replace_cids
from mailcore.message.reading.parts import Part
from mailcore.message.reading.saving import safe_filename
from mailcore.message.received import ReceivedMessage
from mailcore.message.writing.headers import parameter, separate

__all__ = ["Carried", "carry", "carry_html", "find_files"]

# An id that is the same in a header and in a URL, and none that `Message` gives to data: images.
_PLAIN_ID = re.compile(r"(?!.*@data)[A-Za-z0-9@$+._-]{1,200}+")
# An embedded image, and one whose type is too long to be written.
_EMBEDDED = re.compile(r"data:(?=image/)", re.IGNORECASE)
_UNWRITABLE = re.compile(r"data:(?=image/[^;,\s]{100})", re.IGNORECASE)


class Carried(NamedTuple):
    """The mail as HTML that can stand within other HTML, the parts that it shows, and the others."""

    html: str
    inline: tuple[Attachment, ...]
    attachments: tuple[Attachment, ...]


def carry_html(
    mail: ReceivedMessage, *, taken: AbstractSet[str | None], has_signature: bool = True
) -> Carried:
    """Give the mail's HTML with what it shows, under names that are not `taken`."""
    fragment = _disarm(find_fragment(mail, has_signature=has_signature))
    parts = find_files(mail)
    by_id = index_by_cid(parts)
    asked = dict.fromkeys(find_cids(fragment))
    names = _choose_names([content_id for content_id in asked if content_id in by_id], taken)
    shown = {by_id[content_id].number: name for content_id, name in names.items()}
    return Carried(
        replace_cids(fragment, names.get),
        tuple(carry(by_id[content_id], name) for content_id, name in names.items()),
        tuple(carry(part) for part in parts if part.number not in shown),
    )


def find_files(mail: ReceivedMessage) -> tuple[Part, ...]:
    """Give the parts that are no body, in whatever form: AMP is one that only its sender may send."""
    parts = (*mail.inline, *mail.attachments)
    return tuple(part for part in parts if part.content_type != "text/x-amp-html")


def carry(part: Part, content_id: str | None = None) -> Attachment:
    """Give the part as an attachment, or under this id as one that the HTML shows."""
    return Attachment(
        content=part.content,
        filename=_name(part),
        content_type=_writable_type(part),
        disposition="attachment" if content_id is None else "inline",
        content_id=content_id,
    )


def _name(part: Part) -> str | None:
    if part.filename:
        return safe_filename(part.filename)
    return "invite.ics" if part.content_type == "text/calendar" else None


def _disarm(html: str) -> str:
    """Give the HTML as `Message` takes it: its data: URIs are no images if one can't be decoded."""
    html = _UNWRITABLE.sub("data:,", html)
    try:
        extract(html)
    except InvalidMessage:
        return _EMBEDDED.sub("data:,", html)
    return html


def _writable_type(part: Part) -> str:
    """Give the content type with its parameters; less of it where that can't be written."""
    kind = part.content_type
    if kind.startswith("multipart/"):  # without parts: broken, or beyond the limits
        return DEFAULT
    given = {name: value for name, value in part.parameters.items() if name != "name"}
    charset = {name: value for name, value in given.items() if name == "charset"}
    for parameters in (given, charset, {}):
        tokens = [parameter(name, value) for name, value in parameters.items()]
        with suppress(InvalidHeader):
            return str(read_content_type(" ".join(separate([[kind], *tokens], by=";"))))
    return DEFAULT


def _choose_names(ids: Collection[str], taken: AbstractSet[str | None]) -> dict[str, str]:
    """Give each id a name that nobody else has: itself, if it is free and plain."""
    reserved = {*taken, *ids}
    fresh = (name for n in count(1) if (name := f"quoted-{n}") not in reserved)
    return {
        each: each if each not in taken and _PLAIN_ID.fullmatch(each) else next(fresh)
        for each in ids
    }
