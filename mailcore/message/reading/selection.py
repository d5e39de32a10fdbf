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
    return _view(root, {id(part) for part in (*selected.text, *selected.html)})


def _view(part: Part, bodies: set[int]) -> Views:
    if not part.parts:
        shown = [part] if id(part) in bodies else []
        return Views(shown, shown)
    views = [views for each in part.parts if (views := _view(each, bodies)).html]
    if part.content_type != "multipart/alternative":
        return _join(views, views)
    rich = [each for each in views if _is_rich(each)]
    plain = [each for each in views if not _is_rich(each)]
    return _join(plain or rich, rich or plain)


def _is_rich(views: Views) -> bool:
    return any(body.content_type == "text/html" for body in views.html)


def _join(text: list[Views], html: list[Views]) -> Views:
    """Give the text views of some, and the HTML views of some, as one."""
    return Views(
        [body for each in text for body in each.text],
        [body for each in html for body in each.html],
    )


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
