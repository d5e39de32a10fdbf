"""The bridge between the colours: finish a coroutine that never suspends.

Every conversation is written once, as `async def` over a `Backend`. With the blocking backend its
awaits block inside and return, so one step runs the whole coroutine: in a thread, in a running event
loop, at interpreter exit, anywhere.
"""

from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["run"]

T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Finish a coroutine of the blocking backend and give its result."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError(
        "a blocking call suspended: it awaited something that is not the blocking backend's"
    )
