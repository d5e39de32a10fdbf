import pytest

from mailcore.message import parse
from mailcore.message.reading.defects import Defect, Flaw
from mailcore.message.showing.summary import (
    disarm,
    list_fields,
    spell_defect,
    spell_number,
    spell_part,
    spell_size,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\0b\x07c\x7f", "a\\x00b\\x07c\\x7f"),
        ("\x9b31m\x85", "\\x9b31m\\x85"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("\u2066a\u2069", "\\u2066a\\u2069"),
        ("a\u2028b", "a\\u2028b"),
        ("a\rb\nc\td", "a\\x0db\\x0ac\\x09d"),
        ("王芳 👩‍👩‍👧 שלום é", "王芳 👩‍👩‍👧 שלום é"),
    ],
)
def test_what_could_act_is_spelled_out(text: str, shown: str) -> None:
    assert disarm(text) == shown


def test_lines_and_tabs_stay_where_there_are_lines() -> None:
    assert disarm("a\n\tb\r\x1b", has_lines=True) == "a\n\tb\\x0d\\x1b"


def test_the_main_fields_are_given_in_their_order() -> None:
    mail = parse(
        b"Subject: =?utf-8?b?5oql5ZGK?=\nDate: Fri, 2 Jan 2026 03:04:05 +0800\nX-Other: x\n"
        b"Cc: c@example.org, D <d@example.org>\nTo: b@example.org\nFrom: A <a@example.org>\n\n"
    )
    assert list_fields(mail) == [
        ("From", "A <a@example.org>"),
        ("To", "b@example.org"),
        ("Cc", "c@example.org, D <d@example.org>"),
        ("Date", "Fri, 02 Jan 2026 at 03:04 +0800"),
        ("Subject", "报告"),
    ]


def test_fields_that_are_missing_are_left_out() -> None:
    assert list_fields(parse(b"Subject: x\n\n")) == [("Subject", "x")]


def test_a_date_that_cannot_be_read_is_given_as_it_stands() -> None:
    assert list_fields(parse(b"Date: some\x1bday\n\n")) == [("Date", "some\\x1bday")]


def test_names_cannot_act() -> None:
    mail = parse(b"From: =?utf-8?q?=e2=80=aex?= <a@example.org>\n\n")
    assert list_fields(mail) == [("From", "\\u202ex <a@example.org>")]


@pytest.mark.parametrize(
    ("octets", "spelled"),
    [
        (0, "0 octets"),
        (1, "1 octet"),
        (999, "999 octets"),
        (1000, "1.0 kB"),
        (12_345, "12.3 kB"),
        (3_400_000, "3.4 MB"),
    ],
)
def test_sizes_are_for_people(octets: int, spelled: str) -> None:
    assert spell_size(octets) == spelled


def test_a_part_is_named_with_its_type_and_the_size_of_its_content() -> None:
    mail = parse(
        b"Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\neHl6\n"
    )
    assert spell_part(next(mail.walk())) == "a.png, image/png, 3 octets"


def test_a_part_without_a_name_is_said_to_have_none() -> None:
    assert spell_part(next(parse(b"Subject: x\n\nx").walk())) == "(no name), text/plain, 1 octet"


def test_a_mail_without_parts_is_its_own_first_part() -> None:
    assert spell_number(next(parse(b"Subject: x\n\nx").walk())) == "1"
    parts = parse(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n").walk()
    assert [spell_number(part) for part in parts] == ["", "1"]


@pytest.mark.parametrize(
    ("defect", "spelled"),
    [
        (Defect(Flaw.CLOSE_MISSING, "", 7), "close-missing at octet 7"),
        (Defect(Flaw.CLOSE_MISSING, "1.2", 7), "close-missing in part 1.2, at octet 7"),
        (
            Defect(Flaw.DUPLICATE_FIELD, "", 7, "x\x1b"),
            "duplicate-field (x\\x1b) at octet 7",
        ),
    ],
)
def test_a_defect_is_said_with_its_place(defect: Defect, spelled: str) -> None:
    assert spell_defect(defect) == spelled
