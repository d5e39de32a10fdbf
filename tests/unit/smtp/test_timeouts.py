import pytest

from mailcore.errors import ConfigurationError
from mailcore.smtp.timeouts import Timeouts


def test_the_defaults_are_those_of_rfc_5321() -> None:
    times = Timeouts()
    assert (times.greeting, times.command, times.data_start, times.data_block, times.data_end) == (
        300,
        300,
        120,
        180,
        600,
    )


def test_all_can_be_bounded_at_once() -> None:
    times = Timeouts(quit=1).at_most(10)
    assert (times.connect, times.data_end, times.quit) == (10, 10, 1)


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_time_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="above 0"):
        Timeouts(data_end=seconds)


@pytest.mark.parametrize(
    ("stage", "seconds"),
    [("MAIL", 1), ("RCPT", 1), ("RSET", 1), ("DATA", 2), ("BDAT", 3), ("end of data", 4)],
)
def test_each_answer_has_its_own_time(stage: str, seconds: float) -> None:
    timeouts = Timeouts(command=1, data_start=2, data_block=3, data_end=4)
    assert timeouts.of(stage) == seconds
