"""Equal exceptions have equal fingerprints, and different bugs different ones."""

import pytest

from mailcore.notices.exceptions.fingerprint import digest, places


def fingerprint(exception: BaseException) -> str:
    return digest(places(exception))


def caught(function: object, *arguments: object) -> BaseException:
    assert callable(function)
    try:
        function(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever the test raises
        return error
    raise AssertionError("nothing was raised")


def fail(message: str, kind: type[Exception] = ValueError) -> None:
    raise kind(message)


def fail_elsewhere(message: str) -> None:
    raise ValueError(message)


def recurse(depth: int) -> None:
    if depth == 0:
        raise ValueError
    recurse(depth - 1)


def wrap(cause: Exception) -> None:
    raise RuntimeError from cause


def retry(times: int) -> None:
    try:
        raise ValueError  # noqa: TRY301 - what is retried
    except ValueError:
        if times > 1:
            retry(times - 1)
        raise KeyError from None


def group(*members: Exception) -> ExceptionGroup[Exception]:
    return ExceptionGroup("several", members)


def test_the_message_plays_no_part() -> None:
    assert fingerprint(caught(fail, "one")) == fingerprint(caught(fail, "two"))


def test_the_type_tells_exceptions_apart() -> None:
    assert fingerprint(caught(fail, "one")) != fingerprint(caught(fail, "one", KeyError))


def test_the_place_tells_exceptions_apart() -> None:
    assert fingerprint(caught(fail, "one")) != fingerprint(caught(fail_elsewhere, "one"))


def test_the_cause_tells_exceptions_apart() -> None:
    assert fingerprint(caught(wrap, ValueError())) != fingerprint(caught(wrap, KeyError()))


def test_the_context_tells_exceptions_apart_unless_it_is_suppressed() -> None:
    plain, within, suppressed = ValueError(), ValueError(), ValueError()
    within.__context__ = suppressed.__context__ = KeyError()
    suppressed.__suppress_context__ = True
    assert fingerprint(within) != fingerprint(plain) == fingerprint(suppressed)


@pytest.mark.parametrize("depths", [(3, 4), (10, 900)])
def test_a_recursion_is_one_kind_however_deep(depths: tuple[int, int]) -> None:
    assert len({fingerprint(caught(recurse, depth)) for depth in depths}) == 1


def test_a_retry_is_one_kind_however_often() -> None:
    assert fingerprint(caught(retry, 2)) == fingerprint(caught(retry, 3))


def test_the_members_tell_groups_apart_but_not_their_order_or_number() -> None:
    value, key = caught(fail, "x"), caught(fail, "x", KeyError)
    assert isinstance(value, Exception)
    assert isinstance(key, Exception)
    assert fingerprint(group(value, key)) == fingerprint(group(key, value, value))
    assert fingerprint(group(value)) != fingerprint(group(key))


def test_an_exception_that_was_never_raised_has_one_too() -> None:
    assert fingerprint(ValueError("x")) == fingerprint(ValueError("y"))
    assert len(fingerprint(ValueError())) == 16


def test_a_file_name_that_is_no_utf8_is_no_obstacle() -> None:
    code = compile("raise ValueError", "odd\udcff.py", "exec")
    assert len(fingerprint(caught(exec, code))) == 16
