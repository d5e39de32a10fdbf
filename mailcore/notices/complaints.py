"""What goes wrong with mailcore itself: said on stderr, in one line, and counted; it is never raised.

Where a program has sent stderr into its log, a complaint is a log record too. What is captured while one
is said is not to be told: if the mailing fails, that would be the next complaint, and so on for ever.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mailcore.notices.exceptions.anatomy import type_name
from mailcore.notices.exceptions.description import Describer

__all__ = ["Complaints", "complain", "is_complaining"]

COMPLAINT_LIMIT = 500
"""Characters of a line on stderr."""

_this_thread = threading.local()


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
    if sys.stderr is None:  # a program without a console
        return
    if is_complaining():  # stderr, or what it leads to, has brought this about
        return
    with _complaining(), suppress(Exception):
        if error is not None:
            why = Describer().text(error, limit=COMPLAINT_LIMIT)
            what = f"{what}: {type_name(error)}: {' '.join(why.split())}"
        sys.stderr.write(
            f"mailcore.notices: {what}\n"
        )  # at once: other threads write there as well


def is_complaining() -> bool:
    """Tell whether a complaint is being said in this very thread."""
    return getattr(_this_thread, "is_complaining", False)


@contextmanager
def _complaining() -> Iterator[None]:
    _this_thread.is_complaining = True
    try:
        yield
    finally:
        _this_thread.is_complaining = False
