"""An exception as plain text, taken where it was caught: it keeps no frame and no object alive.

Source lines are not here: whoever renders a notice looks them up, in a thread of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from mailcore.notices.exceptions.anatomy import (
    GROUP_DEPTH,
    MEMBER_LIMIT,
    chain,
    entries,
    full_name,
    is_caused,
    members,
    notes,
    type_name,
)
from mailcore.notices.exceptions.description import Describer, cleaned

__all__ = ["Failure", "Frame", "Snapshot", "stand_in", "take_snapshot"]

MESSAGE_LIMIT = 2000
"""Characters of an exception's message."""
NAME_LIMIT = 200
"""Characters of a type's, function's or context value's name."""
PATH_LIMIT = 1000
"""Characters of a file's path."""
CONTEXT_LIMIT = 30
"""Context values that are shown."""

Relation = Literal["", "cause", "context"]


class Frame(NamedTuple):
    """Where a traceback passed: the code and its line number."""

    path: str
    line: int
    function: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One exception: its type, message, notes, and frames from the outermost to where it was raised.

    `relation` is what it is to the failure before it in a chain: its cause, or the context it was
    raised in. `members` are those of an exception group.
    """

    kind: str
    message: str
    relation: Relation = ""
    notes: tuple[str, ...] = ()
    frames: tuple[Frame, ...] = ()
    frames_left_out: int = 0
    members: tuple["Failure", ...] = ()
    members_left_out: int = 0

    @property
    def name(self) -> str:
        """The type's name alone."""
        return self.kind.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a notice tells: the failure that was captured, then what it came from, and the context."""

    failures: tuple[Failure, ...]
    context: tuple[tuple[str, str], ...] = ()

    @property
    def failure(self) -> Failure:
        """The exception that was captured."""
        return self.failures[0]


def take_snapshot(exception: BaseException, context: Mapping[str, object]) -> Snapshot:
    """Give the exception and its context as text, everything bounded."""
    describer = Describer()
    return Snapshot(tuple(_chain(exception, describer)), tuple(_context(context, describer)))


def stand_in(name: str, error: Exception, context: Mapping[str, object] | None = None) -> Snapshot:
    """Give what is told of something of this name that can't be described, because of an error."""
    describer = Describer()
    reason = f"{type_name(error)}: {describer.text(error, limit=MESSAGE_LIMIT)}"
    failure = Failure(cleaned(name, NAME_LIMIT), f"can't be described: {reason}")
    return Snapshot((failure,), tuple(_context(context or {}, describer)))


def _context(values: Mapping[str, object], describer: Describer) -> Iterable[tuple[str, str]]:
    for name, value in islice(values.items(), CONTEXT_LIMIT):
        yield describer.text(name, limit=NAME_LIMIT), describer.value(name, value)


def _chain(exception: BaseException, describer: Describer) -> Iterable[Failure]:
    relation: Relation = ""
    for link in chain(exception):
        yield _failure(link, relation, describer, GROUP_DEPTH)
        relation = "cause" if is_caused(link) else "context"


def _failure(
    exception: BaseException, relation: Relation, describer: Describer, depth: int
) -> Failure:
    frames, left_out = entries(exception)
    every = members(exception)
    shown = every[:MEMBER_LIMIT] if depth else ()
    return Failure(
        kind=_kind(type(exception)),
        message=describer.text(exception, limit=MESSAGE_LIMIT),
        relation=relation,
        notes=tuple(describer.text(note, limit=MESSAGE_LIMIT) for note in notes(exception)),
        frames=tuple(
            Frame(
                cleaned(entry.tb_frame.f_code.co_filename, PATH_LIMIT),
                entry.tb_lineno,
                cleaned(entry.tb_frame.f_code.co_qualname, NAME_LIMIT),
            )
            for entry in frames
        ),
        frames_left_out=left_out,
        members=tuple(_failure(member, "", describer, depth - 1) for member in shown),
        members_left_out=len(every) - len(shown),
    )


def _kind(kind: type) -> str:
    name = full_name(kind).removeprefix("builtins.").removeprefix("__main__.")
    return cleaned(name, NAME_LIMIT)
