from datetime import UTC, datetime
from typing import Any

import pytest

from mailcore.errors import ConfigurationError, InvalidMessage
from mailcore.message import Attachment, Message, MessageFields, parse
from mailcore.message.answering.replying import reply

PNG = b"\x89PNG\r\n\x1a\n"
MAIL = parse(
    Message(
        from_="Alice <alice@example.org>",
        to=["Bob <bob@example.org>", "carol@example.org"],
        cc="dave@example.org",
        subject="AW: Lunch",
        date=datetime(2026, 11, 23, 8, 29, tzinfo=UTC),
        message_id="<lunch@example.org>",
        text="Noon?\n-- \nAlice\n",
        html='<p>Noon?</p><img src="cid:logo">',
        inline={"logo": PNG},
        attachments=[Attachment(filename="menu.txt", content=b"soup")],
    ).to_bytes()
)
LINE = "On Mon, 23 Nov 2026 at 08:29 +0000, Alice wrote:"


def answer(*, is_to_all: bool = False, attribution: str | None = LINE, **given: object) -> Message:
    fields: MessageFields = given  # type: ignore[assignment] # as a caller gives them
    return reply(MAIL, fields, is_to_all=is_to_all, attribution=attribution)


def test_a_reply_is_a_whole_mail() -> None:
    made = answer(text="Yes.\n")
    assert str(made.from_) == "Bob <bob@example.org>"
    assert [str(each) for each in made.to] == ["Alice <alice@example.org>"]
    assert made.cc == made.bcc == made.attachments == made.inline == ()
    assert made.subject == "Re: Lunch"
    assert made.in_reply_to == "<lunch@example.org>"
    assert made.references == ("<lunch@example.org>",)
    assert made.text == f"Yes.\n\n{LINE}\n> Noon?\n"
    assert made.html is None


def test_a_reply_to_all_has_the_others_too() -> None:
    made = answer(text="Yes.", is_to_all=True)
    assert [str(each) for each in made.to] == ["Alice <alice@example.org>", "carol@example.org"]
    assert [str(each) for each in made.cc] == ["dave@example.org"]


def test_html_quotes_html_with_what_it_shows() -> None:
    made = answer(html='<body>Yes. <img src="cid:logo"></body>', inline={"logo": b"GIF8"})
    assert made.html is not None
    above, _, below = made.html.partition("<blockquote")
    assert above.startswith('<body>Yes. <img src="cid:logo">')
    assert LINE in above
    assert "Noon?" in below
    assert 'src="cid:quoted-1"' in below
    assert made.html.endswith("</body>")
    assert [(each.content_id, each.content) for each in made.inline] == [
        ("logo", b"GIF8"),
        ("quoted-1", PNG),
    ]


def test_the_text_of_html_alone_is_made_from_all_of_it() -> None:
    made = answer(html="<p>Yes.</p>")
    assert made.text is not None
    assert made.text.index("Yes.") < made.text.index("Noon?")


def test_given_text_and_html_each_quote() -> None:
    made = answer(text="Yes.", html="<p>Yes.</p>")
    assert made.text == f"Yes.\n\n{LINE}\n> Noon?\n"
    assert made.html is not None
    assert "<blockquote" in made.html


def test_the_same_image_within_both_is_no_clash() -> None:
    html = '<img src="data:image/png;base64,iVBORw0KGgo=">'
    mail = parse(f"From: a@x.org\nTo: b@x.org\nContent-Type: text/html\n\n<p>{html}</p>".encode())
    made = reply(mail, {"html": html}, is_to_all=False, attribution=LINE)
    ids = [each.content_id for each in made.inline]
    assert len(ids) == len(set(ids))


def test_an_answer_to_an_answer_carries_images_from_data_along() -> None:
    first = answer(html='<img src="data:image/png;base64,iVBORw0KGgo=">')
    mail = parse(first.to_bytes())
    made = reply(mail, {"html": '<img src="data:image/png;base64,iVBORw0KGgo=">'},
                 is_to_all=False, attribution=LINE)  # fmt: skip
    assert {each.content for each in made.inline} == {PNG}
    assert parse(made.to_bytes()).defects == ()


def test_nothing_is_quoted_without_a_line_above_it() -> None:
    made = answer(text="Yes.\n", html="<p>Yes.</p>", attribution=None)
    assert (made.text, made.html, made.inline) == ("Yes.\n", "<p>Yes.</p>", ())


def test_without_any_body_the_quote_is_all() -> None:
    assert answer().text == f"{LINE}\n> Noon?\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [("subject", "Other"), ("in_reply_to", None), ("references", ()), ("to", ()), ("cc", ())],
)
def test_each_field_can_be_given(name: str, value: object) -> None:
    given: dict[str, Any] = {name: value}
    assert getattr(answer(is_to_all=True, **given), name) == value


def test_who_was_given_as_a_recipient_gets_it_once() -> None:
    made = answer(is_to_all=True, to="dave@example.org", bcc=iter(["carol@example.org"]))
    assert [str(each) for each in made.recipients] == ["dave@example.org", "carol@example.org"]
    assert made.cc == ()


def test_who_answers_an_own_mail_writes_to_its_recipients() -> None:
    made = answer(text="And?", from_="alice@example.org")
    assert [str(each) for each in made.to] == ["Bob <bob@example.org>", "carol@example.org"]


@pytest.mark.parametrize("is_to_all", [False, True])
def test_a_mail_of_nobody_says_what_to_give(is_to_all: bool) -> None:
    mail = parse(b"From: nobody\nTo: b@x.org\n\n")
    with pytest.raises(InvalidMessage, match="say whom"):
        reply(mail, {"text": "x"}, is_to_all=is_to_all, attribution=None)


def test_a_recipient_that_was_given_is_enough() -> None:
    mail = parse(b"From: nobody\nTo: b@x.org\n\n")
    made = reply(mail, {"to": "a@x.org"}, is_to_all=False, attribution=None)
    assert [str(each) for each in made.to] == ["a@x.org"]


def test_a_line_that_asks_for_more_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="attribution"):
        answer(text="x", attribution="{name}")


def test_fields_that_make_no_mail_are_refused_as_ever() -> None:
    with pytest.raises(InvalidMessage, match="text"):
        answer(text=5)
