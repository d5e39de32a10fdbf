import asyncio

import pytest

from mailcore.net.blocking import BlockingBackend
from mailcore.net.run import run


async def give(value: int) -> int:
    return value


async def suspend() -> None:
    await asyncio.sleep(0)


def test_a_coroutine_that_never_suspends_is_finished() -> None:
    assert run(give(42)) == 42


def test_an_exception_comes_out_as_it_is() -> None:
    async def fail() -> None:
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        run(fail())


def test_a_coroutine_that_suspends_is_an_error_that_says_so() -> None:
    with pytest.raises(RuntimeError, match="not the blocking backend's"):
        run(suspend())


def test_a_call_that_suspends_under_a_lock_is_the_same_error_and_gives_the_lock_back() -> None:
    lock = BlockingBackend().lock()

    async def suspend_inside() -> None:
        async with lock:
            await asyncio.sleep(0)

    async def take() -> int:
        async with lock:
            return 1

    with pytest.raises(RuntimeError, match="not the blocking backend's"):
        run(suspend_inside())
    assert run(take()) == 1


def test_it_works_inside_a_running_event_loop() -> None:
    async def in_the_loop() -> int:
        return run(give(7))

    assert asyncio.run(in_the_loop()) == 7
