"""A function runs within a block of its own, however it is called, and whatever it gives."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

import pytest

from mailcore.errors import ConfigurationError
from mailcore.notices.hearing.decorating import decorate

Events = list[str]


@pytest.fixture
def events() -> Events:
    return []


def block(events: Events) -> AbstractContextManager[None]:
    @contextmanager
    def within() -> Iterator[None]:
        events.append("in")
        yield
        events.append("out")

    return within()


async def work(events: Events, number: int) -> int:
    await asyncio.sleep(0)
    events.append(f"work {number}")
    return number


def test_a_function_runs_within_it_each_time(events: Events) -> None:
    def double(number: int) -> int:
        """Double it."""
        events.append("double")
        return 2 * number

    decorated = decorate(double, lambda: block(events))
    assert [decorated(1), decorated(2)] == [2, 4]
    assert events == ["in", "double", "out"] * 2
    assert decorated.__doc__ == "Double it."


def test_a_coroutine_function_stays_one_and_is_awaited_within_it(events: Events) -> None:
    decorated = decorate(work, lambda: block(events))
    assert iscoroutinefunction(decorated)
    assert asyncio.run(decorated(events, 7)) == 7
    assert events == ["in", "work 7", "out"]


def test_an_object_that_is_called_as_one_is_awaited_within_it(events: Events) -> None:
    class Work:
        async def __call__(self, number: int) -> int:
            return await work(events, number)

    decorated = decorate(Work(), lambda: block(events))
    assert asyncio.run(decorated(7)) == 7
    assert events == ["in", "work 7", "out"]


def test_a_partial_one_is_awaited_within_it(events: Events) -> None:
    decorated = decorate(partial(work, events), lambda: block(events))
    assert asyncio.run(decorated(7)) == 7
    assert events == ["in", "work 7", "out"]


def test_a_coroutine_that_a_plain_function_gives_is_awaited_within_another(events: Events) -> None:
    def begin(number: int) -> Coroutine[Any, Any, int]:
        events.append("begin")
        return work(events, number)

    decorated = decorate(begin, lambda: block(events))
    assert asyncio.run(decorated(7)) == 7
    assert events == ["in", "begin", "out", "in", "work 7", "out"]


def steps() -> Iterator[int]:
    yield 1


async def async_steps() -> AsyncIterator[int]:
    yield 1


@pytest.mark.parametrize("function", [steps, async_steps])
def test_a_generator_is_refused_as_its_body_would_run_outside(
    events: Events, function: Any
) -> None:
    with pytest.raises(ConfigurationError, match="generator"):
        decorate(function, lambda: block(events))


def test_what_is_no_function_is_refused(events: Events) -> None:
    with pytest.raises(ConfigurationError, match="a function can be decorated, not 7"):
        decorate(7, lambda: block(events))  # type: ignore[arg-type] # on purpose
