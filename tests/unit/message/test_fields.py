import pytest

from mailcore.errors import InvalidMessage
from mailcore.message import Message
from mailcore.message.fields import calendar_method

CALENDAR = "BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:REQUEST\nEND:VCALENDAR\n"


@pytest.mark.parametrize(
    ("line", "method"),
    [
        ("METHOD:REQUEST", "REQUEST"),
        ("method:cancel ", "CANCEL"),
        ("METHOD;X-A=b:REPLY", "REPLY"),
        ("X-METHOD:REQUEST", None),
        ("DESCRIPTION:METHOD:REQUEST", None),
        (" METHOD:REQUEST", None),
        ("METHOD:a; x=y", None),
    ],
)
def test_the_method_is_read_from_the_calendar(line: str, method: str | None) -> None:
    assert calendar_method(f"BEGIN:VCALENDAR\n{line}\nEND:VCALENDAR\n") == method


@pytest.mark.parametrize("given", [CALENDAR, CALENDAR.encode(), "\ufeff" + CALENDAR])
def test_a_calendar_is_text_or_the_bytes_of_it(given: str | bytes) -> None:
    assert Message(from_="a@b.c", calendar=given).calendar == CALENDAR


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "not an iCalendar object"),
        ("BEGIN:VEVENT\nEND:VEVENT\n", "not an iCalendar object"),
        ("invite.ics", "not an iCalendar object"),
        (CALENDAR.encode("utf-16"), "not UTF-8 at octet 0"),
        (7, "valid string"),
    ],
)
def test_what_is_no_calendar_is_refused(given: object, words: str) -> None:
    with pytest.raises(InvalidMessage, match=words):
        Message(from_="a@b.c", calendar=given)  # type: ignore[arg-type] # that is the test


@pytest.mark.parametrize("given", ["urgent", 1, "HIGH"])
def test_an_unknown_priority_is_refused(given: object) -> None:
    with pytest.raises(InvalidMessage, match=r"priority: .*'high', 'normal' or 'low'"):
        Message(from_="a@b.c", priority=given)  # type: ignore[arg-type] # that is the test
