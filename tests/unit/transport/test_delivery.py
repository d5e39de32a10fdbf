"""What can be asked of a delivery is checked where it is said."""

from typing import Any

import pytest

from mailcore.errors import ConfigurationError
from mailcore.transport import DSN, DeliverBy


@pytest.mark.parametrize(
    "wrong",
    [
        {"notify": ("never",)},
        {"notify": ("success", "often")},
        {"returns": "all"},
        {"envelope_id": ""},
        {"envelope_id": "x" * 101},
        {"envelope_id": "a\r\nRCPT TO:<b@example.org>"},
        {"envelope_id": "é"},
    ],
)
def test_a_notification_that_cannot_be_asked_for_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        DSN(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": 0},
        {"seconds": -1},
        {"seconds": 10**9},
        {"seconds": 5, "otherwise": "burn"},
    ],
)
def test_a_time_that_cannot_be_kept_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        DeliverBy(**wrong)


def test_a_notice_of_delay_can_be_asked_for_the_past() -> None:
    assert DeliverBy(seconds=-1, otherwise="notify").seconds == -1


def test_both_come_back_from_json() -> None:
    dsn = DSN(notify=("delay",), returns="full", envelope_id="42")
    by = DeliverBy(seconds=5, trace=True)
    assert DSN.model_validate_json(dsn.model_dump_json()) == dsn
    assert DeliverBy.model_validate_json(by.model_dump_json()) == by
