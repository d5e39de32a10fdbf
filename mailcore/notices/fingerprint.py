"""Which exceptions are equal: those of the same types, raised at the same places.

The messages play no part, since they tend to hold what differs from one time to the next. A place
counts once, so that a recursion is one kind however deep it went, and a retry however often. This runs
for every exception that is captured, so it is kept cheap: no text of the exception is asked for.
"""

from collections.abc import Iterator
from hashlib import blake2b
from types import TracebackType

__all__ = ["GROUP_DEPTH", "MEMBER_LIMIT", "chain", "entries", "fingerprint"]

CHAIN_LIMIT = 8
"""How many exceptions are followed along causes and contexts, the last raised first."""
FRAME_LIMIT = 20
"""How many frames are looked at on either end of a traceback."""
MEMBER_LIMIT = 8
"""How many members of an exception group are looked at."""
GROUP_DEPTH = 2
"""How deep groups are followed: the members, and theirs."""


def fingerprint(exception: BaseException) -> str:
    """Give 16 hexadecimal digits, the same in every process that runs the same code."""
    places = "\0".join(dict.fromkeys(_places(exception)))
    return blake2b(places.encode(errors="backslashreplace"), digest_size=8).hexdigest()


def chain(exception: BaseException) -> Iterator[BaseException]:
    """Give the exception and what it came from, as a traceback shows it; bounded, cycles too."""
    seen: set[int] = set()
    current: BaseException | None = exception
    while current is not None and id(current) not in seen and len(seen) < CHAIN_LIMIT:
        seen.add(id(current))
        yield current
        if current.__cause__ is not None or current.__suppress_context__:
            current = current.__cause__
        else:
            current = current.__context__


def entries(traceback: TracebackType | None) -> tuple[list[TracebackType], int]:
    """Give a traceback's entries, the outermost first, and how many were left out of the middle."""
    every: list[TracebackType] = []
    while traceback is not None:
        every.append(traceback)
        traceback = traceback.tb_next
    left_out = max(0, len(every) - 2 * FRAME_LIMIT)
    if left_out:
        every[FRAME_LIMIT:-FRAME_LIMIT] = []
    return every, left_out


def _places(exception: BaseException) -> Iterator[str]:
    for link in chain(exception):
        yield from _own_places(link, GROUP_DEPTH)


def _own_places(exception: BaseException, depth: int) -> Iterator[str]:
    kind = type(exception)
    yield f"{kind.__module__}.{kind.__qualname__}"
    for entry in entries(exception.__traceback__)[0]:
        code = entry.tb_frame.f_code
        yield f"{code.co_filename}:{entry.tb_lineno}:{code.co_qualname}"
    if depth and isinstance(exception, BaseExceptionGroup):
        members = exception.exceptions[:MEMBER_LIMIT]
        yield from sorted({"\1".join(_own_places(member, depth - 1)) for member in members})
