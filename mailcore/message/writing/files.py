"""Files to bodies: which transfer encoding the content of an attachment gets (RFC 2045 6, RFC 2046 5.2.1)."""

from typing import NamedTuple

from mailcore.message.content_types import DEFAULT
from mailcore.message.writing.bodies import (
    encode_base64,
    encode_octets,
    is_eight_bit,
    is_seven_bit,
)

__all__ = ["FileBody", "encode_file", "is_message", "is_text"]


class FileBody(NamedTuple):
    """What is said of a file's content, and the lines of it, None if it is to be read in pieces."""

    content_type: str
    encoding: str
    lines: bytes | None


def is_text(content_type: str) -> bool:
    """Tell whether this is text, for people or for programs."""
    return content_type[:5].lower() == "text/"


def is_message(content_type: str) -> bool:
    """Tell whether this is a message that must not be encoded; RFC 6532 lets message/global be."""
    kind = content_type[:14].lower()
    return kind.startswith("message/") and kind != "message/global"


def encode_file(content_type: str, content: bytes, *, eight_bit: bool) -> FileBody:
    """Give a whole content's body.

    Text is kept readable: filters take a text in needless base64 for hiding; it says that it is UTF-8
    if it is, since text that says nothing is ASCII (RFC 2046 4.1.2). A message that can't go as it is
    goes as octets, none of them changed; its header can in no form go beyond ASCII (RFC 6532 3.7).
    """
    if is_text(content_type):
        return FileBody(_with_charset(content_type, content), *encode_octets(content))
    if not is_message(content_type):
        return FileBody(content_type, "base64", encode_base64(content))
    lines = content if b"\r" in content else content.replace(b"\n", b"\r\n")
    if is_seven_bit(lines):
        return FileBody(content_type, "7bit", lines)
    if eight_bit and is_eight_bit(lines) and lines.partition(b"\r\n\r\n")[0].isascii():
        return FileBody(content_type, "8bit", lines)
    return FileBody(DEFAULT, "base64", encode_base64(content))


def _with_charset(content_type: str, content: bytes) -> str:
    if content.isascii() or "charset=" in content_type.lower():
        return content_type
    try:
        content.decode()
    except UnicodeDecodeError:
        return content_type
    return f"{content_type}; charset=utf-8"
