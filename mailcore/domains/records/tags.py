"""Tag lists, `name=value; name=value`: how DKIM, DMARC and the later policy records are written.

The syntax is RFC 6376 3.2; what a broken or repeated tag means differs from record to record.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mailcore.domains.records.fault import Fault, Span

__all__ = ["Tag", "read_tags"]

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*+")
_SPACE = " \t\r\n"


class Tag(NamedTuple):
    """One tag; `span` is its place, from the name to the end of the value."""

    name: str
    value: str
    span: Span


def read_tags(text: str) -> tuple[tuple[Tag, ...], tuple[Fault, ...]]:
    """Give the tags in their order, the first of each name, and what is no tag or is repeated."""
    tags: dict[str, Tag] = {}
    faults: list[Fault] = []
    for piece, span in _pieces(text):
        name, equals, value = piece.partition("=")
        name = name.rstrip(_SPACE)
        if not equals or not _NAME.fullmatch(name):
            faults.append(Fault(f"{piece[:40]!r} is no tag", span))
        elif name in tags:
            faults.append(Fault(f"the tag {name} is there twice", span))
        else:
            tags[name] = Tag(name, value.lstrip(_SPACE), span)
    return tuple(tags.values()), tuple(faults)


def _pieces(text: str) -> Iterator[tuple[str, Span]]:
    """Give what lies between the semicolons without the space around it, and where."""
    start = 0
    for piece in text.split(";"):
        stripped = piece.strip(_SPACE)
        if stripped:
            first = start + piece.index(stripped)
            yield stripped, Span(first, first + len(stripped))
        start += len(piece) + 1
