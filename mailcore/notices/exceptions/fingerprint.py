"""Which exceptions are equal: those of the same types, raised at the same places.

The messages play no part, since they tend to hold what differs from one time to the next; nor does the
way through libraries, where the program's own frames tell enough. A place counts once, so that a
recursion is one kind however deep it went, and a retry however often. This runs for every exception that
is captured, so it is kept cheap: no text of the exception is asked for.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from types import CodeType
from typing import NamedTuple

from mailcore.notices.exceptions.anatomy import (
    GROUP_DEPTH,
    MEMBER_LIMIT,
    chain,
    entries,
    full_name,
    members,
)
from mailcore.notices.exceptions.ownership import is_own

__all__ = ["digest", "places"]

PLACES_REMEMBERED = 10_000
"""Lines of code of which the text is known; beyond, all are forgotten."""


def digest(parts: Iterable[str]) -> str:
    """Give the fingerprint: 16 hexadecimal digits, the same in every process that runs the same code."""
    text = "\0".join(dict.fromkeys(parts))
    return blake2b(text.encode(errors="backslashreplace"), digest_size=8).hexdigest()


def places(exception: BaseException) -> Iterator[str]:
    """Give the types of an exception and what it came from, and where each was raised."""
    for link in chain(exception):
        yield from _own_places(link, GROUP_DEPTH)


def _own_places(exception: BaseException, depth: int) -> Iterator[str]:
    yield full_name(type(exception))
    passed = [_place(entry.tb_frame.f_code, entry.tb_lineno) for entry in entries(exception)[0]]
    own = [place.text for place in passed if place.is_own]
    yield from own or [place.text for place in passed]
    if depth and (inner := members(exception)[:MEMBER_LIMIT]):
        yield from sorted({"\1".join(_own_places(member, depth - 1)) for member in inner})


class _Place(NamedTuple):
    code: CodeType  # held, so that no other one has its id
    text: str
    is_own: bool


_places: dict[tuple[int, int], _Place] = {}


def _place(code: CodeType, line: int) -> _Place:
    """Give a line of some code as text, which is made once: exceptions tend to come from few places."""
    key = id(code), line
    if found := _places.get(key):
        return found
    if len(_places) >= PLACES_REMEMBERED:
        _places.clear()
    text = f"{code.co_filename}:{line}:{code.co_qualname}"
    return _places.setdefault(key, _Place(code, text, is_own(code.co_filename)))
