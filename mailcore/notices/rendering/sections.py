"""The sections of one issue, in the order in which they help: where, with what, why, and all the rest."""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from textwrap import dedent

from mailcore.notices.exceptions.ownership import is_own
from mailcore.notices.exceptions.snapshot import Failure, Frame, Snapshot
from mailcore.notices.rendering.document import Code, Line, Prose, Rows, Section
from mailcore.notices.rendering.headline import HEADLINE_LIMIT, own_frame, title

__all__ = ["ReadLine", "context_of", "details_of", "place_of"]

ReadLine = Callable[[str, int], str]
"""Gives a line of a source file by path and number, or nothing."""

SOURCE_REACH = 2
"""Lines of source that are shown on either side of the one that failed."""
SOURCE_LIMIT = 4000
"""Characters of such a line that are looked at, of which not all are shown."""
LINE_LIMIT = 10
"""Lines of a message or note that are shown; of the message of the failure itself, all are."""
LOG_LIMIT = 50
"""Lines of the log that are shown, the last ones."""
FRAME_LIMIT = 60
"""Frames that are shown, of all exceptions in a chain together."""
LOCALS_LIMIT = 10
"""Frames of which variables are shown."""
MEMBER_FRAME_LIMIT = 3
"""Frames of a group's member that are shown, the innermost ones."""

_RELATIONS = {"": "Also", "cause": "Caused by", "context": "While handling"}


def place_of(snapshot: Snapshot, read_line: ReadLine) -> Iterator[Section]:
    """Give where it failed: the innermost place in the program itself, with the lines around it."""
    frame = own_frame(snapshot.failure)
    if frame is None:
        return
    lines = tuple(_source(frame, read_line))
    yield Code("Where", lines, caption=(_place(frame), frame.path))


def context_of(snapshot: Snapshot, *, is_of_first: bool) -> Iterator[Section]:
    """Give what the program was doing."""
    if snapshot.context:
        yield Rows("Context of the first" if is_of_first else "Context", snapshot.context)


def details_of(snapshot: Snapshot, read_line: ReadLine) -> Iterator[Section]:
    """Give what is told of an issue once: the whole message, causes, locals, log and traceback."""
    failure = snapshot.failure
    lines = failure.message.splitlines()
    if len(lines) > 1 or len(title(failure)) > HEADLINE_LIMIT:
        yield Prose("Message", tuple(lines))
    for cause in snapshot.failures[1:]:
        yield Prose(_RELATIONS[cause.relation], tuple(_told(cause)))
    if failure.members:
        yield Prose("Members", tuple(_members(failure)))
    if failure.notes:
        yield Prose("Notes", tuple(_lines(*failure.notes)))
    yield from _locals(snapshot)
    if snapshot.log_tail:
        yield Code("Log", tuple(_log(snapshot.log_tail)))
    if any(one.frames or one.members for one in snapshot.failures):
        yield Code("Traceback, most recent call last", tuple(_traceback(snapshot, read_line)))


def _source(frame: Frame, read_line: ReadLine) -> Iterator[Line]:
    """Give the lines around the one that failed, without the indentation that all have."""
    first = max(1, frame.line - SOURCE_REACH)
    around = range(first, frame.line + SOURCE_REACH + 1)
    read = (read_line(frame.path, number)[:SOURCE_LIMIT].rstrip() for number in around)
    source = "\n".join(read).rstrip()
    for number, text in enumerate(dedent(source).split("\n") if source else (), first):
        is_failing = number == frame.line
        yield Line(f"{'>' if is_failing else ' '} {number:4}  {text}".rstrip(), is_failing)


def _told(failure: Failure) -> Iterator[str]:
    yield from _lines(title(failure))
    yield from _lines(*failure.notes)
    if frame := own_frame(failure):
        yield f"in {_place(frame)} of {frame.path}"


def _members(failure: Failure, indent: str = "") -> Iterator[str]:
    for member in failure.members:
        times = f"{member.times} × " if member.times > 1 else ""
        frame = own_frame(member)
        where = f", in {_place(frame)}" if frame else ""
        yield f"{indent}{times}{' '.join(title(member).split())}{where}"
        yield from _members(member, f"{indent}  ")
    if failure.members_left_out:
        yield f"{indent}… {failure.members_left_out} more"


def _locals(snapshot: Snapshot) -> Iterator[Section]:
    """Give the variables of each frame that has them, the innermost of the first failure first."""
    every = (frame for failure in snapshot.failures for frame in reversed(failure.frames))
    for frame in islice((frame for frame in every if frame.locals), LOCALS_LIMIT):
        more = f"{frame.locals_left_out} more variables"
        left_out = (("…", more),) if frame.locals_left_out else ()
        yield Rows(f"Locals of {_place(frame)}", (*frame.locals, *left_out))


def _log(entries: tuple[str, ...]) -> Iterator[Line]:
    lines = [line for entry in entries[-LOG_LIMIT:] for line in entry.splitlines()]
    left_out = len(entries[:-LOG_LIMIT]) + len(lines[:-LOG_LIMIT])
    if left_out:
        yield Line(f"… {left_out} lines before")
    yield from map(Line, lines[-LOG_LIMIT:])


def _traceback(snapshot: Snapshot, read_line: ReadLine) -> Iterator[Line]:
    """Give the tracebacks, what was raised first at the top, as Python prints them."""
    each = FRAME_LIMIT // len(snapshot.failures)
    for index, failure in enumerate(reversed(snapshot.failures)):
        if index:
            yield Line("")
        yield from _frames(failure, read_line, outer=each // 2, inner=each - each // 2)
        yield from map(Line, _lines(title(failure)))
        for member in failure.members:
            frames = _frames(member, read_line, outer=0, inner=MEMBER_FRAME_LIMIT)
            inner = (*frames, *_titled(member))
            yield from (Line(f"  | {text}", is_marked) for text, is_marked in inner)


def _titled(member: Failure) -> Iterator[Line]:
    yield from map(Line, _lines(title(member)))
    if member.times > 1:
        yield Line(f"({member.times} times)")


def _frames(failure: Failure, read_line: ReadLine, *, outer: int, inner: int) -> Iterator[Line]:
    """Give so many of the outermost and innermost frames with their source."""
    frames = failure.frames
    middle = len(frames) // 2 if failure.frames_left_out else min(outer, len(frames))
    start, end = min(outer, middle), max(len(frames) - inner, middle)
    left_out = failure.frames_left_out + len(frames[start:end])
    yield from _passed(frames[:start], read_line)
    if left_out:
        yield Line(f"  … {left_out} frames left out")
    yield from _passed(frames[end:], read_line)


def _passed(frames: Iterable[Frame], read_line: ReadLine) -> Iterator[Line]:
    """Give each frame in two lines; a recursion is told as such."""
    for (path, line, function), same in groupby(frames, lambda frame: frame[:3]):
        yield Line(f'  File "{path}", line {line}, in {function}', is_own(path))
        if source := read_line(path, line)[:SOURCE_LIMIT].strip():
            yield Line(f"    {source}")
        if (more := sum(1 for _ in same) - 1) > 0:
            yield Line(f"  … {more} more times the same")


def _place(frame: Frame) -> str:
    return f"{frame.function}, line {frame.line}"


def _lines(*texts: str) -> Iterator[str]:
    """Give the lines of several texts, the first ones of each."""
    for text in texts:
        lines = text.splitlines()
        yield from lines[:LINE_LIMIT]
        if len(lines) > LINE_LIMIT:
            yield f"… {len(lines) - LINE_LIMIT} more lines"
