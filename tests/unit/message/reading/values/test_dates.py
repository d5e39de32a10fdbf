from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailcore.message.reading.values.dates import parse_date

EAST = timezone(timedelta(hours=8))
WEST = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Fri, 02 Jan 2026 03:04:05 +0800", datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST)),
        ("2 Jan 2026 03:04 -0500", datetime(2026, 1, 2, 3, 4, tzinfo=WEST)),
        ("Fri, 2 Jan 26 03:04:05 EST", datetime(2026, 1, 2, 3, 4, 5, tzinfo=WEST)),
        ("2 Jan 98 03:04:05 GMT", datetime(1998, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2 Jan 105 03:04:05 GMT", datetime(2005, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Fri, 2 Jan 2026 03:04:60 -0000 (CST)", datetime(2026, 1, 2, 3, 4, 59, tzinfo=UTC)),
        ("2-Jan-2026 03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Fri (day), 2 January 2026 3:04:05 Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_dates_old_and_new_are_read(text: str, moment: datetime) -> None:
    found = parse_date(text)
    assert found == moment
    assert found is not None
    assert found.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "32 Jan 2026 00:00:00 +0000",
        "2 Foo 2026 00:00:00 +0000",
        "2 Jan 2026 25:61:00 +0000",
        "2 Jan 2026 00:00:00 +9999",
        "2 Jan 0000 00:00:00 +0000",
        "(" * 10_000,
        "a" * 100_000,
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None
