"""Which parts of a message are read, which are shown in them, and which go with it."""

from collections.abc import Iterator
from typing import NamedTuple

from mailcore.message.reading.parts import Part

__all__ = ["Selection", "Views", "select", "view"]


class Selection(NamedTuple):
    """Which parts are the body, which are shown in it, and which go with it (after RFC 8621 4.1.4)."""

    text: list[Part]
    html: list[Part]
    inline: list[Part]
    attachments: list[Part]


class Views(NamedTuple):
    """The bodies in order, as who reads text sees them, and as who reads HTML (RFC 8621 4.1.4)."""

    text: list[Part]
    html: list[Part]


def view(root: Part) -> Views:
    """Give both views: a body that is no alternative to another is in both, whatever its type."""
    selected = select(root)
    return _view(root, {id(part) for part in (*selected.text, *selected.html)}, is_choice=False)


def _view(part: Part, bodies: set[int], *, is_choice: bool) -> Views:
    if not part.parts:
        if id(part) not in bodies:
            return Views([], [])
        is_html = part.content_type == "text/html"
        return Views(
            [] if is_choice and is_html else [part], [part] if is_html or not is_choice else []
        )
    offers_choice = part.content_type == "multipart/alternative"
    views = [_view(each, bodies, is_choice=is_choice or offers_choice) for each in part.parts]
    text = [each for one in views for each in one.text]
    html = [each for one in views for each in one.html]
    return Views(text or html, html or text) if offers_choice else Views(text, html)


def select(root: Part) -> Selection:
    """Sort the parts that have no parts of their own."""
    selection = Selection([], [], [], [])
    for part, parent, is_first in _leaves(root):
        if parent == "multipart/related" and not is_first:
            is_shown = part.content_id is not None or part.disposition == "inline"
            chosen = selection.inline if is_shown else selection.attachments
        elif not _is_body(part, is_first=is_first):
            chosen = selection.attachments
        else:
            chosen = selection.html if part.content_type == "text/html" else selection.text
        chosen.append(part)
    return selection


def _leaves(root: Part) -> Iterator[tuple[Part, str, bool]]:
    """Give each leaf in order, the type of the multipart it is in, and whether it is the first there."""
    waiting = [(root, "", True)]
    while waiting:
        part, parent, is_first = waiting.pop()
        if not part.parts:
            yield part, parent, is_first
        children = [(child, part.content_type, not n) for n, child in enumerate(part.parts)]
        waiting.extend(reversed(children))


def _is_body(part: Part, *, is_first: bool) -> bool:
    """Tell whether a part is text to be read in place; a broken multipart is, lest it be lost."""
    kind = part.content_type
    is_readable = kind in {"text/plain", "text/html"} or kind.startswith("multipart/")
    return is_readable and part.disposition != "attachment" and (is_first or not part.filename)
