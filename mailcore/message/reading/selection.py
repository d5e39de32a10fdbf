"""Which parts of a message are read, which are shown in them, and which go with it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mailcore.message.reading.cids import find_cids, names_by_cid
from mailcore.message.reading.parts import Part

__all__ = ["Selection", "Views", "select", "view"]

_ALTERNATIVE = "multipart/alternative"
_RELATED = "multipart/related"
# Forms of the body that their senders' own programs read.
_FOREIGN = {"text/watch-html", "text/x-amp-html"}


class Selection(NamedTuple):
    """Which parts are the body, which are shown in it, and which go with it (after RFC 8621 4.1.4).

    Of a part that holds files in another form than MIME there are these. Of alternatives of one kind
    it is the last (RFC 2046 5.1.4); of the others there are the files.
    """

    text: list[Part]
    html: list[Part]
    inline: list[Part]
    attachments: list[Part]


class Views(NamedTuple):
    """The bodies in order, as who reads text sees them, and as who reads HTML (RFC 8621 4.1.4)."""

    text: list[Part]
    html: list[Part]


def select(root: Part) -> Selection:
    """Sort the parts that have no parts of their own; inline is what the HTML shows."""
    text: list[Part] = []
    html: list[Part] = []
    others: list[Part] = []
    shown: set[str] = set()
    packed_html: list[str | None] = []
    for part, parent, is_first in _leaves(root):
        is_body = _is_body(part, parent, is_first=is_first)
        if is_body:
            (html if part.content_type == "text/html" else text).append(part)
        if part.may_hold_files:
            packed_html.append(part.unpacked.html)
            others += part.files or ([] if is_body else [part])
        elif not is_body and not _is_foreign(part, parent):
            others.append(part)
            if parent == _RELATED and _is_shown_beside(part):
                shown.add(part.number)
    if len(text) > 1 or len(html) > 1:
        bodies = _choose_bodies(root, (*text, *html))
        text = [part for part in text if part.number in bodies]
        html = [part for part in html if part.number in bodies]
        around = _find_around(bodies)
        shown = {number for number in shown if _outer(number) in around}
    shown |= _find_named(html, packed_html, others)
    inline = [part for part in others if part.number in shown]
    attachments = [part for part in others if part.number not in shown] if shown else others
    return Selection(text, html, inline, attachments)


def view(root: Part) -> Views:
    """Give both views: a body that is no alternative to another is in both, whatever its type."""
    selected = select(root)
    return _view(root, (*selected.text, *selected.html))


def _view(root: Part, parts: Iterable[Part]) -> Views:
    """Give both views of what consists of these bodies, among other parts."""
    bodies = {part.number for part in parts}
    views: dict[str, Views] = {}
    for part in reversed(list(root.walk())):  # what is within a part comes before it
        shown = [part] if part.number in bodies else []
        within = [views.pop(each.number) for each in part.parts]
        views[part.number] = _choose(part, within) if within else Views(shown, shown)
    return views[root.number]


def _choose(part: Part, views: list[Views]) -> Views:
    """Give the views of a multipart by those of its parts; empty ones are left out.

    Of alternatives the last plain one is for who reads text, the last rich one for who reads HTML.
    """
    views = [each for each in views if each.html]
    if part.content_type != _ALTERNATIVE:
        return _join(views, views)
    rich = [each for each in views if _is_rich(each)]
    plain = [each for each in views if not _is_rich(each)]
    return _join((plain or rich)[-1:], (rich or plain)[-1:])


def _is_rich(views: Views) -> bool:
    return any(body.content_type == "text/html" for body in views.html)


def _join(text: Iterable[Views], html: Iterable[Views]) -> Views:
    """Give the text views of some, and the HTML views of some, as one."""
    return Views(
        [body for each in text for body in each.text],
        [body for each in html for body in each.html],
    )


def _choose_bodies(root: Part, parts: Iterable[Part]) -> set[str]:
    """Give the numbers of the bodies that anybody sees."""
    views = _view(root, parts)
    return {part.number for part in (*views.text, *views.html)}


def _find_around(bodies: Iterable[str]) -> set[str]:
    """Give the numbers of the multiparts that these parts are in, at any depth."""
    around: set[str] = set()
    for number in bodies:
        outer = _outer(number)
        while outer not in around:
            around.add(outer)
            outer = _outer(outer)
    return around


def _outer(number: str) -> str:
    """Give the number of what a part is in; the mail itself is in nothing else."""
    return number.rpartition(".")[0]


def _leaves(root: Part) -> Iterator[tuple[Part, str, bool]]:
    """Give each leaf in order, the type of the multipart it is in, and whether that begins with it."""
    waiting = [(root, "", True)]
    while waiting:
        part, parent, is_first = waiting.pop()
        if not part.parts:
            yield part, parent, is_first
            continue
        kind = part.content_type
        first = _find_root(part) if kind == _RELATED else part.parts[0]
        waiting += [(each, kind, each is first) for each in reversed(part.parts)]


def _find_root(related: Part) -> Part:
    """Give the part that the others belong to: the one that `start` names, or the first (RFC 2387 3.2)."""
    start = related.parameters.get("start", "").strip().removeprefix("<").removesuffix(">")
    named = (part for part in related.parts if start and part.content_id == start)
    return next(named, related.parts[0])


def _is_body(part: Part, parent: str, *, is_first: bool) -> bool:
    """Tell whether a part is text to be read in place; a broken multipart is, lest it be lost."""
    kind = part.content_type
    if kind not in {"text/plain", "text/html"} and not kind.startswith("multipart/"):
        return False
    if part.disposition == "attachment":
        return False
    if is_first or (parent == _ALTERNATIVE and kind == "text/html"):
        return True
    return not (part.filename or (parent == _RELATED and part.content_id))


def _is_foreign(part: Part, parent: str) -> bool:
    """Tell whether a part is another form of the body, and no file."""
    return (
        parent == _ALTERNATIVE
        and part.content_type in _FOREIGN
        and part.disposition != "attachment"
    )


def _is_shown_beside(part: Part) -> bool:
    """Tell whether a part beside HTML is meant to be shown in it, even if it isn't named there."""
    return part.content_id is not None and part.disposition != "attachment"


def _find_named(html: list[Part], packed_html: list[str | None], others: list[Part]) -> set[str]:
    """Give the numbers of the parts that the HTML names by their ids."""
    named = [part for part in others if part.content_id]
    if not named:
        return set()
    texts = [part.text for part in html] or [packed for packed in packed_html if packed]
    cids = {cid for text in texts for cid in find_cids(text)}
    return {part.number for part in named if not cids.isdisjoint(names_by_cid(part))}
