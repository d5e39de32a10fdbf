import asyncio

import pytest

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


def test_it_works_inside_a_running_event_loop() -> None:
    async def in_the_loop() -> int:
        return run(give(7))

    assert asyncio.run(in_the_loop()) == 7
