import pytest

from mailcore.errors import InvalidMessage
from mailcore.message import Attachment, Message, parse
from mailcore.message.answering.drafts import finish, rewrite, start

MAIL = parse(b"From: a@x.org\nTo: B <b@x.org>\n\n")


def test_a_draft_is_from_whom_the_mail_came_to() -> None:
    assert str(start(MAIL, {"subject": "x"}).from_) == "B <b@x.org>"


def test_whoever_is_given_goes_before_that() -> None:
    assert start(MAIL, {"from_": "c@x.org"}).from_.email == "c@x.org"


def test_an_author_of_none_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="from_"):
        start(MAIL, {"from_": ()})


def test_what_was_given_goes_before_what_is_derived() -> None:
    draft = Message(from_="a@x.org", subject="given", to=())
    derived = {"subject": "derived", "to": "b@x.org", "cc": "c@x.org"}
    done = finish(draft, {"subject": "given", "to": ()}, derived)
    assert (done.subject, done.to, [str(each) for each in done.cc]) == ("given", (), ["c@x.org"])


def test_parts_are_added_to_those_that_are_shown_already() -> None:
    draft = Message(from_="a@x.org", html='<img src="cid:a">', inline={"a": b"1"})
    part = Attachment(content=b"2", content_id="b", disposition="inline")
    done = rewrite(draft, text="text", html='<img src="cid:a"><img src="cid:b">', inline=[part])
    assert [each.content_id for each in done.inline] == ["a", "b"]
    assert done.text == "text"
