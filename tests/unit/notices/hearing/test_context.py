"""Context follows the control flow, and belongs to one owner."""

import asyncio
from collections.abc import Iterator
from contextvars import copy_context
from threading import Thread

from mailcore.notices.hearing.context import Context, context_of

OWNER = object()


def test_values_are_there_inside_the_block_and_gone_after_it() -> None:
    with Context(OWNER, {"url": "a"}):
        assert context_of(OWNER) == {"url": "a"}
    assert context_of(OWNER) == {}


def test_inner_values_add_to_outer_ones_and_hide_those_of_the_same_name() -> None:
    with Context(OWNER, {"url": "a", "spider": "s"}):
        with Context(OWNER, {"url": "b"}):
            assert context_of(OWNER) == {"url": "b", "spider": "s"}
        assert context_of(OWNER) == {"url": "a", "spider": "s"}


def test_another_owner_does_not_see_them() -> None:
    with Context(OWNER, {"url": "a"}):
        assert context_of(object()) == {}


def test_another_thread_does_not_see_them() -> None:
    seen: list[dict[str, object]] = []
    with Context(OWNER, {"url": "a"}):
        thread = Thread(target=lambda: seen.append(context_of(OWNER)))
        thread.start()
        thread.join()
    assert seen == [{}]


def test_tasks_at_the_same_time_have_each_their_own() -> None:
    async def crawl(url: str) -> dict[str, object]:
        with Context(OWNER, {"url": url}):
            await asyncio.sleep(0)
            return context_of(OWNER)

    async def crawl_all() -> list[dict[str, object]]:
        with Context(OWNER, {"run": 1}):
            return list(await asyncio.gather(crawl("a"), crawl("b")))

    assert asyncio.run(crawl_all()) == [{"run": 1, "url": "a"}, {"run": 1, "url": "b"}]


def test_a_generator_that_is_closed_in_another_context_raises_nothing() -> None:
    def steps() -> Iterator[dict[str, object]]:
        with Context(OWNER, {"url": "a"}):
            yield context_of(OWNER)

    generator = steps()
    assert copy_context().run(next, generator) == {"url": "a"}
    generator.close()  # type: ignore[attr-defined] # an iterator that is a generator
    assert context_of(OWNER) == {}


def test_a_decorated_function_has_them_while_it_runs() -> None:
    @Context(OWNER, {"url": "a"})
    def crawl() -> dict[str, object]:
        return context_of(OWNER)

    assert crawl() == {"url": "a"}
    assert context_of(OWNER) == {}


def test_a_decorated_coroutine_has_them_while_it_runs() -> None:
    @Context(OWNER, {"url": "a"})
    async def crawl() -> dict[str, object]:
        await asyncio.sleep(0)
        return context_of(OWNER)

    assert asyncio.run(crawl()) == {"url": "a"}


def test_the_same_one_can_be_nested_in_itself() -> None:
    context = Context(OWNER, {"url": "a"})
    with context:
        with context, Context(OWNER, {"url": "b"}):
            assert context_of(OWNER) == {"url": "b"}
        assert context_of(OWNER) == {"url": "a"}
    assert context_of(OWNER) == {}
