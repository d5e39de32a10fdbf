"""The asyncio colour: every await suspends in the running event loop.

It waits for sockets by the loop's readers and writers, so the loop must have them: the selector loops
and uvloop do; Windows' proactor loop does not.
"""

import asyncio
import math
import os
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Hashable, Iterable
from contextlib import suppress
from contextvars import copy_context
from typing import Any, NamedTuple, TypeVar

from mailcore.errors import ConfigurationError, TimedOut
from mailcore.net.addresses import SocketAddress, is_ip, look_up
from mailcore.net.backend import Condition, Lock, Workers

__all__ = ["AsyncioBackend"]

T = TypeVar("T")
R = TypeVar("R")


class _Home(NamedTuple):
    pid: int
    loop: asyncio.AbstractEventLoop


class AsyncioBackend:
    """The running event loop."""

    def now(self) -> float:
        """Give the monotonic clock; not every loop's own clock is that one."""
        return time.monotonic()

    def home(self) -> Hashable:
        """Tell the process and the loop: a connection of another loop cannot be waited for here."""
        return _Home(os.getpid(), asyncio.get_running_loop())

    def is_over(self, home: Hashable) -> bool:
        """Tell whether it is another process, or a loop that is closed."""
        return not isinstance(home, _Home) or home.pid != os.getpid() or home.loop.is_closed()

    async def sleep(self, seconds: float) -> None:
        """Suspend for so long."""
        await asyncio.sleep(seconds)

    async def ready(
        self,
        *,
        read: Iterable[socket.socket] = (),
        write: Iterable[socket.socket] = (),
        deadline: float,
    ) -> set[socket.socket]:
        """Suspend until the loop reports one."""
        loop = asyncio.get_running_loop()
        happened: set[socket.socket] = set()
        woken: asyncio.Future[None] = loop.create_future()

        def wake(one: socket.socket | None = None) -> None:
            if one is not None:
                happened.add(one)
            if not woken.done():
                woken.set_result(None)

        reading, writing = list(read), list(write)
        timer = None if deadline == math.inf else loop.call_later(deadline - self.now(), wake)
        try:
            for one in reading:
                loop.add_reader(one, wake, one)
            for one in writing:
                loop.add_writer(one, wake, one)
            await woken
        except NotImplementedError as error:
            raise ConfigurationError(
                "this event loop cannot watch sockets: run in a selector loop,"
                " asyncio.run(..., loop_factory=asyncio.SelectorEventLoop)"
            ) from error
        finally:
            if timer is not None:
                timer.cancel()
            for one in reading:
                loop.remove_reader(one)
            for one in writing:
                loop.remove_writer(one)
        return happened

    async def addresses(self, host: str, port: int, *, deadline: float) -> list[SocketAddress]:
        """Look a name up in the loop's executor; at interpreter exit, when it has none, here."""
        if is_ip(host):
            return look_up(host, port)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None if deadline == math.inf else deadline - self.now()):
                return await loop.run_in_executor(None, look_up, host, port)
        except TimeoutError as error:
            raise TimedOut("the host's name was not resolved in time", host=host) from error
        except RuntimeError:
            return look_up(host, port)

    def lock(self) -> Lock:
        """Make a lock for tasks."""
        return asyncio.Lock()

    def condition(self) -> Condition:
        """Make a condition for tasks."""
        return asyncio.Condition()

    def workers(self, limit: int) -> Workers:
        """Make room for up to `limit` tasks."""
        return _Tasks(limit)

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call it in a thread of its own, in a copy of this context.

        The loop's executor has few threads, which others may hold; and one that hangs would hold up the
        end of the loop.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()

        def settle(settle_by: Callable[[Any], None], value: Any) -> None:
            def tell() -> None:
                if not outcome.done():  # called off
                    settle_by(value)

            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(tell)

        def work() -> None:
            try:
                settle(outcome.set_result, function(*arguments))
            except StopIteration as error:  # which no future can hold
                settle(outcome.set_exception, RuntimeError(f"it raised {error!r}"))
            except BaseException as error:  # noqa: BLE001 - whatever else it is, the caller gets it
                settle(outcome.set_exception, error)

        threading.Thread(target=copy_context().run, args=(work,), daemon=True).start()
        return await outcome


class _Tasks:
    """`Workers` in tasks of the running loop."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    async def map(
        self, function: Callable[[T], Coroutine[Any, Any, R]], items: Iterable[T]
    ) -> list[R]:
        room = asyncio.Semaphore(self._limit)

        async def work(item: T) -> R:
            async with room:
                return await function(item)

        tasks = [asyncio.ensure_future(work(item)) for item in items]
        try:
            return await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
