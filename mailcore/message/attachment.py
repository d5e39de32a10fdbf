"""`Attachment`: a file that goes with a mail, its content in memory, on disk or still to be opened."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import (
    Annotated,
    Any,
    BinaryIO,
    ClassVar,
    Literal,
    NotRequired,
    Required,
    Self,
    TypedDict,
    Unpack,
)

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from mailcore.errors import ConfigurationError, InvalidHeader, InvalidMessage
from mailcore.message.content_types import (
    DEFAULT,
    guess_by_content,
    guess_by_name,
    read_content_type,
)
from mailcore.message.refusal import check_text, refusal
from mailcore.message.writing.bodies import PIECE, encode_pieces

__all__ = ["Attachment", "AttachmentFields", "Content", "to_attachment", "to_inline"]

Content = bytes | Path | Callable[[], BinaryIO]

FILENAME = 255  # characters, as file systems have it
KEPT_ENCODED = 1 << 20  # bytes in memory up to which base64 is kept for the next mail
READABLE = 1 << 20  # bytes of text up to which it is read whole, to be written as text

_CONTENT_ID = re.compile(r"[!-;=?-~]{1,200}+")


def _read_content(value: object, info: ValidationInfo) -> Content:
    """Accept bytes, the path of a file, or something to call for an open file; base64 in JSON."""
    match value:
        case bytes():
            return value
        case bytearray() | memoryview():
            return bytes(value)
        case str() if info.mode == "json":
            return b64decode(value, validate=True)
        case Path():
            if not value.is_file():
                raise InvalidMessage(f"there is no file {str(value)!r}")
            return value
        case _ if callable(value):
            return value
        case _:
            raise InvalidMessage(
                f"a {type(value).__name__} is not bytes, a Path or a callable that opens a file"
            )


def _write_content(content: Content) -> str:
    """Give the content itself in base64: what is stored as JSON must not depend on a file."""
    return b64encode(b"".join(_read(content, "the content"))).decode("ascii")


def _check_filename(filename: str | None) -> str | None:
    if filename is None:
        return None
    if not 0 < len(filename) <= FILENAME:
        raise InvalidHeader(f"a file name has 1 to {FILENAME} characters, not {len(filename)}")
    return check_text(filename, error=InvalidHeader)


def _check_content_id(content_id: str | None) -> str | None:
    if content_id is None or _CONTENT_ID.fullmatch(content_id):
        return content_id
    raise InvalidHeader(
        f"{content_id[:200]!r} can't be a Content-ID: ASCII without spaces, < and >"
    )


class AttachmentFields(TypedDict):
    """What an `Attachment` is made from."""

    content: Required[Content]
    filename: NotRequired[str | None]
    content_type: NotRequired[str | None]
    disposition: NotRequired[Literal["attachment", "inline"]]
    content_id: NotRequired[str | None]
    length: NotRequired[int | None]


class Attachment(BaseModel):
    """A file to go with a mail.

    `content` is bytes, a Path, or a callable that opens a binary file: the latter two are read when
    the mail is written, in pieces, once more for each writing. `filename` is the path's own where
    none is given, `content_type` is guessed by it. `content_id` is what `cid:` in the HTML names,
    without < and >. `length` is the content's, in bytes: a callable is read once less where it is
    given, and what turns out to have another is not sent. A message (.eml) goes as it is if it is
    ASCII lines, else as a file of octets.
    Raises `InvalidMessage` (no such file, wrong length) or `InvalidHeader`.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    content: Annotated[
        Content,
        PlainValidator(_read_content),
        PlainSerializer(_write_content, return_type=str, when_used="json"),
        WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
    ]
    filename: Annotated[str | None, AfterValidator(_check_filename)] = Field(
        default=None, validate_default=True
    )
    content_type: str = Field(default="", validate_default=True)
    disposition: Literal["attachment", "inline"] = "attachment"
    content_id: Annotated[str | None, AfterValidator(_check_content_id)] = None
    length: Annotated[int, Field(ge=0, strict=True)] | None = None

    def __init__(self, **fields: Unpack[AttachmentFields]) -> None:
        try:
            super().__init__(**fields)
        except ValidationError as failure:
            raise refusal(failure, InvalidMessage) from None

    # As in Address.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # a mark on a function

    @field_validator("filename", mode="before")
    @classmethod
    def _name_after_path(cls, filename: object, info: ValidationInfo) -> object:
        content = info.data.get("content")
        return content.name if filename is None and isinstance(content, Path) else filename

    @field_validator("content_type", mode="before")
    @classmethod
    def _guess_content_type(cls, content_type: object, info: ValidationInfo) -> object:
        return content_type or guess_by_name(info.data.get("filename"))

    @field_validator("content_type", mode="after")
    @classmethod
    def _check_content_type(cls, content_type: str) -> str:
        read = read_content_type(content_type)
        if read.name.lower().startswith("multipart/"):
            raise InvalidHeader("a multipart can't be attached: attach a message/rfc822")
        return str(read)

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        if isinstance(self.content, bytes) and self.length not in {None, len(self.content)}:
            raise InvalidMessage(f"length: it has {len(self.content)} bytes, not {self.length}")
        return self

    def pieces(self, *, length: int | None = None) -> Iterator[bytes]:
        """Read the content anew, in pieces of 57 KiB; only the last may be shorter.

        Raises `InvalidMessage` if it can't be read, or does not have the `length` that was measured
        before, or given when the attachment was made.
        """
        expected = self.length if length is None else length
        read = 0
        for piece in _read(self.content, self._called):
            read += len(piece)
            if expected is not None and read > expected:
                break
            yield piece
        if expected is not None and read != expected:
            than = "more" if read > expected else f"{read}"
            raise InvalidMessage(
                f"{self._called}: {than} bytes were read where {expected} were expected"
            )

    def measure(self) -> int:
        """Give the content's length in bytes; a callable is read for it, if its length was not given."""
        match self.content:
            case bytes():
                return len(self.content)
            case _ if self.length is not None:
                return self.length
            case Path():
                return _measure_file(self.content, self._called)
            case _:
                return sum(map(len, self.pieces()))

    def at_hand(self) -> bytes | None:
        """Give the content if it is in memory or in a file, and small; None if it is to be streamed."""
        if callable(self.content) or (length := self.measure()) > READABLE:
            return None
        return b"".join(self.pieces(length=length))

    def encoded(self) -> bytes | None:
        """Give the content in base64 lines, for many mails to share; None if it has to be read anew."""
        is_kept = isinstance(self.content, bytes) and len(self.content) <= KEPT_ENCODED
        return self._encoded if is_kept else None

    @cached_property
    def _encoded(self) -> bytes:
        return b"".join(encode_pieces(self.pieces()))

    @property
    def _called(self) -> str:
        return repr(self.filename) if self.filename else f"the {self.content_type}"

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        content = self.content
        shown = f"<{len(content)} bytes>" if isinstance(content, bytes) else content
        for name, value in self:
            if value is not None:
                yield name, _Shown(shown) if name == "content" else value


class _Shown:
    """Shows a value by its `str` in a repr."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        return str(self._value)


def to_attachment(value: Any) -> Any:
    """Give an `Attachment` for a bare path or a mapping; anything else is left as it is."""
    match value:
        case Path():
            return Attachment(content=value)
        case _:
            return value


def to_inline(value: Any) -> Any:
    """Give the inline parts of a mapping from `cid:` names; anything else is left as it is."""
    if not isinstance(value, Mapping):
        return value
    return tuple(_name_inline(name, part) for name, part in value.items())


def _name_inline(name: str, part: Any) -> Attachment:
    """Give an inline `Attachment` for this `cid:` name."""
    try:
        return _make_inline(name, part)
    except ConfigurationError as flaw:
        raise type(flaw)(f"{name}: {flaw}") from None


def _make_inline(name: str, part: Any) -> Attachment:
    content: Content
    filename: str | None = None
    content_type: str | None = None
    match part:
        case bytes():
            content, filename = part, name
            if guess_by_name(name) == DEFAULT:
                content_type = guess_by_content(part)
        case Path():
            content = part
        case Attachment():
            content, filename, content_type = part.content, part.filename, part.content_type
        case _:
            raise InvalidMessage(f"a {type(part).__name__} is not bytes, a Path or an Attachment")
    return Attachment(
        content=content,
        filename=filename,
        content_type=content_type,
        disposition="inline",
        content_id=name,
    )


def _measure_file(path: Path, called: str) -> int:
    try:
        return path.stat().st_size
    except OSError as failure:
        raise InvalidMessage(f"{called} can't be read: {failure}") from failure


def _read(content: Content, called: str) -> Iterator[bytes]:
    """Read the content in whole pieces; whatever hinders it is the mail's fault, not the connection's."""
    try:
        with _open(content) as stream:
            while piece := _fill(stream):
                yield piece
    except OSError as failure:
        raise InvalidMessage(f"{called} can't be read: {failure}") from failure


def _open(content: Content) -> BinaryIO:
    match content:
        case bytes():
            return BytesIO(content)
        case Path():
            return content.open("rb")
        case _:
            return content()


def _fill(stream: BinaryIO) -> bytes:
    """Read one whole piece, however little the stream gives at a time."""
    piece = _read_some(stream, PIECE)
    while 0 < len(piece) < PIECE and (more := _read_some(stream, PIECE - len(piece))):
        piece += more
    return piece


def _read_some(stream: BinaryIO, size: int) -> bytes:
    piece: object = stream.read(size)
    if not isinstance(piece, bytes):
        raise InvalidMessage(
            f"content gave {type(piece).__name__}, not bytes: open it in binary mode"
        )
    return piece
