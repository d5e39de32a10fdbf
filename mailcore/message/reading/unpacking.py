"""Files and texts that a part holds in another form than MIME: uuencoded, in yEnc, in a winmail.dat.

Each file becomes a part of its own, as if it had been sent as one.
"""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote

from mailcore.message.content_types import DEFAULT, guess_by_content, guess_by_name
from mailcore.message.reading.content.embedded import find_embedded
from mailcore.message.reading.content.tnef import read_tnef
from mailcore.message.reading.parts import Part

__all__ = ["Unpacked", "unpack"]


class Unpacked(NamedTuple):
    """What was in a part: files, each a part of its own, and what else there is.

    `rest` is what is left of a text without them; `text` and `html` are what Outlook packed beside
    them. `is_damaged` says that not all could be read, or that it is not what was sent.
    """

    files: tuple[Part, ...] = ()
    rest: bytes | None = None
    text: str | None = None
    html: str | None = None
    is_damaged: bool = False


def unpack(part: Part) -> Unpacked:
    """Give what a part holds; nothing, if it is what it says."""
    if part.content_type == "text/plain":
        return _unpack_text(part)
    tnef = read_tnef(part.content)
    if tnef is None:
        return Unpacked()
    files = (
        _make(part, number, each.filename, each.content, each.content_type, each.content_id)
        for number, each in enumerate(tnef.files, 1)
    )
    return Unpacked(tuple(files), None, tnef.text, tnef.html, tnef.is_damaged)


def _unpack_text(part: Part) -> Unpacked:
    content = part.content
    embedded = find_embedded(content)
    if not embedded:
        return Unpacked()
    files = (
        _make(part, number, each.filename, each.content) for number, each in enumerate(embedded, 1)
    )
    rest = b"".join(_cut_out(content, ((each.start, each.end) for each in embedded)))
    return Unpacked(tuple(files), rest, is_damaged=any(each.is_damaged for each in embedded))


def _cut_out(content: bytes, spans: Iterable[tuple[int, int]]) -> Iterable[bytes]:
    """Give what is before, between and after the spans."""
    place = 0
    for start, end in spans:
        yield content[place:start]
        place = end
    yield content[place:]


def _make(
    part: Part,
    number: int,
    filename: str,
    content: bytes,
    content_type: str | None = None,
    content_id: str | None = None,
) -> Part:
    """Give a part of this content, its number that of the part it was in, and its own after a plus."""
    kind = content_type or guess_by_name(filename) or guess_by_content(content) or DEFAULT
    if kind.startswith("multipart/"):
        kind = DEFAULT
    fields = [f"Content-Type: {kind}", "Content-Transfer-Encoding: binary"]
    if filename:
        fields.append(f"Content-Disposition: attachment; filename*=utf-8''{quote(filename)}")
    if content_id and content_id.isascii() and content_id.isprintable():
        fields.append(f"Content-ID: <{content_id}>")
    raw = "\r\n".join([*fields, "", ""]).encode() + content
    return Part(raw, 0, len(raw), number=f"{part.number or '1'}+{number}", limits=part.limits)
