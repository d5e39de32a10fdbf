"""Members of an exception group by kind: thousands of them are a few, each with a count."""

from collections.abc import Sequence

from mailcore.notices.exceptions.anatomy import MEMBER_LIMIT, place

__all__ = ["tell_apart"]

LOOKED_AT_LIMIT = 1000
"""Members of a group that are told apart."""


def tell_apart(members: Sequence[BaseException]) -> list[tuple[BaseException, int]]:
    """Give the first member of each type and place, with the number of those like it."""
    first: dict[tuple[int, str, int], BaseException] = {}
    counts: dict[tuple[int, str, int], int] = {}
    for member in members[:LOOKED_AT_LIMIT]:
        kind = (id(type(member)), *place(member))  # a class can have ways of its own to be equal
        first.setdefault(kind, member)
        counts[kind] = counts.get(kind, 0) + 1
    return [(member, counts[kind]) for kind, member in first.items()][:MEMBER_LIMIT]
