from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.values.dates import parse_date

IMPOSSIBLE = "2 Jan 2026 03:04:05 +9999"
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
        ("2026-01-02T03:04:05+08:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST)),
        ("2026-01-02 03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Fri Jan  2 03:04:05 2026", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Fri Jan  2 03:04:05 EST 2026", datetime(2026, 1, 2, 3, 4, 5, tzinfo=WEST)),
        ("Fri Jan  2 03:04:05 2026 -0500", datetime(2026, 1, 2, 3, 4, 5, tzinfo=WEST)),
        ("Fri, 2 Jan 2026 03:04:05 GMT+0800", datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST)),
        ("Fri, 2 Jan 2026 03:04:05 +8:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST)),
        ("Fri, 2 Jan 2026 03:04:05 +08", datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST)),
        ("Fri, 2 Jan 2026 03:04:05 UT", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("Fri, 2 Jan 2026 03:04:05 PM", datetime(2026, 1, 2, 15, 4, 5, tzinfo=UTC)),
        ("Fri, 2 Jan 2026 12:04 AM -0500", datetime(2026, 1, 2, 0, 4, tzinfo=WEST)),
        ("Fri, 2 Jan 2026 24:00:00 +0800", datetime(2026, 1, 3, tzinfo=EAST)),
        ("20 (day (of)) 11 (November) 79 03:04:05", datetime(1979, 11, 20, 3, 4, 5, tzinfo=UTC)),
        ("星期五, 2 Jan 2026 03:04:05 +0800", datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST)),
        ("Fri Jan 02 2026 03:04:05 GMT+0800 (CST)", datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST)),
        ("January 2, 2026 3:04 PM", datetime(2026, 1, 2, 15, 4, tzinfo=UTC)),
        ("Fri Jan  2 03:04:05 +0800 2026", datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST)),
        ("2 Jan 2026 03:04:05 +0800 (China Time)", datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST)),
        ("2 Jan 2026 03:04:05 +0800 (a (b))", datetime(2026, 1, 2, 3, 4, 5, tzinfo=EAST)),
        (IMPOSSIBLE, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
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
        "10 11 79 00:00:00 +0000",
        "4 8 15 16 23 42",
        "2026-13-02T00:00:00Z",
        "2 Jan 2026 03:04:75 +0000",
        "2 Jan 9999 24:00:00 +0000",
        "2 Jan 0000 00:00:00 +0000",
        "(" * 10_000,
        "a" * 100_000,
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


@given(st.text() | st.text(st.sampled_from("Fri, 2 Jan 2026 03:04:05 +-TZ(")))
def test_nothing_raises_and_every_moment_has_a_zone(text: str) -> None:
    date = parse_date(text)
    assert date is None or date.astimezone(UTC) == date


@pytest.mark.parametrize("text", ["2 Jan 2026 03:04:05 +0800", "2026-01-02T03:04:05Z"])
def test_a_date_cut_short_does_not_raise(text: str) -> None:
    found = [parse_date(text[:length]) for length in range(len(text) + 1)]
    assert found[-1] is not None
    assert found[0] is None
