"""Which parts of a message are read, which are shown in them, and which go with it."""

from collections.abc import Iterator
from typing import NamedTuple

from mailcore.message.reading.parts import Part

__all__ = ["Selection", "select"]


class Selection(NamedTuple):
    """Which parts are the body, which are shown in it, and which go with it (after RFC 8621 4.1.4)."""

    text: list[Part]
    html: list[Part]
    inline: list[Part]
    attachments: list[Part]


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
