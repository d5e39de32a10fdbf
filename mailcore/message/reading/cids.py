"""`cid:` URLs, by which HTML names the parts that it shows (RFC 2392)."""

import re
from collections.abc import Callable, Iterable, Iterator
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from mailcore.message.reading.parts import Part

__all__ = ["find_cids", "index_by_cid", "names_by_cid", "read_cid", "replace_cids"]

_QUOTE = r"(?:quot|apos|#3[49]|#x2[27]);"  # after "&"
# A URL up to what ends it: the quote that it began with, or else a blank; in CSS a parenthesis, too.
_URL = re.compile(
    r'"\s*+cid:([^"<>]++)'
    r"|'\s*+cid:([^'<>]++)"
    rf"|&{_QUOTE}\s*+cid:((?:[^\"'<>&]|&(?!{_QUOTE}))++)"
    r"|=\s*+cid:([^\"'<>\s]++)"
    rf"|\bcid:((?:[^\"'<>()\s&]|&(?!{_QUOTE}))++)",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"\s*+cid:", re.IGNORECASE)


def find_cids(html: str) -> Iterator[str]:
    """Give what the URLs in HTML name, in order."""
    return (_read(found[found.lastindex or 0]) for found in _URL.finditer(html))


def replace_cids(html: str, rename: Callable[[str], str | None]) -> str:
    """Give the HTML with other URLs in it: what each named goes to `rename`, None leaves it alone."""

    def write(found: re.Match[str]) -> str:
        url = found[found.lastindex or 0]
        name = rename(_read(url))
        return found[0] if name is None else f"{found[0].removesuffix(url)}{name}"

    return _URL.sub(write, html)


def read_cid(url: str) -> str:
    """Give what a URL names whose character references are resolved, "" for one that is no `cid:`."""
    scheme = _SCHEME.match(url)
    return _normalise(url[scheme.end() :]) if scheme else ""


def index_by_cid(parts: "Iterable[Part]") -> "dict[str, Part]":
    """Give the parts by what URLs name them, the first of two."""
    named = [(name, part) for part in reversed(tuple(parts)) for name in names_by_cid(part)]
    exact = {name: part for name, part in named if name == part.content_id}
    return dict(named) | exact


def names_by_cid(part: "Part") -> set[str]:
    """Give what URLs name the part: its Content-ID, or that without percent signs, which some write."""
    name = part.content_id
    return {name, _normalise(name)} if name else set()


def _read(url: str) -> str:
    return _normalise(unescape(url))


def _normalise(name: str) -> str:
    return unquote(name).strip()
