"""The commit of a program is read from the files of git."""

from pathlib import Path

import pytest

from mailcore.notices.exceptions.revision import revision_of

COMMIT = "1f2e3d4c5b6a79880123456789abcdef01234567"


@pytest.fixture
def git(tmp_path: Path) -> Path:
    folder = tmp_path / ".git"
    (folder / "refs/heads/fix").mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/fix/price\n")
    return folder


def test_a_branch_is_told_with_its_commit(git: Path, tmp_path: Path) -> None:
    (git / "refs/heads/fix/price").write_text(f"{COMMIT}\n")
    inner = tmp_path / "shop" / "spiders"
    inner.mkdir(parents=True)
    assert revision_of(inner) == "1f2e3d4c5b6a (fix/price)"


def test_a_packed_branch_is_found(git: Path, tmp_path: Path) -> None:
    lines = ("# pack-refs", f"{'0' * 40} refs/heads/price", f"{COMMIT} refs/heads/fix/price")
    (git / "packed-refs").write_text("\n".join(lines))
    assert revision_of(tmp_path) == "1f2e3d4c5b6a (fix/price)"


def test_a_commit_without_a_branch_is_told(git: Path, tmp_path: Path) -> None:
    (git / "HEAD").write_text(f"{COMMIT}\n")
    assert revision_of(tmp_path) == "1f2e3d4c5b6a"


def test_a_worktree_has_its_branch_in_the_common_folder(git: Path, tmp_path: Path) -> None:
    (git / "refs/heads/fix/price").write_text(f"{COMMIT}\n")
    own = git / "worktrees" / "two"
    own.mkdir(parents=True)
    (own / "HEAD").write_text("ref: refs/heads/fix/price\n")
    (own / "commondir").write_text("../..\n")
    worktree = tmp_path / "two"
    worktree.mkdir()
    (worktree / ".git").write_text(f"gitdir: {own}\n")
    assert revision_of(worktree) == "1f2e3d4c5b6a (fix/price)"


def test_a_repository_without_commits_raises_what_is_said(git: Path) -> None:
    with pytest.raises(OSError, match="packed-refs"):
        revision_of(git.parent)


def test_outside_of_git_there_is_none(tmp_path: Path) -> None:
    assert revision_of(tmp_path) == ""
