"""A policy is a value whose limits are all above zero."""

import pytest

from mailcore.errors import ConfigurationError
from mailcore.notices.policy import Policy


@pytest.mark.parametrize("name", ["digest_after", "burst", "mails_an_hour", "max_issues"])
def test_a_limit_that_is_not_above_zero_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Policy(**{name: 0})


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
