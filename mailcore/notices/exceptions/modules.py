"""What the modules that frames are in hold by name: where programs keep their settings, and secrets."""

import logging
import pathlib
import re
import typing
from abc import ABCMeta
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from enum import EnumMeta
from types import (
    BuiltinFunctionType,
    FrameType,
    FunctionType,
    GenericAlias,
    ModuleType,
    NoneType,
    UnionType,
)

from mailcore.notices.exceptions.ownership import is_own

__all__ = ["library_globals_of", "own_globals_of"]

MODULE_LIMIT = 50
"""Modules that a module imports of which the globals are looked at for secrets."""

_NO_DATA = frozenset(
    {
        ABCMeta,
        BuiltinFunctionType,
        ContextVar,
        EnumMeta,
        FunctionType,
        GenericAlias,
        ModuleType,
        NoneType,
        UnionType,
        bool,
        float,
        logging.Logger,
        re.Pattern,
        type,
        type(logging.root),
        type(pathlib.Path()),
        type(Callable[[], int]),
        type(typing.Any),
        type(typing.ClassVar),
        type(typing.Optional[int]),  # noqa: UP045 - for its type, which has no public name
        typing.TypeVar,
    }
)

Globals = Iterator[tuple[object, object]]


def own_globals_of(frames: Iterable[FrameType]) -> Globals:
    """Give what is in the program's own modules; in those of its own that these import, too."""
    own = list(_modules(frame for frame in frames if _is_own_frame(frame)))
    seen = set(map(id, own))
    for module in own:
        yield from _data(module)
    for module in own:
        imported = [it for it in list(module.values()) if type(it) is ModuleType]
        for other in map(vars, imported[:MODULE_LIMIT]):
            if id(other) not in seen and _is_own_module(other):
                seen.add(id(other))
                yield from _data(other)


def library_globals_of(frames: Iterable[FrameType]) -> Globals:
    """Give what is in the modules of Python and of installed packages."""
    for module in _modules(frame for frame in frames if not _is_own_frame(frame)):
        yield from _data(module)


def _modules(frames: Iterable[FrameType]) -> Iterator[Mapping[str, object]]:
    """Give each module's globals once."""
    seen = set()
    for frame in frames:
        if id(frame.f_globals) not in seen:
            seen.add(id(frame.f_globals))
            yield frame.f_globals


def _data(module: Mapping[str, object]) -> list[tuple[object, object]]:
    """Give what is no module, function, class or the like, nor Python's own: `__doc__`."""
    return [
        (name, value)
        for name, value in list(module.items())
        if type(value) not in _NO_DATA
        and not issubclass(type(value), type)
        and type(name) is str
        and name[:2] != "__"
    ]


def _is_own_frame(frame: FrameType) -> bool:
    return is_own(frame.f_code.co_filename)


def _is_own_module(module: Mapping[str, object]) -> bool:
    path = module.get("__file__")
    return isinstance(path, str) and is_own(path)
