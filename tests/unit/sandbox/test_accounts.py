import threading

import pytest

from mailcore.errors import ConfigurationError, InvalidAddress
from mailcore.sandbox.accounts import Delivery, Inbox, PostOffice
from mailcore.transport import Envelope

DELIVERY = Delivery(
    Envelope(mail_from="bot@example.com", recipients=["alice@example.test", "x@example.org"]),
    b"Subject: x\r\n\r\nhello\r\n",
)


def test_a_delivery_can_be_read() -> None:
    assert DELIVERY.message.subject == "x"


def test_mail_goes_to_the_inboxes_of_its_recipients_and_among_the_caught() -> None:
    office = PostOffice()
    alice = office.open_account("alice@example.test", "wonderland")
    bob = office.open_account("bob@example.test", "builder")
    office.deliver(DELIVERY)
    assert [len(inbox) for inbox in (alice.inbox, bob.inbox, office.caught)] == [1, 0, 1]


def test_an_address_has_one_account() -> None:
    office = PostOffice()
    first = office.open_account("alice@example.test", "wonderland")
    assert office.open_account("Alice@example.test") is first
    assert office.open_account("alice@example.test", "wonderland") is first


def test_an_account_does_not_change_its_password() -> None:
    office = PostOffice()
    office.open_account("alice@example.test", "wonderland")
    with pytest.raises(ConfigurationError, match="another password"):
        office.open_account("alice@example.test", "looking-glass")


def test_an_account_needs_an_address() -> None:
    with pytest.raises(InvalidAddress):
        PostOffice().open_account("alice")


def test_strangers_at_a_domain_with_accounts_are_not_accepted() -> None:
    office = PostOffice()
    office.open_account("alice@example.test", "wonderland")
    accepted = [
        office.accepts(recipient)
        for recipient in ("ALICE@example.test", "bob@Example.test", "bob@elsewhere.example")
    ]
    assert accepted == [True, False, True]


def test_only_the_right_password_is_known() -> None:
    office = PostOffice()
    office.open_account("alice@example.test", "wonderland")
    assert office.knows("alice@example.test", "wonderland")
    assert not office.knows("alice@example.test", "")
    assert not office.knows("", "")


def test_waiting_ends_when_enough_has_arrived() -> None:
    inbox = Inbox()
    threading.Timer(0.01, inbox.add, [DELIVERY]).start()
    assert inbox.wait_for(1)


def test_waiting_ends_when_nothing_arrives() -> None:
    assert not Inbox().wait_for(1, timeout=0.01)


def test_a_cleared_inbox_is_empty() -> None:
    inbox = Inbox()
    inbox.add(DELIVERY)
    inbox.clear()
    assert len(inbox) == 0
