"""A received file name to a path that can be written: no path in it, no overwriting."""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

__all__ = ["safe_filename", "save_new"]

NAME_OCTETS = 200  # leaves room for a number in the 255 that file systems have

# Separators, what becomes one where names are normalised (CVE-2025-52488), and what Windows refuses.
_UNSAFE = re.compile(r'[/\\:*?"<>|\u2044\u2215\u29f5\ufe68\uff0f\uff3c]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


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
