import threading

import pytest

from mailcore.errors import ConfigurationError
from mailcore.message import Message
from mailcore.net.blocking import BlockingBackend
from mailcore.net.dns import Answer, NxDomain, Query, resolve
from mailcore.net.dns.zone import Zone
from mailcore.net.run import run
from mailcore.sandbox import Sandbox

MESSAGE = Message(from_="bot@example.com", to="alice@example.test", subject="x", text="hello")


def test_mail_for_an_account_arrives_in_its_inbox() -> None:
    with Sandbox() as sandbox:
        alice = sandbox.account("alice@example.test")
        with sandbox.transport(alice) as smtp:
            smtp.send(MESSAGE)
        assert alice.inbox[0].message.text == "hello"
        assert alice.inbox[0].envelope.recipients == ("alice@example.test",)


def test_it_speaks_tls_from_the_start_on_another_port() -> None:
    with Sandbox() as sandbox, sandbox.transport(security="tls") as smtp:
        smtp.send(MESSAGE)
        assert len(sandbox.caught) == 1


def test_its_name_server_answers_from_the_zone() -> None:
    with Sandbox(zone=Zone({"example.test": {"TXT": ["v=spf1 -all"]}})) as sandbox:
        queries = [Query("example.test", "TXT"), Query("other.test", "TXT")]
        found, missing = run(resolve(sandbox.resolver, BlockingBackend(), queries))
        assert isinstance(found, Answer)
        assert found.texts == ("v=spf1 -all",)
        assert isinstance(missing, NxDomain)


def test_the_zone_can_be_exchanged() -> None:
    with Sandbox() as sandbox:
        sandbox.zone = Zone({"example.test": {"A": ["127.0.0.1"]}})
        (found,) = run(resolve(sandbox.resolver, BlockingBackend(), [Query("example.test", "A")]))
        assert isinstance(found, Answer)


def test_nothing_of_it_is_left_afterwards() -> None:
    before = threading.active_count()
    with Sandbox() as sandbox:
        port = sandbox.smtp_port
        assert port > 0
    assert threading.active_count() == before


def test_outside_its_block_there_is_nothing_to_talk_to() -> None:
    sandbox = Sandbox()
    for ask in (lambda: sandbox.smtp_port, lambda: sandbox.nameserver, sandbox.transport):
        with pytest.raises(ConfigurationError, match="does not run"):
            ask()
    with sandbox:
        pass
    with pytest.raises(ConfigurationError, match="does not run"):
        sandbox.transport(security="tls")


def test_two_live_side_by_side() -> None:
    with Sandbox() as one, Sandbox() as other:
        with one.transport() as smtp:
            smtp.send(MESSAGE)
        assert (len(one.caught), len(other.caught)) == (1, 0)


def test_it_runs_once() -> None:
    with Sandbox() as sandbox:
        pass
    with pytest.raises(ConfigurationError, match="make another"), sandbox:
        pass


def test_passwords_are_random_unless_given() -> None:
    with Sandbox() as sandbox:
        alice = sandbox.account("alice@example.test")
        bob = sandbox.account("bob@example.test")
        carol = sandbox.account("carol@example.test", password="known")
    assert alice.auth.secret != bob.auth.secret
    assert carol.auth.secret.reveal() == "known"
