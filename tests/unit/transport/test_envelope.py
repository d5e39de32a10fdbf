"""Who a message is from and to, checked where it is said."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mailcore.errors import ConfigurationError, InvalidAddress
from mailcore.message import Address, parse
from mailcore.transport import DSN, DeliverBy, Envelope

ENVELOPE = Envelope(mail_from="bot@example.com", recipients=["a@example.org"])


def test_an_envelope_takes_one_or_many_as_text_or_address() -> None:
    one = Envelope(mail_from=Address(email="a@example.com"), recipients="b@example.com")
    many = Envelope(mail_from="a@example.com", recipients=[Address(email="b@example.com")])
    assert one == many


def test_an_envelope_takes_addresses_out_of_received_mail() -> None:
    mail = parse(b"From: A <a@example.com>\r\nTo: b@example.org, c@example.org\r\n\r\n")
    assert mail.from_ is not None
    envelope = Envelope(mail_from=mail.from_, recipients=mail.to)
    assert envelope.mail_from == "a@example.com"
    assert envelope.recipients == ("b@example.org", "c@example.org")


def test_an_envelope_does_not_trust_them() -> None:
    mail = parse(b"From: no address\r\n\r\n")
    assert mail.from_ is not None
    with pytest.raises(InvalidAddress):
        Envelope(mail_from=mail.from_, recipients="a@example.org")


def test_an_envelope_names_each_recipient_once() -> None:
    assert Envelope(mail_from="", recipients=["a@b.example", "a@b.example"]).recipients == (
        "a@b.example",
    )


def test_an_envelopes_domains_are_a_labels() -> None:
    envelope = Envelope(mail_from="a@bücher.example", recipients="b@bücher.example")
    assert envelope.mail_from == "a@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    ["a@b@c.example", "a b@example.org", "a@example.org>\r\nRCPT TO:<b@example.org", "<>", "a"],
)
def test_an_envelope_refuses_what_is_no_address(address: str) -> None:
    with pytest.raises(InvalidAddress):
        Envelope(mail_from="", recipients=address)


def test_an_envelope_comes_back_from_json() -> None:
    assert Envelope.model_validate_json(ENVELOPE.model_dump_json()) == ENVELOPE


def test_an_envelope_keeps_what_is_asked_of_the_delivery() -> None:
    envelope = Envelope(
        mail_from="",
        recipients="a@example.org",
        dsn=DSN(notify=("success",)),
        require_tls=True,
        deliver_by=DeliverBy(seconds=60),
        hold_until=datetime(2026, 11, 24, 20, tzinfo=timezone(timedelta(hours=8))),
        priority=-9,
    )
    assert envelope.hold_until == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert Envelope.model_validate_json(envelope.model_dump_json()) == envelope


@pytest.mark.parametrize(
    "wrong",
    [
        {"hold_for": 0},
        {"hold_for": 5, "hold_until": datetime(2026, 11, 24, tzinfo=UTC)},
        {"hold_until": datetime(2026, 11, 24)},  # noqa: DTZ001 - in no zone
        {"priority": 10},
        {"dsn": "always"},
    ],
)
def test_an_envelope_refuses_what_no_server_can_be_asked(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Envelope(mail_from="", recipients="a@example.org", **wrong)


@pytest.mark.parametrize(
    "asked",
    [
        {"dsn": DSN()},
        {"require_tls": True},
        {"deliver_by": DeliverBy(seconds=5)},
        {"hold_for": 5},
        {"hold_until": datetime(2026, 11, 24, tzinfo=UTC)},
        {"priority": 0},
        {"binary": True},
    ],
)
def test_an_envelope_knows_whether_it_asks_for_more_than_delivery(asked: dict[str, Any]) -> None:
    assert Envelope(mail_from="", recipients="a@example.org", **asked).asks_for_more
    assert not ENVELOPE.asks_for_more
