"""Mail handed to Dovecot by LMTP is in the mailboxes, and each recipient has an answer of its own."""

import itertools

import pytest

from mailcore import Envelope, Message, Sent
from mailcore.errors import PartiallyRefused, RecipientsRefused
from tests.colours import Colour
from tests.live.servers import Dovecot

_numbers = itertools.count()


@pytest.fixture(params=["unix", "tcp"])
def server(request: pytest.FixtureRequest, dovecot: Dovecot) -> tuple[object, ...]:
    """Where to reach it."""
    return (dovecot.lmtp,) if request.param == "unix" else ("127.0.0.1", dovecot.lmtp_port)


def mail(user: str, subject: str = "x") -> Message:
    return Message(
        from_="bot@example.test", to=f"{user}@example.test", subject=subject, text=".dot"
    )


def test_mail_is_in_the_mailbox_when_send_returns(
    colour: Colour, dovecot: Dovecot, server: tuple[object, ...]
) -> None:
    user = f"lmtp{next(_numbers)}"
    with colour.lmtp(*server) as lmtp:
        receipt = lmtp.send(mail(user))
    assert receipt.accepted == (f"{user}@example.test",)
    (raw,) = dovecot.delivered(user)
    assert b"\n.dot" in raw


def test_two_recipients_of_two_messages_keep_in_step(
    colour: Colour, dovecot: Dovecot, server: tuple[object, ...]
) -> None:
    users = [f"lmtp{next(_numbers)}" for _ in range(2)]
    both = Envelope(
        mail_from="bot@example.test", recipients=[f"{user}@example.test" for user in users]
    )
    with colour.lmtp(*server) as lmtp:
        for subject in ("one", "two"):
            lmtp.send(mail(users[0], subject), envelope=both)
    assert [len(dovecot.delivered(user)) for user in users] == [2, 2]


def test_a_stranger_among_the_recipients_stops_nobody(
    colour: Colour, dovecot: Dovecot, server: tuple[object, ...]
) -> None:
    user = f"lmtp{next(_numbers)}"
    envelope = Envelope(mail_from="", recipients=["nobody@example.test", f"{user}@example.test"])
    with colour.lmtp(*server) as lmtp, pytest.raises(PartiallyRefused) as caught:
        lmtp.send(mail(user), envelope=envelope)
    assert list(caught.value.receipt.rejected) == ["nobody@example.test"]
    assert len(dovecot.delivered(user)) == 1


def test_a_stranger_alone_is_refused(colour: Colour, server: tuple[object, ...]) -> None:
    with colour.lmtp(*server) as lmtp, pytest.raises(RecipientsRefused, match="doesn't exist"):
        lmtp.send(mail("nobody"))


def test_many_are_delivered_once_each(
    colour: Colour, dovecot: Dovecot, server: tuple[object, ...]
) -> None:
    user = f"lmtp{next(_numbers)}"
    with colour.lmtp(*server, connections=3) as lmtp:
        outcomes = list(lmtp.send_many(mail(user, str(number)) for number in range(60)))
    assert {type(outcome) for outcome in outcomes} == {Sent}
    assert len(dovecot.delivered(user)) == 60
