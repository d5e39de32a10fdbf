"""Comments in structured fields: where they are, and the fields without them (RFC 5322 3.2.2).

What is opaque, comments, quoted strings and encoded-words, is found here alone, so that all who read a
field agree on where it ends. A quote or parenthesis that is never closed opens nothing: else whoever
writes one could hide all that follows it. Everything is one pass, whatever the nesting.
"""

import re
from collections.abc import Iterator

__all__ = ["balance", "find_comments", "find_opaque", "strip_comments"]

# An encoded-word as some write it, with what RFC 2047 5 forbids in it; but it opens and closes nothing,
# so that a program which knows no encoded-words sees the same comments and quotes around it.
_PLAIN = r'[^?\s<>"()]*+'
_WORD = (
    r'=\?[^?\s"()]{1,64}+\?[bBqQ]\?'
    rf'(?:{_PLAIN}(?:\({_PLAIN}\){_PLAIN})*+|[^?<>",;:@()]*+)\?='
)
_OPENING = re.compile(rf'"|\(|{_WORD}', re.ASCII)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_IN_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)
_KINDS = {'"': "quoted", "(": "comment"}
_UNCLOSED = str.maketrans('"(', "  ")


def find_opaque(text: str) -> Iterator[tuple[str, int, int]]:
    """Give what is to be read as one, in order: its kind, and where it begins and ends.

    The kind is "quoted", "comment" or "word", which is an encoded-word. Where a quote or parenthesis is
    not closed, none after it is taken for one either.
    """
    position, unclosed = 0, set[str]()
    while opening := _OPENING.search(text, position):
        start, position = opening.span()
        mark = opening[0]
        if mark in unclosed:
            continue
        kind = _KINDS.get(mark, "word")
        end = position if kind == "word" else _find_end(text, start)
        if end is None:
            unclosed.add(mark)
            continue
        yield kind, start, end
        position = end


def _find_end(text: str, start: int) -> int | None:
    """Give the place after the quoted string or comment that opens at `start`, None if it has none."""
    if text[start] == '"':
        quoted = _QUOTED.match(text, start)
        return quoted.end() if quoted else None
    depth = 0
    for mark in _IN_COMMENT.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if not depth:
            return mark.end()
    return None


def balance(text: str) -> str:
    """Give the text with spaces for what is opened and never closed: quotes, parentheses."""
    pieces: list[str] = []
    kept = 0
    for _, start, end in find_opaque(text):
        pieces += text[kept:start].translate(_UNCLOSED), text[start:end]
        kept = end
    return "".join((*pieces, text[kept:].translate(_UNCLOSED)))


def find_comments(text: str) -> Iterator[tuple[int, int]]:
    """Give where each comment begins and ends; those in quotes and those not closed are none."""
    if "(" in text:
        yield from ((start, end) for kind, start, end in find_opaque(text) if kind == "comment")


def strip_comments(text: str) -> str:
    """Give the text with a space for each comment."""
    pieces, kept = [], 0
    for start, end in find_comments(text):
        pieces.append(text[kept:start])
        kept = end
    return " ".join((*pieces, text[kept:]))
