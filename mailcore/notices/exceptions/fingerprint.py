"""Which exceptions are equal: those of the same types, raised at the same places.

The messages play no part, since they tend to hold what differs from one time to the next. A place
counts once, so that a recursion is one kind however deep it went, and a retry however often. This runs
for every exception that is captured, so it is kept cheap: no text of the exception is asked for.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from mailcore.notices.exceptions.anatomy import (
    GROUP_DEPTH,
    MEMBER_LIMIT,
    chain,
    entries,
    full_name,
    members,
)

__all__ = ["digest", "fingerprint"]


def fingerprint(exception: BaseException) -> str:
    """Give 16 hexadecimal digits, the same in every process that runs the same code."""
    return digest(_places(exception))


def digest(places: Iterable[str]) -> str:
    """Give the fingerprint of what passed these places."""
    text = "\0".join(dict.fromkeys(places))
    return blake2b(text.encode(errors="backslashreplace"), digest_size=8).hexdigest()


def _places(exception: BaseException) -> Iterator[str]:
    for link in chain(exception):
        yield from _own_places(link, GROUP_DEPTH)


def _own_places(exception: BaseException, depth: int) -> Iterator[str]:
    yield full_name(type(exception))
    for entry in entries(exception)[0]:
        code = entry.tb_frame.f_code
        yield f"{code.co_filename}:{entry.tb_lineno}:{code.co_qualname}"
    if depth and (inner := members(exception)[:MEMBER_LIMIT]):
        yield from sorted({"\1".join(_own_places(member, depth - 1)) for member in inner})
