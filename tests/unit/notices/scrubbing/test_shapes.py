"""Secrets are found by where they stand in URLs, and by what they look like, in linear time."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.notices.scrubbing.names import SECRET_NAMES
from mailcore.notices.scrubbing.shapes import (
    SHORTEST_KEY,
    Span,
    distinct_words,
    find_keys,
    find_parameters,
    find_user_info,
    mask_spans,
    mask_urls,
)


def keys(text: str) -> list[str]:
    return [text[span.start : span.end] for span in find_keys(text, distinct_words(text))]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://user:hunter2@host/?token=abc", "https://***@host/?token=***"),
        ("ftp://hunter2@host/a@b", "ftp://***@host/a@b"),
        ("https://user:p@hunter2@host", "https://***@host"),
        ("/?page=2&api_key=x&y=3#access_token=z", "/?page=2&api_key=***&y=3#access_token=***"),
        ("?a=1&amp;token=abc&amp;b=2", "?a=1&amp;token=***&amp;b=2"),
        ("?sv=1&sig=abc&X-Amz-Signature=def", "?sv=1&sig=***&X-Amz-Signature=***"),
        ("https://host/?page=2&q=a@b", "https://host/?page=2&q=a@b"),
    ],
)
def test_secrets_of_urls_are_masked(text: str, masked: str) -> None:
    assert mask_urls(text) == masked


def test_user_info_is_told_from_parameters() -> None:
    text = "https://u:p@h/?token=abc"
    assert [span.name for span in find_user_info(text)] == ["userinfo"]
    assert [span.name for span in find_parameters(text, SECRET_NAMES)] == ["token"]


def test_a_key_is_found_wherever_it_stands() -> None:
    assert keys("with 'AKIAIOSFODNN7EXAMPLE', twice") == ["AKIAIOSFODNN7EXAMPLE"]


def test_the_shortest_key_is_found() -> None:
    shortest = "xoxb-0123456789"
    assert len(shortest) == SHORTEST_KEY
    assert keys(shortest) == [shortest]


@pytest.mark.parametrize(
    "text", ["sk-learn-contrib-estimators", "SG.", "AIza", "npm_config", "eyJ.a.b"]
)
def test_what_only_begins_like_a_key_is_none(text: str) -> None:
    assert keys(text) == []


def test_a_private_key_that_is_cut_off_is_found() -> None:
    (found,) = keys("-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE")
    assert found.strip() == "MHcCAQEE"


def test_spans_that_overlap_share_a_mask() -> None:
    assert mask_spans("abcdefgh", [Span(4, 6), Span(1, 3), Span(2, 5), Span(7, 7)]) == "a***gh"
    assert mask_spans("abcd", [Span(0, 2), Span(2, 4)]) == "******"


@given(
    st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5)
)
def test_nothing_outside_of_the_spans_is_changed(text: str, spans: list[tuple[int, int]]) -> None:
    inside = [Span(start, min(end, len(text))) for start, end in spans if start < len(text)]
    kept = [
        it for at, it in enumerate(text) if not any(one.start <= at < one.end for one in inside)
    ]
    masked = mask_spans(text, inside)
    assert [it for it in masked if it != "*"] == [it for it in kept if it != "*"]


@pytest.mark.parametrize(
    "piece",
    ["://", "://a@", "?a=", "&token", "eyJ", "eyJaaaaaaaa.", "eyJhbGciOiJI.aaaaaaaa.", "-----BEGIN ",
     "-----BEGIN A PRIVATE KEY-----", "sk-", "sk-a", "SG.aaaaaaaaaaaaaaaaa", "xoxb-", "ghp_", "hooks.slack.com/a",
     "A " * 3 + "PRIVATE KEY"],
)  # fmt: skip
def test_the_time_it_takes_grows_with_the_text_only(piece: str) -> None:
    text = piece * (300_000 // len(piece))
    before = process_time()
    keys(text)
    mask_urls(text)
    assert process_time() - before < 3
