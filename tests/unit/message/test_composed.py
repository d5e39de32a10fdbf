import copy
import json
import pickle
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path

import pydantic
import pytest

from mailcore.errors import InvalidAddress, InvalidHeader, InvalidMessage
from mailcore.message import (
    Address,
    Attachment,
    Group,
    Message,
    MessageFields,
    ReceivedAddress,
    parse,
)
from mailcore.message.fields import Priority

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def plain() -> Message:
    return Message(from_="a@example.org", to="b@example.org", subject="Hi", text="Hello\n")


def test_addresses_are_taken_one_or_many_and_in_any_form() -> None:
    blind: list[str | ReceivedAddress] = ["e@example.org", ReceivedAddress("f@example.org", "F")]
    message = Message(
        from_="报表机器人 <bot@example.com>",
        to=["王芳 <fang@example.org>", Address(name="Ops", email="ops@example.org")],
        cc="c@example.org",
        reply_to=Group(name="Team", members=["d@example.org"]),
        bcc=iter(blind),
    )
    assert message.from_ == Address(name="报表机器人", email="bot@example.com")
    assert [str(address) for address in message.to] == [
        "王芳 <fang@example.org>",
        "Ops <ops@example.org>",
    ]
    assert message.cc == (Address(email="c@example.org"),)
    assert message.reply_to == (Group(name="Team", members=["d@example.org"]),)
    assert message.bcc[1] == Address(name="F", email="f@example.org")


def test_a_received_address_is_validated_where_it_is_sent_to() -> None:
    with pytest.raises(InvalidAddress):
        Message(from_="a@b.c", to=ReceivedAddress("x@y.z>\r\nBcc: <evil@example.org"))


def test_from_is_an_alias_for_data() -> None:
    assert Message.model_validate({"from": "a@b.c"}) == Message(from_="a@b.c")


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        ({}, InvalidMessage, "from_: Field required"),
        ({"from_": []}, InvalidMessage, "from_: "),
        ({"from_": ["a@b.c", "d@e.f"]}, InvalidMessage, "sender: needed"),
        ({"from_": "a@b.c", "form": "x"}, InvalidMessage, "form: Extra"),
        ({"from_": "a@b.c", "to": ["x@y.z", "nobody"]}, InvalidAddress, r"to\[1\]: "),
        ({"from_": "a@b.c", "to": "x@y.z\r\nBcc: v@w.x"}, InvalidAddress, r"to\[0\]: "),
        ({"from_": "a@b.c", "to": ["a>\r\nX-Evil: 1"]}, InvalidAddress, r"to\[0\]: "),
        ({"from_": "a@b.c", "subject": "a\r\nBcc: v@w.x"}, InvalidHeader, "subject: "),
        ({"from_": "a@b.c", "text": "\ud800"}, InvalidMessage, "text: "),
        ({"from_": "a@b.c", "text": b"bytes"}, InvalidMessage, "text: "),
        ({"from_": "a@b.c", "message_id": "no brackets"}, InvalidHeader, "message_id: "),
        ({"from_": "a@b.c", "references": ["<a@b>", "<a\n@b>"]}, InvalidHeader, r"references\[1\]"),
        ({"from_": "a@b.c", "date": datetime(2026, 1, 1)}, InvalidMessage, "date: "),  # noqa: DTZ001 - that is the test
        ({"from_": "a@b.c", "inline": {"x": b""}}, InvalidMessage, "inline: only html"),
        ({"from_": "a@b.c", "text": "t", "amp": "a"}, InvalidMessage, "amp: needs html"),
        (
            {"from_": "a@b.c", "html": "", "inline": [Attachment(content=b"")]},
            InvalidMessage,
            "own",
        ),
        ({"from_": "a@b.c", "attachments": [Path("/gone.pdf")]}, InvalidMessage, r"/gone\.pdf"),
        ({"from_": "a@b.c", "attachments": ["report.pdf"]}, InvalidMessage, r"attachments\[0\]"),
        ({"from_": "a@b.c", "headers": {"Bcc": "x@y.z"}}, InvalidHeader, "bcc"),
        ({"from_": "a@b.c", "headers": {"Resent-Bcc": "x@y.z"}}, InvalidHeader, "can't be set"),
        ({"from_": "a@b.c", "headers": {"Content-Type": "x"}}, InvalidHeader, "can't be set"),
        ({"from_": "a@b.c", "headers": {"X-A": "a\nb"}}, InvalidHeader, r"headers\[0\]"),
        ({"from_": "a@b.c", "headers": {"X A": "b"}}, InvalidHeader, "not a header name"),
        ({"from_": "a@b.c", "headers": {"X-A:": "b"}}, InvalidHeader, "not a header name"),
        ({"from_": "a@b.c", "headers": {"X-A": "b" * 1000}}, InvalidHeader, "too long for a line"),
    ],
)
def test_what_makes_no_mail_is_refused_with_the_place(
    fields: MessageFields, kind: type[ValueError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        Message(**fields)
    assert not isinstance(caught.value, pydantic.ValidationError)
    with pytest.raises(pydantic.ValidationError):
        Message.model_validate(fields)


def test_replace_makes_another_message() -> None:
    message = plain()
    other = message.replace(to="other@example.org")
    assert other.to == (Address(email="other@example.org"),)
    assert message.to == (Address(email="b@example.org"),)
    assert other.replace(to="b@example.org") == message


def test_replace_checks_too() -> None:
    with pytest.raises(InvalidAddress):
        plain().replace(from_="nobody")


def test_line_ends_become_newlines() -> None:
    assert Message(from_="a@b.c", text="a\r\nb\rc\n").text == "a\nb\nc\n"


def test_recipients_are_everybody_once_in_order() -> None:
    message = Message(
        from_="a@b.c",
        to=["One <1@b.c>", Group(name="G", members=["2@b.c", "1@B.C"])],
        cc="3@b.c",
        bcc=["2@b.c", "4@b.c"],
    )
    assert [address.email for address in message.recipients] == ["1@b.c", "2@b.c", "3@b.c", "4@b.c"]


def test_the_envelope_sender_is_the_sender_or_the_author() -> None:
    assert plain().envelope_sender == Address(email="a@example.org")
    several = Message(from_=["a@b.c", "d@e.f"], sender="s@b.c")
    assert several.envelope_sender == Address(email="s@b.c")


def test_finalise_sets_date_and_id_once() -> None:
    final = plain().finalise(now=NOW)
    assert final.date == NOW
    assert final.message_id is not None
    assert final.message_id.endswith("@example.org>")
    assert final.finalise() is final


def test_finalise_keeps_what_is_there() -> None:
    message = plain().replace(date=NOW, message_id="<x@y>")
    assert message.finalise() is message


def test_two_mails_get_different_ids() -> None:
    assert plain().finalise().message_id != plain().finalise().message_id


def test_the_id_has_the_authors_domain_in_a_labels() -> None:
    final = Message(from_="a@例え.jp").finalise()
    assert final.message_id is not None
    assert final.message_id.endswith("@xn--r8jz45g.jp>")


def test_a_date_is_kept_to_what_a_header_can_hold() -> None:
    odd = timezone(timedelta(hours=8, minutes=5, seconds=43))
    message = plain().replace(date=datetime(1900, 1, 1, 8, 5, 43, 999, tzinfo=odd))
    assert message.date == datetime(1900, 1, 1, tzinfo=UTC)


def test_a_final_message_always_gives_the_same_bytes() -> None:
    final = plain().replace(html="<p>", attachments=[Attachment(content=b"x")]).finalise()
    assert final.to_bytes() == final.to_bytes() == b"".join(final.chunks())


def test_the_mail_reads_well_as_text() -> None:
    final = plain().replace(
        date=NOW, message_id="<1@example.org>", headers={"X-Mailer": "mailcore"}
    )
    assert final.to_bytes().decode("ascii").split("\r\n") == [
        "From: a@example.org",
        "To: b@example.org",
        "Subject: Hi",
        "Date: Fri, 02 Jan 2026 03:04:05 +0000",
        "Message-ID: <1@example.org>",
        "X-Mailer: mailcore",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 7bit",
        "",
        "Hello",
        "",
    ]


def test_blind_copies_leave_no_trace() -> None:
    message = plain().replace(bcc=["Secret <secret@example.org>"], message_id="<1@example.org>")
    raw = message.to_bytes()
    assert b"secret" not in raw.lower()
    assert b"bcc" not in raw.lower()


def test_an_address_of_smtputf8_is_the_only_thing_beyond_ascii() -> None:
    message = Message(from_="王芳 <王芳@例え.jp>", subject="今日", text="你好")
    assert message.needs_smtputf8
    header = message.to_bytes().decode()
    assert "=?utf-8?b?546L6Iqz?= <王芳@xn--r8jz45g.jp>" in header
    assert not header.replace("王芳", "").strip().encode().translate(None, bytes(range(128)))


def test_references_are_folded_and_never_broken() -> None:
    ids = [f"<{number}{'x' * 50}@example.org>" for number in range(5)]
    raw = plain().replace(references=ids, in_reply_to=ids[-1]).to_bytes()
    assert f"In-Reply-To: {ids[-1]}\r\n".encode() in raw
    assert ("References: " + "\r\n ".join(ids) + "\r\n").encode() in raw


def test_chunks_are_bounded_and_read_late() -> None:
    opened: list[int] = []

    def open_content() -> BytesIO:
        opened.append(1)
        return BytesIO(bytes(1_000_000))

    message = plain().replace(
        text="long line\n" * 50_000, attachments=[Attachment(content=open_content)]
    )
    chunks: Iterator[bytes] = message.chunks()
    first = next(chunks)
    assert not opened
    sizes = [len(first), *map(len, chunks)]
    assert opened
    assert max(sizes) <= 80_000


@pytest.mark.parametrize("size", [0, 1, 2, 3, 56, 57, 58, 58_367, 58_368, 58_369, 200_000])
def test_size_is_exact(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(size))
    message = plain().replace(attachments=[path, Attachment(content=bytes(size))])
    assert message.size() == len(message.to_bytes())


def test_the_repr_shows_no_bodies() -> None:
    message = plain().replace(
        text="x" * 1000, attachments=[Attachment(filename="a.csv", content=b"")]
    )
    assert repr(message) == (
        "Message(from_='a@example.org', to=['b@example.org'], subject='Hi',"
        " text='1000 characters', attachments=['a.csv'])"
    )


def test_json_brings_everything_back() -> None:
    message = Message(
        from_=["王芳 <a@b.c>", "d@e.f"],
        sender="s@b.c",
        to=[Group(name="G", members=["x@y.z"]), "v@w.x"],
        subject="今日",
        text="t",
        html="<p>",
        attachments=[Attachment(filename="数据.bin", content=bytes(range(256)))],
        inline={"logo": b"\x89PNG\r\n\x1a\n"},
        amp="<html ⚡4email>",
        calendar="BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n",
        priority="low",
        unsubscribe=["https://example.org/u", "mailto:u@example.org"],
        in_reply_to="<1@b.c>",
        references=["<0@b.c>", "<1@b.c>"],
        headers=[("X-A", "b"), ("X-A", "c")],
        date=NOW,
    )
    assert Message.model_validate_json(message.model_dump_json()) == message
    assert Message.model_validate(message.model_dump()) == message


@pytest.mark.parametrize(
    "image", [b"\x89PNG", Attachment(content=b"\x89PNG"), {"content": b"\x89PNG"}]
)
def test_inline_parts_are_taken_from_plain_values(image: object) -> None:
    data = {"from": "a@b.c", "html": "<p>", "inline": {"logo": image}}
    (logo,) = Message.model_validate(data).inline
    assert (logo.content, logo.content_id, logo.disposition) == (b"\x89PNG", "logo", "inline")


def test_inline_parts_are_taken_from_json() -> None:
    logo = {"content": "iVBORw0KGgo=", "filename": "l.png"}
    data = json.dumps({"from": "a@b.c", "html": "<p>", "inline": {"logo": logo}})
    for message in (Message.model_validate_json(data), Message.model_validate(json.loads(data))):
        (part,) = message.inline
        assert (part.content, part.content_id) == (b"\x89PNG\r\n\x1a\n", "logo")
        assert (part.content_type, part.disposition) == ("image/png", "inline")


def test_a_message_can_be_pickled_and_copied() -> None:
    message = plain().finalise()
    assert pickle.loads(pickle.dumps(message)) == message  # noqa: S301 - our own bytes
    assert copy.deepcopy(message) == message


@pytest.mark.parametrize("field", ["from_", "sender", "reply_to", "to", "cc", "bcc"])
def test_one_address_beyond_ascii_anywhere_needs_smtputf8(field: str) -> None:
    message = Message.model_validate({"from_": "a@b.c", field: "王芳@example.org"})
    assert message.needs_smtputf8
    assert not plain().needs_smtputf8


INVITATION = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:会議\r\nEND:VCALENDAR\r\n"


def test_text_is_made_from_html_where_there_is_none() -> None:
    message = Message(from_="a@b.c", html="<h1>Hi</h1><p>See <a href='https://x.y/'>this</a>.</p>")
    assert message.text is not None
    assert "See this (https://x.y/)." in message.text
    assert parse(message.to_bytes()).text == message.text


def test_a_text_that_is_given_is_kept() -> None:
    assert Message(from_="a@b.c", html="<p>Hi</p>", text="").text == ""


def test_other_html_brings_another_text() -> None:
    message = Message(from_="a@b.c", html="<p>one</p>").replace(to="x@y.z")
    assert message.replace(html="<p>two</p>").text == "two\n"
    assert message.replace(html="<p>two</p>", text="2").text == "2"
    assert message.replace(text="1", subject="x").replace(html="<p>two</p>").text == "1"
    assert message.replace(html=None).text == "one\n"


def test_an_invitation_is_an_alternative_and_a_file() -> None:
    message = Message(from_="a@b.c", text="Come", html="<p>Come", calendar=INVITATION.encode())
    mail = parse(message.to_bytes())
    alternative, file = mail.parts
    assert [part.content_type for part in alternative.parts] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    invitation = alternative.parts[2]
    assert invitation.parameters["method"] == "REQUEST"
    assert (invitation.disposition, invitation.content) == (None, INVITATION.encode())
    assert (file.filename, file.content_type) == ("invite.ics", "application/ics")
    assert file.content == INVITATION.encode()


def test_an_amp_part_stands_before_the_html() -> None:
    message = Message(from_="a@b.c", text="t", html="h", amp="<html ⚡4email>")
    types = [part.content_type for part in parse(message.to_bytes()).parts]
    assert types == ["text/plain", "text/x-amp-html", "text/html"]


@pytest.mark.parametrize("priority", ["high", "normal", "low"])
def test_a_priority_is_said_in_both_ways(priority: Priority) -> None:
    headers = parse(plain().replace(priority=priority).to_bytes()).headers
    assert headers["importance"] == priority
    assert headers["x-priority"][0] == {"high": "1", "normal": "3", "low": "5"}[priority]


def test_a_field_is_not_written_twice() -> None:
    with pytest.raises(InvalidHeader, match="X-Priority is written from priority already"):
        plain().replace(priority="high", headers={"X-Priority": "2"})


def test_eight_bit_bodies_go_as_they_are_on_request() -> None:
    message = plain().replace(subject="今日", text="你好\n", html="<p>你好").finalise()
    raw = message.to_bytes(eight_bit=True)
    assert raw.count("你好".encode()) == 2
    labels = [part.headers["content-transfer-encoding"] for part in parse(raw).walk()]
    assert labels == ["8bit"] * 3  # of a multipart what is in it (RFC 2045 6.4)
    assert b"Subject: =?utf-8?" in raw
    assert message.size(eight_bit=True) == len(raw) == sum(map(len, message.chunks(eight_bit=True)))
    assert message.to_bytes().isascii()


def test_messages_share_the_encoded_files() -> None:
    attachment = Attachment(content=b"x" * 1000)
    message = plain().replace(attachments=attachment)
    others = [message.replace(to=f"{n}@example.org", text=f"Dear {n}") for n in range(3)]
    lines = attachment.body().lines
    assert lines is not None
    assert all(other.attachments[0].body().lines is lines for other in others)
    assert all(lines in other.to_bytes() for other in others)


def test_a_copy_with_changes_is_checked_and_written_anew() -> None:
    attachment = Attachment(content=b"old")
    message = plain().replace(attachments=attachment)
    assert b"b2xk" in message.to_bytes()
    changed = attachment.model_copy(update={"content": b"new"})
    assert b"bmV3" in message.model_copy(update={"attachments": changed}).to_bytes()
    with pytest.raises(InvalidHeader):
        message.model_copy(update={"in_reply_to": "<a@b>\r\nBcc: all@example.org"})
    with pytest.raises(InvalidAddress):
        message.from_.model_copy(update={"email": "a@b\r\nX-Evil: 1"})


def test_a_moment_without_a_zone_is_no_date() -> None:
    with pytest.raises(InvalidMessage, match="has no time zone"):
        plain().finalise(now=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the test


@pytest.mark.parametrize(
    "data", [{"from": {"self": "x"}}, {"from": {1: 2}}, {"from": "a@b.c", "to": {"members": 1}}]
)
def test_plain_values_of_another_shape_are_refused(data: dict[str, object]) -> None:
    with pytest.raises(pydantic.ValidationError):
        Message.model_validate(data)


def test_an_error_tells_of_a_few_faults_and_counts_the_rest() -> None:
    with pytest.raises(InvalidAddress, match=r"to\[4\].*; and 95 more$") as caught:
        plain().replace(to=["nobody"] * 100)
    assert "to[5]" not in str(caught.value)


def test_an_address_of_smtputf8_in_a_further_field_counts() -> None:
    assert plain().replace(headers={"Errors-To": "王芳@example.org"}).needs_smtputf8
    assert not plain().replace(headers={"X-Note": "王芳", "Errors-To": "a@b.c"}).needs_smtputf8


@pytest.mark.parametrize("html", [5, b"x"])
def test_another_html_that_is_none_is_refused(html: object) -> None:
    message = Message(from_="a@b.c", html="<p>hi")
    with pytest.raises(InvalidMessage, match="html: "):
        message.replace(html=html)  # type: ignore[arg-type] # that is the test
