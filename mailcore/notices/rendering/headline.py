"""Names of what failed, in one line: for subjects, headings and lists."""

import re

from mailcore.notices.counting.table import Batch
from mailcore.notices.exceptions.ownership import is_own
from mailcore.notices.exceptions.snapshot import Failure, Frame, Snapshot
from mailcore.notices.rendering.legible import ended, legible, on_one_line

__all__ = ["headline", "own_frame", "subject", "title"]

SUBJECT_LIMIT = 120
"""Characters of a subject."""
FUNCTION_LIMIT = 40
"""Characters of a function's name in a subject."""
HEADLINE_LIMIT = 200
"""Characters of a line that names an issue."""

# What differs from one time to the next: ids, addresses, numbers.
_VARYING = re.compile(
    r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
    r"|\b(?=[a-fA-F]*+\d)[0-9a-fA-F]{8,}+\b|\b0x[0-9a-fA-F]++|\d++"
)


def subject(app: str, batch: Batch) -> str:
    """Give the subject: always the same one for an issue, as mail programs thread by it.

    The numbers and ids in an exception's message are no part of it; those in a text that the program
    wrote to be mailed are.
    """
    start = f"[{legible(app, SUBJECT_LIMIT // 2)}] "
    if len(batch.reports) == 1:
        room = SUBJECT_LIMIT - len(start)
        snapshot = batch.reports[0].snapshot
        what = headline(snapshot, room, is_stable=bool(snapshot.failure.kind))
        return f"{start}{what}".rstrip()
    kinds = f"{len(batch.reports) or 'many'} kinds"
    if batch.reports and not batch.count:
        return f"{start}{kinds} of exceptions are over"
    return f"{start}{batch.count} exceptions of {kinds}"


def headline(snapshot: Snapshot, limit: int = HEADLINE_LIMIT, *, is_stable: bool = False) -> str:
    """Give what failed, and in which function; if it is to be stable, with # for numbers and ids."""
    failure, frame = snapshot.failure, own_frame(snapshot.failure)
    function = _function(frame) if frame else ""
    where = f" ({function})" if function else ""
    message = _VARYING.sub("#", failure.message) if is_stable else failure.message
    what = ": ".join(filter(None, (failure.name, message.strip())))
    return f"{ended(on_one_line(what, 2 * limit), limit - len(where))}{where}"


def title(failure: Failure) -> str:
    """Give the type and the message, as the last line of a traceback has them."""
    return ": ".join(filter(None, (failure.kind, failure.message)))


def own_frame(failure: Failure) -> Frame | None:
    """Give the innermost frame of the program itself; where there is none, the innermost."""
    own = (frame for frame in reversed(failure.frames) if is_own(frame.path))
    return next(own, failure.frames[-1] if failure.frames else None)


def _function(frame: Frame) -> str:
    return ended(on_one_line(frame.function.rpartition(".")[2], 2 * FUNCTION_LIMIT), FUNCTION_LIMIT)
