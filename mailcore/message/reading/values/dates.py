"""The Date field to a moment (RFC 5322 3.3, and 4.3 for what older programs write)."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

__all__ = ["parse_date"]

_COMMENT = re.compile(r"\([^()]*+\)")
_DATE = re.compile(
    r"\s*+(?:[A-Za-z]++\.?\s*+,?\s*+)?(?P<day>\d{1,2})[\s-]++(?P<month>[A-Za-z]{3})[A-Za-z]*+\.?,?[\s-]++"
    r"(?P<year>\d{2,4})[\s,]++(?P<hour>\d{1,2})\s*+[:.]\s*+(?P<minute>\d{1,2})"
    r"(?:\s*+[:.]\s*+(?P<second>\d{1,2}))?(?:\.\d++)?\s*+(?:(?P<zone>[+-]\s?\d{4})|(?P<named>[A-Za-z]++))?"
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
# RFC 5322 4.3; other names say nothing, which is what -0000 means.
_HOURS_WEST = {"edt": 4, "est": 5, "cdt": 5, "cst": 6, "mdt": 6, "mst": 7, "pdt": 7, "pst": 8}
_PIVOT = 50  # RFC 5322 4.3: two digits below it are 20xx


def parse_date(text: str) -> datetime | None:
    """Give the moment in its own zone, UTC if it names none; None for what is no date."""
    found = _DATE.match(_COMMENT.sub(" ", text) if "(" in text else text)
    if not found:
        return None
    month = found["month"].lower()
    if month not in _MONTHS:
        return None
    try:
        return datetime(
            _year(found["year"]),
            _MONTHS.index(month) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            min(int(found["second"] or 0), 59),  # a leap second is the one before it
            tzinfo=_zone(found["zone"], found["named"]),
        )
    except (ValueError, OverflowError):
        return None


def _year(digits: str) -> int:
    year = int(digits)
    match len(digits):
        case 2:
            return year + (2000 if year < _PIVOT else 1900)
        case 3:
            return year + 1900
        case _:
            return year


@lru_cache(maxsize=256)
def _zone(offset: str | None, name: str | None) -> timezone:
    if offset:
        digits = offset[-4:]
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return timezone(-shift if offset.startswith("-") else shift) if shift else UTC
    hours = _HOURS_WEST.get((name or "").lower(), 0)
    return timezone(timedelta(hours=-hours)) if hours else UTC
