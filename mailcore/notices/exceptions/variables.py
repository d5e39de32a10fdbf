"""The local variables of frames, as text; nothing of them stays in a frame that lives on."""

import sys
from inspect import CO_OPTIMIZED
from itertools import islice
from types import (
    BuiltinFunctionType,
    FrameType,
    FunctionType,
    MethodType,
    ModuleType,
)

from mailcore.notices.exceptions.description import Describer, cleaned

__all__ = ["Variables", "variables"]

LOCAL_LIMIT = 100
"""Local variables of a frame that are looked at."""
SHOWN_LIMIT = 12
"""Local variables of a frame that are shown."""
NAME_LIMIT = 100
"""Characters of a variable's name."""

_OWN_REFERENCES = 3  # the frame, the name here, and the argument of getrefcount
_NO_DATA = (ModuleType, FunctionType, BuiltinFunctionType, MethodType, type)

Shown = tuple[tuple[str, str], ...]


class Variables:
    """Describes the variables of each frame once, however many tracebacks pass it."""

    def __init__(self, describer: Describer) -> None:
        self._describer = describer
        self._told: set[int] = set()

    def describe(self, frame: FrameType) -> tuple[Shown, int]:
        """Give the first variables that hold data, by name, and how many more there are."""
        if id(frame) in self._told:
            return (), 0
        self._told.add(id(frame))
        data = [(name, value) for name, value in variables(frame) if _is_data(name, value)]
        shown = tuple(
            (cleaned(str(name), NAME_LIMIT), self._describer.value(name, value))
            for name, value in data[:SHOWN_LIMIT]
        )
        return shown, len(data) - len(shown)


def variables(frame: FrameType) -> list[tuple[object, object]]:
    """Give the local variables with their names, the arguments first.

    Until 3.12 a frame keeps a dict of them once it was asked (PEP 667); it is emptied here, unless
    somebody else has it too, or it is where a module or class has its variables.
    """
    namespace = frame.f_locals
    found: list[tuple[object, object]] = list(islice(namespace.items(), LOCAL_LIMIT))
    is_copy = sys.version_info < (3, 13) and frame.f_code.co_flags & CO_OPTIMIZED
    if is_copy and sys.getrefcount(namespace) <= _OWN_REFERENCES:
        namespace.clear()
    return found


def _is_data(name: object, value: object) -> bool:
    """Tell whether it is no module, function or class, nor something of Python's own."""
    is_plain = type(name) is str and not name.startswith(("__", "."))
    return is_plain and not issubclass(type(value), _NO_DATA)
