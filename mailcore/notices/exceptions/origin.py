"""Where a notice comes from: machine, process, program and its version."""

import os
import platform
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from mailcore.notices.exceptions.description import cleaned
from mailcore.notices.exceptions.revision import revision_of

__all__ = ["origin"]

VALUE_LIMIT = 200
"""Characters of each value."""

Pairs = tuple[tuple[str, str], ...]


def origin() -> Pairs:
    """Give names and values; what does not change is looked up once. It raises nothing."""
    return (*_program(), *_told("process", lambda: str(os.getpid())), *_told("thread", _thread))


@cache
def _program() -> Pairs:
    lookups: dict[str, Callable[[], str]] = {
        "host": platform.node,
        "program": lambda: sys.argv[0],
        "folder": lambda: Path.cwd().name,
        "commit": lambda: revision_of(_home()),
        "Python": platform.python_version,
    }
    return tuple(pair for name, look_up in lookups.items() for pair in _told(name, look_up))


def _told(name: str, look_up: Callable[[], str]) -> Iterator[tuple[str, str]]:
    """Give the value with its name, if there is any: a folder can be gone, sys.argv be empty."""
    with suppress(Exception):
        if value := look_up():
            yield name, cleaned(value, VALUE_LIMIT)


def _home() -> Path:
    """Give the folder of the program, or where it works if it is no file."""
    program = Path(sys.argv[0])
    return program.resolve().parent if program.is_file() else Path.cwd()


def _thread() -> str:
    """Give the name of the thread, and of the task if there is one."""
    thread = threading.current_thread().name
    with suppress(Exception):  # no event loop runs here
        if asyncio := sys.modules.get("asyncio"):
            return f"{thread}, {asyncio.current_task().get_name()}"
    return thread
