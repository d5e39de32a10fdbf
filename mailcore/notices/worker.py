"""The thread that mails: it sleeps until something is due, or until it is woken.

Signals travel in a `SimpleQueue`, since putting one never blocks and is safe at any moment: in a signal
handler, or in a finaliser that interrupts another put.
"""

from collections.abc import Callable
from enum import Enum, auto
from math import inf
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import Protocol

__all__ = ["Worker"]

LONGEST_SLEEP = 3600.0


class Deliver(Protocol):
    """What the worker does: send what is due, or everything; tell whether it went out."""

    def __call__(self, *, everything: bool = False) -> bool:
        """Send."""
        ...


class _Signal(Enum):
    WAKE = auto()
    STOP = auto()


class _Flush:
    """A request to send everything, and its answer."""

    def __init__(self) -> None:
        self.done = Event()
        self.went_out = False

    def wait(self, deadline: float) -> bool:
        return self.done.wait(max(0, deadline - monotonic())) and self.went_out


class Worker:
    """One daemon thread. `deliver` does the work; `wait` tells for how many seconds none is due."""

    def __init__(self, deliver: Deliver, wait: Callable[[], float]) -> None:
        self._deliver = deliver
        self._wait = wait
        self._signals: SimpleQueue[_Signal | _Flush] = SimpleQueue()
        self._thread = Thread(target=self._run, name="mailcore.notices", daemon=True)

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs, in this process."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start the thread; raises `RuntimeError` where none can be started, as 3.12 does at exit."""
        self._thread.start()

    def wake(self) -> None:
        """Have it look anew at what is due."""
        self._signals.put(_Signal.WAKE)

    def flush(self) -> Callable[[float], bool]:
        """Have it send everything; give what waits until a deadline, and tells whether all went out."""
        request = _Flush()
        self._signals.put(request)
        return request.wait

    def stop(self) -> None:
        """Have the thread end, once it has done what it was asked before."""
        self._signals.put(_Signal.STOP)

    def join(self, timeout: float) -> None:
        """Wait for its end."""
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            match self._next_signal():
                case _Flush() as request:
                    try:
                        request.went_out = self._attempt(everything=True)
                    finally:
                        request.done.set()
                case _Signal.WAKE:
                    self._attempt()
                case _Signal.STOP:
                    return

    def _attempt(self, *, everything: bool = False) -> bool:
        try:
            return self._deliver(everything=everything)
        except Exception:
            raise
        except BaseException:  # noqa: BLE001 - a transport's: no signal and no exit is meant for this thread
            return False

    def _next_signal(self) -> _Signal | _Flush:
        wait = self._wait()
        try:
            return self._signals.get(
                timeout=None if wait == inf else min(max(wait, 0), LONGEST_SLEEP)
            )
        except Empty:
            return _Signal.WAKE
