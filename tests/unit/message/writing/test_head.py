from datetime import UTC, datetime
from typing import Unpack

import pytest

from mailcore.errors import InvalidHeader
from mailcore.message import Group, Message, MessageFields, parse
from mailcore.message.writing.head import write_head

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def head(**fields: Unpack[MessageFields]) -> list[str]:
    fields.setdefault("from_", "a@example.org")
    written = write_head(Message(**fields), date=NOW, message_id="<1@example.org>")
    assert written.endswith("\r\n")
    return written.split("\r\n")[:-1]


def test_every_field_has_its_place() -> None:
    lines = head(
        from_=["a@example.org", "b@example.org"],
        sender="s@example.org",
        reply_to="r@example.org",
        to="t@example.org",
        cc="c@example.org",
        bcc="secret@example.org",
        subject="Hi",
        in_reply_to="<0@example.org>",
        references=["<0@example.org>"],
        priority="high",
        unsubscribe="https://example.org/u/1",
        headers=[("X-B", "1"), ("X-A", "2"), ("X-B", "3")],
    )
    assert lines == [
        "From: a@example.org, b@example.org",
        "Sender: s@example.org",
        "Reply-To: r@example.org",
        "To: t@example.org",
        "Cc: c@example.org",
        "Subject: Hi",
        "Date: Fri, 02 Jan 2026 03:04:05 +0000",
        "Message-ID: <1@example.org>",
        "In-Reply-To: <0@example.org>",
        "References: <0@example.org>",
        "Importance: high",
        "X-Priority: 1 (Highest)",
        "List-Unsubscribe: <https://example.org/u/1>",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "X-B: 1",
        "X-A: 2",
        "X-B: 3",
    ]


def test_what_a_message_does_not_say_is_left_out() -> None:
    assert [line.partition(":")[0] for line in head()] == ["From", "Date", "Message-ID"]


@pytest.mark.parametrize(
    ("group", "field"),
    [
        (Group(name="Team", members=["a@b.c", "d@e.f"]), "To: Team: a@b.c, d@e.f ;"),
        (Group(name="undisclosed-recipients"), "To: undisclosed-recipients:;"),
        (Group(name="a, b", members=["X <a@b.c>"]), 'To: "a, b": X <a@b.c> ;'),
        (Group(name="组", members=["a@b.c"]), "To: =?utf-8?b?57uE?= : a@b.c ;"),
    ],
)
def test_a_group_is_written_as_one(group: Group, field: str) -> None:
    lines = head(to=group)
    assert field in lines
    parsed = parse("\r\n".join(lines).encode())
    assert parsed.to == group.members


def test_tokens_that_others_compare_stay_whole() -> None:
    url = f"https://example.org/{'x' * 500}"
    signature = f"v=1; a=rsa-sha256; b={'A' * 400}"
    lines = head(headers={"List-Archive": f"<{url}>", "DKIM-Signature": signature})
    assert f"<{url}>" in "\n".join(lines)
    assert f"b={'A' * 400}" in "\n".join(lines)


@pytest.mark.parametrize("text", ["<a@b>\r\nBcc: x@y.z", "<a@b>\n\nbody", "<a@b>\0"])
def test_a_value_that_was_never_checked_injects_nothing(text: str) -> None:
    fields = dict(Message(from_="a@example.org"))
    message = Message.model_construct(**{**fields, "in_reply_to": text})
    with pytest.raises(InvalidHeader, match="without being checked"):
        write_head(message, date=NOW, message_id="<1@example.org>")
