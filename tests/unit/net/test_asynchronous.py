import asyncio
import contextvars
import math
import os
import socket
import threading
import time
import warnings
from collections.abc import Callable, Hashable

import pytest

from mailcore.errors import ConfigurationError, TimedOut
from mailcore.net import asynchronous
from mailcore.net.addresses import SocketAddress
from mailcore.net.asynchronous import AsyncioBackend
from mailcore.net.connect import connect_host
from tests.peers import Conversation, Peer, read_to_the_end

Start = Callable[[Conversation], Peer]

BACKEND = AsyncioBackend()


def listen(client: socket.socket) -> None:
    read_to_the_end(client)


def test_workers_give_results_in_the_order_of_the_items() -> None:
    async def wait_longer_for_the_first(number: int) -> int:
        await BACKEND.sleep(0.01 if number == 0 else 0)
        return number

    results = asyncio.run(BACKEND.workers(4).map(wait_longer_for_the_first, range(10)))
    assert results == list(range(10))


def test_workers_never_run_more_at_once_than_they_are_told() -> None:
    running, most = 0, 0

    async def count(_: int) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await BACKEND.sleep(0.001)
        running -= 1

    asyncio.run(BACKEND.workers(3).map(count, range(20)))
    assert most == 3


def test_the_first_failure_cancels_the_others() -> None:
    cancelled = []

    async def work(number: int) -> None:
        if number == 2:
            raise LookupError("the first failure")
        try:
            await BACKEND.sleep(60)
        except asyncio.CancelledError:
            cancelled.append(number)
            raise

    with pytest.raises(LookupError, match="the first failure"):
        asyncio.run(BACKEND.workers(3).map(work, range(3)))
    assert cancelled == [0, 1]


def test_workers_keep_their_context_to_themselves() -> None:
    tenant = contextvars.ContextVar("tenant", default="shop")

    async def look(number: int) -> str:
        seen = tenant.get()
        tenant.set(f"job {number}")
        return seen

    async def scenario() -> tuple[list[str], str]:
        return await BACKEND.workers(3).map(look, range(3)), tenant.get()

    assert asyncio.run(scenario()) == (["shop"] * 3, "shop")


def test_cancelling_a_wait_leaves_the_loop_no_reader(peer: Start) -> None:
    server = peer(listen)

    async def scenario() -> bool:
        stream = await connect_host(BACKEND, "127.0.0.1", server.port, deadline=math.inf)
        waiting = asyncio.ensure_future(stream.receive(deadline=math.inf))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        removed = asyncio.get_running_loop().remove_reader(stream._socket)
        stream.abort()
        return removed

    assert asyncio.run(scenario()) is False


def test_waiting_does_not_stop_other_tasks(peer: Start) -> None:
    server = peer(listen)

    async def scenario() -> int:
        stream = await connect_host(BACKEND, "127.0.0.1", server.port, deadline=math.inf)
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.001)

        ticking = asyncio.ensure_future(tick())
        with pytest.raises(TimedOut):
            await stream.receive(deadline=BACKEND.now() + 0.05)
        ticking.cancel()
        stream.abort()
        return ticks

    assert asyncio.run(scenario()) > 5


def test_a_slow_name_lookup_runs_into_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def take_long(*_: object) -> list[SocketAddress]:
        time.sleep(0.2)
        return []

    monkeypatch.setattr(asynchronous, "look_up", take_long)
    with pytest.raises(TimedOut, match="name"):
        asyncio.run(BACKEND.addresses("mail.example", 25, deadline=BACKEND.now() + 0.02))


def test_home_is_the_loop_and_over_when_it_is_closed() -> None:
    async def home() -> Hashable:
        here = BACKEND.home()
        assert not BACKEND.is_over(here)
        return here

    first = asyncio.run(home())
    assert BACKEND.is_over(first)


def test_after_a_fork_home_is_over_although_the_loop_lives() -> None:
    receiving, sending = os.pipe()

    async def scenario() -> int:
        home = BACKEND.home()
        child = os.fork()
        if child == 0:
            os.write(sending, b"over" if BACKEND.is_over(home) else b"the same")
            os._exit(0)
        return child

    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        child = asyncio.run(scenario())
    os.waitpid(child, 0)
    os.close(sending)
    assert os.read(receiving, 100) == b"over"
    os.close(receiving)


def test_many_functions_that_block_hold_up_no_other() -> None:
    gate = threading.Event()

    async def scenario() -> int:
        blocked = [asyncio.ensure_future(BACKEND.call(gate.wait, 60)) for _ in range(40)]
        await asyncio.sleep(0.05)
        found: int = await asyncio.wait_for(BACKEND.call(max, 3, 5), 5)
        gate.set()
        await asyncio.gather(*blocked)
        return found

    assert asyncio.run(scenario()) == 5


def test_a_function_that_hangs_does_not_hold_up_the_end_of_the_loop() -> None:
    gate = threading.Event()

    async def scenario() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(BACKEND.call(gate.wait, 60), 0.05)

    begun = time.monotonic()
    asyncio.run(scenario())
    gate.set()
    assert time.monotonic() - begun < 5


def test_what_a_function_raises_is_raised() -> None:
    def stop() -> None:
        raise StopIteration(3)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(BACKEND.call(lambda: 1 / 0))
    with pytest.raises(RuntimeError, match="StopIteration"):
        asyncio.run(BACKEND.call(stop))


def test_a_users_blocking_function_runs_beside_the_loop() -> None:
    async def scenario() -> tuple[int, bool]:
        beside = asyncio.ensure_future(BACKEND.call(time.sleep, 0.03))
        await asyncio.sleep(0)
        return await BACKEND.call(max, 3, 5), beside.done()

    assert asyncio.run(scenario()) == (5, False)


def test_a_loop_that_cannot_watch_sockets_is_named_as_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise NotImplementedError  # as Windows' proactor loop does

    async def scenario() -> None:
        monkeypatch.setattr(asyncio.get_running_loop(), "add_reader", refuse)
        one, other = socket.socketpair()
        with one, other:
            await BACKEND.ready(read=[one], deadline=math.inf)

    with pytest.raises(ConfigurationError, match="selector loop"):
        asyncio.run(scenario())
