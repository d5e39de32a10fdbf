"""What a hook is told of a conversation: everything but secrets and contents, and it can do no harm."""

import base64
import logging
from collections.abc import Callable
from urllib.parse import quote

import pytest

from mailcore.message import Message
from mailcore.reply import Reply
from mailcore.sandbox import Sandbox
from mailcore.sasl import Password
from mailcore.smtp.events import Closed, Connected, Event, Heard, Said, Secured
from tests.colours import Colour
from tests.peers import Conversation, Peer, SMTPScript

MESSAGE = Message(
    from_="bot@example.com", to="a@example.org", subject="x", text="what nobody else reads"
)
ME = Password("me@example.com", "hush hush/ü")


def test_a_trace_tells_the_conversation(
    colour: Colour, peer: Callable[[Conversation], Peer]
) -> None:
    told: list[Event] = []
    port = peer(SMTPScript()).port
    with colour.smtp("127.0.0.1", port, security="plain", on_event=told.append) as smtp:
        smtp.send(MESSAGE)
    assert told[0] == Connected(f"127.0.0.1:{port}")
    assert isinstance(told[1], Heard)
    commands = [event.command.split()[0] for event in told if isinstance(event, Said)]
    assert [*commands[:4], commands[-1]] == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
    assert told[-1] == Closed(f"127.0.0.1:{port}")


def test_a_message_is_told_of_by_its_length(
    colour: Colour, peer: Callable[[Conversation], Peer]
) -> None:
    told: list[Event] = []
    with colour.smtp(
        "127.0.0.1", peer(SMTPScript()).port, security="plain", on_event=told.append
    ) as smtp:
        smtp.send(MESSAGE)
    assert any(isinstance(event, Said) and "bytes)" in event.command for event in told)
    assert "what nobody else reads" not in "".join(map(str, told))


def test_tls_is_told_of(colour: Colour) -> None:
    told: list[Event] = []
    with Sandbox() as sandbox:
        alice = sandbox.account("alice@example.test")
        with colour.smtp(
            sandbox.host, sandbox.smtp_port, auth=alice.auth, tls=sandbox.tls, on_event=told.append
        ) as smtp:
            smtp.send(MESSAGE)
    (secured,) = [event for event in told if isinstance(event, Secured)]
    assert secured.version == "TLSv1.3"
    assert secured.cipher


@pytest.mark.parametrize("mechanism", [b"PLAIN", b"LOGIN", b"CRAM-MD5"])
def test_no_secret_is_in_a_trace_even_if_the_server_repeats_it(
    colour: Colour, peer: Callable[[Conversation], Peer], mechanism: bytes
) -> None:
    told: list[Event] = []
    script = SMTPScript(
        EHLO=b"250-script\r\n250 AUTH " + mechanism, AUTH=b"535 5.7.8 not you: hush hush/\xc3\xbc"
    )
    with colour.smtp(
        "127.0.0.1",
        peer(script).port,
        security="plain",
        auth=ME,
        allow_insecure_auth=True,
        on_event=told.append,
    ) as smtp:
        for outcome in smtp.send_many([MESSAGE]):
            assert outcome.error.stage == "AUTH"
    trace = "\n".join(map(str, told)) + repr(told)
    secret = ME.secret.reveal()
    plain = base64.b64encode(f"\0me@example.com\0{secret}".encode()).decode()
    for form in (secret, base64.b64encode(secret.encode()).decode(), plain, quote(secret)):
        assert form not in trace


def test_a_hook_that_fails_is_logged_and_does_no_harm(
    colour: Colour, peer: Callable[[Conversation], Peer], caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Event) -> None:
        raise LookupError("of the hook")

    with colour.smtp("127.0.0.1", peer(SMTPScript()).port, security="plain", on_event=fail) as smtp:
        assert smtp.send(MESSAGE).accepted == ("a@example.org",)
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert "of the hook" in caplog.text


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Connected("mx:25"), "mx:25 -- connected"),
        (Secured("mx:25", "TLSv1.3", "AES"), "mx:25 -- TLSv1.3 AES"),
        (Said("mx:25", "DATA"), "mx:25 C: DATA"),
        (Heard("mx:25", Reply(250, ("ok", "go"))), "mx:25 S: 250 ok go"),
        (Closed("mx:25"), "mx:25 -- closed"),
    ],
)
def test_an_event_is_a_line_of_a_trace(event: Event, line: str) -> None:
    assert str(event) == line
