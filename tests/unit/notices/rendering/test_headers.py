"""The header keeps machines quiet, filters able, and the mails of an issue together."""

import pytest

from mailcore.message import parse
from mailcore.notices.counting.table import Batch
from mailcore.notices.exceptions.snapshot import Severity
from mailcore.notices.rendering.headers import (
    FINGERPRINT_LIMIT,
    list_id,
    notice_headers,
    severity_of,
    thread_id,
)
from tests.unit.notices.rendering.samples import of, render, report


def test_the_header_keeps_machines_from_answering() -> None:
    headers = parse(render(report()).to_bytes()).headers
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "All"
    assert "Precedence" not in headers


def test_the_header_says_what_the_mail_is_about() -> None:
    headers = notice_headers(Batch((report(new=199, total=200),), 1), "shop", "example.org")
    assert headers["X-Mailcore-Fingerprint"] == "aa"
    assert headers["X-Mailcore-Count"] == "200"
    assert headers["X-Mailcore-Severity"] == "error"


def test_only_so_many_fingerprints_are_listed() -> None:
    batch = Batch(tuple(report(key=str(number)) for number in range(1000)))
    listed = notice_headers(batch, "shop", "example.org")["X-Mailcore-Fingerprint"]
    assert len(listed.split()) == FINGERPRINT_LIMIT
    assert notice_headers(Batch((), 3), "a", "b.c")["X-Mailcore-Fingerprint"] == "none"


def test_a_fingerprint_can_not_add_a_header() -> None:
    batch = Batch((report(key="a\r\nBcc: x@example.org"),))
    assert notice_headers(batch, "a", "b.c")["X-Mailcore-Fingerprint"] == "a_Bcc:_x@example.org"


@pytest.mark.parametrize(
    ("app", "domain", "expected"),
    [
        ("shop", "example.org", "<notices.shop.example.org>"),
        ("My Shop: é!", "example.org", "<notices.my-shop.example.org>"),
        ("价格", "example.org", "<notices.3916aa2b.example.org>"),
        ("shop", "[127.0.0.1]", "<notices.shop.localhost>"),
        ("shop", "bücher.example", "<notices.shop.localhost>"),
    ],
)
def test_the_list_is_named_after_the_program(app: str, domain: str, expected: str) -> None:
    assert list_id(app, domain) == expected


def test_the_mails_of_an_issue_refer_to_one_that_was_never_sent() -> None:
    first, later = render(report()), render(report(new=199, total=200))
    assert first.references == later.references == (first.in_reply_to,)
    assert first.subject == later.subject
    assert first.finalise().message_id != later.finalise().message_id


def test_issues_programs_and_digests_do_not_thread() -> None:
    assert thread_id("a", "1", "x.org") != thread_id("b", "1", "x.org")
    assert thread_id("a", "1", "x.org") != thread_id("a", "2", "x.org")
    assert render(report(), report(key="bb")).references == ()


@pytest.mark.parametrize(
    ("severities", "gravest"),
    [
        (("warning", "critical", "info"), "critical"),
        (("info", "warning"), "warning"),
        ((), "error"),
    ],
)
def test_the_severity_is_the_gravest(severities: tuple[Severity, ...], gravest: str) -> None:
    batch = Batch(tuple(report(of(severity=severity)) for severity in severities))
    assert severity_of(batch) == gravest
