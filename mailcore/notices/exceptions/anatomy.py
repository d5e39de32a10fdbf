"""What an exception is made of: its causes, traceback, members and notes, and where each is cut.

All of it is read past what a foreign class overrides (attributes, properties, metaclasses), so that
looking into an exception runs none of its code.
"""

import asyncio
from collections.abc import Iterator
from types import TracebackType
from typing import Any, TypeGuard, TypeVar

__all__ = [
    "GROUP_DEPTH",
    "INNER_MEMBER_LIMIT",
    "MEMBER_LIMIT",
    "arguments",
    "attributes",
    "chain",
    "entries",
    "full_name",
    "has_exception",
    "is_a",
    "is_caused",
    "is_failure",
    "lineage",
    "members",
    "notes",
    "place",
    "type_name",
]

K = TypeVar("K")

CHAIN_LIMIT = 8
"""How many exceptions are followed along causes and contexts, the last raised first."""
FRAME_LIMIT = 20
"""How many frames are looked at on either end of a traceback."""
MEMBER_LIMIT = 8
"""How many members of an exception group are looked at."""
GROUP_DEPTH = 2
"""How deep groups are followed: the members, and theirs."""
INNER_MEMBER_LIMIT = 3
"""How many members of a group within another are shown, and of one that was a cause."""
PLACE_DEPTH = 100
"""Entries of a traceback that are followed to the place where an exception was raised."""
NOTE_LIMIT = 8
"""Notes of an exception that are shown."""

_ENDS = (KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError)
_type_name = vars(type)["__name__"].__get__
_type_qualname = vars(type)["__qualname__"].__get__
_type_module = vars(type)["__module__"].__get__
_cause = vars(BaseException)["__cause__"].__get__
_context = vars(BaseException)["__context__"].__get__
_hides_context = vars(BaseException)["__suppress_context__"].__get__
_traceback = vars(BaseException)["__traceback__"].__get__
_attributes = vars(BaseException)["__dict__"].__get__
_arguments = vars(BaseException)["args"].__get__
_members = vars(BaseExceptionGroup)["exceptions"].__get__


def type_name(value: object) -> str:
    """Give the name of an object's type."""
    return str(_type_name(type(value)))


def full_name(kind: type) -> str:
    """Give a type's name with its module's."""
    module = _type_module(kind)
    return f"{module if type(module) is str else '?'}.{_type_qualname(kind)}"


def is_a(exception: object, kinds: type[K] | tuple[type[K], ...]) -> TypeGuard[K]:
    """Tell as `isinstance` does whether it is of one of these types, whatever it says of its class itself."""
    return issubclass(type(exception), kinds)


def has_exception(exception: BaseException) -> bool:
    """Tell an `Exception`, or a group with one in it, from what ends a task or the program."""
    return any(is_a(one, Exception) for one in _leaves(exception))


def is_failure(exception: BaseException) -> bool:
    """Tell whether it is more than being asked to end, or a group of such."""
    return not all(is_a(one, _ENDS) for one in _leaves(exception))


def attributes(exception: BaseException) -> dict[str, Any]:
    """Give the exception's own attributes, which can be changed there."""
    own: dict[str, Any] = _attributes(exception)
    return own


def arguments(exception: BaseException) -> tuple[object, ...]:
    """Give what the exception was made with."""
    found: tuple[object, ...] = _arguments(exception)
    return found


def chain(exception: BaseException) -> Iterator[BaseException]:
    """Give the exception and what it came from, as a traceback shows it; bounded, cycles too."""
    seen: set[int] = set()
    current: BaseException | None = exception
    while current is not None and id(current) not in seen and len(seen) < CHAIN_LIMIT:
        seen.add(id(current))
        yield current
        if is_caused(current) or _hides_context(current):
            current = _cause(current)
        else:
            current = _context(current)


def lineage(exception: BaseException) -> Iterator[BaseException]:
    """Give the exception and all that it came from, what a traceback hides too; bounded."""
    seen: dict[int, BaseException] = {}
    waiting = [exception]
    while waiting and len(seen) < 2 * CHAIN_LIMIT:
        current = waiting.pop()
        if id(current) not in seen:
            seen[id(current)] = current
            yield current
            waiting += [one for one in (_context(current), _cause(current)) if one is not None]


def is_caused(exception: BaseException) -> bool:
    """Tell whether what comes next in the chain is its cause; else it is the context."""
    return _cause(exception) is not None


def entries(exception: BaseException) -> tuple[list[TracebackType], int]:
    """Give the traceback's entries, the outermost first, and how many were left out of the middle."""
    every: list[TracebackType] = []
    traceback: TracebackType | None = _traceback(exception)
    while traceback is not None:
        every.append(traceback)
        traceback = traceback.tb_next
    left_out = max(0, len(every) - 2 * FRAME_LIMIT)
    if left_out:
        every[FRAME_LIMIT:-FRAME_LIMIT] = []
    return every, left_out


def place(exception: BaseException) -> tuple[str, int]:
    """Give the file and line where it was raised, as far as the traceback is followed."""
    traceback: TracebackType | None = _traceback(exception)
    if traceback is None:
        return "", 0
    for _ in range(PLACE_DEPTH):
        if traceback.tb_next is None:
            break
        traceback = traceback.tb_next
    return traceback.tb_frame.f_code.co_filename, traceback.tb_lineno


def members(exception: BaseException) -> tuple[BaseException, ...]:
    """Give the members of a group, however many; none of what is no group."""
    if not issubclass(type(exception), BaseExceptionGroup):
        return ()
    found: tuple[BaseException, ...] = _members(exception)
    return found


def _leaves(exception: BaseException) -> Iterator[BaseException]:
    """Give the exceptions in a group, and in groups within it; else the exception itself."""
    left = [exception]
    while left:
        one = left.pop()
        inner = members(one)
        left.extend(inner)
        if not inner:
            yield one


def notes(exception: BaseException) -> list[Any]:
    """Give the first notes, of which each can be any object."""
    found = attributes(exception).get("__notes__")
    return found[:NOTE_LIMIT] if type(found) is list else []
