import contextvars
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from queue import SimpleQueue

import pytest

from mailcore.errors import ConfigurationError
from mailcore.net.blocking import BlockingBackend
from mailcore.net.connect import connect_host
from mailcore.net.run import run
from tests.peers import Conversation, Peer, read_to_the_end

Start = Callable[[Conversation], Peer]
Program = Callable[..., subprocess.Popen[str]]

BACKEND = BlockingBackend()

CTRL_C = """
import math, os, signal, socket, sys
from mailcore.net.blocking import BlockingBackend
from mailcore.net.connect import connect_host
from mailcore.net.run import run

stream = run(connect_host(BlockingBackend(), "127.0.0.1", int(sys.argv[1]), deadline=math.inf))
try:
    print("waiting", flush=True)
    run(stream.receive(deadline=math.inf))
except KeyboardInterrupt:
    stream.abort()
    print("interrupted", flush=True)
"""

CTRL_C_AMONG_WORKERS = """
import os
from mailcore.net.blocking import BlockingBackend
from mailcore.net.run import run

backend = BlockingBackend()

async def work(seconds):
    os.write(1, b"working\\n")  # in one piece, beside those of other threads
    await backend.sleep(seconds)

try:
    run(backend.workers(3).map(work, [0, 60, 60]))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""

CTRL_C_AT_ANY_MOMENT = """
import _thread, random, signal, threading, time
from mailcore.net.blocking import BlockingBackend
from mailcore.net.run import run

backend = BlockingBackend()
lock = backend.lock()
random.seed(1)

def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)

async def work(seconds):
    async with lock:
        pass
    await backend.sleep(seconds)

async def hold():
    async with lock:
        pass

for _ in range(100):
    try:
        signal.setitimer(signal.ITIMER_REAL, random.uniform(0.0001, 0.004))
        run(backend.workers(3).map(work, [0, 0.5, 0.5]))
    except KeyboardInterrupt:
        signal.setitimer(signal.ITIMER_REAL, 0)
deadline = time.monotonic() + 5
while _thread._count() and time.monotonic() < deadline:
    time.sleep(0.01)
left = _thread._count()
other = threading.Thread(target=lambda: run(hold()), daemon=True)
other.start()
other.join(5)
print("no thread left," if not left else left, "the lock is taken" if other.is_alive() else "the lock is free")
"""

AT_EXIT = """
import atexit
from mailcore.net.blocking import BlockingBackend
from mailcore.net.run import run

async def double(number):
    return 2 * number

atexit.register(lambda: print(run(BlockingBackend().workers(4).map(double, [1, 2, 3]))))
"""


async def double(number: int) -> int:
    return 2 * number


def test_workers_give_results_in_the_order_of_the_items() -> None:
    async def wait_longer_for_the_first(number: int) -> int:
        await BACKEND.sleep(0.02 if number == 0 else 0)
        return number

    results = run(BACKEND.workers(4).map(wait_longer_for_the_first, range(10)))
    assert results == list(range(10))


def test_workers_never_run_more_at_once_than_they_are_told() -> None:
    running, most = 0, 0
    lock = threading.Lock()

    async def count(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        await BACKEND.sleep(0.005)
        with lock:
            running -= 1

    run(BACKEND.workers(3).map(count, range(20)))
    assert most == 3


def test_nested_workers_do_not_wait_for_each_other() -> None:
    async def outer(number: int) -> int:
        return sum(await BACKEND.workers(2).map(double, range(number)))

    assert run(BACKEND.workers(2).map(outer, range(6))) == [0, 0, 2, 6, 12, 20]


def test_a_single_job_starts_no_thread() -> None:
    async def whereabouts(_: int) -> threading.Thread:
        return threading.current_thread()

    assert run(BACKEND.workers(4).map(whereabouts, [1])) == [threading.current_thread()]


def test_workers_see_the_callers_context_and_keep_their_changes_to_themselves() -> None:
    tenant = contextvars.ContextVar("tenant", default="nobody")
    tenant.set("shop")

    async def look(number: int) -> str:
        seen = tenant.get()
        tenant.set(f"job {number}")
        await BACKEND.sleep(0.002)
        return seen.partition(" ")[0]

    assert set(run(BACKEND.workers(2).map(look, range(6)))) == {"shop"}
    assert tenant.get() == "shop"


def test_items_are_pulled_in_the_callers_thread() -> None:
    pulled_in = set()

    def items() -> Iterator[int]:
        for number in range(5):
            pulled_in.add(threading.current_thread())
            yield number

    run(BACKEND.workers(2).map(double, items()))
    assert pulled_in == {threading.current_thread()}


def test_the_first_failure_calls_off_workers_that_wait_on_a_silent_server(peer: Start) -> None:
    server = peer(lambda client: (read_to_the_end(client), None)[1])

    async def work(number: int) -> None:
        if number == 2:
            await BACKEND.sleep(0.05)
            raise LookupError("the first failure")
        stream = await connect_host(BACKEND, "127.0.0.1", server.port, deadline=math.inf)
        try:
            await stream.receive(deadline=math.inf)
        finally:
            stream.abort()

    begun = time.monotonic()
    with pytest.raises(LookupError, match="the first failure"):
        run(BACKEND.workers(3).map(work, range(3)))
    assert time.monotonic() - begun < 5


def test_calling_off_reaches_nested_workers() -> None:
    async def sleep_long(_: int) -> None:
        await BACKEND.sleep(60)

    async def work(number: int) -> None:
        if number == 0:
            await BACKEND.sleep(0.02)
            raise LookupError("enough")
        await BACKEND.workers(2).map(sleep_long, range(2))

    begun = time.monotonic()
    with pytest.raises(LookupError, match="enough"):
        run(BACKEND.workers(2).map(work, range(2)))
    assert time.monotonic() - begun < 5


def test_calling_off_leaves_functions_that_hang_behind() -> None:
    gate = threading.Event()

    async def work(number: int) -> None:
        if number == 0:
            await BACKEND.sleep(0.02)
            raise LookupError("enough")
        await BACKEND.call(gate.wait, 60)

    begun = time.monotonic()
    with pytest.raises(LookupError, match="enough"):
        run(BACKEND.workers(2).map(work, range(2)))
    gate.set()
    assert time.monotonic() - begun < 5


def test_workers_get_what_functions_give_or_raise() -> None:
    async def work(number: int) -> object:
        try:
            return await BACKEND.call(divmod, 7, number)
        except ZeroDivisionError:
            return "raised"

    assert run(BACKEND.workers(3).map(work, range(3))) == ["raised", (7, 0), (3, 1)]


def test_a_lock_keeps_threads_apart() -> None:
    lock = BACKEND.lock()
    inside: list[int] = []

    async def enter(number: int) -> None:
        async with lock:
            inside.append(number)
            await BACKEND.sleep(0.001)
            assert inside == [number]
            inside.remove(number)

    run(BACKEND.workers(4).map(enter, range(12)))


def test_a_lock_that_is_taken_again_in_the_same_thread_is_an_error_and_no_deadlock() -> None:
    lock = BACKEND.lock()

    async def take_twice() -> None:
        async with lock, lock:
            pass

    async def take_once() -> str:
        async with lock:
            return "taken"

    with pytest.raises(ConfigurationError, match="same thread"):
        run(take_twice())
    assert run(take_once()) == "taken"


def test_a_condition_wakes_who_waits() -> None:
    condition = BACKEND.condition()
    state: list[str] = []

    async def play(part: str) -> None:
        async with condition:
            if part == "waiter":
                while not state:
                    await condition.wait()
                state.append("woken")
            else:
                state.append("set")
                condition.notify_all()

    run(BACKEND.workers(2).map(play, ["waiter", "setter"]))
    assert state == ["set", "woken"]


def test_ready_gives_nothing_at_the_deadline() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert run(BACKEND.ready(read=[one], deadline=BACKEND.now() + 0.01)) == set()


def test_ready_tells_reading_and_writing_apart_by_what_was_asked() -> None:
    left, right = socket.socketpair()
    with left, right:
        asked = BACKEND.ready(read=[left], write=[right], deadline=BACKEND.now() + 1)
        assert run(asked) == {right}


def test_after_a_fork_home_is_another_one() -> None:
    before = BACKEND.home()
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(sending, b"over" if BACKEND.is_over(before) else b"the same")
        os._exit(0)
    os.waitpid(child, 0)
    os.close(sending)
    assert os.read(receiving, 100) == b"over"
    os.close(receiving)
    assert not BACKEND.is_over(before)


def test_ctrl_c_ends_a_wait(peer: Start, start: Program) -> None:
    seen: SimpleQueue[bytes] = SimpleQueue()
    server = peer(lambda client: seen.put(read_to_the_end(client)))
    process = start(CTRL_C, server.port)
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    assert seen.get(timeout=5) == b""


def test_ctrl_c_calls_off_workers(start: Program) -> None:
    process = start(CTRL_C_AMONG_WORKERS)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(3)] == ["working\n"] * 3
    time.sleep(0.5)  # Python hears of a signal that comes just before a system call only after it
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "interrupted\n"
    assert process.wait(10) == 0


def test_ctrl_c_at_any_moment_leaves_no_worker_and_no_lock_behind(start: Program) -> None:
    process = start(CTRL_C_AT_ANY_MOMENT)
    assert process.stdout is not None
    assert process.stdout.read() == "no thread left, the lock is free\n"
    assert process.wait(10) == 0


def test_workers_do_their_work_at_interpreter_exit() -> None:
    """3.12 cannot start a thread then; the caller does the work alone."""
    done = subprocess.run(
        [sys.executable, "-c", AT_EXIT], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[2, 4, 6]\n"
    assert done.stderr == ""
