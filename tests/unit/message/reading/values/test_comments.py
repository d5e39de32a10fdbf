import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.values.comments import balance, find_comments, strip_comments


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("a (b) c", "a   c"),
        ("a(b(c)d)e", "a e"),
        (r"a (b\) c) d", "a   d"),
        ('"a (b)" c', '"a (b)" c'),
        ('(a "b) c', "  c"),
        ("a (b", "a (b"),
        ('a "b (c) d', 'a "b   d'),
        ("plain", "plain"),
    ],
)
def test_comments_are_left_out(text: str, stripped: str) -> None:
    assert strip_comments(text) == stripped


@pytest.mark.parametrize(
    ("text", "balanced"),
    [
        ("a (b", "a  b"),
        ('a "b', "a  b"),
        ('a "b" (c) "', 'a "b" (c)  '),
        ('(a) (b "c"', '(a)  b "c"'),
        (")", ")"),
    ],
)
def test_what_is_never_closed_opens_nothing(text: str, balanced: str) -> None:
    assert balance(text) == balanced


@given(st.text(st.sampled_from('a"\\() ')))
def test_a_balanced_text_keeps_its_length_and_is_balanced(text: str) -> None:
    balanced = balance(text)
    assert len(balanced) == len(text)
    assert balance(balanced) == balanced
    assert all(text[start] == "(" and text[end - 1] == ")" for start, end in find_comments(text))


@pytest.mark.parametrize("piece", ["(", "(\\", '"', '\\"', '("', "()", '"('])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    start = time.process_time()
    strip_comments(piece * 50_000)
    assert time.process_time() - start < 2
