"""Where things stand in a message: header and body, and the parts between delimiters (RFC 2046 5.1).

Only places are given, so that nothing is copied. What is broken is read as most clients do.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mailcore.message.reading.content.transfer import Source
from mailcore.message.reading.defects import Flaw

__all__ = ["Places", "find_body", "find_parts", "hides_text", "is_separated"]

HEADER_REPAIR = 1 << 20  # octets of a header without a clear end that are looked through
GUESSED = 1 << 16  # octets of a multipart in which its real boundary is looked for

_BLANK_LINE = re.compile(rb"\n\r*+\n")
_BLANK_LINE_OF_CR = re.compile(rb"\r\r")
_MARK = rb"(?:\xef\xbb\xbf)?+"  # of UTF-8, which some programs put before all that they save
_EMPTY_BEGINNING = re.compile(_MARK + rb"(?:\r*+\n|\r)")
# Fields with their continuation lines, and an empty line.
_HEADER = re.compile(_MARK + rb"(?:[!-9;-~]++[ \t]*+:[^\n]*+\n(?:[ \t][^\n]*+\n)*+)++\r*+\n")
# A line of an mbox, then fields with their continuation lines.
_FIELDS = re.compile(
    _MARK + rb"(?:>?From [^\n]*+\n)?+((?:[!-9;-~]++[ \t]*+:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z))*+)"
)
# What is a field even after a line that is none.
_KNOWN_FIELD = re.compile(
    rb"(?<![^\n])(?:(?:x|content|list|resent|arc|dkim|received|delivered|authentication|thread)-[!-9;-~]*+"
    rb"|received|return-path|from|to|cc|bcc|sender|reply-to|subject|date|message-id|in-reply-to"
    rb"|references|mime-version|importance|priority|precedence|user-agent|organization)[ \t]*+:",
    re.IGNORECASE,
)
_AFTER_DELIMITER = re.compile(rb"(?P<close>--)?+[ \t]*+(?:\r*+\n|\r|\Z)")
# A line that could be a delimiter, if a part's header follows.
_LIKE_DELIMITER = re.compile(
    rb"(?<![^\r\n])--([^\r\n]{1,200}+)(?:\r*+\n|\r)(?=content-[a-z-]++[ \t]*+:)", re.IGNORECASE
)
_DELIMITER_ALONE = re.compile(rb"\s*+--[^\r\n]*+\s*+")
_LINE_ENDS = b"\r\n"


class Places(NamedTuple):
    """The parts of a multipart, and what was wrong with it."""

    spans: list[tuple[int, int]]
    flaws: list[tuple[Flaw, int]]


def find_body(raw: Source, start: int, end: int) -> int:
    """Give where the body begins: after the first empty line, at the end if there is none.

    Where no field comes before it there is no header, and all is the body: better read than lost. The
    body begins with a line that is no field, too, if none follows that is known, or with a delimiter.
    """
    newline = raw.find(b"\n", start, end)
    may_end_by_cr = newline <= start or raw.find(b"\r", start, newline - 1) >= 0
    if not may_end_by_cr and (header := _HEADER.match(raw, start, end)):
        return header.end()
    last, body = _find_blank_line(raw, start, end)
    if last == start and body > start:
        return body
    return _repair(raw, start, last, body)


def is_separated(raw: bytes, body: int) -> bool:
    """Tell whether an empty line comes between a part's header and its body."""
    return raw[:body].endswith((b"\n\n", b"\n\r\n", b"\r\r", b"\r\r\n")) or body <= len(b"\r\n")


def find_parts(raw: Source, start: int, end: int, *, boundary: bytes, most: int) -> Places:
    """Give where the parts between the delimiters of a multipart stand, `most` of them.

    Where the boundary is none of the body's, what looks like a delimiter before a header tells it.
    """
    places = _split(raw, start, end, boundary=boundary, most=most)
    if places.spans:
        return places
    likely = _LIKE_DELIMITER.search(raw, start, min(end, start + GUESSED))
    if likely is None:
        return places
    guessed = _split(raw, start, end, boundary=likely[1].rstrip(), most=most)
    flaw = Flaw.BOUNDARY_WRONG if boundary else Flaw.BOUNDARY_MISSING
    return Places(guessed.spans, [(flaw, start), *guessed.flaws])


def hides_text(raw: Source, start: int, end: int) -> bool:
    """Tell whether there is text beside the delimiter here, before the first part or after the last."""
    return start < end and not _DELIMITER_ALONE.fullmatch(raw, start, end)


def _find_blank_line(raw: Source, start: int, end: int) -> tuple[int, int]:
    """Give where the header's last line ends, and the line after the empty one that follows."""
    if opening := _EMPTY_BEGINNING.match(raw, start, end):
        return opening.span()
    pattern = _BLANK_LINE_OF_CR if _ends_lines_by_cr(raw, start, end) else _BLANK_LINE
    blank = pattern.search(raw, start, end)
    return blank.span() if blank else (end, end)


def _ends_lines_by_cr(raw: Source, start: int, end: int) -> bool:
    """Tell whether CR alone ends the lines of a header: then the empty line comes before any LF."""
    newline = raw.find(b"\n", start, end)
    if newline < 0:
        return True
    blank = raw.find(b"\r\r", start, newline)
    return blank >= 0 and bool(raw[blank:newline].strip(b"\r"))


def _repair(raw: Source, start: int, last: int, body: int) -> int:
    """Give where the body begins if not every line before the empty one is part of a field."""
    header = raw[start : min(last, start + HEADER_REPAIR)]
    if b"\n" not in header:
        header = header.replace(b"\r", b"\n")
    fields = _FIELDS.match(header)
    place = fields.end() if fields and fields[1] else 0
    while header[place : place + 2] != b"--" and (known := _KNOWN_FIELD.search(header, place)):
        fields = _FIELDS.match(header, known.start())
        place = fields.end() if fields else known.end()
    return body if place >= len(header) else start + place


def _split(raw: Source, start: int, end: int, *, boundary: bytes, most: int) -> Places:
    if not boundary:
        return Places([], [(Flaw.BOUNDARY_MISSING, start)])
    spans: list[tuple[int, int]] = []
    opened = -1
    for position, rest in _delimiters(raw, start, end, b"--" + boundary):
        if opened >= 0:
            spans.append((opened, max(opened, _before_line_end(raw, position))))
        if rest["close"]:
            return Places(spans, [])
        if len(spans) == most:
            return Places(spans, [(Flaw.TOO_MANY_PARTS, rest.end())])
        opened = rest.end()
    if opened < 0:
        return Places([], [(Flaw.PARTS_MISSING, start)])
    return Places([*spans, (opened, end)], [(Flaw.CLOSE_MISSING, end)])


def _delimiters(
    raw: Source, start: int, end: int, mark: bytes
) -> Iterator[tuple[int, re.Match[bytes]]]:
    """Give each delimiter line: where it begins, and what follows the boundary in it."""
    position = raw.find(mark, start, end)
    while position >= 0:
        after = position + len(mark)
        is_line_start = position == start or raw[position - 1] in _LINE_ENDS
        if is_line_start and (rest := _AFTER_DELIMITER.match(raw, after, end)):
            yield position, rest
            after = rest.end()
        position = raw.find(mark, after, end)


def _before_line_end(raw: Source, position: int) -> int:
    """Give where the line end just before `position` begins: it belongs to the delimiter."""
    return position - 2 if raw[position - 2 : position] == b"\r\n" else position - 1
