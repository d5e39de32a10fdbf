"""What a program was doing: values that accompany every exception captured meanwhile.

They follow the control flow as `contextvars` do: into awaited coroutines and new tasks, not into
other threads.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar

__all__ = ["context_of", "put_context"]

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


@contextmanager
def put_context(owner: object, values: Mapping[str, object]) -> Iterator[None]:
    """Add values for the time of a with block."""
    token = _layers.set((*_layers.get(), (owner, values)))
    try:
        yield
    finally:
        with suppress(ValueError):  # a generator closed in another context: nothing was set there
            _layers.reset(token)
