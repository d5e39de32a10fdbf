"""What is wrong in a published text, and where."""

from typing import NamedTuple

__all__ = ["Fault", "Span"]


class Span(NamedTuple):
    """Where in a text: from `start` up to `end`, counted in characters."""

    start: int
    end: int


class Fault(NamedTuple):
    """One thing that is wrong: a clause for people, the place, and the tag that is there once more."""

    message: str
    span: Span
    repeated: str = ""
