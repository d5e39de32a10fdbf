"""What a notice tells, in order, before it is text or HTML: frozen values.

Lines are as they came: whoever writes them makes them legible, and only those that fit.
"""

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Code", "Document", "Line", "Prose", "Rows", "Section", "Story"]


class Line(NamedTuple):
    """A line of code or output; marked ones stand out."""

    text: str
    is_marked: bool = False


@dataclass(frozen=True, slots=True)
class Prose:
    """Lines that are read."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Values with their names."""

    title: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Lines whose indentation counts, with what is said of them first."""

    title: str
    lines: tuple[Line, ...]
    caption: tuple[str, ...] = ()


Section = Prose | Rows | Code


@dataclass(frozen=True, slots=True)
class Story:
    """What is told of one issue: what failed, how often and since when, and all there is to know."""

    heading: str
    frequency: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole notice. The summary has a line for each issue; it is empty where there is but one.

    `preview` is what a list of mails shows beside the subject.
    """

    title: str
    preview: str
    summary: tuple[str, ...]
    stories: tuple[Story, ...]
    closing: tuple[Section, ...]

    @property
    def is_digest(self) -> bool:
        """Whether it tells of several issues, or of exceptions that it can't tell apart."""
        return bool(self.summary)
