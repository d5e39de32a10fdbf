"""The commit that a program was checked out at, read from git's files: no git is run."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

__all__ = ["revision_of"]

FILE_LIMIT = 1_000_000
"""Characters that are read of a file of git."""
PARENT_LIMIT = 20
"""Folders above the program in which a repository is looked for."""
SHOWN = 12
"""Digits of a commit that are shown."""


def revision_of(folder: Path) -> str:
    """Give the commit's first digits and the branch, as "1f2e3d4c5b6a (main)"; "" outside of git.

    Raises `OSError` and `ValueError` for what is no repository as git makes it.
    """
    git = next(filter(Path.exists, _places(folder)), None)
    if git is None:
        return ""
    if git.is_file():  # a worktree or submodule (gitrepository-layout)
        git = git.parent / _read(git).removeprefix("gitdir:").strip()
    head = _read(git / "HEAD")
    if not head.startswith("ref:"):
        return head[:SHOWN]
    ref = head.removeprefix("ref:").strip()
    commit = _commit(git, ref)
    return f"{commit[:SHOWN]} ({ref.removeprefix('refs/heads/')})" if commit else ""


def _places(folder: Path) -> Iterator[Path]:
    for parent in islice((folder, *folder.parents), PARENT_LIMIT):
        yield parent / ".git"


def _commit(git: Path, ref: str) -> str:
    common = git
    with suppress(FileNotFoundError):
        common = git / _read(git / "commondir")
    for home in (git, common):
        with suppress(FileNotFoundError):
            return _read(home / ref)
    lines = _read(common / "packed-refs").splitlines()
    return next((line.split(" ")[0] for line in lines if line.endswith(f" {ref}")), "")


def _read(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(FILE_LIMIT).strip()
