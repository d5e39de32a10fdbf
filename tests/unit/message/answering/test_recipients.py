import pytest

from mailcore.errors import InvalidMessage
from mailcore.message import Address, ReceivedMessage, parse
from mailcore.message.answering.recipients import (
    Recipients,
    find_answerer,
    find_author,
    find_everybody,
)

ME = Address(email="me@example.org")


def received(*fields: str) -> ReceivedMessage:
    return parse("".join(f"{field}\r\n" for field in fields).encode() + b"\r\n")


def emails(recipients: Recipients) -> tuple[list[str], list[str]]:
    return [each.email for each in recipients.to], [each.email for each in recipients.cc]


@pytest.mark.parametrize(
    ("fields", "answerer"),
    [
        (["To: a@x.org, Me <me@x.org>", "Delivered-To: me@x.org"], "Me <me@x.org>"),
        (["To: a@x.org", "Cc: Me <me@X.ORG>", "Delivered-To: me@x.org"], "Me <me@X.ORG>"),
        (["To: a@x.org", "Cc: me@x.org", "X-Original-To: me@x.org"], "me@x.org"),
        (["To: a@x.org", "Cc: me@x.org", "Envelope-To: me@x.org"], "me@x.org"),
        (["Delivered-To: box@inside", "Delivered-To: b@x.org", "To: a@x.org, b@x.org"], "b@x.org"),
        (["To: a@x.org, b@x.org", "Delivered-To: box@inside"], "box@inside"),
        (["Delivered-To: box@inside", "X-Original-To: me@x.org", "To: a@x.org"], "me@x.org"),
        (["To: Me <ME@x.org>", "Delivered-To: me@x.org"], "Me <ME@x.org>"),
        (["To: a@x.org, b@x.org"], "a@x.org"),
        (["To: nobody, b@x.org"], "b@x.org"),
        (["To: undisclosed-recipients:;", "Delivered-To: me@x.org"], "me@x.org"),
        (["To: list@x.org", "Delivered-To: me@x.org", "List-Id: <l.x.org>"], "me@x.org"),
        (
            [
                "Delivered-To: me@x.org",
                "Delivered-To: mailing list dev@l.org",
                "Mailing-List: contact dev-help@l.org",
                "To: dev@l.org",
            ],
            "me@x.org",
        ),
        (
            ["Delivered-To: l@x.org", "Delivered-To: me@x.org", "List-Post: <mailto:l@x.org>"],
            "me@x.org",
        ),
    ],
)
def test_who_answers_is_whom_the_mail_came_to(fields: list[str], answerer: str) -> None:
    assert str(find_answerer(received(*fields))) == answerer


def test_of_two_names_for_who_answers_the_first_in_to_counts() -> None:
    mail = received("To: One <me@x.org>, Two <me@x.org>", "Cc: me@x.org", "Delivered-To: me@x.org")
    assert find_answerer(mail).name == "One"


@pytest.mark.parametrize(
    "fields",
    [
        ["To: undisclosed-recipients:;"],
        ["To: nobody"],
        ["Cc: a@x.org"],
        ["To: list@x.org", "List-Id: <l.x.org>"],
        ["To: list@x.org", "Precedence: list"],
    ],
)
def test_a_mail_that_does_not_tell_who_answers_says_what_to_give(fields: list[str]) -> None:
    with pytest.raises(InvalidMessage, match="say who answers"):
        find_answerer(received(*fields))


@pytest.mark.parametrize(
    ("fields", "to"),
    [
        (["From: a@x.org"], ["a@x.org"]),
        (["From: a@x.org, b@x.org"], ["a@x.org", "b@x.org"]),
        (["From: a@x.org, A <a@X.org>"], ["a@x.org"]),
        (["From: a@x.org", "Reply-To: r@x.org, s@x.org"], ["r@x.org", "s@x.org"]),
        (["From: a@x.org", "Reply-To: nobody"], ["a@x.org"]),
        (["From: a@x.org", "Reply-To: team: r@x.org, s@x.org;"], ["r@x.org", "s@x.org"]),
        (["From: a@x.org", "Reply-To: me@example.org, a@x.org"], ["a@x.org"]),
        (["From: nobody"], []),
        (["From: me@EXAMPLE.org", "To: b@x.org", "Reply-To: me@example.org"], ["b@x.org"]),
        (["From: me@example.org", "To: me@example.org", "Reply-To: r@x.org"], ["r@x.org"]),
        (["From: me@example.org", "To: me@example.org"], ["me@example.org"]),
        (["From: me@example.org"], ["me@example.org"]),
    ],
)
def test_a_reply_goes_to_the_author(fields: list[str], to: list[str]) -> None:
    assert emails(find_author(received(*fields), answerer=ME)) == (to, [])


def test_a_reply_to_all_goes_to_everybody_once_but_the_answerer() -> None:
    mail = received(
        "From: A <a@x.org>",
        "To: b@x.org, Me <me@Example.org>, a@x.org",
        "Cc: c@x.org, b@X.org, me@example.org, C <c@x.org>",
        "Bcc: hidden@x.org",
    )
    found = find_everybody(mail, answerer=ME)
    assert emails(found) == (["a@x.org", "b@x.org"], ["c@x.org"])
    assert found.to[0].name == "A"


def test_one_person_may_be_spelt_in_two_ways() -> None:
    mail = received("From: a@x.org", "To: A@x.org, ME@example.org", "Cc: B@x.org, b@x.org")
    assert emails(find_everybody(mail, answerer=ME)) == (["a@x.org"], ["B@x.org"])


def test_whoever_was_named_already_is_not_named_again() -> None:
    mail = received("From: a@x.org", "To: b@x.org", "Cc: c@x.org, d@x.org")
    named = [Address(email="b@x.org"), Address(email="c@X.org")]
    assert emails(find_everybody(mail, answerer=ME, named=named)) == (["a@x.org"], ["d@x.org"])


def test_an_own_mail_is_answered_to_its_recipients() -> None:
    mail = received("From: me@example.org", "To: b@x.org", "Cc: c@x.org")
    assert emails(find_everybody(mail, answerer=ME)) == (["b@x.org"], ["c@x.org"])


def test_a_note_to_oneself_can_be_answered() -> None:
    mail = received("From: me@example.org", "To: me@example.org")
    assert emails(find_everybody(mail, answerer=ME)) == (["me@example.org"], [])
