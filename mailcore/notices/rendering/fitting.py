"""Writes as much as there is room for, and says how much it left out.

Nothing takes the room of all that comes after it: a section has half of what is left, and the stories
of a digest share alike. What one doesn't need is left to the next.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Part", "fit", "fit_evenly", "octets"]

NOTICE_ROOM = 200
"""Octets kept free for the line that says how much is left out."""

STORY_ROOM = 2000
"""Octets that a story needs to be told at all; a list has named it already."""
WORTHWHILE = 100
"""Octets that are worth beginning a section for."""

SayCut = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class Part:
    """Something that can be cut between its pieces, of which there are `count`.

    The pieces are written as they are asked for.
    """

    before: str
    pieces: Iterable[str]
    count: int
    after: str


def octets(text: str) -> int:
    """Give the size of a text as UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def fit(parts: Sequence[Part], room: int, say_cut: SayCut) -> str:
    """Give what fits in so many octets; `say_cut` gives the line for a number of pieces left out."""
    room -= NOTICE_ROOM
    written: list[str] = []
    skipped = 0
    for index, part in enumerate(parts):
        is_last = index == len(parts) - 1
        taken = _take(part, room if is_last else room // 2)
        if taken is None:
            skipped += part.count
            continue
        missing = part.count - len(taken)
        whole = "".join((part.before, *taken, part.after, say_cut(missing) if missing else ""))
        written.append(whole)
        room -= octets(whole)
    if skipped:
        written.append(say_cut(skipped))
    return "".join(written)


def fit_evenly(stories: Sequence[Sequence[Part]], room: int, say_cut: SayCut) -> str:
    """Give what fits of several, each in its share of the octets, and none in less than it needs."""
    told = stories[: max(1, room // STORY_ROOM)]
    room -= NOTICE_ROOM
    written: list[str] = []
    for index, parts in enumerate(told):
        written.append(fit(parts, room // (len(told) - index), say_cut))
        room -= octets(written[-1])
    if len(told) < len(stories):
        written.append(say_cut(sum(part.count for parts in stories[len(told) :] for part in parts)))
    return "".join(written)


def _take(part: Part, room: int) -> list[str] | None:
    """Give the pieces that fit, or None if it isn't worth to begin."""
    room -= octets(part.before) + octets(part.after)
    if not part.count:
        return None if room < 0 else []
    room -= NOTICE_ROOM
    if room < WORTHWHILE:
        return None
    taken: list[str] = []
    for piece in part.pieces:
        room -= octets(piece)
        if room < 0:
            break
        taken.append(piece)
    return taken or None
