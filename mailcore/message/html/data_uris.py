"""Images that stand in the HTML as `data:` URIs, taken out as parts that `cid:` names.

Many readers don't show `data:` URIs, and they count against the length at which Gmail cuts a mail off.
"""

import re
from base64 import b64decode
from bisect import bisect_right
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from mailcore.errors import InvalidMessage
from mailcore.message.html.markup import find_references, start_tags

__all__ = ["Embedded", "Extracted", "extract"]

_SUFFIXES = {"jpeg": "jpg", "svg+xml": "svg", "vnd.microsoft.icon": "ico", "x-icon": "ico"}

_ANY = re.compile("data:", re.IGNORECASE)
_URI = re.compile(
    r"data:(image/[a-z0-9][a-z0-9!#$&^_.+-]*+)[ \t\n\f\r]*+((?:;[^,;]*+)*+),(.+)",
    re.IGNORECASE | re.DOTALL,
)

# Where a value holds addresses: the whole value, the candidates of a srcset, the url() of CSS.
_WHOLE = re.compile(r"\A\s*+(?P<uri>data:.*\S)", re.IGNORECASE | re.DOTALL)
_CANDIDATE = re.compile(r"(?<![^\s,])(?P<uri>data:[^\s,]*+,[^\s,]++)", re.IGNORECASE)
_CSS = re.compile(
    r"/\*.*?(?:\*/|\Z)"
    r"|url\(\s*+(?:\"\s*+(?P<double>data:[^\"]*+)\"|'\s*+(?P<single>data:[^']*+)'"
    r"|(?P<uri>data:[^\s()]++))\s*+\)",
    re.IGNORECASE | re.DOTALL,
)
_PLACES = {
    "src": _WHOLE, "background": _WHOLE, "poster": _WHOLE, "srcset": _CANDIDATE, "style": _CSS,
}  # fmt: skip


class Embedded(NamedTuple):
    """An image that stood in the HTML. `content_id` is without < and >, and made from the content."""

    content_id: str
    filename: str
    content_type: str
    content: bytes


class Extracted(NamedTuple):
    """HTML with `cid:` addresses, and the parts they name, each once."""

    html: str
    parts: tuple[Embedded, ...]


class _URIPlace(NamedTuple):
    """A `data:` URI, where it is written, and in which attribute or element."""

    uri: str
    start: int
    end: int
    where: str


def extract(html: str) -> Extracted:
    """Give the HTML with each embedded image (`data:image/…`) replaced by `cid:`, and the images.

    They are looked for in src, srcset, background, poster and style attributes and style elements;
    all else stays as it is written. Raises `InvalidMessage` for base64 that can't be decoded.
    """
    if not _ANY.search(html):
        return Extracted(html, ())
    parts: dict[str, Embedded] = {}
    pieces: list[str] = []
    position = 0
    for place in _find(html):
        try:
            image = _read(place.uri, number=len(parts) + 1)
        except ValueError as flaw:
            raise _undecodable(html, place, flaw) from None
        if image is not None:
            part = parts.setdefault(image.content_id, image)
            pieces += html[position : place.start], f"cid:{part.content_id}"
            position = place.end
    pieces.append(html[position:])
    return Extracted("".join(pieces), tuple(parts.values()))


def _find(html: str) -> Iterator[_URIPlace]:
    for tag in start_tags(html):
        for attribute in tag.attributes:
            if pattern := _PLACES.get(attribute.name):
                text, locate = _decode(attribute.value)
                where = f"the {attribute.name} of <{tag.name}>"
                yield from _search(pattern, text, where, attribute.start, locate)
        if tag.name == "style":
            yield from _search(_CSS, tag.content, "<style>", tag.content_start, _same)


def _search(
    pattern: re.Pattern[str], text: str, where: str, start: int, locate: Callable[[int], int]
) -> Iterator[_URIPlace]:
    for found in pattern.finditer(text):
        name = found.lastgroup
        if name:
            first, last = found.span(name)
            yield _URIPlace(found[name], start + locate(first), start + locate(last), where)


def _decode(value: str) -> tuple[str, Callable[[int], int]]:
    """Give an attribute's value without references, and what finds a place of it as it is written."""
    if "&" not in value:
        return value, _same
    pieces: list[str] = []
    places, shifts = [0], [0]  # from this place on, so many characters more are written
    position = length = 0
    for start, end, text in find_references(value):
        pieces += value[position:start], text
        length += start - position + len(text)
        places.append(length)
        shifts.append(end - length)
        position = end
    pieces.append(value[position:])
    return "".join(pieces), lambda place: place + shifts[bisect_right(places, place) - 1]


def _same(place: int) -> int:
    return place


def _read(uri: str, *, number: int) -> Embedded | None:
    """Read a `data:` URI (RFC 2397), None where it isn't an image; raises ValueError."""
    found = _URI.fullmatch(uri)
    if found is None:
        return None
    content_type, parameters, data = found[1].lower(), found[2], found[3]
    if parameters.rpartition(";")[2].strip().lower() == "base64":
        content = _read_base64(data.partition("#")[0])
    else:
        content = unquote_to_bytes(data)
    subtype = content_type.removeprefix("image/")
    suffix = _SUFFIXES.get(subtype, subtype)
    digest = blake2b(content, digest_size=16, key=content_type.encode("ascii")[:64]).hexdigest()
    return Embedded(f"{digest}@data", f"image-{number}.{suffix}", content_type, content)


def _read_base64(data: str) -> bytes:
    """Decode as browsers do: white space is nothing, and padding may be missing."""
    octets = b"".join((unquote_to_bytes(data) if "%" in data else data.encode()).split())
    return b64decode(octets.rstrip(b"=") + b"=" * (-len(octets.rstrip(b"=")) % 4), validate=True)


def _undecodable(html: str, place: _URIPlace, flaw: ValueError) -> InvalidMessage:
    line = html.count("\n", 0, place.start) + 1
    column = place.start - html.rfind("\n", 0, place.start)
    return InvalidMessage(
        f"html: the data: URI in {place.where[:80]}, line {line}, column {column},"
        f" can't be decoded ({flaw}): {place.uri[:60]!r}…"
    )
