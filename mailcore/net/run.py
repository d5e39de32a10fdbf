"""The bridge between the colours: finish a coroutine that never suspends.

Every conversation is written once, as `async def` over a `Backend`. With the blocking backend its
awaits block inside and return, so one step runs the whole coroutine: in a thread, in a running event
loop, at interpreter exit, anywhere.
"""

import threading
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

__all__ = ["holds", "run"]

T = TypeVar("T")


class Hold(Protocol):
    """Something taken that has to be given back."""

    def give_back(self) -> None:
        """Give it back, if it is held at all."""
        ...


class Holds(threading.local):
    """What the conversations of this thread have taken."""

    def __init__(self) -> None:
        self.taken: list[Hold] = []


holds: Holds = Holds()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Finish a coroutine of the blocking backend and give its result."""
    before = len(holds.taken)
    try:
        coroutine.send(None)
        coroutine.close()
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        # An interrupt can come between any two steps, also between taking a lock and its `with` block.
        while len(holds.taken) > before:
            holds.taken.pop().give_back()
    raise RuntimeError(
        "a blocking call suspended: it awaited something that is not the blocking backend's"
    )
