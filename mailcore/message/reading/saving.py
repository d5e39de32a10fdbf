"""A received file name to a path that can be written: no path in it, no overwriting."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

__all__ = ["name_by_type", "safe_filename", "save_new"]

NAME_OCTETS = 200  # leaves room for a number in the 255 that file systems have

# Separators, what becomes one where names are normalised (CVE-2025-52488), and what Windows refuses.
_UNSAFE = re.compile(r'[/\\:*?"<>|\u2044\u2215\u29f5\ufe68\uff0f\uff3c]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|(com|lpt)[0-9¹²³]|con(in|out)\$) *+(\..*)?")

# What must not differ between machines and versions of Python.
_SUFFIXES = {
    "application/gzip": ".gz",
    "application/json": ".json",
    "application/octet-stream": "",
    "application/ogg": ".ogg",
    "application/pdf": ".pdf",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/rtf": ".rtf",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "image/bmp": ".bmp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/tiff": ".tiff",
    "image/webp": ".webp",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/global": ".eml",
    "message/news": ".eml",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/rfc822-headers": ".txt",
    "text/vcard": ".vcf",
    "text/x-amp-html": ".html",
    "text/x-vcard": ".vcf",
    "text/xml": ".xml",
    "video/mp4": ".mp4",
}


def name_by_type(content_type: str) -> str:
    """Give a name for what was sent without one, with the suffix that such files have."""
    suffix = _SUFFIXES.get(content_type)
    return f"attachment{_guess_suffix(content_type) if suffix is None else suffix}"


def _guess_suffix(content_type: str) -> str:
    from mimetypes import MimeTypes  # noqa: PLC0415 - few types need it, and it reads files

    return MimeTypes().guess_extension(content_type) or ""


def safe_filename(name: str | None, default: str = "attachment") -> str:
    """Give a name without path, control characters or device names; `default` if nothing is left."""
    last = re.split(r"[/\\]", name or "")[-1]
    seen = "".join(character for character in last if character.isprintable())
    safe = _UNSAFE.sub("_", seen).strip(" .")
    if _RESERVED.fullmatch(safe):
        safe = f"_{safe}"
    stem, dot, suffix = safe.rpartition(".")
    if len(safe.encode()) > NAME_OCTETS:
        room = max(NAME_OCTETS - len(suffix.encode()) - 1, 1)
        safe = (
            f"{_cut(stem, room)}.{suffix}"
            if dot and len(suffix) < room
            else _cut(safe, NAME_OCTETS)
        )
    return safe or default


def save_new(pieces: Iterable[bytes], directory: Path, name: str) -> Path:
    """Write a file that was not there, with a number in its name if need be, and give its path."""
    for candidate in _candidates(name):
        path = directory / candidate
        with suppress(FileExistsError):
            file = path.open("xb")
            break
    try:
        with file:
            file.writelines(pieces)
    except BaseException:
        path.unlink(missing_ok=True)  # half a file would be taken for the whole one
        raise
    return path


def _candidates(name: str) -> Iterator[str]:
    yield name
    stem, dot, suffix = name.rpartition(".")
    for number in count(1):
        yield f"{stem} ({number}).{suffix}" if dot and stem else f"{name} ({number})"


def _cut(text: str, octets: int) -> str:
    return text.encode()[:octets].decode(errors="ignore")
