"""`read_maildir`: the mails of a Maildir, a folder with a file for each, and its folders.

The format is qmail's, after Bernstein's maildir(5), its folders Courier's Maildir++. Nothing is locked:
other programs deliver, rename and remove while we read. So mails are listed by their unique names, and one
whose file has got another name since is found again by its own. `tmp/` has what is not delivered yet.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from errno import ENOENT
from pathlib import Path

from mailcore.errors import ConfigurationError
from mailcore.message.reading.limits import DEFAULT_LIMITS, Limits
from mailcore.message.received import ReceivedMessage, parse
from mailcore.message.stores.files import MAIL_OCTETS, read_file

__all__ = ["MaildirMessage", "list_maildir_folders", "read_maildir"]

_FLAGS = {
    "D": "draft",
    "F": "flagged",
    "P": "passed",
    "R": "replied",
    "S": "seen",
    "T": "trashed",
}
# What programs write where a colon cannot be in a name; "1," is for experiments, and has no flags.
_INFO = re.compile(r"(?s)(.+)[:;!]([12]),([^:;!]*+)")
_DELIVERED = re.compile(r"([0-9]{1,18}+)[._](?:[^.]*?M([0-9]{1,18}+))?")


@dataclass(frozen=True, slots=True)
class MaildirMessage:
    """A mail in a Maildir, as its file's name tells; `read` gives what is in it.

    `unique_name` stays the same however other programs rename the file. `flags` are of `seen`,
    `replied`, `flagged`, `trashed`, `draft` and `passed`; `is_new` is what no program has seen yet.
    """

    path: Path
    unique_name: str
    flags: frozenset[str] = frozenset()
    is_new: bool = False

    def read(
        self, *, limits: Limits = DEFAULT_LIMITS, octets: int = MAIL_OCTETS
    ) -> ReceivedMessage:
        """Give the mail, from its new place if it was renamed since.

        Raises `FileNotFoundError` if it is gone, `ConfigurationError` for more than `octets`.
        """
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            file = _find_again(self).open("rb")
        with file:
            return parse(read_file(file, octets=octets), limits=limits)


def read_maildir(path: Path | str) -> Iterator[MaildirMessage]:
    """Give the mails of `new/` and `cur/` in the order of their delivery; their files are not opened.

    The time is that of the unique name, or else the file's. Raises `ConfigurationError` for a path that
    has neither folder.
    """
    root = _check(Path(path))
    mails = {mail.unique_name: mail for mail in _list(root)}
    timed = [(moment, name) for name, mail in mails.items() if (moment := _find_time(mail))]
    return (mails[name] for _, name in sorted(timed))


def list_maildir_folders(path: Path | str) -> dict[str, Path]:
    """Give the folders of a Maildir++ by name, sorted: `Archive.2026` is one within `Archive`.

    A name is as on disk, without its first dot. Raises `ConfigurationError` for what is no Maildir.
    """
    root = _check(Path(path))
    return {each.name[1:]: each for each in sorted(root.glob(".?*")) if _is_maildir(each)}


def _check(root: Path) -> Path:
    if not _is_maildir(root):
        raise ConfigurationError(f"{str(root)!r} is no Maildir: it has neither cur/ nor new/")
    return root


def _is_maildir(root: Path) -> bool:
    return (root / "cur").is_dir() or (root / "new").is_dir()


def _list(root: Path) -> Iterator[MaildirMessage]:
    """Give the mails as they are found: first new/, so that one that moves to cur/ is not missed."""
    for folder in (root / "new", root / "cur"):
        if folder.is_dir():
            with os.scandir(folder) as entries:
                yield from (_read_name(Path(entry)) for entry in entries if _is_mail(entry))


def _is_mail(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and entry.is_file()


def _read_name(path: Path) -> MaildirMessage:
    info = _INFO.fullmatch(path.name)
    unique_name, version, letters = info.groups() if info else (path.name, "2", "")
    known = _FLAGS.keys() & set(letters if version == "2" else "")
    flags = frozenset(_FLAGS[letter] for letter in known)
    return MaildirMessage(path, unique_name, flags, is_new=path.parent.name == "new")


def _find_again(mail: MaildirMessage) -> Path:
    """Give where the mail is after it was renamed; raises `FileNotFoundError` if it is gone."""
    for listed in _list(mail.path.parent.parent):
        if listed.unique_name == mail.unique_name:
            return listed.path
    raise FileNotFoundError(ENOENT, os.strerror(ENOENT), str(mail.path))


def _find_time(mail: MaildirMessage) -> tuple[int, int] | None:
    """Give seconds and microseconds of the delivery, None if the mail is gone."""
    if delivered := _DELIVERED.match(mail.unique_name):
        return int(delivered[1]), int(delivered[2] or 0)
    with suppress(FileNotFoundError):
        return _find_time_of_file(mail.path)
    with suppress(FileNotFoundError):
        return _find_time_of_file(_find_again(mail))
    return None


def _find_time_of_file(path: Path) -> tuple[int, int]:
    seconds, nanoseconds = divmod(path.stat().st_mtime_ns, 10**9)
    return seconds, nanoseconds // 1000
