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

__all__ = ["Worker"]

LONGEST_SLEEP = 3600.0


class _Signal(Enum):
    WAKE = auto()
    STOP = auto()


class _Request:
    """Something to do, and its answer."""

    def __init__(self, work: Callable[[], bool]) -> None:
        self.work = work
        self.done = Event()
        self.went_out = False

    def wait(self, deadline: float) -> bool:
        return self.done.wait(max(0, deadline - monotonic())) and self.went_out


class Worker:
    """One daemon thread. `deliver` does what is due; `wait` tells for how many seconds nothing is.

    It begins once the one `before` it has ended: no two ever work at the same time.
    """

    def __init__(
        self,
        deliver: Callable[[], bool],
        wait: Callable[[], float],
        *,
        before: "Worker | None" = None,
    ) -> None:
        self._deliver = deliver
        self._wait = wait
        self._before = before
        self._signals: SimpleQueue[_Signal | _Request] = SimpleQueue()
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

    def ask(self, work: Callable[[], bool]) -> Callable[[float], bool]:
        """Have it do something; give what waits until a deadline, and tells whether it was done well."""
        request = _Request(work)
        self._signals.put(request)
        return request.wait

    def stop(self) -> None:
        """Have the thread end, once it has done what it was asked before."""
        self._signals.put(_Signal.STOP)

    def join(self, timeout: float | None = None) -> None:
        """Wait for its end."""
        self._thread.join(timeout)

    def _run(self) -> None:
        if self._before is not None:
            self._before.join()
            self._before = None
        while True:
            match self._next_signal():
                case _Request() as request:
                    try:
                        request.went_out = self._attempt(request.work)
                    finally:
                        request.done.set()
                case _Signal.WAKE:
                    self._attempt(self._deliver)
                case _Signal.STOP:
                    return

    def _attempt(self, work: Callable[[], bool]) -> bool:
        try:
            return work()
        except Exception:
            raise
        except BaseException:  # noqa: BLE001 - a transport's: no signal and no exit is meant for this thread
            return False

    def _next_signal(self) -> _Signal | _Request:
        wait = self._wait()
        try:
            return self._signals.get(
                timeout=None if wait == inf else min(max(wait, 0), LONGEST_SLEEP)
            )
        except Empty:
            return _Signal.WAKE
