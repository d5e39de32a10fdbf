"""Comments in structured fields: where they are, and the fields without them (RFC 5322 3.2.2).

A quote or parenthesis that is never closed opens nothing: else whoever writes one could hide all that
follows it. Everything is one pass, whatever the nesting.
"""

import re
from collections.abc import Iterator

__all__ = ["balance", "end_of_comment", "find_comments", "strip_comments"]

_OPENING = re.compile(r'"(?:[^"\\]|\\.)*+(?P<close>"?)|\(', re.DOTALL)
_IN_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)


def balance(text: str) -> str:
    """Give the text with spaces for what is opened and never closed: quotes, parentheses.

    Where one is not closed, none after it is taken for one either.
    """
    position = 0
    while opening := _OPENING.search(text, position):
        start, position = opening.span()
        if opening[0] == "(":
            position = end_of_comment(text, start)
        if position < 0 or opening["close"] == "":
            text = text[:start] + text[start:].replace(text[start], " ")
            position = start
    return text


def end_of_comment(text: str, start: int) -> int:
    """Give the place after the comment that opens at `start`, -1 if it is never closed."""
    depth = 0
    for mark in _IN_COMMENT.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if not depth:
            return mark.end()
    return -1


def find_comments(text: str) -> Iterator[tuple[int, int]]:
    """Give where each comment begins and ends; those in quotes and those not closed are none."""
    text = balance(text) if "(" in text else ""
    position = 0
    while opening := _OPENING.search(text, position):
        start, position = opening.span()
        if opening[0] == "(":
            position = end_of_comment(text, start)
            yield start, position


def strip_comments(text: str) -> str:
    """Give the text with a space for each comment."""
    pieces, kept = [], 0
    for start, end in find_comments(text):
        pieces.append(text[kept:start])
        kept = end
    return " ".join((*pieces, text[kept:]))
