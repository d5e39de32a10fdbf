import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.values.addresses import parse_addresses, parse_groups
from mailcore.message.reading.values.comments import (
    balance,
    find_comments,
    find_opaque,
    strip_comments,
)
from mailcore.message.reading.values.dates import parse_date
from mailcore.message.reading.values.ids import parse_ids
from mailcore.message.reading.values.lists import parse_list_id, parse_phrases, parse_uris
from mailcore.message.reading.values.parameters import flaws_of_parameters, parse_parameters
from mailcore.message.reading.values.traces import parse_trace

PIECES = [*'"()\\<>[],:;@= \n', "a@b", "=?u?q?", "?=", "?=)"]
READERS: list[Callable[[bytes], object]] = [
    *(parse_addresses, parse_groups, parse_trace, parse_ids, parse_list_id, parse_phrases),
    *(parse_uris, parse_parameters, flaws_of_parameters),
    lambda raw: parse_date(raw.decode()),
]
fields = st.lists(st.sampled_from(PIECES)).map("".join)


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
        ("=?u?q?a(b)?= (c)", "=?u?q?a(b)?=  "),
        ("=?u?q?a(?= b)", "=?u?q?a "),
        ('"=?u?q?" (?=', '"=?u?q?" (?='),
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
        ('( "(a)" "b', '  "(a)"  b'),
        ("( =?u?q?(a)?= (", "  =?u?q?(a)?=  "),
    ],
)
def test_what_is_never_closed_opens_nothing(text: str, balanced: str) -> None:
    assert balance(text) == balanced


@given(st.text(st.sampled_from('a"\\() ')) | fields)
def test_a_balanced_text_keeps_its_length_and_is_balanced(text: str) -> None:
    balanced = balance(text)
    assert len(balanced) == len(text)
    assert balance(balanced) == balanced
    assert list(find_comments(balanced)) == list(find_comments(text))
    assert all(text[start] == "(" and text[end - 1] == ")" for start, end in find_comments(text))


@given(fields)
def test_what_is_opaque_has_no_overlaps(text: str) -> None:
    places = [place for _, start, end in find_opaque(text) for place in (start, end)]
    assert all(start < end for start, end in zip(places[::2], places[1::2], strict=True))
    assert places == sorted(places)


@pytest.mark.parametrize("read", READERS)
@given(text=fields)
def test_every_reader_comes_to_an_end(read: Callable[[bytes], object], text: str) -> None:
    assert read(text.encode()) == read(text.encode())


@given(fields)
def test_what_is_never_closed_makes_no_difference_to_addresses(text: str) -> None:
    groups = parse_groups(text.encode())
    assert parse_groups(balance(text).encode()) == groups
    assert parse_addresses(text.encode()) == tuple(
        address for group in groups for address in group.addresses
    )


@pytest.mark.parametrize("piece", ["(", "(\\", '"', '\\"', '("', "()", '"('])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    start = time.process_time()
    strip_comments(piece * 50_000)
    assert time.process_time() - start < 2
