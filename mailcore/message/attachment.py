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
    Literal,
    NotRequired,
    Required,
    Self,
    TypedDict,
    Unpack,
)

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PlainValidator,
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
from mailcore.message.refusal import check_text
from mailcore.message.value import Value
from mailcore.message.writing.bodies import PIECE
from mailcore.message.writing.files import FileBody, encode_file, is_message, is_text

__all__ = ["Attachment", "AttachmentFields", "Content", "show_inline", "to_attachment", "to_inline"]

Content = bytes | Path | Callable[[], BinaryIO]

FILENAME = 255  # characters, as file systems have it
WHOLE = 1 << 20  # bytes up to which a content is encoded at once, and text is written as text

_CONTENT_ID = re.compile(r"[!-;=?-~]{1,200}+")


def _read_content(value: object) -> Content:
    """Accept bytes, the path of a file, or something to call for an open file; text is base64."""
    match value:
        case bytes():
            return value
        case bytearray() | memoryview():
            return bytes(value)
        case str():
            return _decode(value)
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


def _decode(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as flaw:
        raise InvalidMessage(f"as text the content is base64, and this is not: {flaw}") from None


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


class Attachment(Value):
    """A file to go with a mail.

    `content` is bytes, a Path, or a callable that opens a binary file anew at each call: the latter two
    are read when the mail is written, in pieces, once more for each writing, and in async code on the
    event loop. `filename` is the path's own where none is given, `content_type` is guessed by it.
    `content_id` is what `cid:` in the HTML names, without < and >. `length` is the content's, in bytes:
    a callable is read once less where it is given, and what turns out to have another is not sent.
    A message (.eml) goes as it is if it is ASCII lines, else as a file of octets; it is read whole to
    tell. A text of up to 1 MiB, in memory or a file, says that it is UTF-8 if it is; else its charset
    belongs into `content_type`. In plain values, as JSON has them, text as content is base64.
    Raises `InvalidMessage` (no such file, wrong length) or `InvalidHeader`.
    """

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

    def __init__(self, /, **fields: Unpack[AttachmentFields]) -> None:
        if isinstance(fields.get("content"), str):
            raise InvalidMessage("content: a str is not bytes, a Path or a callable to open a file")
        super().__init__(**fields)

    # As in Value.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined] # a mark on a function

    @field_validator("filename", mode="before")
    @classmethod
    def _name_after_path(cls, filename: object, info: ValidationInfo) -> object:
        content = info.data.get("content")
        return content.name if filename is None and isinstance(content, Path) else filename

    @field_validator("content_type", mode="before")
    @classmethod
    def _guess_content_type(cls, content_type: object, info: ValidationInfo) -> object:
        filename, content = info.data.get("filename"), info.data.get("content")
        return content_type or guess_by_name(filename) or guess_by_content(content) or DEFAULT

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

    def body(self, *, eight_bit: bool = False) -> FileBody:
        """Give the content as a part's body, or only how it is to be read: in pieces, as base64.

        What is small and in memory is encoded once, for all mails to share.
        """
        is_shared = isinstance(self.content, bytes) and len(self.content) <= WHOLE
        if is_shared and not (eight_bit and is_message(self.content_type)):
            return self._body
        return self._encode(eight_bit=eight_bit)

    @cached_property
    def _body(self) -> FileBody:
        return self._encode(eight_bit=False)

    def _encode(self, *, eight_bit: bool) -> FileBody:
        if not is_message(self.content_type) and not self._is_read_whole():
            return FileBody(self.content_type, "base64", None)
        content = b"".join(self.pieces())
        return encode_file(self.content_type, content, eight_bit=eight_bit)

    def _is_read_whole(self) -> bool:
        match self.content:
            case bytes():
                return len(self.content) <= WHOLE
            case Path():
                return is_text(self.content_type) and self.measure() <= WHOLE
            case _:
                return False

    def __getstate__(self) -> dict[Any, Any]:
        """Give what makes the attachment, without the body made from it."""
        state = super().__getstate__()
        fields = {name: value for name, value in state["__dict__"].items() if name != "_body"}
        return {**state, "__dict__": fields}

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
    """Give an `Attachment` for a bare path; anything else is left as it is."""
    match value:
        case Path():
            return Attachment(content=value)
        case str() | bytes():
            kind = type(value).__name__
            raise InvalidMessage(f"a {kind} is neither a Path nor an Attachment")
        case _:
            return value


def to_inline(value: Any) -> Any:
    """Give the inline parts of a mapping from `cid:` names; anything else is left as it is."""
    match value:
        case Attachment():
            return (value,)
        case Mapping():
            return tuple(_name_inline(name, part) for name, part in value.items())
        case _:
            return value


def show_inline(part: Attachment) -> Attachment:
    """Give the part with the disposition of one that is shown."""
    if part.disposition == "inline":
        return part
    return part.model_copy(update={"disposition": "inline"})


def _name_inline(name: object, part: Any) -> Attachment:
    """Give an inline `Attachment` for this `cid:` name."""
    match part:
        case Attachment() | Mapping():
            fields = dict(part)
        case Path():
            fields = {"content": part}
        case bytes():
            fields = {"content": part, "filename": name}
        case _:
            kind = type(part).__name__
            raise InvalidMessage(f"{name}: a {kind} is not bytes, a Path or an Attachment")
    try:
        return Attachment.of({**fields, "disposition": "inline", "content_id": name})
    except ConfigurationError as flaw:
        raise type(flaw)(f"{name}: {flaw}") from None


def _measure_file(path: Path, called: str) -> int:
    try:
        return path.stat().st_size
    except OSError as failure:
        raise InvalidMessage(f"{called} can't be read: {failure}") from failure


def _read(content: Content, called: str) -> Iterator[bytes]:
    """Read the content in whole pieces; whatever hinders it is the mail's fault, not the connection's."""
    try:
        with _open(content) as stream:
            yield from _cut(iter(lambda: _read_some(stream), b""))
    except InvalidMessage:
        raise
    except Exception as failure:
        raise InvalidMessage(f"{called} can't be read: {failure}") from failure


def _open(content: Content) -> BinaryIO:
    match content:
        case bytes():
            return BytesIO(content)
        case Path():
            return content.open("rb")
        case _:
            stream = content()
            if not callable(getattr(stream, "read", None)) or getattr(stream, "closed", False):
                kind = type(stream).__name__
                raise InvalidMessage(
                    f"the callable gave a {kind}, not an open file: once for each call"
                )
            return stream


def _cut(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Give pieces of one size, however much the stream gives at a time; only the last may be shorter."""
    rest = b""
    for piece in pieces:
        waiting = rest + piece if rest else piece
        whole = len(waiting) - len(waiting) % PIECE
        for start in range(0, whole, PIECE):
            yield waiting[start : start + PIECE]
        rest = waiting[whole:]
    if rest:
        yield rest


def _read_some(stream: BinaryIO) -> bytes:
    piece: object = stream.read(PIECE)
    if not isinstance(piece, bytes):
        raise InvalidMessage(
            f"content gave {type(piece).__name__}, not bytes: open it in binary mode"
        )
    return piece
