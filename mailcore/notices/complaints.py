"""What goes wrong with mailcore itself: said on stderr, in one line, and counted; it is never raised."""

import sys
from contextlib import suppress

from mailcore.notices.exceptions.anatomy import type_name
from mailcore.notices.exceptions.description import Describer

__all__ = ["Complaints", "complain"]

COMPLAINT_LIMIT = 500
"""Characters of a line on stderr."""


class Complaints:
    """Says what went wrong, and counts how often something did."""

    def __init__(self) -> None:
        self.count: int = 0

    def __call__(self, what: str, error: BaseException) -> None:
        """Say it."""
        self.count += 1
        complain(what, error)


def complain(what: str, error: BaseException | None = None) -> None:
    """Say on stderr, in one line, what went wrong with mailcore itself; it can't raise."""
    if sys.stderr is None:  # a program without a console: print would take stdout
        return
    with suppress(Exception):
        if error is not None:
            why = Describer().text(error, limit=COMPLAINT_LIMIT)
            what = f"{what}: {type_name(error)}: {' '.join(why.split())}"
        print(f"mailcore.notices: {what}", file=sys.stderr)  # noqa: T201 - there is no other way to tell
