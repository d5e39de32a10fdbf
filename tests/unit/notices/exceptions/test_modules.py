"""The globals of modules are given that an exception passed, and what can hold no secret is not."""

import enum
import logging
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from mailcore.notices.exceptions.modules import (
    MODULE_LIMIT,
    library_globals_of,
    own_globals_of,
)


def frame_in(path: str, module: Mapping[str, Any]) -> FrameType:
    """Give a frame of a module of this file that has these globals."""
    namespace: dict[str, Any] = {**module, "_frame_of": sys._getframe}
    exec(compile("frame = _frame_of()", path, "exec"), namespace)  # noqa: S102 - for its frame
    frame: FrameType = namespace.pop("frame")
    return frame


OWN = "/srv/shop/crawl.py"
LIBRARY = "/usr/lib/python3/dist-packages/x.py"


def test_texts_collections_and_instances_are_given_by_name() -> None:
    module = {"token": "swordfish", "CONFIG": {"a": 1}, "settings": object()}
    assert dict(own_globals_of([frame_in(OWN, module)])) == module


def test_modules_functions_classes_and_the_like_are_not() -> None:
    colour = enum.Enum("colour", "RED")
    module = {
        "__doc__": "x", "re": re, "f": frame_in, "C": Path, "E": colour, "n": None, "log": logging.getLogger(),
        "expression": re.compile("x"), "folder": Path(), "flag": True, "Names": list[str],
    }  # fmt: skip
    assert list(own_globals_of([frame_in(OWN, module)])) == []


def test_those_of_libraries_are_given_apart() -> None:
    frames = [frame_in(OWN, {"a": 1}), frame_in(LIBRARY, {"b": 2})]
    assert (list(own_globals_of(frames)), list(library_globals_of(frames))) == (
        [("a", 1)],
        [("b", 2)],
    )


def imported(name: str, path: str) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(__file__=path, where=name)
    return module


def test_those_of_own_modules_that_are_imported_are_given_and_of_libraries_not() -> None:
    module = {"own": imported("own", OWN), "library": imported("library", LIBRARY)}
    assert list(own_globals_of([frame_in(OWN, module)])) == [("where", "own")]
    assert list(library_globals_of([frame_in(LIBRARY, module)])) == []


def test_each_module_is_given_once() -> None:
    frame = frame_in(OWN, {"a": 1})
    assert list(own_globals_of([frame, frame])) == [("a", 1)]


@pytest.mark.parametrize("more", [0, 5])
def test_no_more_imported_modules_than_so_many_are_looked_at(more: int) -> None:
    module = {f"m{number}": imported("m", OWN) for number in range(MODULE_LIMIT + more)}
    assert len(list(own_globals_of([frame_in(OWN, module)]))) == MODULE_LIMIT
