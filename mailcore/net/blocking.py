"""The blocking colour: every await blocks inside, in the calling thread, and returns.

Only `workers` starts threads; where none can be started (at interpreter exit), the caller works alone.
"""

import _thread
import math
import os
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Hashable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from contextvars import ContextVar, copy_context
from typing import Any, TypeVar

from mailcore.errors import ConfigurationError
from mailcore.net.addresses import SocketAddress, look_up
from mailcore.net.backend import Condition, Lock, Workers
from mailcore.net.run import holds, run

__all__ = ["BlockingBackend"]

T = TypeVar("T")
R = TypeVar("R")

HELPER_POLL_SECONDS = 0.05  # between two looks whether a helper is done, if its wake-up was lost

# poll(2) has no limit on descriptors and costs no descriptor of its own; Windows has only select().
_Selector: type[selectors.BaseSelector] = getattr(
    selectors, "PollSelector", selectors.SelectSelector
)


class BlockingBackend:
    """Sockets, threads' locks, and the thread that calls."""

    def now(self) -> float:
        """Give the monotonic clock."""
        return time.monotonic()

    def home(self) -> Hashable:
        """Tell the process: after a fork, the parent's connections are not the child's."""
        return os.getpid()

    def is_over(self, home: Hashable) -> bool:
        """Tell whether it is another process, the parent of this one."""
        return home != self.home()

    async def sleep(self, seconds: float) -> None:
        """Block for so long, or until the workers that this runs among are called off."""
        if _crew.get() is None:
            time.sleep(seconds)  # noqa: ASYNC251 - this colour blocks, on purpose
        else:
            await self.ready(deadline=self.now() + seconds)

    async def ready(
        self,
        *,
        read: Iterable[socket.socket] = (),
        write: Iterable[socket.socket] = (),
        deadline: float,
    ) -> set[socket.socket]:
        """Wait in the system; a crew that is called off stops waiting."""
        wanted = dict.fromkeys(read, selectors.EVENT_READ)
        for one in write:
            wanted[one] = wanted.get(one, 0) | selectors.EVENT_WRITE
        alarms = _alarms()
        with _Selector() as selector:
            for one, events in wanted.items():
                selector.register(one, events)
            for alarm in alarms:
                selector.register(alarm, selectors.EVENT_READ)
            timeout = None if deadline == math.inf else max(0.0, deadline - self.now())
            happened = {key.fileobj for key, _ in selector.select(timeout)}
        if not happened.isdisjoint(alarms):
            raise CalledOff
        return wanted.keys() & happened

    async def addresses(self, host: str, port: int, *, deadline: float) -> list[SocketAddress]:
        """Look a host up; the system's resolver keeps its own time."""
        del deadline
        return look_up(host, port)

    def lock(self) -> Lock:
        """Make a lock for threads."""
        return _ThreadLock()

    def condition(self) -> Condition:
        """Make a condition for threads."""
        return _ThreadCondition()

    def workers(self, limit: int) -> Workers:
        """Make room for up to `limit` threads, the caller's own included."""
        return _Threads(limit)

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call it, here; in a crew that may be called off, in a thread that is left behind then."""
        if not _alarms():
            return function(*arguments)
        ended, bell = socket.socketpair()
        outcome: Future[T] = Future()

        def work() -> None:
            with bell:
                try:
                    outcome.set_result(function(*arguments))
                except BaseException as error:  # noqa: BLE001 - whatever it is, the caller gets it
                    outcome.set_exception(error)

        with ended:
            try:
                threading.Thread(target=copy_context().run, args=(work,), daemon=True).start()
            except RuntimeError:  # at the interpreter's end
                work()
            await self.ready(read=[ended], deadline=math.inf)
        return outcome.result()


class _ThreadLock:
    """A lock that `run` gives back where an interrupt comes between taking it and using it.

    It is reentrant only so that giving back what is not held is an error, and not another's hold.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()

    async def __aenter__(self) -> None:
        if self in holds.taken:
            raise ConfigurationError(
                "this connection is in use further up in the same thread: what is called while a"
                " message is sent, such as an attachment's content, cannot send by it"
            )
        holds.taken.append(self)
        self._lock.acquire()

    async def __aexit__(self, *exc: object) -> None:
        self.give_back()
        holds.taken.remove(self)

    def give_back(self) -> None:
        with suppress(RuntimeError):  # it was not taken yet, or is given back already
            self._lock.release()


class _ThreadCondition:
    def __init__(self) -> None:
        self._condition = threading.Condition()

    async def __aenter__(self) -> None:
        self._condition.acquire()

    async def __aexit__(self, *exc: object) -> None:
        self._condition.release()

    async def wait(self) -> None:
        self._condition.wait()

    def notify(self, n: int = 1) -> None:
        self._condition.notify(n)

    def notify_all(self) -> None:
        self._condition.notify_all()


class CalledOff(BaseException):
    """Raised where a worker waits, when another one failed or the caller was interrupted."""


class _Crew:
    """The threads of one `map`: an alarm that all of them hear, and the first failure."""

    def __init__(self) -> None:
        self.outer = _crew.get()
        self.failure: BaseException | None = None
        self.alarm, self._bell = socket.socketpair()

    def call_off(self, failure: BaseException) -> None:
        if self.failure is None:
            self.failure = failure
            with suppress(OSError):  # nobody listens any more
                self._bell.send(b"!")

    def close(self) -> None:
        self.alarm.close()
        self._bell.close()


_crew: ContextVar[_Crew | None] = ContextVar("mailcore_crew", default=None)


def _alarms() -> list[socket.socket]:
    """Give the alarms that this thread must hear: of its own crew, and of those around it."""
    alarms = []
    crew = _crew.get()
    while crew is not None:
        if crew.alarm.fileno() >= 0:  # else its work is over, and this thread outlived it
            alarms.append(crew.alarm)
        crew = crew.outer
    return alarms


class _Threads:
    """`Workers` in threads made for one `map`, so that nested ones cannot wait for each other."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    async def map(
        self, function: Callable[[T], Coroutine[Any, Any, R]], items: Iterable[T]
    ) -> list[R]:
        jobs = deque(enumerate(items))
        results: dict[int, R] = {}
        crew = _Crew()
        context = copy_context()
        context.run(_crew.set, crew)

        def work() -> None:
            while jobs and crew.failure is None:
                try:
                    index, item = jobs.popleft()
                except IndexError:
                    return
                try:
                    results[index] = context.copy().run(run, function(item))
                except BaseException as error:  # noqa: BLE001 - raised below, in the caller
                    crew.call_off(error)

        helpers: list[_Helper] = []
        try:
            _start(work, min(self._limit, len(jobs)) - 1, helpers)
            work()
            _join(helpers)
        except BaseException as interrupt:
            crew.call_off(interrupt)
            _join(helpers)
            raise
        finally:
            crew.close()
        if crew.failure is not None:
            raise crew.failure
        return [result for _, result in sorted(results.items())]


class _Helper:
    """A thread that Ctrl-C cannot break: `Thread.start` and `join` leave locks taken where it strikes.

    One that has not begun when the caller's own work is over finds nothing left to do.
    """

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._end = _thread.allocate_lock()
        self._end.acquire()
        self._has_begun = self._is_done = False

    def start(self) -> None:
        _thread.start_new_thread(self._run, ())

    def join(self) -> None:
        while self._has_begun and not self._is_done:
            self._end.acquire(timeout=HELPER_POLL_SECONDS)  # a wake-up may be lost to Ctrl-C

    def _run(self) -> None:
        self._has_begun = True
        try:
            self._work()
        finally:
            self._is_done = True
            self._end.release()


def _start(work: Callable[[], None], count: int, helpers: list[_Helper]) -> None:
    """Start so many, into a list that shows them at once; fewer where the interpreter refuses."""
    for _ in range(count):
        helpers.append(_Helper(work))
        try:
            helpers[-1].start()
        except RuntimeError:  # "can't start new thread at interpreter shutdown"
            return


def _join(helpers: list[_Helper]) -> None:
    for helper in helpers:
        helper.join()
