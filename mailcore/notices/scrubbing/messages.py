"""A whole mail scrubbed: what a reader sees of it, and what a file that goes with it says."""

from collections.abc import Callable
from typing import Any

from mailcore.message import Attachment, Message

__all__ = ["scrub_message"]

ATTACHMENT_LIMIT = 4 << 20
"""Octets of a text that is attached; what is beyond is left out, as it could not be scrubbed in time."""

_TEXTS = (
    "json",
    "xml",
    "yaml",
    "javascript",
    "x-www-form-urlencoded",
    "csv",
    "x-sh",
    "sql",
    "toml",
)
_BODIES = ("text", "html", "amp", "calendar")


def scrub_message(message: Message, scrub: Callable[[str], str]) -> Message:
    """Give the mail with each of its texts as `scrub` gives it; addresses and ids stay as they are.

    Files that are no texts, such as images, stay too, but for their names.
    """
    changes: dict[str, Any] = {}
    for name in ("subject", *_BODIES):
        text = getattr(message, name)
        if text and (scrubbed := scrub(text)) != text:
            changes[name] = scrubbed
    if "html" in changes:  # else it would be parsed, to see whether the text was made from it
        changes.setdefault("text", message.text)
    headers = tuple((name, _header(name, value, scrub)) for name, value in message.headers)
    if headers != message.headers:
        changes["headers"] = headers
    for name in ("attachments", "inline"):
        parts = getattr(message, name)
        scrubbed_parts = tuple(_scrub_part(part, scrub) for part in parts)
        if scrubbed_parts != parts:
            changes[name] = scrubbed_parts
    return message.replace(**changes) if changes else message


def _header(name: str, value: str, scrub: Callable[[str], str]) -> str:
    """Give a field's value scrubbed as what stands behind its name."""
    line = scrub(f"{name}: {value}")
    return line.removeprefix(f"{name}: ") if line.startswith(f"{name}: ") else scrub(value)


def _scrub_part(part: Attachment, scrub: Callable[[str], str]) -> Attachment:
    filename = scrub(part.filename) if part.filename else None
    content = _scrub_content(part, scrub) if _is_text(part.content_type) else part.content
    if (filename, content) == (part.filename, part.content):
        return part
    length = part.length if content is part.content else None
    return part.model_copy(update={"filename": filename, "content": content, "length": length})


def _scrub_content(part: Attachment, scrub: Callable[[str], str]) -> bytes:
    content = b"".join(_pieces(part))
    return scrub(content.decode(errors="surrogateescape")).encode(errors="surrogateescape")


def _pieces(part: Attachment) -> list[bytes]:
    pieces: list[bytes] = []
    room = ATTACHMENT_LIMIT
    for piece in part.pieces():
        pieces.append(piece[:room])
        room -= len(piece)
        if room <= 0:
            break
    return pieces


def _is_text(content_type: str) -> bool:
    kind, _, subtype = content_type.partition(";")[0].strip().lower().partition("/")
    return kind in {"text", "message"} or any(word in subtype for word in _TEXTS)
