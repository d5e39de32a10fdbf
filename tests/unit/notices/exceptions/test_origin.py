"""The origin says which machine, process and program it was, without fail."""

import asyncio
import os
import platform
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore.notices.exceptions import origin as room
from mailcore.notices.exceptions.origin import VALUE_LIMIT, origin


@pytest.fixture(autouse=True)
def _look_up_anew() -> Iterator[None]:
    room._program.cache_clear()
    yield
    room._program.cache_clear()


def test_it_says_where_it_was() -> None:
    told = dict(origin())
    assert told["host"] == platform.node()
    assert told["process"] == str(os.getpid())
    assert told["Python"] == platform.python_version()
    assert told["folder"] == Path.cwd().name


def test_it_says_in_which_thread() -> None:
    told: list[tuple[tuple[str, str], ...]] = []
    thread = threading.Thread(target=lambda: told.append(origin()), name="fetcher")
    thread.start()
    thread.join()
    assert dict(told[0])["thread"] == "fetcher"


def test_it_says_in_which_task() -> None:
    async def crawl() -> dict[str, str]:
        task = asyncio.current_task()
        assert task is not None
        task.set_name("crawl 7")
        return dict(origin())

    assert asyncio.run(crawl())["thread"].endswith(", crawl 7")


def test_arguments_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/srv/shop.py", "--password=hunter2"])
    assert dict(origin())["program"] == "/srv/shop.py"
    assert "hunter2" not in str(origin())


@pytest.mark.parametrize("argv", [[], [""], ["x" * 10_000], [None]])
def test_odd_arguments_do_no_harm(monkeypatch: pytest.MonkeyPatch, argv: list[str]) -> None:
    monkeypatch.setattr(sys, "argv", argv)
    told = dict(origin())
    assert told["host"]
    assert len(told.get("program", "")) < VALUE_LIMIT + 50


def test_a_folder_that_is_gone_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    told = dict(origin())
    assert "folder" not in told
    assert told["host"]
