"""Context follows the control flow, and belongs to one owner."""

import asyncio
from collections.abc import Iterator
from contextvars import copy_context
from threading import Thread

from mailcore.notices.hearing.context import context_of, put_context

OWNER = object()


def test_values_are_there_inside_the_block_and_gone_after_it() -> None:
    with put_context(OWNER, {"url": "a"}):
        assert context_of(OWNER) == {"url": "a"}
    assert context_of(OWNER) == {}


def test_inner_values_add_to_outer_ones_and_hide_those_of_the_same_name() -> None:
    with put_context(OWNER, {"url": "a", "spider": "s"}):
        with put_context(OWNER, {"url": "b"}):
            assert context_of(OWNER) == {"url": "b", "spider": "s"}
        assert context_of(OWNER) == {"url": "a", "spider": "s"}


def test_another_owner_does_not_see_them() -> None:
    with put_context(OWNER, {"url": "a"}):
        assert context_of(object()) == {}


def test_another_thread_does_not_see_them() -> None:
    seen: list[dict[str, object]] = []
    with put_context(OWNER, {"url": "a"}):
        thread = Thread(target=lambda: seen.append(context_of(OWNER)))
        thread.start()
        thread.join()
    assert seen == [{}]


def test_tasks_at_the_same_time_have_each_their_own() -> None:
    async def crawl(url: str) -> dict[str, object]:
        with put_context(OWNER, {"url": url}):
            await asyncio.sleep(0)
            return context_of(OWNER)

    async def crawl_all() -> list[dict[str, object]]:
        with put_context(OWNER, {"run": 1}):
            return list(await asyncio.gather(crawl("a"), crawl("b")))

    assert asyncio.run(crawl_all()) == [{"run": 1, "url": "a"}, {"run": 1, "url": "b"}]


def test_a_generator_that_is_closed_in_another_context_raises_nothing() -> None:
    def steps() -> Iterator[dict[str, object]]:
        with put_context(OWNER, {"url": "a"}):
            yield context_of(OWNER)

    generator = steps()
    assert copy_context().run(next, generator) == {"url": "a"}
    generator.close()  # type: ignore[attr-defined] # an iterator that is a generator
    assert context_of(OWNER) == {}
