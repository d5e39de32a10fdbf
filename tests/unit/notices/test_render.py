"""A notice reads well: what failed first, then how often, where, why; and it threads by issue."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailcore.message import Message, ReceivedMessage, parse
from mailcore.notices.exceptions.snapshot import Failure, Frame, Snapshot
from mailcore.notices.issues import Batch, Report
from mailcore.notices.render import SUBJECT_LIMIT, Renderer

OWN = Frame("/home/me/shop/spider.py", 3, "Spider.parse_item")
PYTHON = Frame(f"{Path(pytest.__file__).parents[1]}/site-packages/lxml/etree.py", 80, "xpath")
SOURCE = {"/home/me/shop/spider.py": ["def parse_item(page):", "    # read", "    price(page)"]}


def read_line(path: str, number: int) -> str:
    lines = SOURCE.get(path, [])
    return lines[number - 1] + "\n" if number <= len(lines) else ""


def renderer(app: str = "shop", *, max_described: int = 20, max_text: int = 64_000) -> Renderer:
    return Renderer(
        app=app,
        template=Message(from_="bot@example.org", to="ops@example.org"),
        max_described=max_described,
        max_text=max_text,
        read_line=read_line,
        at=lambda seen: datetime.fromtimestamp(seen, UTC),
    )


def failure(message: str = "no price", **fields: object) -> Failure:
    return Failure(**{"kind": "ValueError", "message": message, "frames": (OWN, PYTHON), **fields})  # type: ignore[arg-type] # fields of its own


def report(
    snapshot: Snapshot | None = None, *, new: int = 1, total: int = 1, kind: str = "aa"
) -> Report:
    snapshot = snapshot or Snapshot((failure(),), (("url", "'http://x'"),))
    return Report(kind, snapshot, 0, 60, new=new, total=total, is_first=new == total)


def rendered(*reports: Report, others: int = 0) -> ReceivedMessage:
    return parse(renderer().render(Batch(reports, others)).to_bytes())


def text(*reports: Report, others: int = 0) -> str:
    return (rendered(*reports, others=others).text or "").replace("\r\n", "\n")


def of(*failures: Failure) -> Report:
    return report(Snapshot(failures))


def test_the_subject_says_which_program_what_and_where() -> None:
    assert rendered(report()).subject == "[shop] ValueError: no price (parse_item)"


def test_a_long_message_leaves_the_function_in_the_subject() -> None:
    subject = rendered(of(failure("x" * 500))).subject or ""
    assert len(subject) == SUBJECT_LIMIT
    assert subject.endswith("xxx … (parse_item)")


@pytest.mark.parametrize("message", ["a\r\nBcc: x@example.org", "a\n\nb", "a\x85b\u2028c"])
def test_line_ends_never_get_into_the_subject(message: str) -> None:
    mail = rendered(of(failure(message)))
    assert len((mail.subject or "").splitlines()) == 1
    assert "Bcc" not in mail.headers


@pytest.mark.parametrize("name", ["a\nb", "a\r\nBcc: x@example.org", "a\x85b\u2028c"])
def test_line_ends_of_a_functions_name_never_get_into_the_subject(name: str) -> None:
    mail = rendered(of(failure(frames=(Frame("/home/me/shop/spider.py", 3, name),))))
    assert len((mail.subject or "").splitlines()) == 1
    assert "Bcc" not in mail.headers


def test_an_exception_without_a_message_or_a_traceback_has_a_subject_too() -> None:
    assert rendered(of(Failure("KeyError", ""))).subject == "[shop] KeyError"


def test_the_headers_keep_machines_from_answering_and_mails_of_an_issue_together() -> None:
    first, later = rendered(report()), rendered(report(new=199, total=200))
    assert first.headers["Auto-Submitted"] == "auto-generated"
    assert first.headers["X-Auto-Response-Suppress"] == "All"
    assert first.headers["X-Mailcore-Fingerprint"] == "aa"
    assert (first.headers["X-Mailcore-Count"], later.headers["X-Mailcore-Count"]) == ("1", "199")
    assert first.headers["References"] == later.headers["References"]
    assert first.subject == later.subject
    assert first.message_id != later.message_id


def test_issues_of_different_programs_do_not_thread() -> None:
    batch = Batch((report(),))
    assert renderer("a").render(batch).references != renderer("b").render(batch).references


def test_the_text_begins_with_what_failed_how_often_and_where() -> None:
    assert text(report()).startswith(
        """ValueError: no price

Once, at 1970-01-01 00:00:00 UTC

Where
  Spider.parse_item, line 3
  /home/me/shop/spider.py
       1 def parse_item(page):
       2     # read
  >    3     price(page)

Context
  url: 'http://x'

Traceback, most recent call last
"""
    )


def test_a_digest_of_one_issue_says_how_many_more() -> None:
    body = text(report(new=199, total=200))
    assert "199 more times, 200 in all\nFirst at 1970-01-01 00:00:00 UTC\n" in body
    assert "Last at 1970-01-01 00:01:00 UTC" in body
    assert "Traceback" not in body


def test_the_place_is_the_innermost_of_the_program_itself() -> None:
    assert "Where\n  Spider.parse_item" in text(of(failure(frames=(OWN, PYTHON))))


def test_where_nothing_is_the_programs_own_the_place_is_the_innermost() -> None:
    assert "Where\n  xpath, line 80" in text(of(failure(frames=(PYTHON,))))


def test_causes_notes_and_members_are_told() -> None:
    cause = failure("cause", relation="cause", notes=("try later",))
    group = failure("group", notes=("note",), members=(failure("member"),), members_left_out=7)
    body = text(of(group, cause))
    assert "Notes\n  note\n" in body
    assert "Members\n  ValueError: member\n  … 7 more\n" in body
    assert "Caused by\n  ValueError: cause\n  try later\n" in body


def test_the_traceback_shows_source_lines_and_what_was_raised_first_at_the_top() -> None:
    body = text(of(failure("last"), failure("first", relation="context")))
    traceback = body.partition("Traceback")[2]
    assert (
        '  File "/home/me/shop/spider.py", line 3, in Spider.parse_item\n    price(page)\n'
        in traceback
    )
    assert traceback.index("ValueError: first") < traceback.index("ValueError: last")


def test_a_traceback_says_how_many_frames_it_leaves_out() -> None:
    assert "  … 460 frames left out\n" in text(of(failure(frames_left_out=460)))


def test_a_digest_of_several_begins_with_a_list_new_issues_first() -> None:
    known = report(Snapshot((failure("known"),)), new=5, total=9, kind="aa")
    new = report(Snapshot((failure("new"),)), new=2, total=2, kind="bb")
    mail = rendered(known, new)
    assert mail.subject == "[shop] 7 exceptions of 2 kinds"
    assert mail.headers["X-Mailcore-Fingerprint"] == "aa bb"
    assert text(known, new).startswith(
        "2 × ValueError: new (parse_item)\n5 × ValueError: known (parse_item)\n\n"
    )


def test_exceptions_that_could_not_be_told_apart_are_counted() -> None:
    mail = rendered(report(), others=12)
    assert mail.headers["X-Mailcore-Count"] == "13"
    assert "12 more exceptions, of more kinds than can be told apart" in (mail.text or "")


def test_only_so_many_issues_are_described_in_full() -> None:
    batch = Batch(tuple(report(kind=str(number)) for number in range(30)))
    body = renderer(max_described=4).render(batch).text or ""
    assert (body.count("1 × ValueError"), body.count("Traceback")) == (30, 4)


def test_the_text_is_cut_at_its_limit() -> None:
    batch = Batch(tuple(report(kind=str(number)) for number in range(1000)))
    body = renderer(max_text=5000).render(batch).text or ""
    assert len(body) < 5100
    assert body.endswith("more characters)\n")
