"""A line is kept longer than it is shown, so that what is secret in it is masked before it is cut."""

from mailcore.notices.scrubbing.lines import KEPT_LIMIT, LINE_LIMIT, keep_line, shorten_line


def test_a_short_line_stays_as_it_is() -> None:
    assert keep_line("no price") == shorten_line("no price") == "no price"


def test_a_long_one_is_kept_up_to_a_limit_and_shows_its_cut() -> None:
    assert keep_line("x" * KEPT_LIMIT) == "x" * KEPT_LIMIT
    assert keep_line("x" * (KEPT_LIMIT + 1)) == "x" * KEPT_LIMIT + "…"


def test_less_of_it_is_shown() -> None:
    assert shorten_line("x" * LINE_LIMIT) == "x" * LINE_LIMIT
    assert shorten_line("x" * KEPT_LIMIT) == "x" * LINE_LIMIT + "…"
