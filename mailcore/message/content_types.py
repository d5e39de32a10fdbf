"""Content types: read from text, and guessed by the end of a name, or by an image's first bytes.

The table is our own, so that the same program sends the same mail on every machine.
"""

import re
from typing import NamedTuple

from mailcore.errors import InvalidHeader

__all__ = ["DEFAULT", "ContentType", "guess_by_content", "guess_by_name", "read_content_type"]

DEFAULT = "application/octet-stream"
CONTENT_TYPE = 500  # characters; RFC 6838 4.2 has at most 127 for the type, and as many below it

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]++"  # noqa: S105 - RFC 2045's token
_PARAMETER = rf'{_TOKEN}=(?:{_TOKEN}|"(?:[ !#-\[\]-~]|\\[ -~])*+")'
_PARAMETERS = re.compile(rf" *+; *+({_PARAMETER})")
_CONTENT_TYPE = re.compile(rf"({_TOKEN}/{_TOKEN})((?: *+; *+{_PARAMETER})*+)")

_OOXML = "application/vnd.openxmlformats-officedocument"
_BY_SUFFIX = {
    "7z": "application/x-7z-compressed",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "bz2": "application/x-bzip2",
    "css": "text/css",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": f"{_OOXML}.wordprocessingml.document",
    "eml": "message/rfc822",
    "epub": "application/epub+zip",
    "gif": "image/gif",
    "gz": "application/gzip",
    "heic": "image/heic",
    "htm": "text/html",
    "html": "text/html",
    "ics": "text/calendar",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "log": "text/plain",
    "md": "text/markdown",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odt": "application/vnd.oasis.opendocument.text",
    "ogg": "audio/ogg",
    "parquet": "application/vnd.apache.parquet",
    "pdf": "application/pdf",
    "png": "image/png",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": f"{_OOXML}.presentationml.presentation",
    "ps": "application/postscript",
    "py": "text/x-python",
    "rtf": "application/rtf",
    "svg": "image/svg+xml",
    "tar": "application/x-tar",
    "tif": "image/tiff",
    "tiff": "image/tiff",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
    "vcf": "text/vcard",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webp": "image/webp",
    "xls": "application/vnd.ms-excel",
    "xlsx": f"{_OOXML}.spreadsheetml.sheet",
    "xml": "application/xml",
    "xz": "application/x-xz",
    "yaml": "application/yaml",
    "yml": "application/yaml",
    "zip": "application/zip",
    "zst": "application/zstd",
}

_BY_FIRST_BYTES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"<svg", "image/svg+xml"),
)


class ContentType(NamedTuple):
    """Type and subtype, and the parameters, each as it is written: `charset=utf-8`."""

    name: str
    parameters: tuple[str, ...]

    def __str__(self) -> str:
        """Give the content type as a header has it."""
        return "; ".join((self.name, *self.parameters))


def read_content_type(text: str) -> ContentType:
    """Read a content type (RFC 2045 5.1); raises `InvalidHeader` for what is none, or too long."""
    if len(text) > CONTENT_TYPE:
        raise InvalidHeader(f"a content type has at most {CONTENT_TYPE} characters: {text[:80]!r}…")
    found = _CONTENT_TYPE.fullmatch(text)
    if found is None:
        raise InvalidHeader(f"{text[:200]!r} is not a content type such as text/csv")
    return ContentType(found[1], tuple(_PARAMETERS.findall(found[2])))


def guess_by_name(filename: str | None) -> str | None:
    """Give the content type that the end of the name stands for."""
    _, dot, suffix = (filename or "").rpartition(".")
    return _BY_SUFFIX.get(suffix.lower()) if dot else None


def guess_by_content(content: object) -> str | None:
    """Give the type of an image by its first bytes, None for others and for what is not bytes."""
    if not isinstance(content, bytes):
        return None
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _BY_FIRST_BYTES if content.startswith(start)), None)
