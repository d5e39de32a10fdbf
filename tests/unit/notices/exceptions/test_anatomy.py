"""An exception is read without any of its code, up to limits."""

import asyncio
import socket

import pytest

from mailcore.notices.exceptions.anatomy import (
    CHAIN_LIMIT,
    FRAME_LIMIT,
    NOTE_LIMIT,
    PLACE_DEPTH,
    attributes,
    chain,
    entries,
    full_name,
    has_exception,
    is_a,
    is_caused,
    is_failure,
    members,
    notes,
    place,
    type_name,
)


def hostile(member: Exception) -> BaseException:
    """Give a group whose every attribute, and whose class's every attribute, ends the program."""

    class HostileKind(type):
        def __getattribute__(cls, name: str) -> object:
            raise SystemExit(name)

    class Hostile(ExceptionGroup[Exception], metaclass=HostileKind):
        def __getattribute__(self, name: str) -> object:
            raise SystemExit(name)

    return Hostile("many", [member])


def recurse(depth: int) -> None:
    if depth == 0:
        raise ValueError
    recurse(depth - 1)


def test_no_code_of_a_hostile_class_is_run() -> None:
    member = ValueError()
    error = hostile(member)
    attributes(error)["__notes__"] = ["note"]
    assert type_name(error) == "Hostile"
    assert full_name(type(error)).endswith(".hostile.<locals>.Hostile")
    assert [id(link) for link in chain(error)] == [id(error)]
    assert entries(error) == ([], 0)
    assert members(error) == (member,)
    assert notes(error) == ["note"]
    assert not is_caused(error)


@pytest.mark.parametrize("kind", [ValueError, socket.gaierror, asyncio.CancelledError])
def test_a_type_has_the_name_that_python_gives_it(kind: type[BaseException]) -> None:
    assert full_name(kind) == f"{kind.__module__}.{kind.__qualname__}"


def test_a_module_that_is_no_text_is_not_asked_for_one() -> None:
    assert full_name(type("Odd", (), {"__module__": 5})) == "?.Odd"


def test_a_chain_stops_where_it_closes_on_itself() -> None:
    one, two = ValueError(), KeyError()
    one.__cause__, two.__cause__ = two, one
    assert list(chain(one)) == [one, two]


def test_a_long_chain_is_followed_only_so_far() -> None:
    error = ValueError()
    for _ in range(400):
        outer = ValueError()
        outer.__cause__ = error
        error = outer
    assert len(list(chain(error))) == CHAIN_LIMIT


def test_a_long_traceback_loses_its_middle() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - it says nothing
        recurse(500)
    kept, left_out = entries(caught.value)
    assert (len(kept), left_out) == (2 * FRAME_LIMIT, 502 - 2 * FRAME_LIMIT)
    assert kept[0] is caught.value.__traceback__
    assert kept[-1].tb_next is None


def test_a_cause_comes_before_the_context_even_if_that_is_not_hidden() -> None:
    error, cause = ValueError(), KeyError()
    error.__cause__, error.__context__, error.__suppress_context__ = cause, OSError(), False
    assert list(chain(error)) == [error, cause]
    assert is_caused(error)


def test_notes_are_given_up_to_a_limit() -> None:
    error = ValueError()
    for number in range(20):
        error.add_note(f"note {number}")
    assert notes(error) == [f"note {number}" for number in range(NOTE_LIMIT)]


def test_notes_that_are_no_list_are_none() -> None:
    error = ValueError()
    error.__notes__ = 5  # type: ignore[assignment] # anything can be put there
    assert notes(error) == []


def test_the_place_is_where_it_was_raised() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its own
        recurse(3)
    assert place(caught.value) == (__file__, recurse.__code__.co_firstlineno + 2)
    assert place(ValueError()) == ("", 0)


def test_the_place_is_looked_for_no_deeper_than_a_limit() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - its own
        recurse(PLACE_DEPTH + 10)
    assert place(caught.value) == (__file__, recurse.__code__.co_firstlineno + 3)


def test_what_it_is_does_not_depend_on_what_it_says() -> None:
    class Liar(Exception):
        __class__ = KeyboardInterrupt  # type: ignore[assignment] # on purpose

    assert is_a(Liar(), Exception)
    assert not is_a(Liar(), (KeyboardInterrupt, SystemExit))
    assert has_exception(Liar())


@pytest.mark.parametrize(
    ("error", "has_one", "is_one"),
    [
        (ValueError(), True, True),
        (KeyboardInterrupt(), False, False),
        (asyncio.CancelledError(), False, False),
        (BaseExceptionGroup("", [SystemExit(), KeyboardInterrupt()]), False, False),
        (BaseExceptionGroup("", [SystemExit(), ValueError()]), True, True),
        (BaseExceptionGroup("", [ExceptionGroup("", [ValueError()]), SystemExit()]), True, True),
        (type("Cancelled", (BaseException,), {})(), False, True),  # as trio has one
    ],
)
def test_a_failure_is_told_from_being_asked_to_end(
    error: BaseException, has_one: bool, is_one: bool
) -> None:
    assert (has_exception(error), is_failure(error)) == (has_one, is_one)
