"""Mail through Exim, which has every extension, and OpenSMTPD, which has next to none."""

import itertools
import time

import pytest

from mailcore import TLS, Envelope, Message, Partial, Rejected, Sent
from mailcore.errors import RecipientsRefused, Unsupported
from mailcore.transport import DSN
from tests.colours import Colour
from tests.live.servers import START_SECONDS, Dovecot
from tests.live.unpacked import Exim, OpenSMTPD

_numbers = itertools.count()


def mail(user: str, subject: str = "x") -> Message:
    return Message(
        from_="bot@example.test", to=f"{user}@example.test", subject=subject, text="hello"
    )


def delivered(dovecot: Dovecot, user: str, count: int) -> list[bytes]:
    """Give what a user got, as soon as it is so much."""
    found: list[bytes] = []
    until = time.monotonic() + START_SECONDS
    while len(found) < count and time.monotonic() < until:
        found += dovecot.delivered(user)
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("without", [(), ("CHUNKING",)], ids=["BDAT", "DATA"])
def test_exim_takes_many_once_each(
    colour: Colour, exim: Exim, dovecot: Dovecot, tls: TLS, without: tuple[str, ...]
) -> None:
    user = f"exim{next(_numbers)}"
    with colour.smtp("localhost", exim.port, tls=tls, without=without) as smtp:
        outcomes = list(smtp.send_many(mail(user, str(number)) for number in range(40)))
    assert {type(outcome) for outcome in outcomes} == {Sent}
    assert len(delivered(dovecot, user, 40)) == 40


@pytest.mark.parametrize("without", [(), ("CHUNKING",)], ids=["BDAT", "DATA"])
def test_exim_refuses_one_and_takes_those_around_it(
    colour: Colour, exim: Exim, dovecot: Dovecot, tls: TLS, without: tuple[str, ...]
) -> None:
    user = f"exim{next(_numbers)}"
    both = Envelope(
        mail_from="bot@example.test", recipients=["nobody@example.test", f"{user}@example.test"]
    )
    messages = [mail(user), mail("nobody"), (mail(user), both), mail("nobody"), mail(user)]
    with colour.smtp("localhost", exim.port, tls=tls, without=without) as smtp:
        outcomes = list(smtp.send_many(messages))
    assert [type(outcome) for outcome in outcomes] == [Sent, Rejected, Partial, Rejected, Sent]
    assert isinstance(outcomes[1].error, RecipientsRefused)
    raws = delivered(dovecot, user, 3)
    assert len(raws) == 3
    assert all(b"Return-path: <bot@example.test>" in raw.replace(b"Path", b"path") for raw in raws)


def test_exim_takes_an_international_address(
    colour: Colour, exim: Exim, dovecot: Dovecot, tls: TLS
) -> None:
    user = f"exim{next(_numbers)}"
    message = mail(user).replace(from_="机器人@example.test")
    with colour.smtp("localhost", exim.port, tls=tls) as smtp:
        smtp.send(message)
    assert len(delivered(dovecot, user, 1)) == 1


def test_opensmtpd_is_spoken_to_in_lock_step(
    colour: Colour, opensmtpd: OpenSMTPD, dovecot: Dovecot
) -> None:
    user = f"open{next(_numbers)}"
    with colour.smtp("127.0.0.1", opensmtpd.port, security="plain", connections=2) as smtp:
        outcomes = list(smtp.send_many(mail(user, str(number)) for number in range(20)))
    assert [outcome.error for outcome in outcomes if not isinstance(outcome, Sent)] == []
    assert len(delivered(dovecot, user, 20)) == 20


def test_opensmtpd_refuses_another_domain_and_serves_on(
    colour: Colour, opensmtpd: OpenSMTPD, dovecot: Dovecot
) -> None:
    user = f"open{next(_numbers)}"
    elsewhere = Envelope(mail_from="", recipients="a@example.org")
    with colour.smtp("127.0.0.1", opensmtpd.port, security="plain") as smtp:
        with pytest.raises(RecipientsRefused):
            smtp.send(mail(user), envelope=elsewhere)
        smtp.send(mail(user))
    assert len(delivered(dovecot, user, 1)) == 1


def test_what_a_server_lacks_is_said_before_anything_is_sent(
    colour: Colour, exim: Exim, tls: TLS
) -> None:
    envelope = Envelope(mail_from="", recipients="a@example.test", priority=3)
    with (
        colour.smtp("localhost", exim.port, tls=tls) as smtp,
        pytest.raises(Unsupported, match="MT-PRIORITY"),
    ):
        smtp.send(mail("a"), envelope=envelope)


def test_notifications_are_asked_of_those_who_offer_them(
    colour: Colour, opensmtpd: OpenSMTPD, dovecot: Dovecot
) -> None:
    user = f"open{next(_numbers)}"
    envelope = Envelope(
        mail_from="bot@example.test",
        recipients=f"{user}@example.test",
        dsn=DSN(notify=("success", "failure"), returns="headers", envelope_id="a+b=c 1"),
    )
    with colour.smtp("127.0.0.1", opensmtpd.port, security="plain") as smtp:
        smtp.send(mail(user), envelope=envelope)
    assert len(delivered(dovecot, user, 1)) == 1
