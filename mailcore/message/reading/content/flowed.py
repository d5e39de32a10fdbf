"""format=flowed text to paragraphs: lines that were broken for the way only are joined (RFC 3676)."""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

__all__ = ["unflow"]

_SIGNATURE = "-- "


class _Line(NamedTuple):
    """A line: how deep it is quoted, what it says, and whether the next one continues it."""

    depth: int
    text: str
    is_flowed: bool


def unflow(text: str, *, deletes_space: bool) -> str:
    r"""Give the text with one line for each paragraph, each quoted by as many ">" as before.

    `deletes_space` is what the parameter DelSp says: whether the space before a soft line break
    is no part of the text. Lines end in "\n". A signature's "-- " is never joined (RFC 3676 4.3),
    and a paragraph ends where the depth of quoting changes (RFC 3676 4.5).
    """
    lines = (_read(line.removesuffix("\r"), deletes_space) for line in text.split("\n"))
    return "\n".join(
        _quote(depth, paragraph)
        for depth, group in groupby(lines, key=lambda line: line.depth)
        for paragraph in _paragraphs(group)
    )


def _read(line: str, deletes_space: bool) -> _Line:
    said = line.lstrip(">")
    depth = len(line) - len(said)
    said = said.removeprefix(" ")  # stuffed
    is_flowed = said.endswith(" ") and said != _SIGNATURE
    return _Line(depth, said[:-1] if is_flowed and deletes_space else said, is_flowed)


def _paragraphs(lines: Iterator[_Line]) -> Iterator[str]:
    """Join the lines of one depth; a flowed one that nothing follows ends its paragraph."""
    pieces: list[str] = []
    for _, text, is_flowed in lines:
        if text == _SIGNATURE and pieces:
            yield "".join(pieces).removesuffix(" ")
            pieces = []
        pieces.append(text)
        if not is_flowed:
            yield "".join(pieces)
            pieces = []
    if pieces:
        yield "".join(pieces).removesuffix(" ")


def _quote(depth: int, text: str) -> str:
    return f"{'>' * depth} {text}" if depth and text else ">" * depth + text
