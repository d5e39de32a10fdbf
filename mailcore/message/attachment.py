"""`Attachment`: a file that goes with a mail, its content in memory, on disk or still to be opened."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
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
)

from mailcore.errors import ConfigurationError, InvalidHeader, InvalidMessage
from mailcore.message.content_types import (
    DEFAULT,
    guess_by_content,
    guess_by_name,
    read_content_type,
)
from mailcore.message.refusal import check_text, refusal

__all__ = ["PIECE", "Attachment", "AttachmentFields", "Content", "to_attachment", "to_inline"]

Content = bytes | Path | Callable[[], BinaryIO]

PIECE = 57 * 1024  # bytes read at once: 1024 lines of base64
FILENAME = 255  # characters, as file systems have it

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
    return b64encode(b"".join(_read(content))).decode("ascii")


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


class Attachment(BaseModel):
    """A file to go with a mail.

    `content` is bytes, a Path, or a callable that opens a binary file: the latter two are read when
    the mail is written, in pieces, once more for each writing. `filename` is the path's own where
    none is given, `content_type` is guessed by it. `content_id` is what `cid:` in the HTML names,
    without < and >. A message (.eml) goes as it is if it is ASCII lines, else as a file of octets.
    Raises `InvalidMessage` (no such file) or `InvalidHeader`.
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

    def pieces(self) -> Iterator[bytes]:
        """Read the content anew, in pieces of `PIECE` bytes; only the last may be shorter."""
        return _read(self.content)

    def measure(self) -> int:
        """Give the content's length in bytes; what has to be called is read for it."""
        match self.content:
            case bytes():
                return len(self.content)
            case Path():
                return self.content.stat().st_size
            case _:
                return sum(map(len, self.pieces()))

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


def _read(content: Content) -> Iterator[bytes]:
    match content:
        case bytes():
            stream: BinaryIO = BytesIO(content)
        case Path():
            stream = content.open("rb")
        case _:
            stream = content()
    with stream:
        while piece := _fill(stream):
            yield piece


def _fill(stream: BinaryIO) -> bytes:
    """Read one whole piece, however little the stream gives at a time."""
    piece = stream.read(PIECE)
    while 0 < len(piece) < PIECE and (more := stream.read(PIECE - len(piece))):
        piece += more
    return piece
