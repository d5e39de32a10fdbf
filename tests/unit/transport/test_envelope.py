"""Who a message is from and to, checked where it is said."""

import pytest

from mailcore.errors import InvalidAddress
from mailcore.message import Address, parse
from mailcore.transport import Envelope

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
