"""Members of a group are told apart by type and place, and counted."""

from mailcore.notices.exceptions.anatomy import MEMBER_LIMIT
from mailcore.notices.exceptions.kinds import LOOKED_AT_LIMIT, tell_apart


class HostileMeta(type):
    def __hash__(cls) -> int:
        raise RuntimeError

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError


class Hostile(Exception, metaclass=HostileMeta):
    pass


def raised(error: Exception) -> Exception:
    try:
        raise error  # noqa: TRY301 - so that it has a traceback
    except Exception as caught:  # noqa: BLE001 - whatever the test raises
        return caught


def test_members_of_one_type_and_place_are_one_kind() -> None:
    errors = [raised(ValueError(number)) for number in range(37)]
    assert tell_apart(errors) == [(errors[0], 37)]


def test_another_type_or_place_is_another_kind() -> None:
    errors = [ValueError(1), raised(ValueError(1)), raised(KeyError(1)), ValueError(2)]
    assert tell_apart(errors) == [(errors[0], 2), (errors[1], 1), (errors[2], 1)]


def test_only_so_many_are_looked_at_and_given() -> None:
    [(_, count)] = tell_apart([ValueError()] * 10_000)
    assert count == LOOKED_AT_LIMIT
    kinds = [type(f"Error{number}", (Exception,), {})() for number in range(100)]
    assert len(tell_apart(kinds)) == MEMBER_LIMIT


def test_classes_with_ways_of_their_own_run_no_code() -> None:
    errors = [Hostile(), Hostile()]
    assert tell_apart(errors) == [(errors[0], 2)]
