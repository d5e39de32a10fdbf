"""A policy is a value whose limits are all above zero."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mailcore.errors import ConfigurationError
from mailcore.notices.policy import Policy, QuietHours


@pytest.mark.parametrize(
    "name", ["digest_after", "calm_after", "mails_an_hour", "mails_a_day", "max_issues"]
)
def test_a_limit_that_is_not_above_zero_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Policy(**{name: 0})  # type: ignore[arg-type] # on purpose


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("digest_after", "x", "digest_after is a number above 0, not 'x'"),
        ("digest_after", None, "digest_after is a number above 0, not None"),
        ("digest_after", float("nan"), "digest_after is a number above 0, not nan"),
        ("mails_an_hour", 2.5, "mails_an_hour is a whole number above 0, not 2.5"),
        ("max_issues", True, "max_issues is a whole number above 0, not True"),
    ],
)
def test_a_limit_of_another_kind_is_refused_with_what_it_is(
    name: str, value: object, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Policy(**{name: value})  # type: ignore[arg-type] # on purpose
    assert message in str(caught.value)


def test_a_policy_says_what_differs_from_the_defaults() -> None:
    assert Policy(digest_after=5) == Policy(digest_after=5.0) != Policy()


@pytest.mark.parametrize(
    ("every", "seconds"), [("45s", 45), ("30m", 1800), ("1h", 3600), ("2d", 172800), (90, 90)]
)
def test_digests_come_at_an_interval(every: str | float, seconds: float) -> None:
    assert Policy.digest(every).waits == (seconds,)


@pytest.mark.parametrize("every", ["", "1", "h", "-1h", "1w", "0m", 0, -1])
def test_what_is_no_interval_is_refused(every: str | float) -> None:
    with pytest.raises(ConfigurationError):
        Policy.digest(every)


def test_the_calm_policy_is_the_default() -> None:
    assert Policy.calm() == Policy()


def test_the_waits_for_digests_are_one_or_several() -> None:
    assert Policy(digest_after=5).waits == (5,)
    assert Policy(digest_after=(5, 10)).waits == (5, 10)


@pytest.mark.parametrize("waits", [(), (0,), (5, -1), (5, "x"), [5]])
def test_waits_are_numbers_above_zero(waits: Any) -> None:
    with pytest.raises(ConfigurationError, match="digest_after"):
        Policy(digest_after=waits)


NIGHT = QuietHours("22:00", "7:30", UTC)
NOON = QuietHours("12:00", "13:00", timezone(timedelta(hours=2)))


@pytest.mark.parametrize(
    ("quiet", "hour", "minute", "left"),
    [
        (NIGHT, 21, 59, 0),
        (NIGHT, 22, 0, 9.5 * 3600),
        (NIGHT, 0, 0, 7.5 * 3600),
        (NIGHT, 7, 29, 60),
        (NIGHT, 7, 30, 0),
        (NOON, 9, 59, 0),
        (NOON, 10, 0, 3600),
        (NOON, 10, 59, 60),
        (NOON, 11, 0, 0),
    ],
)
def test_quiet_hours_last_until_their_end(
    quiet: QuietHours, hour: int, minute: int, left: float
) -> None:
    assert quiet.seconds_left(datetime(2026, 11, 23, hour, minute, tzinfo=UTC)) == left


@pytest.mark.parametrize(
    ("start", "end"), [("22", "7:00"), ("24:00", "7:00"), ("7:00", "7:00"), ("", "7:00"), (22, 7)]
)
def test_what_are_no_quiet_hours_is_refused(start: Any, end: Any) -> None:
    with pytest.raises(ConfigurationError):
        QuietHours(start, end)


def test_a_policy_takes_quiet_hours_and_nothing_else() -> None:
    assert Policy(quiet_hours=NIGHT).quiet_hours == NIGHT
    with pytest.raises(ConfigurationError, match="quiet_hours"):
        Policy(quiet_hours="22:00")  # type: ignore[arg-type] # on purpose


def test_nothing_is_told_to_be_over_if_that_is_not_wanted() -> None:
    assert Policy(resolved_after=None).resolved_after is None
    with pytest.raises(ConfigurationError, match="resolved_after"):
        Policy(resolved_after=0)
