"""The variables of a frame are shown as text, and the frame holds on to none of them."""

import gc
import json
import sys
import weakref
from types import FrameType

from mailcore.notices.exceptions.description import Describer
from mailcore.notices.exceptions.variables import (
    LOCAL_LIMIT,
    SHOWN_LIMIT,
    Variables,
    variables,
)


class Page:
    def __repr__(self) -> str:
        return "Page"


def describe(frame: FrameType) -> tuple[tuple[tuple[str, str], ...], int]:
    return Variables(Describer()).describe(frame)


def here(url: str, password: str) -> FrameType:
    del url, password
    return sys._getframe().f_back  # type: ignore[return-value] # there is one


def test_variables_are_shown_by_name_and_secrets_masked() -> None:
    def parse(url: str, password: str) -> FrameType:
        tries = 2
        return here(url, password * tries)

    def run() -> FrameType:
        return parse("http://x", "hunter2")

    shown, left_out = describe(run())
    assert shown == (("url", "'http://x'"), ("password", "***"), ("tries", "2"))
    assert left_out == 0


def test_modules_functions_classes_and_names_of_python_are_left_out() -> None:
    namespace = {
        "__special__": 1,
        "module": json,
        "function": here,
        "kind": Page,
        "builtin": len,
        "method": "".join,
        "page": Page(),
        "frame_of": sys._getframe,
    }
    exec("frame = frame_of()", namespace)  # noqa: S102 - its own code
    frame = namespace["frame"]
    assert isinstance(frame, FrameType)
    assert [name for name, _ in describe(frame)[0]] == ["page", "frame"]
    namespace.clear()


def test_only_so_many_are_shown_and_looked_at() -> None:
    namespace: dict[str, object] = {"frame_of": sys._getframe}
    code = "\n".join(f"v{number} = {number}" for number in range(1000))
    exec(f"{code}\nframe = frame_of()", namespace)  # noqa: S102 - its own code
    frame = namespace["frame"]
    assert isinstance(frame, FrameType)
    shown, left_out = describe(frame)
    assert len(shown) == SHOWN_LIMIT
    assert 0 < left_out <= LOCAL_LIMIT - SHOWN_LIMIT
    assert namespace["v999"] == 999  # a module's own variables stay as they are
    namespace.clear()


def test_a_frame_is_described_once() -> None:
    described = Variables(Describer())
    value = 1
    frame = sys._getframe()
    assert ("value", str(value)) in described.describe(frame)[0]
    assert described.describe(frame) == ((), 0)
    del frame


def test_a_running_frame_keeps_nothing_that_the_program_lets_go() -> None:
    page = Page()
    gone = weakref.ref(page)
    assert ("page", page) in variables(sys._getframe())
    del page
    gc.collect()
    assert gone() is None


def test_what_the_program_has_of_its_variables_stays_as_it_is() -> None:
    value = 1
    mine = locals()
    variables(sys._getframe())
    assert mine["value"] == value


def test_a_repr_that_raises_is_told_as_such() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError

    odd = Odd()
    shown = dict(describe(sys._getframe())[0])
    del odd
    assert shown["odd"] == "<Odd, which raised RuntimeError when asked>"
