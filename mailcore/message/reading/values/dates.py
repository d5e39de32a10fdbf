"""Date fields to a moment (RFC 5322 3.3, and 4.3 for what older programs write)."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from mailcore.message.reading.values.comments import strip_comments

__all__ = ["parse_date"]

_LENGTH = 200  # no date is longer, its comments left out

_TIME = (
    r"(?P<hour>\d{1,2})\s*+[:.]\s*+(?P<minute>\d{1,2})(?:\s*+[:.]\s*+(?P<second>\d{1,2}))?"
    r"(?:[.,]\d++)?(?:\s*+(?P<half>[AP])\.?M\b\.?)?"
)
_ZONE = r"\s*+(?P<zone>[A-Z]++)?\s*+(?P<offset>[+-]\s?(?:\d{1,2}:\d{2}|\d{1,4})(?!\d))?"
# As nearly everybody writes it today.
_USUAL = re.compile(
    r"(?:[A-Z][a-z]{2}, )?+(\d{1,2}) ([A-Z][a-z]{2}) ([12]\d{3}) (\d\d):(\d\d):([0-5]\d) ([+-]\d{4})(?: \([^()\\]*+\))?+",
    re.ASCII,
)
_FORMS = [
    re.compile(form, re.ASCII | re.IGNORECASE)
    for form in (
        # Fri, 2 Jan 2026 03:04:05 +0800
        rf"\D*+(?P<day>\d{{1,2}})[\s-]++(?P<month>[A-Z]{{3}})[A-Z]*+\.?,?[\s-]++(?P<year>\d{{2,4}})[\s,]++{_TIME}{_ZONE}",
        # 2026-01-02T03:04:05+08:00 (RFC 3339)
        rf"\s*+(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T\s]++{_TIME}{_ZONE}",
        # Fri Jan  2 03:04:05 2026, with a zone before or after the year (ctime)
        (
            rf"[^A-Z]*+(?:[A-Z]++[\s.,]++)?(?P<month>[A-Z]{{3}})[A-Z]*+\.?\s++(?P<day>\d{{1,2}}),?\s++{_TIME}{_ZONE}"
            r"\s*+,?\s*+(?P<year>\d{4})(?:\s++(?P<later_zone>[A-Z]++)?\s*+(?P<later_offset>[+-]\d{4})?)?"
        ),
        # Fri Jan 02 2026 03:04:05 GMT+0800 (JavaScript)
        rf"[^A-Z]*+(?:[A-Z]++[\s.,]++)?(?P<month>[A-Z]{{3}})[A-Z]*+\.?\s++(?P<day>\d{{1,2}}),?\s++(?P<year>\d{{4}}),?\s++{_TIME}{_ZONE}",
        # 20 11 79 03:04:05 +0800, where the day cannot be a month
        rf"\s*+(?P<day>1[3-9]|[23]\d)\s++(?P<month>\d{{1,2}})\s++(?P<year>\d\d(?:\d\d)?)\s++{_TIME}{_ZONE}",
    )
]
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)  # noqa: SIM905 - reads best so
}
# RFC 5322 4.3; other names say nothing, which is what -0000 means.
_HOURS_WEST = {"edt": 4, "est": 5, "cdt": 5, "cst": 6, "mdt": 6, "mst": 7, "pdt": 7, "pst": 8}
_PIVOT = 50  # RFC 5322 4.3: two digits below it are 20xx
_YEARS = range(2, 9999)  # such that a day before and after, in any zone, is still a datetime
_LEAP_SECOND = 60
_MIDNIGHT = (24, 0, 0)


def parse_date(text: str) -> datetime | None:
    """Give the moment in its own zone, UTC if it names none; None for what is no date."""
    if usual := _USUAL.fullmatch(text):
        day, month, year, hour, minute, second, offset = usual.groups()
        with suppress(ValueError):
            return datetime(
                int(year), _month(month), int(day), int(hour), int(minute), int(second),
                tzinfo=_zone(offset, None),
            )  # fmt: skip
    text = strip_comments(text)[:_LENGTH]
    for form in _FORMS:
        if found := form.match(text):
            return _make(found)
    return None


def _make(found: re.Match[str]) -> datetime | None:
    parts = found.groupdict()
    year, month = _year(parts["year"]), _month(parts["month"])
    hour, minute, second = _hour(parts), int(parts["minute"]), int(parts["second"] or 0)
    day_after = (hour, minute, second) == _MIDNIGHT
    if second == _LEAP_SECOND:
        second = 59
    if year not in _YEARS:
        return None
    zone = _zone(
        parts["offset"] or parts.get("later_offset"), parts["zone"] or parts.get("later_zone")
    )
    try:
        moment = datetime(
            year, month, int(parts["day"]), 0 if day_after else hour, minute, second, tzinfo=zone
        )
    except ValueError:
        return None
    return moment + timedelta(days=1) if day_after else moment


def _year(digits: str) -> int:
    year = int(digits)
    match len(digits):
        case 2:
            return year + (2000 if year < _PIVOT else 1900)
        case 3:
            return year + 1900
        case _:
            return year


def _month(name: str) -> int:
    """Give the month's number, 0 for what is none."""
    if name.isdigit():
        return int(name)
    return _MONTHS.get(name.lower(), 0)


def _hour(parts: dict[str, str]) -> int:
    hour = int(parts["hour"])
    match (parts["half"] or "").lower():
        case "a":
            return hour % 12
        case "p":
            return hour % 12 + 12
        case _:
            return hour


@lru_cache(maxsize=256)
def _zone(offset: str | None, name: str | None) -> timezone:
    """Give the zone; one that cannot be, such as +9999, is UTC."""
    if not offset:
        hours = _HOURS_WEST.get((name or "").lower(), 0)
        return timezone(timedelta(hours=-hours)) if hours else UTC
    digits = offset[1:].strip()
    hours_part, colon, minutes_part = digits.partition(":")
    if not colon and len(digits) > 2:  # noqa: PLR2004 - hhmm, or hmm
        hours_part, minutes_part = digits[:-2], digits[-2:]
    shift = timedelta(hours=int(hours_part), minutes=int(minutes_part or 0))
    if not shift or shift >= timedelta(days=1):
        return UTC
    return timezone(-shift if offset.startswith("-") else shift)
