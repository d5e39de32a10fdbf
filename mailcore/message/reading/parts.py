"""`Part`: one part of a received message, a view over its octets (RFC 2045, RFC 2046 5.1).

A part knows where it begins and ends; its header, its parts and its content are read when they are
asked for, and nothing in them raises.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from io import IncrementalNewlineDecoder
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mailcore.message.reading.content import transfer
from mailcore.message.reading.content.charsets import decode, decode_html
from mailcore.message.reading.content.transfer import Source
from mailcore.message.reading.defects import Defect, Flaw
from mailcore.message.reading.headers import Headers
from mailcore.message.reading.limits import DEFAULT_LIMITS, Limits
from mailcore.message.reading.saving import name_by_type, safe_filename, save_new
from mailcore.message.reading.structure import find_body, find_parts
from mailcore.message.reading.values.parameters import (
    Parameterised,
    parse_parameters,
    read_boundary,
)

if TYPE_CHECKING:
    from mailcore.message.reading.unpacking import Unpacked
    from mailcore.message.received import ReceivedMessage

__all__ = ["Part", "Span"]

_NOTHING = Parameterised("", MappingProxyType({}))

_TYPE = re.compile(r"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]++/[!#$%&'*+.0-9A-Z^_`a-z{|}~-]++")  # RFC 2045 5.1
_OCTETS = "application/octet-stream"
_CONTENT_ID = re.compile(r"[^<]*+<([^<>]*+)|\s*+([^<]++)")
_EMBEDDING = b"begin "  # of uuencode and, after "=y", of yEnc
_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}
_MESSAGES = {"message/rfc822", "message/global", "message/news", "text/rfc822-headers"}


class Span(NamedTuple):
    """Where a part's header and its body begin, and where it ends."""

    start: int
    body: int
    end: int


class Part:
    """One part: its headers, what it says it is, its content, and its own parts if it has any."""

    __slots__ = (
        "_body", "_default", "_disposed", "_end", "_flaws", "_headers", "_hint", "_limits", "_may_hold_files",
        "_number", "_parts", "_raw", "_start", "_typed", "_unpacked",
    )  # fmt: skip

    def __init__(
        self,
        raw: Source,
        start: int,
        end: int,
        *,
        number: str = "",
        default: str = "text/plain",
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> None:
        self._raw = raw
        self._start = start
        self._end = end
        self._body = find_body(raw, start, end)
        self._number = number
        self._default = default
        self._hint = charset  # of what stands beside this part
        self._limits = limits
        self._headers: Headers | None = None
        self._typed: Parameterised | None = None
        self._disposed: Parameterised | None = None
        self._parts: tuple[Part, ...] | None = None
        self._may_hold_files: bool | None = None
        self._unpacked: Unpacked | None = None
        self._flaws: list[tuple[Flaw, int]] = []

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
            self._headers = self._read_headers()
        return self._headers

    @property
    def content_type(self) -> str:
        """Type and subtype in lower case; text/plain where the part says none, or nonsense."""
        return (self._typed or self._read_type()).value or self._default

    @property
    def parameters(self) -> Mapping[str, str]:
        """The parameters of Content-Type by lower-case name."""
        return (self._typed or self._read_type()).parameters

    @property
    def charset(self) -> str | None:
        """The charset that the part names."""
        return self.parameters.get("charset")

    @property
    def disposition(self) -> str | None:
        """What Content-Disposition says, in lower case: "attachment", "inline", or something else."""
        return (self._disposed or self._read_disposition()).value or None

    @property
    def filename(self) -> str | None:
        """The file name that the sender gave: for people, not for paths; `save` makes a safe one."""
        disposed = self._disposed or self._read_disposition()
        return disposed.parameters.get("filename") or self.parameters.get("name") or None

    @property
    def content_id(self) -> str | None:
        """What `cid:` in the HTML names, without < and >."""
        text = self.headers.get("content-id")
        found = _CONTENT_ID.match(text) if text else None
        return (found[1] or found[2] or "").strip() or None if found else None

    @property
    def encoding(self) -> str:
        """The transfer encoding that the part names, in lower case; "" for none."""
        return transfer.name_encoding(self.headers.get_raw("content-transfer-encoding"))

    @property
    def limits(self) -> Limits:
        """How much of the part is read."""
        return self._limits

    @property
    def span(self) -> Span:
        """Where the part stands in the message's `raw`."""
        return Span(self._start, self._body, self._end)

    @property
    def parts(self) -> "tuple[Part, ...]":
        """The parts that this one consists of directly."""
        if self._parts is None:
            self._parts = self._split()
        return self._parts

    def walk(self) -> "Iterator[Part]":
        """Give this part and all within it, in the order they stand in; messages in it are one part."""
        waiting: list[Part] = [self]
        while waiting:
            part = waiting.pop()
            yield part
            waiting.extend(reversed(part.parts))

    @property
    def content(self) -> bytes:
        """The content, its transfer encoding undone. It is decoded at each access."""
        return transfer.decode_body(self._raw, self._body, self._end, encoding=self.encoding)

    def chunks(self) -> Iterator[bytes]:
        """Give the content in pieces of up to 78 kB, as they are decoded."""
        return transfer.decode_in_pieces(self._raw, self._body, self._end, encoding=self.encoding)

    @property
    def text(self) -> str:
        r"""The content as text in the part's charset, with "\n" as its only line end.

        Flowed text (RFC 3676) has its paragraphs on one line each; `files` in it are left out.
        """
        rest = self.unpacked.rest if self.may_hold_files else None
        text = self._decode(self.content if rest is None else rest)
        if "\r" in text:
            text = IncrementalNewlineDecoder(None, translate=True).decode(text, final=True)
        return self._unflow(text) if "format" in self.parameters else text

    @property
    def files(self) -> "tuple[Part, ...]":
        """The files that the content holds in another form than MIME: uuencode, yEnc, winmail.dat.

        Their numbers are the part's and their own, as in "2+1".
        """
        return self.unpacked.files if self.may_hold_files else ()

    @property
    def may_hold_files(self) -> bool:
        """Whether it is worth a look for such files: most parts hold nothing but themselves."""
        if self._may_hold_files is None:
            self._may_hold_files = self._looks_packed()
        return self._may_hold_files

    @property
    def unpacked(self) -> "Unpacked":
        """Those files, and what else there is in the content."""
        if self._unpacked is None:
            from mailcore.message.reading.unpacking import unpack  # noqa: PLC0415 - it makes parts

            self._unpacked = unpack(self)
        return self._unpacked

    @property
    def message(self) -> "ReceivedMessage | None":
        """The message that this part is, such as a forwarded or returned one; None for other parts.

        It is None, too, beyond the limit of depth, which messages and multiparts share.
        """
        if not self.is_message or self.is_too_deep:
            return None
        from mailcore.message.received import parse  # noqa: PLC0415 - it is made of parts

        depth = self._limits.depth - self._level
        return parse(self.content, limits=self._limits._replace(depth=depth))

    @property
    def is_message(self) -> bool:
        """Whether the content is a message, or the header of one."""
        return self.content_type in _MESSAGES

    @property
    def is_too_deep(self) -> bool:
        """Whether what is in this part is beyond the limit of depth."""
        return self._level > self._limits.depth

    def save(self, directory: Path | str) -> Path:
        """Write the content to a new file and give its path; the name is made safe, nothing replaced.

        What has no name is called an attachment, with a suffix by its type.
        """
        name = safe_filename(self.filename, name_by_type(self.content_type))
        return save_new(self.chunks(), Path(directory), name)

    @property
    def defects(self) -> tuple[Defect, ...]:
        """What is wrong with this part, its own parts aside; reads all of it."""
        from mailcore.message.reading.inspection import inspect  # noqa: PLC0415 - few ask for it

        parts = self.parts  # whose places tell the flaws
        return tuple(inspect(self, structure=self._flaws, is_leaf=not parts))

    def __repr__(self) -> str:
        size = self._end - self._start
        return f"<Part {self._number or 'whole'}: {self.content_type}, {size} octets>"

    def _looks_packed(self) -> bool:
        """Tell whether this is a text with an embedded file in it, or a winmail.dat."""
        kind = self.content_type
        if kind != "text/plain":
            return kind in _TNEF or (self.filename or "").lower() == "winmail.dat"
        if self._raw.find(_EMBEDDING, self._body, self._end) < 0:
            return False
        return not self.filename and self.disposition != "attachment"  # else it is a file itself

    def _read_type(self) -> Parameterised:
        raw = self.headers.get_raw("content-type")
        typed = self._parse(raw)
        if raw and not _TYPE.fullmatch(typed.value):
            typed = Parameterised(_OCTETS if self._is_file(typed) else "", typed.parameters)
        self._typed = typed
        return typed

    def _is_file(self, typed: Parameterised) -> bool:
        """Tell whether a part of no proper type is a file, and not text that was meant (RFC 2045 5.2)."""
        disposed = self._disposed or self._read_disposition()
        is_named = "name" in typed.parameters or "filename" in disposed.parameters
        return is_named or disposed.value == "attachment"

    def _read_disposition(self) -> Parameterised:
        raw = self.headers.get_raw("content-disposition")
        self._disposed = self._parse(raw)
        return self._disposed

    def _parse(self, raw: bytes | None) -> Parameterised:
        if not raw:
            return _NOTHING
        return parse_parameters(raw, charset=self.headers.charset, most=self._limits.parameters)

    def _read_headers(self) -> Headers:
        """Read the header; what isn't declared in it is in the charset of the body, if it isn't UTF-8."""
        end = min(self._body, self._start + self._limits.header_octets)
        raw = self._raw[self._start : end].removeprefix(BOM_UTF8)
        headers = Headers(raw, limits=self._limits)
        if raw.isascii():
            return headers
        self._headers = headers
        bodies = [self] if self._number else self.walk()
        charset = next((part.charset for part in bodies if part.charset), self._hint)
        self._typed = None  # which was read without that charset
        return Headers(raw, charset=charset, limits=self._limits)

    def _split(self) -> "tuple[Part, ...]":
        if not self.content_type.startswith("multipart/"):
            return ()
        if self.is_too_deep:
            self._flaws = [(Flaw.TOO_DEEP, self._start)]
            return ()
        meant = self.parameters.get("boundary", "").rstrip().encode()
        boundary = meant if self._has_delimiter(meant) else self._read_boundary(meant)
        spans, self._flaws = find_parts(
            self._raw, self._body, self._end, boundary=boundary, most=self._limits.parts
        )
        if boundary != meant:
            self._flaws = [(Flaw.BOUNDARY_WRONG, self._body), *self._flaws]
        parts = self._make_parts(spans, None)
        heads = (self._raw[part.span.start : part.span.body] for part in parts)
        if all(map(bytes.isascii, heads)):
            return parts
        hint = next((part.charset for part in parts if part.charset), self._hint)
        return self._make_parts(spans, hint)

    def _has_delimiter(self, boundary: bytes) -> bool:
        return self._raw.find(b"--" + boundary, self._body, self._end) >= 0

    def _read_boundary(self, meant: bytes) -> bytes:
        """Give the boundary octet by octet if the body has that; else what it should be."""
        written = read_boundary(self.headers.get_raw("content-type") or b"")
        return written if written and self._has_delimiter(written) else meant

    def _make_parts(self, spans: list[tuple[int, int]], hint: str | None) -> "tuple[Part, ...]":
        default = "message/rfc822" if self.content_type == "multipart/digest" else "text/plain"
        prefix = f"{self._number}." if self._number else ""
        return tuple(
            Part(
                self._raw,
                *span,
                number=f"{prefix}{n}",
                default=default,
                limits=self._limits,
                charset=hint,
            )
            for n, span in enumerate(spans, 1)
        )

    @property
    def _level(self) -> int:
        """How deep the parts of this one are, of which the mail's own are the first."""
        return self._number.count(".") + 1 + bool(self._number)

    def _decode(self, octets: bytes) -> str:
        charset = self.charset
        if not charset and self.content_type == "text/html":
            return decode_html(octets)
        return decode(octets, charset).text

    def _unflow(self, text: str) -> str:
        from mailcore.message.reading.content.flowed import (  # noqa: PLC0415 - few texts are
            unflow,
        )

        if self.content_type != "text/plain" or self.parameters["format"].lower() != "flowed":
            return text
        return unflow(text, deletes_space=self.parameters.get("delsp", "").lower() == "yes")
