import base64
import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailcore.message.writing.headers import (
    TOKEN_LIMIT,
    date,
    fold,
    mailbox,
    parameter,
    parameter_in_words,
    phrase,
    separate,
    unstructured,
)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Hello world", "Subject: Hello world\r\n"),
        ("", "Subject: \r\n"),
        ("two  spaces", "Subject: two  spaces\r\n"),
        ("今日报告 📈", "Subject: =?utf-8?b?5LuK5pel5oql5ZGKIPCfk4g=?=\r\n"),
        ("Café au lait", "Subject: =?utf-8?q?Caf=C3=A9?= au lait\r\n"),
        ("=?utf-8?q?x?=", "Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=\r\n"),
        (" outer ", "Subject: =?utf-8?q?_outer_?=\r\n"),
        ("tab\there", "Subject: =?utf-8?q?tab=09here?=\r\n"),
    ],
)
def test_only_words_that_need_it_are_encoded(text: str, field: str) -> None:
    assert unstructured("Subject", text) == field


def test_a_long_url_in_a_foreign_subject_stays_whole() -> None:
    url = "https://example.org/" + "path/" * 40
    assert url in unstructured("Subject", f"今日报告 {url} 完")


def test_encoded_words_fit_their_lines() -> None:
    lines = unstructured("Subject", "今日报告" * 60).splitlines()
    assert len(lines) > 5
    assert max(map(len, lines)) <= 76


def test_encoded_words_are_cut_between_characters() -> None:
    for line in unstructured("Subject", "📈é报" * 60).split():
        assert "?" not in line or line.count("=?") == line.count("?=") == 1


def test_the_first_line_is_never_empty() -> None:
    assert fold("References", [f"<{'x' * 100}>"]) == f"References: <{'x' * 100}>\r\n"


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("Ops", ["Ops"]),
        ("Bob Smith", ["Bob", "Smith"]),
        ("Smith, Bob", ['"Smith, Bob"']),
        ('Bob "B" Smith\\', ['"Bob \\"B\\" Smith\\\\"']),
        ("John Q. Public", ['"John Q. Public"']),
        ("two  spaces", ['"two  spaces"']),
        ("王芳", ["=?utf-8?b?546L6Iqz?="]),
        ("=?x", ["=?utf-8?b?PT94?="]),
    ],
)
def test_a_name_is_atoms_or_quoted_or_encoded(name: str, tokens: list[str]) -> None:
    assert phrase(name, "To") == tokens


def test_an_address_without_a_name_is_bare() -> None:
    assert mailbox("", "a@b.c", "To") == ["a@b.c"]


def test_an_address_list_is_folded_between_addresses() -> None:
    items = [mailbox("Somebody Long", f"somebody{n}@example.org", "To") for n in range(3)]
    assert fold("To", separate(items)) == (
        "To: Somebody Long <somebody0@example.org>, Somebody Long\r\n"
        " <somebody1@example.org>, Somebody Long <somebody2@example.org>\r\n"
    )


@pytest.mark.parametrize(
    ("value", "tokens"),
    [
        ("report.pdf", ["filename=report.pdf"]),
        ("my report.pdf", ['filename="my report.pdf"']),
        ('a"b\\c', ['filename="a\\"b\\\\c"']),
        ("数据.csv", ["filename*=utf-8''%E6%95%B0%E6%8D%AE.csv"]),
        ("=?x?=", ["filename*=utf-8''%3D%3Fx%3F%3D"]),
    ],
)
def test_a_parameter_is_bare_or_quoted_or_extended(value: str, tokens: list[str]) -> None:
    assert parameter("filename", value) == tokens


def test_a_long_parameter_is_numbered_and_cut_between_characters() -> None:
    tokens = parameter("filename", "很长的文件名" * 6)
    assert tokens[0].startswith("filename*0*=utf-8''%E5%BE%88")
    assert [token[:12] for token in tokens[1:3]] == ["filename*1*=", "filename*2*="]
    assert all(token.count("%") % 3 == 0 for token in tokens)
    assert max(map(len, tokens)) <= 76


def test_the_fallback_name_stands_in_quotes() -> None:
    assert parameter_in_words("name", "数据.csv") == ['name="=?utf-8?b?5pWw5o2uLmNzdg==?="']


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "Fri, 02 Jan 2026 03:04:05 +0000"),
        (
            datetime(2026, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
            "Thu, 31 Dec 2026 23:59:00 -0930",
        ),
        (datetime(987, 6, 5, tzinfo=UTC), "Tue, 05 Jun 0987 00:00:00 +0000"),
    ],
)
def test_a_date_is_written_in_its_own_zone(moment: datetime, text: str) -> None:
    assert date(moment) == text


def test_encoded_words_after_a_long_field_name_begin_on_a_line_of_their_own() -> None:
    name = f"X-{'N' * 70}"
    lines = unstructured(name, "今日报告" * 20).splitlines()
    assert lines[0] == f"{name}:"
    assert max(map(len, lines)) <= 76


def test_a_word_that_is_too_long_for_a_line_is_encoded() -> None:
    lines = unstructured("Subject", "x" * (TOKEN_LIMIT + 1)).splitlines()
    assert lines[0].startswith("Subject: =?utf-8?q?xxx")
    assert max(map(len, lines)) <= 76
    assert unstructured("Subject", "x" * TOKEN_LIMIT) == f"Subject: {'x' * TOKEN_LIMIT}\r\n"


@pytest.mark.parametrize("text", ["报" * 99, "é报" * 60, "a📈" * 60, "📈é报" * 60])
def test_every_encoded_word_holds_whole_characters(text: str) -> None:
    words = re.findall(r"=\?utf-8\?b\?([^?]*)\?=", unstructured("Subject", text))
    assert len(words) > 1
    assert "".join(base64.b64decode(word).decode() for word in words) == text
