"""A policy is a value whose limits are all above zero."""

import pytest

from mailcore.errors import ConfigurationError
from mailcore.notices.policy import Policy


@pytest.mark.parametrize("name", ["digest_after", "burst", "mails_an_hour", "max_issues"])
def test_a_limit_that_is_not_above_zero_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        Policy(**{name: 0})


def test_a_policy_says_what_differs_from_the_defaults() -> None:
    assert Policy(digest_after=5) == Policy(digest_after=5.0) != Policy()
