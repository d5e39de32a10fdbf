"""`Part`: one part of a received message, a view over its octets (RFC 2045, RFC 2046 5.1).

A part knows where it begins and ends; its header, its parts and its content are read when they are
asked for, and nothing in them raises.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mailcore.message.reading.content.charsets import Decoded, decode
from mailcore.message.reading.content.transfer import decode_body
from mailcore.message.reading.defects import Defect, Flaw
from mailcore.message.reading.headers import Headers
from mailcore.message.reading.saving import safe_filename, save_new
from mailcore.message.reading.values.parameters import Parameterised, parse_parameters

__all__ = ["Limits", "Part"]

_BLANK_LINE = re.compile(rb"\n\r?\n")
_BLANK_LINE_OF_CR = re.compile(rb"\r\r")
_LINE_END = re.compile(rb"\r?\n|\r")
_FIELD = re.compile(rb"(?<![^\r\n])[!-9;-~]++[ \t]*+:")  # at the beginning of a line
_AFTER_DELIMITER = re.compile(rb"(?P<close>--)?[ \t]*+(?:\r?\n|\r|\Z)")


class Limits(NamedTuple):
    """How much of a message is read: what is beyond is left as it is, with a defect."""

    depth: int = 100
    parts: int = 10_000
    header_octets: int = 1 << 20


class _Span(NamedTuple):
    """Where a part stands in the raw message."""

    start: int
    end: int


class _Split(NamedTuple):
    """The parts of a multipart, and what was wrong with it."""

    spans: list[_Span]
    flaws: list[Flaw]


class Part:
    """One part: its headers, what it says it is, its content, and its own parts if it has any."""

    __slots__ = (
        "_body", "_default", "_end", "_flaws", "_headers", "_limits", "_number", "_parts", "_raw",
        "_start",
    )  # fmt: skip

    def __init__(
        self,
        raw: bytes,
        *,
        span: tuple[int, int],
        number: str = "",
        default: str = "text/plain",
        limits: Limits = Limits(),  # noqa: B008 - a tuple
    ) -> None:
        self._raw = raw
        self._start, self._end = span
        self._number = number
        self._default = default
        self._limits = limits
        self._body = _find_body(raw, *span)
        self._headers: Headers | None = None
        self._parts: tuple[Part, ...] | None = None
        self._flaws: list[Flaw] = []

    @property
    def number(self) -> str:
        """The part's number as IMAP has it, such as "1.2"; "" for the message itself (RFC 9051 6.4.5)."""
        return self._number

    @property
    def raw(self) -> bytes:
        """The part as it stood, header and body."""
        return self._raw[self._start : self._end]

    @property
    def raw_body(self) -> bytes:
        """What follows the header and the empty line, its transfer encoding not undone."""
        return self._raw[self._body : self._end]

    @property
    def headers(self) -> Headers:
        """The part's header."""
        if self._headers is None:
            end = min(self._body, self._start + self._limits.header_octets)
            self._headers = Headers(self._raw[self._start : end])
        return self._headers

    @property
    def content_type(self) -> str:
        """Type and subtype in lower case; text/plain where the part says none, or nonsense."""
        value = self._typed.value
        return value if 0 < value.find("/") < len(value) - 1 else self._default

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters of Content-Type by lower-case name."""
        return self._typed.parameters

    @property
    def charset(self) -> str | None:
        """The charset that the part names."""
        return self.parameters.get("charset")

    @property
    def disposition(self) -> str | None:
        """What Content-Disposition says, in lower case: "attachment", "inline", or something else."""
        return self._disposed.value or None

    @property
    def filename(self) -> str | None:
        """The file name that the sender gave: for people, not for paths; `save` makes a safe one."""
        return self._disposed.parameters.get("filename") or self.parameters.get("name") or None

    @property
    def content_id(self) -> str | None:
        """What `cid:` in the HTML names, without < and >."""
        text = self.headers.get("content-id")
        return text.strip().removeprefix("<").removesuffix(">") or None if text else None

    @property
    def parts(self) -> "tuple[Part, ...]":
        """The parts that this one consists of directly."""
        if self._parts is None:
            self._parts = self._split()
        return self._parts

    def walk(self) -> "Iterator[Part]":
        """Give this part and all within it, in the order they stand in."""
        waiting: list[Part] = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))

    @property
    def content(self) -> bytes:
        """The content, its transfer encoding undone. It is decoded at each access."""
        return self._octets()[0]

    @property
    def text(self) -> str:
        r"""The content as text in the part's charset, with "\n" as its only line end."""
        return self._decoded().text

    def save(self, directory: Path | str) -> Path:
        """Write the content to a new file and give its path; the name is made safe, nothing replaced."""
        return save_new(self.content, Path(directory), safe_filename(self.filename))

    def defects(self) -> Iterator[Defect]:
        """Give what is wrong with this part, its own parts aside; reads all of it."""
        flaws = [(flaw, self._start + offset) for flaw, offset in self.headers.flaws()]
        if self._start == self._body < self._end:
            flaws.append((Flaw.HEADER_MISSING, self._start))
        if self._body - self._start > self._limits.header_octets:
            flaws.append((Flaw.HEADER_TOO_LONG, self._start + self._limits.header_octets))
        if not self.parts:
            content = self._octets()[1], self._decoded().flaw if self._is_text else None
            flaws += [(flaw, self._body) for flaw in content if flaw]
        flaws += [(flaw, self._start) for flaw in self._flaws]
        return (Defect(flaw, self._number, offset) for flaw, offset in flaws)

    def __repr__(self) -> str:
        size = self._end - self._start
        return f"<Part {self._number or 'whole'}: {self.content_type}, {size} octets>"

    @property
    def _typed(self) -> Parameterised:
        return parse_parameters(self.headers.get_raw("content-type") or b"")

    @property
    def _disposed(self) -> Parameterised:
        return parse_parameters(self.headers.get_raw("content-disposition") or b"")

    @property
    def _is_text(self) -> bool:
        return self.content_type.startswith("text/")

    def _octets(self) -> tuple[bytes, Flaw | None]:
        body = memoryview(self._raw)[self._body : self._end]
        return decode_body(body, self.headers.get_raw("content-transfer-encoding"))

    def _decoded(self) -> Decoded:
        text, flaw = decode(self.content, self.charset)
        return Decoded(text.replace("\r\n", "\n").replace("\r", "\n"), flaw)

    def _split(self) -> "tuple[Part, ...]":
        if not self.content_type.startswith("multipart/"):
            return ()
        if self._number.count(".") >= self._limits.depth:
            self._flaws = [Flaw.TOO_DEEP]
            return ()
        boundary = self.parameters.get("boundary", "")
        spans, self._flaws = _find_parts(
            self._raw, self._body, self._end, boundary=boundary.encode(), most=self._limits.parts
        )
        default = "message/rfc822" if self.content_type == "multipart/digest" else "text/plain"
        prefix = f"{self._number}." if self._number else ""
        return tuple(
            Part(self._raw, span=span, number=f"{prefix}{n}", default=default, limits=self._limits)
            for n, span in enumerate(spans, 1)
        )


def _find_body(raw: bytes, start: int, end: int) -> int:
    """Give where the body begins: after the first empty line, at the end if there is none.

    Where no field comes before it there is no header, and all is the body: better read than lost.
    """
    if opening := _LINE_END.match(raw, start, end):
        return opening.end()
    pattern = _BLANK_LINE_OF_CR if raw.find(b"\n", start, end) < 0 else _BLANK_LINE
    blank = pattern.search(raw, start, end)
    body = blank.end() if blank else end
    return body if _FIELD.search(raw, start, body) else start


def _find_parts(raw: bytes, start: int, end: int, *, boundary: bytes, most: int) -> _Split:
    """Give where the parts between the delimiters of a multipart stand."""
    if not boundary:
        return _Split([], [Flaw.BOUNDARY_MISSING])
    spans: list[_Span] = []
    opened = -1
    for line_start, line_end, closes in _delimiters(raw, start, end, b"--" + boundary):
        if opened >= 0:
            spans.append(_Span(opened, max(opened, line_start)))
        if closes:
            return _Split(spans, [])
        if len(spans) == most:
            return _Split(spans, [Flaw.TOO_MANY_PARTS])
        opened = line_end
    if opened < 0:
        return _Split([], [Flaw.PARTS_MISSING])
    return _Split([*spans, _Span(opened, end)], [Flaw.CLOSE_MISSING])


def _delimiters(raw: bytes, start: int, end: int, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """Give each delimiter line: where the line end before it begins, where it ends, whether it closes."""
    position = raw.find(mark, start, end)
    while position >= 0:
        after = position + len(mark)
        is_line_start = position == start or raw[position - 1] in b"\r\n"
        if is_line_start and (rest := _AFTER_DELIMITER.match(raw, after, end)):
            after = rest.end()
            yield _before_line_end(raw, start, position), after, bool(rest["close"])
        position = raw.find(mark, after, end)


def _before_line_end(raw: bytes, start: int, position: int) -> int:
    """Give where the line end just before `position` begins: it belongs to the delimiter."""
    if position > start and raw[position - 1] in b"\r\n":
        position -= 1
        if raw[position] == ord("\n") and position > start and raw[position - 1] == ord("\r"):
            position -= 1
    return position
