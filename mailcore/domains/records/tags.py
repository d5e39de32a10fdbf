"""Tag lists, `name=value; name=value`: how DKIM, DMARC and the later policy records are written.

The syntax is RFC 6376 3.2; what a broken or repeated tag means differs from record to record.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from mailcore.domains.records.fault import Fault, Span
from mailcore.errors import ConfigurationError

__all__ = ["Tag", "read_tags", "write_tags"]

TAG_LIMIT = 100  # tags that are read of one record

_PIECE = re.compile(r"[^;]++")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*+")
_VALUE = re.compile(r"(?! )[\x20-\x3a\x3c-\x7e]*+(?<! )")
_SPACE = " \t\r\n"


class Tag(NamedTuple):
    """One tag; `span` is its place, from the name to the end of the value."""

    name: str
    value: str
    span: Span


def read_tags(text: str, *, folds_names: bool = False) -> tuple[tuple[Tag, ...], tuple[Fault, ...]]:
    """Give the tags in their order, the first of each name, and what is no tag or is repeated.

    With `folds_names` the case of names doesn't matter; they are given in lower case.
    """
    tags: dict[str, Tag] = {}
    faults: list[Fault] = []
    for count, (piece, span) in enumerate(_pieces(text)):
        if count == TAG_LIMIT:
            faults.append(Fault(f"there are more than {TAG_LIMIT} tags", Span(span[0], len(text))))
            break
        name, equals, value = piece.partition("=")
        name = name.rstrip(_SPACE)
        if folds_names:
            name = name.lower()
        if not equals or not _NAME.fullmatch(name):
            faults.append(Fault(f"{piece[:40]!r} is no tag", span))
        elif name in tags:
            faults.append(Fault(f"the tag {name[:40]} is there twice", span, repeated=name))
        else:
            tags[name] = Tag(name, value.lstrip(_SPACE), span)
    return tuple(tags.values()), tuple(faults)


def write_tags(tags: Iterable[tuple[str, str]]) -> str:
    """Give the text of a tag list.

    Raises `ConfigurationError` for a value that would not come back as it is: one with a semicolon,
    with space at an end, or with anything but printable ASCII.
    """
    pieces = []
    for name, value in tags:
        if not _VALUE.fullmatch(value):
            raise ConfigurationError(f"the tag {name} cannot have the value {value[:80]!r}")
        pieces.append(f"{name}={value}")
    return "; ".join(pieces)


def _pieces(text: str) -> Iterator[tuple[str, Span]]:
    """Give what lies between the semicolons without the space around it, and where."""
    for found in _PIECE.finditer(text):
        stripped = found[0].strip(_SPACE)
        if stripped:
            first = found.start() + found[0].index(stripped)
            yield stripped, Span(first, first + len(stripped))
