"""Nothing in a line hides, reorders it, or ends it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.notices.rendering.legible import ended, legible, on_one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Grüße, 价格 😀", "Grüße, 价格 😀"),
        ("\u202ecod.exe", "\\u202ecod.exe"),
        ("pay\u200bpal", "pay\\u200bpal"),
        ("a\u2028b", "a\\u2028b"),
        ("a\nb\tc", "a\\nb    c"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\udcff", "\\udcff"),
        ("a\0b", "a\\x00b"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, shown: str) -> None:
    assert legible(text, 100) == shown


def test_a_long_line_is_cut_and_says_how_much_is_missing() -> None:
    assert legible("x" * 100, 10) == "xxxxxxxxxx… (90 more characters)"


@given(st.text(st.characters(), max_size=50))
def test_any_text_becomes_one_line_that_can_be_encoded(text: str) -> None:
    shown = on_one_line(text, 100)
    shown.encode()
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.bidirectional(it) for it in shown} & {"RLO", "LRO", "RLI", "LRI", "FSI"}


def test_white_space_is_one_space_on_one_line() -> None:
    assert on_one_line(" a\r\n\t b\x85c ", 100) == "a b c"


@pytest.mark.parametrize(
    ("limit", "short"), [(9, "123456789"), (8, "123456 …"), (1, " …"), (0, " …")]
)
def test_what_is_too_long_ends_in_an_ellipsis(limit: int, short: str) -> None:
    assert ended("123456789", limit) == short
