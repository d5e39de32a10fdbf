"""What a message asks for is said in MAIL and RCPT, or is an error before a word is said."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mailcore.errors import ContentRefused, Unsupported
from mailcore.smtp.conversation.codec import Extensions
from mailcore.smtp.conversation.parameters import (
    check_offer,
    mail_command,
    recipient_commands,
)
from mailcore.transport import DSN, DeliverBy, Envelope, Outgoing

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALL = Extensions(
    "mx",
    dict.fromkeys(
        [
            *("SIZE", "8BITMIME", "SMTPUTF8", "DSN", "REQUIRETLS", "DELIVERBY", "FUTURERELEASE"),
            *("MT-PRIORITY", "BINARYMIME", "CHUNKING"),
        ],
        "",
    ),
)


def outgoing(
    *, recipients: str = "a@example.org", eight_bit: bool = False, utf8: bool = False, **asked: Any
) -> Outgoing:
    envelope = Envelope(mail_from="bot@example.com", recipients=recipients, **asked)
    return Outgoing(envelope, None, 1000, eight_bit, utf8, lambda: iter([b"x\r\n"]))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, ""),
        ({"dsn": DSN()}, ""),
        ({"dsn": DSN(returns="full")}, " RET=FULL"),
        (
            {"dsn": DSN(returns="headers", envelope_id="a+b=c d")},
            " RET=HDRS ENVID=a+2Bb+3Dc+20d",
        ),
        ({"require_tls": True}, " REQUIRETLS"),
        ({"deliver_by": DeliverBy(seconds=120)}, " BY=120;R"),
        (
            {"deliver_by": DeliverBy(seconds=-5, otherwise="notify", trace=True)},
            " BY=-5;NT",
        ),
        ({"hold_for": 60}, " HOLDFOR=60"),
        ({"hold_until": NOON}, " HOLDUNTIL=2026-11-24T12:00:00Z"),
        (
            {"hold_until": NOON.astimezone(timezone(timedelta(hours=8)))},
            " HOLDUNTIL=2026-11-24T12:00:00Z",
        ),
        ({"priority": -3}, " MT-PRIORITY=-3"),
        ({"priority": 0}, " MT-PRIORITY=0"),
    ],
)
def test_what_is_asked_for_is_said_in_mail(asked: dict[str, Any], words: str) -> None:
    assert mail_command(outgoing(**asked), ALL) == f"MAIL FROM:<bot@example.com> SIZE=1000{words}"


def test_the_body_is_declared() -> None:
    assert mail_command(outgoing(eight_bit=True), ALL).endswith(" BODY=8BITMIME")
    assert mail_command(outgoing(eight_bit=True, binary=True), ALL).endswith(" BODY=BINARYMIME")
    assert mail_command(outgoing(utf8=True), ALL).endswith(" SMTPUTF8")


def test_the_size_is_said_only_where_it_is_heard() -> None:
    assert mail_command(outgoing(), Extensions("mx", {})) == "MAIL FROM:<bot@example.com>"


@pytest.mark.parametrize(
    ("recipient", "dsn", "words"),
    [
        ("a@example.org", None, ""),
        ("a@example.org", DSN(), " NOTIFY=FAILURE,DELAY ORCPT=rfc822;a@example.org"),
        ("a+b=c@example.org", DSN(notify=()), " NOTIFY=NEVER ORCPT=rfc822;a+2Bb+3Dc@example.org"),
        (
            "用户@example.org",
            DSN(notify=("success",)),
            " NOTIFY=SUCCESS ORCPT=utf-8;用户@example.org",
        ),
        (
            '"用+户"@example.org',
            DSN(notify=("success",)),
            ' NOTIFY=SUCCESS ORCPT=utf-8;"用\\x{2B}户"@example.org',
        ),
    ],
)
def test_notifications_are_asked_for_with_each_recipient(
    recipient: str, dsn: DSN | None, words: str
) -> None:
    envelope = Envelope(mail_from="", recipients=recipient, dsn=dsn)
    (command,) = recipient_commands(envelope)
    assert command == f"RCPT TO:<{envelope.recipients[0]}>{words}"


@pytest.mark.parametrize(
    ("asked", "lacking"),
    [
        ({"dsn": DSN()}, "DSN"),
        ({"require_tls": True}, "REQUIRETLS"),
        ({"deliver_by": DeliverBy(seconds=5)}, "DELIVERBY"),
        ({"hold_for": 5}, "FUTURERELEASE"),
        ({"hold_until": NOON}, "FUTURERELEASE"),
        ({"priority": 0}, "MT-PRIORITY"),
        ({"binary": True}, "BINARYMIME"),
        ({"binary": True}, "CHUNKING"),
        ({"eight_bit": True}, "8BITMIME"),
        ({"utf8": True}, "SMTPUTF8"),
    ],
)
def test_what_is_asked_for_and_not_offered_is_an_error(asked: dict[str, Any], lacking: str) -> None:
    offered = {keyword: "" for keyword in ALL.keywords if keyword != lacking}
    with pytest.raises(Unsupported, match=lacking):
        check_offer(outgoing(**asked), Extensions("mx", offered), is_private=True)
    check_offer(outgoing(**asked), ALL, is_private=True)


def test_tls_all_the_way_begins_here() -> None:
    with pytest.raises(Unsupported, match="this connection has none"):
        check_offer(outgoing(require_tls=True), ALL, is_private=False)


@pytest.mark.parametrize(
    ("offer", "asked"),
    [
        ({"DELIVERBY": "60"}, {"deliver_by": DeliverBy(seconds=59)}),
        ({"FUTURERELEASE": "60 2027-01-01T00:00:00Z"}, {"hold_for": 61}),
        ({"FUTURERELEASE": "60 2026-11-24T11:59:59Z"}, {"hold_until": NOON}),
    ],
)
def test_what_is_more_than_is_offered_is_an_error(
    offer: dict[str, str], asked: dict[str, Any]
) -> None:
    with pytest.raises(Unsupported):
        check_offer(outgoing(**asked), Extensions("mx", offer), is_private=True)


@pytest.mark.parametrize(
    ("offer", "asked"),
    [
        ({"DELIVERBY": "60,x"}, {"deliver_by": DeliverBy(seconds=60)}),
        ({"DELIVERBY": "60"}, {"deliver_by": DeliverBy(seconds=5, otherwise="notify")}),
        ({"DELIVERBY": "soon"}, {"deliver_by": DeliverBy(seconds=1)}),
        ({"FUTURERELEASE": "60 2027-01-01T00:00:00Z"}, {"hold_for": 60}),
        ({"FUTURERELEASE": "60 2026-11-24T12:00:00Z"}, {"hold_until": NOON}),
        ({"FUTURERELEASE": "nonsense"}, {"hold_until": NOON}),
    ],
)
def test_what_is_within_the_offer_is_none(offer: dict[str, str], asked: dict[str, Any]) -> None:
    check_offer(outgoing(**asked), Extensions("mx", offer), is_private=True)


def test_a_message_above_the_servers_size_is_refused_here() -> None:
    with pytest.raises(ContentRefused, match="1000 bytes, the server takes 999"):
        check_offer(outgoing(), Extensions("mx", {"SIZE": "999"}), is_private=True)
    check_offer(outgoing(), Extensions("mx", {"SIZE": "0"}), is_private=True)
