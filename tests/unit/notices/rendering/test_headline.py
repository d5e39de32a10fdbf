"""Subjects and headings say what failed, in one line that stays the same for an issue."""

import pytest

from mailcore.notices.counting.table import Batch, Report
from mailcore.notices.exceptions.snapshot import Failure, Frame
from mailcore.notices.rendering.headline import (
    SUBJECT_LIMIT,
    headline,
    own_frame,
    subject,
    title,
)
from tests.unit.notices.rendering.samples import OWN, PYTHON, failure, of, report


def subject_of(*reports: Report, others: int = 0) -> str:
    return subject("shop", Batch(reports, others))


def test_the_subject_says_which_program_what_and_where() -> None:
    assert subject_of(report()) == "[shop] ValueError: no price (parse_item)"


@pytest.mark.parametrize(
    ("message", "stable"),
    [
        ("no price in row 4711", "no price in row #"),
        ("<Page at 0x7f3a9c>", "<Page at #>"),
        ("job 3f2504e0-4f89-11d3-9a0c-0305e82c3301", "job #"),
        ("key deadbeef01", "key #"),
        ("facade of cafe", "facade of cafe"),
        ("٣ left", "# left"),
    ],
)
def test_numbers_and_ids_are_no_part_of_a_subject(message: str, stable: str) -> None:
    assert subject_of(report(of(failure(message)))) == f"[shop] ValueError: {stable} (parse_item)"


def test_numbers_stay_in_a_headline() -> None:
    assert headline(of(failure("row 4711"))) == "ValueError: row 4711 (parse_item)"


def test_a_long_message_leaves_the_function_in_the_subject() -> None:
    found = subject_of(report(of(failure("x" * 500))))
    assert len(found) == SUBJECT_LIMIT
    assert found.endswith("xxx … (parse_item)")


@pytest.mark.parametrize(
    "hostile", ["a\r\nBcc: x@example.org", "a\n\nb", "a\x85b\u2028c", "a\0\x1bb"]
)
def test_line_ends_and_controls_never_get_into_a_subject(hostile: str) -> None:
    frames = (Frame("/home/me/shop/spider.py", 3, hostile),)
    found = subject_of(report(of(failure(hostile, kind=hostile, frames=frames))))
    assert found.isprintable()
    assert len(found) <= SUBJECT_LIMIT


def test_an_exception_without_a_message_or_a_traceback_has_a_subject_too() -> None:
    assert subject_of(report(of(Failure("KeyError", "")))) == "[shop] KeyError"


def test_what_is_no_exception_is_named_by_its_text() -> None:
    assert subject_of(report(of(Failure("", "disk 91 % full")))) == "[shop] disk 91 % full"


def test_the_subject_of_a_digest_counts() -> None:
    several = report(new=5, total=9), report(new=2, total=2)
    assert subject_of(*several) == "[shop] 7 exceptions of 2 kinds"
    assert subject_of(others=12) == "[shop] 12 exceptions of many kinds"


def test_the_subject_of_resolved_issues_says_so() -> None:
    over = report(new=0, total=9, is_resolved=True)
    assert subject_of(over, over) == "[shop] 2 kinds of exceptions are over"
    assert subject_of(over) == subject_of(report())


def test_the_place_is_the_innermost_of_the_program_itself() -> None:
    assert own_frame(failure(frames=(OWN, PYTHON))) == OWN
    assert own_frame(failure(frames=(PYTHON, PYTHON))) == PYTHON
    assert own_frame(failure(frames=())) is None


def test_a_title_is_what_ends_a_traceback() -> None:
    assert title(Failure("shop.PriceMissing", "no price")) == "shop.PriceMissing: no price"
    assert title(Failure("KeyError", "")) == "KeyError"
