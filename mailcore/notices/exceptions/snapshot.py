"""An exception as plain text, taken where it was caught: it keeps no frame and no object alive.

What is secret in it is masked before anything is cut, and by the values that the frames hold.
Source lines are not here: whoever renders a notice looks them up, in a thread of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from itertools import chain as joined
from itertools import islice
from types import FrameType, TracebackType
from typing import Literal, NamedTuple

from mailcore.notices.exceptions.anatomy import (
    INNER_MEMBER_LIMIT,
    MEMBER_LIMIT,
    chain,
    entries,
    full_name,
    is_caused,
    lineage,
    members,
    notes,
    type_name,
)
from mailcore.notices.exceptions.description import Describer, cleaned
from mailcore.notices.exceptions.kinds import tell_apart
from mailcore.notices.exceptions.modules import library_globals_of, own_globals_of
from mailcore.notices.exceptions.origin import origin
from mailcore.notices.exceptions.ownership import is_own
from mailcore.notices.exceptions.variables import Variables, variables
from mailcore.notices.scrubbing import Harvest, Scrubber

__all__ = [
    "Failure",
    "Frame",
    "Severity",
    "Snapshot",
    "describe_note",
    "describe_others",
    "harvest_of",
    "harvest_of_note",
    "stand_in",
    "take_snapshot",
]

MESSAGE_LIMIT = 2000
"""Characters of an exception's message."""
NAME_LIMIT = 200
"""Characters of a type's, function's or context value's name."""
PATH_LIMIT = 1000
"""Characters of a file's path."""
CONTEXT_LIMIT = 30
"""Context values that are shown."""
CALLER_LIMIT = 5
"""Frames beyond those of an exception that are looked at for secrets, the innermost ones."""
OWN_FRAME_LIMIT = 3
"""Innermost frames of the program itself of which variables are told; in causes and members, one."""
LOCALS_PATIENCE = 0.02
"""Seconds that the variables of one notice may take together before no further one is asked."""
OTHERS = "exceptions of more kinds than can be told apart"
"""What those are called of which no more than their number is known."""
TEXTS_REMEMBERED = 100
"""Texts of one notice that are not scrubbed anew."""

_BREADTHS = MEMBER_LIMIT, INNER_MEMBER_LIMIT
"""Members that are shown of the group that was captured, and of each group in it."""
_BREADTHS_OF_CAUSES = INNER_MEMBER_LIMIT, 1

SCRUBBER = Scrubber()

Relation = Literal["", "cause", "context"]
Severity = Literal["info", "warning", "error", "critical"]


class Frame(NamedTuple):
    """Where a traceback passed: the code and its line number, and variables there as name and value."""

    path: str
    line: int
    function: str
    locals: tuple[tuple[str, str], ...] = ()
    locals_left_out: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """One exception: its type, message, notes, and frames from the outermost to where it was raised.

    `relation` is what it is to the failure before it in a chain: its cause, or the context it was
    raised in. `members` are those of an exception group, one of each kind, which was there so many
    `times`.
    """

    kind: str
    message: str
    relation: Relation = ""
    notes: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    frames_left_out: int = 0
    members: tuple["Failure", ...] = ()
    members_left_out: int = 0
    times: int = 1

    @property
    def name(self) -> str:
        """The type's name alone."""
        return self.kind.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a notice tells: the failure that was captured, then what it came from, and the context.

    `log_tail` are the last lines of the log before it, `origin` says where it happened.
    """

    failures: tuple[Failure, ...]
    context: tuple[tuple[str, str], ...] = ()
    severity: Severity = "error"
    log_tail: tuple[str, ...] = ()
    origin: tuple[tuple[str, str], ...] = ()

    @property
    def failure(self) -> Failure:
        """The exception that was captured."""
        return self.failures[0]


def take_snapshot(
    exception: BaseException,
    context: Mapping[str, object],
    *,
    scrubber: Scrubber = SCRUBBER,
    harvest: Harvest | None = None,
) -> Snapshot:
    """Give the exception and its context as text, everything bounded, and scrubbed.

    `harvest` are the secrets known already, as by `harvest_of`, which is asked where there is none.
    """
    if harvest is None:
        harvest = harvest_of(exception, context, scrubber=scrubber)
    scrub = _scrub(scrubber, harvest)
    names = scrubber.secret_names
    describer = Describer(secret_names=names, scrub=scrub)
    variables_of = Variables(Describer(patience=LOCALS_PATIENCE, secret_names=names, scrub=scrub))
    return Snapshot(
        tuple(_chain(exception, describer, variables_of)),
        tuple(_context(context, describer)),
        origin=origin(),
    )


def harvest_of(
    exception: BaseException, context: Mapping[str, object], *, scrubber: Scrubber = SCRUBBER
) -> Harvest:
    """Give the secrets in the context, in the exception and what it came from, and in their frames.

    Those are the frames that they passed, and some that these were called from.
    """
    frames = [*_frames_passed(exception), *_callers(exception)]
    return _harvest(context, _exceptions(exception), frames, scrubber)


def harvest_of_note(
    context: Mapping[str, object],
    frames: Iterable[FrameType] = (),
    *,
    scrubber: Scrubber = SCRUBBER,
) -> Harvest:
    """Give the secrets in the context of what is no exception, and in the frames that it comes from."""
    return _harvest(context, (), list(frames), scrubber)


def _harvest(
    context: Mapping[str, object],
    exceptions: Iterable[BaseException],
    frames: list[FrameType],
    scrubber: Scrubber,
) -> Harvest:
    held = joined(context.items(), ((None, one) for one in exceptions), _locals_of(frames))
    return scrubber.harvest(
        held, shallow=own_globals_of(frames), surface=library_globals_of(frames)
    )


def describe_note(
    text: object,
    context: Mapping[str, object],
    *,
    scrubber: Scrubber = SCRUBBER,
    harvest: Harvest | None = None,
) -> Snapshot:
    """Give a text that is no exception, with its context: its failure is of no kind."""
    if harvest is None:
        harvest = harvest_of_note(context, scrubber=scrubber)
    describer = _describer(scrubber, harvest)
    failure = Failure("", describer.text(text, limit=MESSAGE_LIMIT))
    return Snapshot((failure,), tuple(_context(context, describer)), origin=origin())


def describe_others(severity: Severity) -> Snapshot:
    """Give what is told of exceptions that were only counted, as there were too many kinds of them."""
    return Snapshot((Failure("", OTHERS),), severity=severity, origin=origin())


def stand_in(
    name: str,
    error: Exception,
    context: Mapping[str, object] | None = None,
    *,
    scrubber: Scrubber = SCRUBBER,
    harvest: Harvest | None = None,
) -> Snapshot:
    """Give what is told of something of this name that can't be described, because of an error."""
    context = context or {}
    if harvest is None:
        harvest = harvest_of(error, context, scrubber=scrubber)
    describer = _describer(scrubber, harvest)
    reason = f"{type_name(error)}: {describer.text(error, limit=MESSAGE_LIMIT)}"
    failure = Failure(cleaned(name, NAME_LIMIT), f"can't be described: {reason}")
    return Snapshot((failure,), tuple(_context(context, describer)), origin=origin())


def _describer(scrubber: Scrubber, harvest: Harvest) -> Describer:
    return Describer(secret_names=scrubber.secret_names, scrub=_scrub(scrubber, harvest))


def _scrub(scrubber: Scrubber, harvest: Harvest) -> Callable[[str], str]:
    """Give what masks the secrets in a text; it is asked often, as frames pass values on."""
    return lru_cache(TEXTS_REMEMBERED)(partial(scrubber.scrub, harvest=harvest))


def _exceptions(exception: BaseException) -> Iterator[BaseException]:
    """Give the exception, what it came from, and their members."""
    for link in lineage(exception):
        yield link
        yield from members(link)[:MEMBER_LIMIT]


def _frames_passed(exception: BaseException) -> Iterator[FrameType]:
    """Give the frames that they passed, the innermost of each first."""
    for one in _exceptions(exception):
        for entry in reversed(entries(one)[0]):
            yield entry.tb_frame


def _callers(exception: BaseException) -> Iterator[FrameType]:
    """Give the frames that the outermost one was called from, as far as they are running still."""
    passed, _ = entries(exception)
    frame = passed[0].tb_frame.f_back if passed else None
    for _ in range(CALLER_LIMIT):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def _locals_of(frames: Iterable[FrameType]) -> Iterator[tuple[object, object]]:
    for frame in frames:
        yield from variables(frame)


def _context(values: Mapping[str, object], describer: Describer) -> Iterable[tuple[str, str]]:
    for name, value in islice(values.items(), CONTEXT_LIMIT):
        yield describer.text(name, limit=NAME_LIMIT), describer.value(name, value)


def _chain(
    exception: BaseException, describer: Describer, variables_of: Variables
) -> Iterator[Failure]:
    relation: Relation = ""
    own_frames, breadths = OWN_FRAME_LIMIT, _BREADTHS
    for link in chain(exception):
        failure = _failure(link, describer, variables_of, own_frames, breadths)
        yield replace(failure, relation=relation)
        relation = "cause" if is_caused(link) else "context"
        own_frames, breadths = 1, _BREADTHS_OF_CAUSES


def _failure(
    exception: BaseException,
    describer: Describer,
    variables_of: Variables,
    own_frames: int,
    breadths: tuple[int, ...],
) -> Failure:
    found, left_out = entries(exception)
    every = members(exception)
    shown = tell_apart(every)[: breadths[0]] if breadths else []
    inner_own_frames = 1 if own_frames > 1 else 0
    return Failure(
        kind=_kind(type(exception)),
        message=describer.text(exception, limit=MESSAGE_LIMIT),
        notes=tuple(describer.text(note, limit=MESSAGE_LIMIT) for note in notes(exception)),
        frames=_frames(found, variables_of, own_frames),
        frames_left_out=left_out,
        members=tuple(
            replace(
                _failure(member, describer, variables_of, inner_own_frames, breadths[1:]),
                times=times,
            )
            for member, times in shown
        ),
        members_left_out=len(every) - sum(times for _, times in shown),
    )


def _frames(
    found: list[TracebackType], variables_of: Variables, own_frames: int
) -> tuple[Frame, ...]:
    """Give the frames, so many of the program's innermost with their variables."""
    own = [entry for entry in found if is_own(entry.tb_frame.f_code.co_filename)] or found[-1:]
    told = set(map(id, own[-own_frames:])) if own_frames else set()
    return tuple(_frame(entry, variables_of if id(entry) in told else None) for entry in found)


def _frame(entry: TracebackType, variables_of: Variables | None) -> Frame:
    code = entry.tb_frame.f_code
    shown, left_out = variables_of.describe(entry.tb_frame) if variables_of else ((), 0)
    return Frame(
        cleaned(code.co_filename, PATH_LIMIT),
        entry.tb_lineno,
        cleaned(code.co_qualname, NAME_LIMIT),
        shown,
        left_out,
    )


def _kind(kind: type) -> str:
    name = full_name(kind).removeprefix("builtins.").removeprefix("__main__.")
    return cleaned(name, NAME_LIMIT)
