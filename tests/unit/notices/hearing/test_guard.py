"""A guard reports and goes on; what ends a program or a task passes."""

import asyncio
import pickle

import pytest

from mailcore.notices.hearing.guard import Guard

Reports = list[BaseException]


@pytest.fixture
def reports() -> Reports:
    return []


def guard(reports: Reports, *, reporter: str = "one", reraise: bool = False) -> Guard:
    return Guard(reports.append, reporter=reporter, reraise=reraise)


def test_an_exception_is_reported_and_swallowed(reports: Reports) -> None:
    error = ValueError()
    with guard(reports):
        raise error
    assert reports == [error]


def test_it_passes_on_request(reports: Reports) -> None:
    error = ValueError()
    with pytest.raises(ValueError), guard(reports, reraise=True):  # noqa: PT011 - that very one
        raise error
    assert reports == [error]


@pytest.mark.parametrize(
    "kind", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError]
)
def test_what_is_no_exception_passes_unreported(
    reports: Reports, kind: type[BaseException]
) -> None:
    with pytest.raises(kind), guard(reports):
        raise kind
    assert reports == []


def test_a_group_with_an_exception_in_it_is_reported_and_passes(reports: Reports) -> None:
    group = BaseExceptionGroup("", [BaseExceptionGroup("", [ValueError(), KeyboardInterrupt()])])
    with pytest.raises(BaseExceptionGroup), guard(reports), guard(reports):
        raise group
    assert reports == [group]


def test_a_group_of_what_is_no_exception_passes_unreported(reports: Reports) -> None:
    with pytest.raises(BaseExceptionGroup), guard(reports):
        raise BaseExceptionGroup("", [asyncio.CancelledError()])
    assert reports == []


def test_it_is_an_asynchronous_with_block_too(reports: Reports) -> None:
    async def main() -> None:
        async with guard(reports):
            await asyncio.sleep(0)
            raise ValueError

    asyncio.run(main())
    assert [type(error) for error in reports] == [ValueError]


def test_a_decorated_function_gives_its_result_or_none(reports: Reports) -> None:
    @guard(reports)
    def divide(number: int) -> float:
        """Divide ten."""
        return 10 / number

    assert (divide(5), divide(0)) == (2, None)
    assert divide.__doc__ == "Divide ten."
    assert [type(error) for error in reports] == [ZeroDivisionError]


def test_a_decorated_coroutine_function_is_guarded_while_it_runs(reports: Reports) -> None:
    @guard(reports)
    async def divide(number: int) -> float:
        await asyncio.sleep(0)
        return 10 / number

    async def main() -> list[float | None]:
        return [await divide(5), await divide(0)]

    assert asyncio.run(main()) == [2, None]
    assert [type(error) for error in reports] == [ZeroDivisionError]


def test_a_cancelled_coroutine_is_cancelled(reports: Reports) -> None:
    @guard(reports)
    async def wait() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert reports == []


def test_what_an_inner_guard_reported_an_outer_one_does_not(reports: Reports) -> None:
    with guard(reports), guard(reports, reraise=True), guard(reports, reraise=True):
        raise ValueError
    assert len(reports) == 1


def test_one_of_another_reporter_does(reports: Reports) -> None:
    with guard(reports, reporter="two"), guard(reports, reraise=True):
        raise ValueError
    assert len(reports) == 2


def test_the_same_object_raised_again_is_reported_again(reports: Reports) -> None:
    error = ValueError()
    for _ in range(3):
        with guard(reports), guard(reports, reraise=True):
            raise error
    assert len(reports) == 3


def test_a_reported_exception_can_still_be_pickled(reports: Reports) -> None:
    with pytest.raises(ValueError, match="x") as caught, guard(reports, reraise=True):
        raise ValueError("x")
    assert pickle.loads(pickle.dumps(caught.value)).args == ("x",)  # noqa: S301 - its own pickle


def test_an_exception_that_refuses_attributes_is_reported(reports: Reports) -> None:
    class Sealed(Exception):
        def __getattr__(self, name: str) -> object:
            raise RuntimeError(name)

        def __setattr__(self, name: str, value: object) -> None:
            raise RuntimeError(name)

    with guard(reports), guard(reports, reraise=True):
        raise Sealed
    assert {type(error) for error in reports} == {Sealed}
