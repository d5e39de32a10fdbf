"""What a program was doing: values that accompany every exception captured meanwhile.

They follow the control flow as `contextvars` do: into awaited coroutines and new tasks, not into
other threads.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from mailcore.notices.hearing.decorating import decorate

__all__ = ["Context", "context_of"]

F = TypeVar("F", bound=Callable[..., Any])

# One variable for all notifiers, as context variables are never freed; each has its own values in it.
_layers: ContextVar[tuple[tuple[object, Mapping[str, object]], ...]] = ContextVar(
    "mailcore.notices.hearing.context", default=()
)


def context_of(owner: object) -> dict[str, object]:
    """Give the owner's values; an inner one hides an outer one of the same name."""
    merged: dict[str, object] = {}
    for whose, values in _layers.get():
        if whose is owner:
            merged |= values
    return merged


class Context:
    """A with block, or a decorator of functions, within which an owner has these values.

    Can be used any number of times, nested and in threads.
    """

    def __init__(self, owner: object, values: Mapping[str, object]) -> None:
        self._layer = (owner, values)

    def __enter__(self) -> None:
        _layers.set((*_layers.get(), self._layer))

    def __exit__(self, *exc: object) -> None:
        layers = _layers.get()
        for index in reversed(range(len(layers))):  # none in a generator closed in another context
            if layers[index] is self._layer:
                _layers.set(layers[:index] + layers[index + 1 :])
                return

    def __call__(self, function: F) -> F:
        """Decorate a function, `async def` too; a generator is refused with `ConfigurationError`."""
        return cast("F", decorate(function, lambda: self))
