"""Sizes, mirrors and secrets: what a reader of the project may rely on."""

from pathlib import Path

from tests.house.rules import FILE_LINES, async_generators, too_long, without_test

PROJECT = Path(__file__).parent.parent.parent
PACKAGE = PROJECT / "mailcore"
UNIT = PROJECT / "tests" / "unit"

#: Files whose behaviour is tested elsewhere, and where.
TESTED_ELSEWHERE = {
    "__main__.py": "tests/unit/cli",
    "net/backend.py": "the seam itself: protocols without code",
    "domains/records/fault.py": "two values without behaviour",
}

TOP_LEVEL = {"pyproject.toml", "README.md", "CHANGELOG.md", "mailcore", "tests", "docs"}


def test_no_source_file_is_too_long() -> None:
    assert list(too_long(PACKAGE.rglob("*.py"))) == []


def test_every_source_file_has_its_test_file() -> None:
    assert list(without_test(PACKAGE, UNIT, TESTED_ELSEWHERE)) == []


def test_there_are_no_async_generators() -> None:
    found = {
        str(file): complaints
        for file in PACKAGE.rglob("*.py")
        if (complaints := list(async_generators(file.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_the_top_level_is_what_it_should_be() -> None:
    found = {path.name for path in PROJECT.iterdir() if not path.name.startswith(".")}
    assert found - {"dist"} == TOP_LEVEL


def test_a_planted_async_generator_is_found() -> None:
    assert list(async_generators("async def f():\n    if x:\n        yield 1"))
    assert list(async_generators("from contextlib import asynccontextmanager"))
    assert not list(async_generators("async def f():\n    def g():\n        yield 1\n    await x"))


def test_a_planted_long_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("\n" * (FILE_LINES + 1))
    assert len(list(too_long(tmp_path.iterdir()))) == 1


def test_a_planted_file_without_a_test_is_found(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "new.py").touch()
    assert list(without_test(tmp_path, tmp_path, {})) != []
