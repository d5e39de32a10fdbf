from datetime import UTC, datetime
from typing import Unpack

import pytest

from mailcore.errors import InvalidMessage
from mailcore.message import Attachment, Message, MessageFields, ReceivedMessage, parse
from mailcore.message.answering.forwarding import forward

FIELDS: MessageFields = {
    "from_": "Alice <alice@example.org>",
    "to": "Bob <bob@example.org>",
    "cc": "carol@example.org",
    "subject": "Lunch <today>",
    "date": datetime(2026, 11, 23, 8, 29, tzinfo=UTC),
    "message_id": "<lunch@example.org>",
    "text": "Noon?\n",
    "attachments": [Attachment(filename="menu.txt", content=b"soup")],
}
BLOCK = """\
---------- Forwarded message ----------
From: Alice <alice@example.org>
Date: Mon, 23 Nov 2026 at 08:29 +0000
Subject: Lunch <today>
To: Bob <bob@example.org>
Cc: carol@example.org

Noon?
"""


def received(**fields: Unpack[MessageFields]) -> ReceivedMessage:
    return parse(Message(**FIELDS).replace(**fields).to_bytes())


PLAIN = received()
RICH = received(
    html='<p>Noon?</p><img src="cid:logo">', inline={"logo": b"GIF8", "hidden": b"GIF9"}
)


def test_a_mail_is_passed_on_below_the_text_with_its_files() -> None:
    made = forward(PLAIN, {"to": "dave@example.org", "text": "See below.\n"}, as_attachment=False)
    assert str(made.from_) == "Bob <bob@example.org>"
    assert [str(each) for each in made.recipients] == ["dave@example.org"]
    assert made.subject == "Fwd: Lunch <today>"
    assert made.text == f"See below.\n\n{BLOCK}"
    assert made.html is None
    assert [(each.filename, each.content) for each in made.attachments] == [("menu.txt", b"soup")]


def test_it_keeps_to_the_thread_without_being_a_reply() -> None:
    made = forward(PLAIN, {"to": "dave@example.org"}, as_attachment=False)
    assert made.references == ("<lunch@example.org>",)
    assert made.in_reply_to is None


def test_the_mail_alone_is_enough() -> None:
    assert forward(PLAIN, {"to": "dave@example.org"}, as_attachment=False).text == BLOCK


def test_html_is_passed_on_as_html_with_what_it_shows() -> None:
    made = forward(RICH, {"text": "1 < 2"}, as_attachment=False)
    assert made.text == f"1 < 2\n\n{BLOCK}"
    assert made.html is not None
    assert made.html.index("1 &lt; 2") < made.html.index("Forwarded message")
    assert "<b>Subject:</b> Lunch &lt;today&gt;" in made.html
    assert '<img src="cid:logo"' in made.html
    assert [each.content_id for each in made.inline] == ["logo"]
    assert [each.content for each in made.attachments] == [b"GIF9", b"soup"]


def test_given_html_goes_above_a_text_too() -> None:
    made = forward(PLAIN, {"html": "<body><b>See</b></body>"}, as_attachment=False)
    assert made.html is not None
    assert made.html.startswith("<body><b>See</b>")
    assert "Noon?" in made.html
    assert made.html.endswith("</body>")
    assert made.text is not None
    assert "Noon?" in made.text


def test_given_attachments_come_after_those_of_the_mail() -> None:
    added = Attachment(filename="new.txt", content=b"new")
    made = forward(RICH, {"attachments": added}, as_attachment=False)
    assert [each.filename for each in made.attachments][1:] == ["menu.txt", "new.txt"]


def test_parts_beside_a_text_that_nothing_shows_are_attached() -> None:
    mail = parse(
        b"To: b@x.org\nContent-Type: multipart/related; boundary=b\n\n"
        b"--b\n\nsee cid:a\n--b\nContent-Type: image/png\nContent-ID: <a>\n\nx\n--b--\n"
    )
    made = forward(mail, {}, as_attachment=False)
    assert [each.content for each in made.attachments] == [b"x"]
    assert made.inline == ()


def test_blind_copies_stay_blind() -> None:
    mail = parse(b"To: b@x.org\nBcc: hidden@x.org\n\nx")
    assert b"hidden" not in forward(mail, {}, as_attachment=False).to_bytes()


def test_the_whole_mail_can_be_a_file() -> None:
    given: MessageFields = {"text": "Attached.", "attachments": Attachment(content=b"other")}
    made = forward(RICH, given, as_attachment=True)
    assert made.text == "Attached."
    assert made.subject == "Fwd: Lunch <today>"
    assert made.attachments[0].content == RICH.raw
    assert made.attachments[0].content_type == "message/rfc822"
    assert made.attachments[0].filename == "Lunch _today_.eml"
    assert made.attachments[1].content == b"other"


@pytest.mark.parametrize(
    ("subject", "filename"),
    [
        ("a/b\\c", "a_b_c.eml"),
        ("", "message.eml"),
        ("...", "message.eml"),
        ("con", "_con.eml"),
        ("报" * 300, "报" * 66 + ".eml"),
    ],
)
def test_the_file_is_called_by_the_subject(subject: str, filename: str) -> None:
    mail = parse(f"To: b@x.org\nSubject: {subject}\n\n".encode())
    assert forward(mail, {}, as_attachment=True).attachments[0].filename == filename


@pytest.mark.parametrize("as_attachment", [False, True])
def test_a_mail_that_came_to_nobody_says_what_to_give(as_attachment: bool) -> None:
    with pytest.raises(InvalidMessage, match="from_: "):
        forward(parse(b""), {"to": "a@x.org"}, as_attachment=as_attachment)


def test_other_forms_of_the_body_are_no_files() -> None:
    calendar = "BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n"
    sent = Message(from_="a@x.org", to="b@y.org", html="h", amp="<html>", calendar=calendar)
    files = parse(sent.to_bytes()).forward(to="c@z.org").attachments
    assert [file.filename for file in files] == ["invite.ics", "invite.ics"]
