import asyncio
import socket
import threading
import time
import traceback
from collections.abc import Callable
from io import BytesIO
from queue import SimpleQueue

import pytest

from mailcore.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionLost,
    ContentRefused,
    InvalidMessage,
    MailcoreError,
    OutcomeUnknown,
    PartiallyRefused,
    ProtocolBroken,
    RecipientsRefused,
    SenderRefused,
    ServiceRefused,
    STARTTLSInjected,
    STARTTLSUnavailable,
    TimedOut,
    Unsupported,
)
from mailcore.message import Attachment, Message
from mailcore.reply import Reply
from mailcore.sasl import Anonymous, OAuth2, Password
from mailcore.smtp import AsyncSMTPTransport, SMTPTransport
from mailcore.smtp.timeouts import Timeouts
from mailcore.transport import Envelope
from tests.colours import Colour
from tests.peers import (
    Answer,
    Close,
    Conversation,
    Peer,
    Silence,
    SMTPScript,
    read_line,
    read_to_the_end,
)

Start = Callable[[Conversation], Peer]

MESSAGE = Message(
    from_="bot@example.com", to=["a@example.org", "b@example.org"], subject="x", text="hello"
)
BIG = MESSAGE.replace(attachments=[Attachment(filename="big.bin", content=bytes(8_000_000))])
TO_A = Envelope(mail_from="bot@example.com", recipients="a@example.org")
ME = Password("me@example.com", "hush-hush")


def failure(
    colour: Colour, server: Peer, message: Message | bytes = MESSAGE, **options: object
) -> MailcoreError:
    """Give the error that sending to a server ends in."""
    options = {"security": "plain", "timeout": 5, **options}
    envelope = TO_A if isinstance(message, bytes) else None
    with (
        colour.smtp("127.0.0.1", server.port, **options) as smtp,
        pytest.raises(MailcoreError) as caught,
    ):
        smtp.send(message, envelope=envelope)
    assert caught.value.host == f"127.0.0.1:{server.port}"
    return caught.value


def converse_up_to_data(client: socket.socket) -> None:
    for answer in (b"220 hi", b"250 script", b"250 ok", b"250 ok", b"250 ok"):
        client.sendall(answer + b"\r\n")
        read_line(client)
    client.sendall(b"354 go on\r\n")


# --- greeting and EHLO ---


def test_a_greeting_that_is_no_welcome_is_a_service_refused(colour: Colour, peer: Start) -> None:
    error = failure(colour, peer(SMTPScript(greeting=b"554 go away")))
    assert type(error) is ServiceRefused
    assert (error.code, error.stage, error.retryable) == (554, "greeting", False)


def test_a_greeting_for_later_can_be_tried_again(colour: Colour, peer: Start) -> None:
    error = failure(colour, peer(SMTPScript(greeting=b"421 too busy")))
    assert type(error) is ServiceRefused
    assert error.retryable is True


def test_a_server_of_rfc_821_is_spoken_to_by_helo(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"502 not implemented")
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        smtp.send(MESSAGE)
    assert [command.split()[0] for command in script.commands[:3]] == ["EHLO", "HELO", "MAIL"]
    assert script.commands[2] == "MAIL FROM:<bot@example.com>"


def test_the_client_introduces_itself_by_its_own_address(colour: Colour, peer: Start) -> None:
    script = SMTPScript()
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        smtp.send(MESSAGE)
    assert script.commands[0] == "EHLO [127.0.0.1]"


def test_the_client_can_be_given_a_name(colour: Colour, peer: Start) -> None:
    script = SMTPScript()
    port = peer(script).port
    with colour.smtp("127.0.0.1", port, security="plain", local_name="crawler.example") as smtp:
        smtp.send(MESSAGE)
    assert script.commands[0] == "EHLO crawler.example"


def test_nonsense_breaks_the_protocol(colour: Colour, peer: Start) -> None:
    error = failure(colour, peer(SMTPScript(greeting=b"+OK POP3 ready")))
    assert type(error) is ProtocolBroken


# --- STARTTLS ---


def test_a_stripped_starttls_is_refused_before_anything_is_said(
    colour: Colour, peer: Start
) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 AUTH PLAIN LOGIN")
    error = failure(colour, peer(script), security="starttls", auth=ME)
    assert type(error) is STARTTLSUnavailable
    assert error.hint is not None
    assert [command.split()[0] for command in script.commands] == ["EHLO", "QUIT"]


def test_a_starttls_that_is_offered_and_refused_is_unavailable(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 STARTTLS", STARTTLS=b"454 not now")
    error = failure(colour, peer(script), security="starttls", auth=ME)
    assert type(error) is STARTTLSUnavailable
    assert error.retryable is True


def test_replies_injected_behind_starttls_are_refused(colour: Colour, peer: Start) -> None:
    script = SMTPScript(
        EHLO=b"250-script\r\n250 STARTTLS", STARTTLS=b"220 go\r\n250-forged\r\n250 AUTH PLAIN"
    )
    error = failure(colour, peer(script), security="starttls", auth=ME)
    assert type(error) is STARTTLSInjected
    assert not any("AUTH" in command for command in script.commands)


def test_a_password_is_not_sent_in_the_clear_where_starttls_is_not_offered(
    colour: Colour, peer: Start
) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 AUTH PLAIN LOGIN")
    error = failure(colour, peer(script), security="opportunistic", auth=ME)
    assert type(error) is STARTTLSUnavailable
    assert [command.split()[0] for command in script.commands] == ["EHLO", "QUIT"]


def test_an_opportunist_without_a_password_sends_in_the_clear(colour: Colour, peer: Start) -> None:
    script = SMTPScript()
    with colour.smtp("127.0.0.1", peer(script).port, security="opportunistic") as smtp:
        assert smtp.send(MESSAGE).reply.code == 250


# --- AUTH ---


def authenticated(script: SMTPScript, colour: Colour, peer: Start) -> MailcoreError:
    return failure(colour, peer(script), auth=ME, allow_insecure_auth=True)


def test_a_refused_password_is_an_authentication_failed_in_the_servers_words(
    colour: Colour, peer: Start
) -> None:
    script = SMTPScript(
        EHLO=b"250-script\r\n250 AUTH PLAIN", AUTH="535 请使用授权码登录".encode("gb18030")
    )
    error = authenticated(script, colour, peer)
    assert type(error) is AuthenticationFailed
    assert "请使用授权码登录" in str(error)
    assert error.command == "AUTH PLAIN ***"
    assert error.retryable is False


def test_a_server_that_repeats_the_password_does_not_get_it_into_the_error(
    colour: Colour, peer: Start
) -> None:
    answer = b"535 what is AUTH PLAIN AG1lQGV4YW1wbGUuY29tAGh1c2gtaHVzaA==?"
    script = SMTPScript(EHLO=b"250-script\r\n250 AUTH PLAIN", AUTH=answer)
    error = authenticated(script, colour, peer)
    assert error.reply == Reply(535, ("what is AUTH PLAIN ***?",))


def test_authentication_that_fails_for_now_can_be_tried_again(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 AUTH PLAIN", AUTH=b"454 4.7.0 later")
    assert authenticated(script, colour, peer).retryable is True


def test_a_server_without_authentication_is_no_place_for_a_password(
    colour: Colour, peer: Start
) -> None:
    error = authenticated(SMTPScript(), colour, peer)
    assert type(error) is AuthenticationFailed
    assert error.stage == "AUTH"


def test_login_is_spoken_where_plain_is_not(colour: Colour, peer: Start) -> None:
    user, password = "bWVAZXhhbXBsZS5jb20=", "aHVzaC1odXNo"
    answers: dict[str, Answer | list[Answer]] = {
        "EHLO": b"250-script\r\n250 AUTH LOGIN",
        "AUTH": b"334 VXNlcm5hbWU6",
        user.upper(): b"334 UGFzc3dvcmQ6",
        password.upper(): b"235 welcome",
    }
    script = SMTPScript(**answers)
    options = {"security": "plain", "auth": ME, "allow_insecure_auth": True}
    with colour.smtp("127.0.0.1", peer(script).port, **options) as smtp:
        smtp.send(MESSAGE)
    assert script.commands[1:4] == ["AUTH LOGIN", user, password]


def test_a_server_that_asks_for_too_much_is_told_to_stop(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 AUTH PLAIN", AUTH=b"334 bW9yZT8=")
    assert type(authenticated(script, colour, peer)) is AuthenticationFailed


XOAUTH2 = "dXNlcj1tZUBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciBodXNoLWh1c2gBAQ=="


def test_a_refused_token_is_an_authentication_failed_with_the_servers_reason(
    colour: Colour, peer: Start
) -> None:
    answers: dict[str, Answer | list[Answer]] = {
        "EHLO": b"250-script\r\n250 AUTH XOAUTH2",
        "AUTH": b"334 eyJzdGF0dXMiOiI0MDAifQ==",
        "": b"535 5.7.8 no hush-hush",
    }
    script = SMTPScript(**answers)
    auth = OAuth2("me@example.com", "hush-hush")
    error = failure(colour, peer(script), auth=auth, allow_insecure_auth=True)
    assert type(error) is AuthenticationFailed
    assert "not accepted (status 400): 535 5.7.8 no ***" in str(error)
    assert script.commands[1:3] == [f"AUTH XOAUTH2 {XOAUTH2}", ""]


def test_a_token_that_is_refused_is_replaced_once_on_a_new_connection(
    colour: Colour, peer: Start
) -> None:
    script = SMTPScript(
        EHLO=b"250-script\r\n250 AUTH XOAUTH2", AUTH=[b"535 5.7.8 over", b"235 welcome"]
    )
    tokens = ["old", "hush-hush"]
    auth = OAuth2("me@example.com", lambda: tokens.pop(0))
    server = peer(script)
    options = {"security": "plain", "auth": auth, "allow_insecure_auth": True}
    with colour.smtp("127.0.0.1", server.port, **options) as smtp:
        smtp.send(MESSAGE)
    assert (tokens, server.connections) == ([], 2)
    assert f"AUTH XOAUTH2 {XOAUTH2}" in script.commands


@pytest.mark.parametrize("reply", [b"535 5.7.8 over", b"454 4.7.0 later"])
def test_the_same_token_is_not_said_twice(colour: Colour, peer: Start, reply: bytes) -> None:
    server = peer(SMTPScript(EHLO=b"250-script\r\n250 AUTH XOAUTH2", AUTH=reply))
    auth = OAuth2("me@example.com", lambda: "hush-hush")
    error = failure(colour, server, auth=auth, allow_insecure_auth=True)
    assert type(error) is AuthenticationFailed
    assert server.connections == 1


def test_a_server_that_lets_us_in_without_its_proof_is_left(colour: Colour, peer: Start) -> None:
    server = peer(SMTPScript(EHLO=b"250-script\r\n250 AUTH SCRAM-SHA-256", AUTH=b"235 welcome"))
    error = failure(colour, server, auth=ME, allow_insecure_auth=True)
    assert type(error) is AuthenticationFailed
    assert "without a proof" in str(error)


def test_nobody_in_particular_needs_no_privacy(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 AUTH ANONYMOUS", AUTH=b"235 welcome")
    with colour.smtp("127.0.0.1", peer(script).port, security="plain", auth=Anonymous("x")) as smtp:
        smtp.send(MESSAGE)
    assert script.commands[1] == "AUTH ANONYMOUS eA=="


@pytest.mark.parametrize("mechanism", [b"PLAIN", b"LOGIN", b"CRAM-MD5", b"SCRAM-SHA-1"])
def test_no_traceback_shows_the_password(colour: Colour, peer: Start, mechanism: bytes) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 AUTH " + mechanism, AUTH=Close)
    error = authenticated(script, colour, peer)
    seen = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    for form in ("hush-hush", "AG1lQGV4YW1wbGUuY29tAGh1c2gtaHVzaA", "aHVzaC1odXNo"):
        assert form not in seen.replace('Password("me@example.com", "hush-hush")', "")


# --- MAIL and RCPT ---


def test_a_refused_sender_is_named_as_such(colour: Colour, peer: Start) -> None:
    error = failure(colour, peer(SMTPScript(MAIL=b"553 5.7.1 not yours")))
    assert type(error) is SenderRefused
    assert (error.stage, str(error.enhanced_code)) == ("MAIL", "5.7.1")
    assert error.command == "MAIL FROM:<bot@example.com>"


def test_refused_recipients_each_keep_their_reply(colour: Colour, peer: Start) -> None:
    script = SMTPScript(RCPT=[b"550 5.1.1 nobody", b"451 4.7.1 greylisted"])
    error = failure(colour, peer(script))
    assert isinstance(error, RecipientsRefused)
    assert {to: reply.code for to, reply in error.rejected.items()} == {
        "a@example.org": 550,
        "b@example.org": 451,
    }
    assert error.retryable is True
    assert error.command == "RCPT TO:<a@example.org>"
    assert not script.messages


def test_some_refused_recipients_are_an_error_with_the_receipt(colour: Colour, peer: Start) -> None:
    script = SMTPScript(RCPT=[b"250 ok", b"550 5.1.1 nobody"])
    error = failure(colour, peer(script))
    assert isinstance(error, PartiallyRefused)
    assert error.receipt.accepted == ("a@example.org",)
    assert error.receipt.rejected["b@example.org"].code == 550
    assert error.recipient == "b@example.org"
    assert len(script.messages) == 1


def test_some_refused_for_now_are_not_retryable_as_a_whole(colour: Colour, peer: Start) -> None:
    """The same call would deliver twice to those accepted."""
    error = failure(colour, peer(SMTPScript(RCPT=[b"250 ok", b"450 4.2.1 later"])))
    assert type(error) is PartiallyRefused
    assert error.retryable is False


def test_some_refused_recipients_can_be_allowed(colour: Colour, peer: Start) -> None:
    script = SMTPScript(RCPT=[b"250 ok", b"550 5.1.1 nobody"])
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        receipt = smtp.send(MESSAGE, allow_partial=True)
    assert list(receipt.rejected) == ["b@example.org"]


def test_after_a_refusal_the_connection_serves_the_next_message(
    colour: Colour, peer: Start
) -> None:
    script = SMTPScript(RCPT=[b"550 no", b"550 no", b"250 ok"])
    server = peer(script)
    with colour.smtp("127.0.0.1", server.port, security="plain") as smtp:
        with pytest.raises(RecipientsRefused):
            smtp.send(MESSAGE)
        assert smtp.send(MESSAGE).accepted == ("a@example.org", "b@example.org")
    assert server.connections == 1
    assert [command.split()[0] for command in script.commands].count("RSET") == 1


# --- what is asked of the server ---


def test_a_message_above_size_is_refused_here(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 SIZE 100")
    error = failure(colour, peer(script))
    assert type(error) is ContentRefused
    assert error.code is None
    assert not any(command.startswith("MAIL") for command in script.commands)


def test_a_message_of_just_the_size_is_sent(colour: Colour, peer: Start) -> None:
    raw = b"Subject: x\r\n\r\nhello\r\n"
    script = SMTPScript(EHLO=f"250-script\r\n250 SIZE {len(raw)}".encode())
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        assert smtp.send(raw, envelope=TO_A).reply.code == 250


def test_the_size_is_declared(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250 SIZE")
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        smtp.send(b"Subject: x\r\n\r\nhello\r\n", envelope=TO_A)
    assert script.commands[1] == "MAIL FROM:<bot@example.com> SIZE=21"


def test_eight_bits_are_declared(colour: Colour, peer: Start) -> None:
    script = SMTPScript()
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        smtp.send("Subject: x\r\n\r\nhéllo\r\n".encode(), envelope=TO_A)
    assert script.commands[1] == "MAIL FROM:<bot@example.com> BODY=8BITMIME"
    assert script.messages == ["Subject: x\r\n\r\nhéllo\r\n".encode()]


def test_eight_bits_are_not_sent_to_a_server_that_does_not_take_them(
    colour: Colour, peer: Start
) -> None:
    script = SMTPScript(EHLO=b"250 script")
    error = failure(colour, peer(script), "Subject: x\r\n\r\nhéllo\r\n".encode())
    assert type(error) is Unsupported
    assert "8BITMIME" in str(error)


def test_an_international_address_needs_a_server_that_knows_them(
    colour: Colour, peer: Start
) -> None:
    error = failure(colour, peer(SMTPScript()), MESSAGE.replace(to="用户@example.org"))
    assert type(error) is Unsupported
    assert "SMTPUTF8" in str(error)


def test_an_international_address_is_declared(colour: Colour, peer: Start) -> None:
    script = SMTPScript(EHLO=b"250-script\r\n250-8BITMIME\r\n250 SMTPUTF8")
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        smtp.send(MESSAGE.replace(to="用户@example.org"))
    assert script.commands[1] == "MAIL FROM:<bot@example.com> BODY=8BITMIME SMTPUTF8"
    assert script.commands[2] == "RCPT TO:<用户@example.org>"


# --- DATA ---


def test_dots_arrive_as_they_were(colour: Colour, peer: Start) -> None:
    raw = b"Subject: x\r\n\r\n.\r\n..two\r\n.end\r\n"
    script = SMTPScript()
    with colour.smtp("127.0.0.1", peer(script).port, security="plain") as smtp:
        smtp.send(raw, envelope=TO_A)
    assert script.messages == [raw.replace(b"\n.", b"\n..")]


def test_a_refused_data_is_a_refused_content(colour: Colour, peer: Start) -> None:
    error = failure(colour, peer(SMTPScript(DATA=b"554 no valid recipients")))
    assert type(error) is ContentRefused
    assert error.stage == "DATA"


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("greeting", b"250 hello"),
        ("EHLO", b"354 what?"),
        ("MAIL", b"354 what?"),
        ("RCPT", b"334 what?"),
        ("DATA", b"250 taken, although nothing was said"),
    ],
)
def test_an_answer_out_of_step_is_never_taken_for_success(
    colour: Colour, peer: Start, verb: str, answer: bytes
) -> None:
    script = SMTPScript(**{verb: answer})
    error = failure(colour, peer(script))
    assert type(error) is ProtocolBroken
    assert error.stage == verb
    assert not script.messages


def test_a_strange_answer_to_the_message_leaves_the_outcome_unknown(
    colour: Colour, peer: Start
) -> None:
    assert type(failure(colour, peer(SMTPScript(dot=b"354 go on")))) is OutcomeUnknown


def test_a_message_refused_at_its_end_is_a_refused_content(colour: Colour, peer: Start) -> None:
    error = failure(colour, peer(SMTPScript(dot=b"554 5.7.1 spam")))
    assert type(error) is ContentRefused
    assert str(error.enhanced_code) == "5.7.1"


def test_a_connection_closed_after_the_end_of_data_leaves_the_outcome_unknown(
    colour: Colour, peer: Start
) -> None:
    script = SMTPScript(dot=Close)
    server = peer(script)
    error = failure(colour, server)
    assert type(error) is OutcomeUnknown
    assert error.retryable is False
    assert len(script.messages) == 1
    assert server.connections == 1


def test_silence_after_the_end_of_data_leaves_the_outcome_unknown(
    colour: Colour, peer: Start
) -> None:
    error = failure(colour, peer(SMTPScript(dot=Silence)), timeout=Timeouts(data_end=0.1))
    assert type(error) is OutcomeUnknown
    assert isinstance(error.__cause__, TimedOut)


def test_a_connection_lost_within_the_data_is_known_to_have_failed(
    colour: Colour, peer: Start
) -> None:
    def break_off(client: socket.socket) -> None:
        converse_up_to_data(client)
        client.recv(10000)

    error = failure(colour, peer(break_off), BIG)
    assert type(error) is ConnectionLost
    assert error.retryable is True
    assert error.stage == "DATA"


def test_an_early_reply_within_the_data_decides(colour: Colour, peer: Start) -> None:
    """A server that has enough says so and closes while the client still writes."""

    def cut_short(client: socket.socket) -> None:
        converse_up_to_data(client)
        client.recv(10000)
        client.sendall(b"552 5.3.4 too much\r\n")
        client.shutdown(socket.SHUT_RDWR)

    error = failure(colour, peer(cut_short), BIG)
    assert type(error) is ContentRefused
    assert error.code == 552


def test_a_source_that_fails_half_way_never_ends_the_message(colour: Colour, peer: Start) -> None:
    class Failing(BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            raise OSError("the disk is gone")

    sources = [BytesIO(bytes(1000)), Failing()]  # one to be measured, one to be sent
    received: SimpleQueue[bytes] = SimpleQueue()

    def listen(client: socket.socket) -> None:
        converse_up_to_data(client)
        received.put(read_to_the_end(client))

    attachment = Attachment(filename="disk.bin", content=lambda: sources.pop(0))
    message = MESSAGE.replace(attachments=[attachment])
    with (
        colour.smtp("127.0.0.1", peer(listen).port, security="plain") as smtp,
        pytest.raises(InvalidMessage, match=r"'disk\.bin' can't be read: the disk is gone"),
    ):
        smtp.send(message)
    assert not received.get(timeout=5).endswith(b".\r\n")


# --- staying in step ---


def test_a_server_that_does_not_forget_a_transaction_gets_another_connection(
    colour: Colour, peer: Start
) -> None:
    """Else the next message would go to the last one's recipients as well."""
    script = SMTPScript(DATA=[b"451 later", b"354 go on"], RSET=b"451 no")
    server = peer(script)
    with colour.smtp("127.0.0.1", server.port, security="plain") as smtp:
        with pytest.raises(ContentRefused):
            smtp.send(MESSAGE)
        assert smtp.send(MESSAGE).reply.code == 250
    assert server.connections == 2


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next(
    colour: Colour, peer: Start
) -> None:
    script = SMTPScript(DATA=b"354 go on\r\n250 2.0.0 stray", dot=b"554 5.7.1 rejected")
    error = failure(colour, peer(script))
    assert type(error) is ProtocolBroken
    assert not script.messages


@pytest.mark.parametrize("verb", ["RCPT", "DATA"])
def test_a_reused_connection_that_breaks_within_a_message_is_not_replaced(
    colour: Colour, peer: Start, verb: str
) -> None:
    good = b"354 go on" if verb == "DATA" else b"250 ok"
    answers: dict[str, Answer | list[Answer]] = {verb: [good, good, Close]}
    if verb == "DATA":
        answers = {verb: [good, Close]}
    server = peer(SMTPScript(**answers))
    with colour.smtp("127.0.0.1", server.port, security="plain") as smtp:
        smtp.send(MESSAGE)
        with pytest.raises(ConnectionLost) as caught:
            smtp.send(MESSAGE)
    assert caught.value.stage == verb
    assert server.connections == 1


def test_an_attachment_that_sends_by_the_same_transport_is_an_error_and_no_deadlock(
    peer: Start,
) -> None:
    script = SMTPScript()
    with SMTPTransport("127.0.0.1", peer(script).port, security="plain") as smtp:
        calls: list[int] = []

        def content() -> BytesIO:
            calls.append(1)
            if len(calls) > 1:  # measured once, sent after that
                smtp.send(MESSAGE)
            return BytesIO(b"content")

        nested = MESSAGE.replace(attachments=[Attachment(filename="x", content=content)])
        with pytest.raises(ConfigurationError, match="same thread"):
            smtp.send(nested)
        assert smtp.send(MESSAGE).reply.code == 250


def test_starting_tls_has_a_time_of_its_own(colour: Colour, peer: Start) -> None:
    def fall_silent(client: socket.socket) -> None:
        for answer in (b"220 hi", b"250-script\r\n250 STARTTLS"):
            client.sendall(answer + b"\r\n")
            read_line(client)
        client.sendall(b"220 go\r\n")
        read_to_the_end(client)

    begun = time.monotonic()
    error = failure(colour, peer(fall_silent), security="starttls", timeout=Timeouts(tls=0.1))
    assert type(error) is TimedOut
    assert time.monotonic() - begun < 10


def test_each_piece_of_a_message_has_a_time_of_its_own(colour: Colour, peer: Start) -> None:
    done = threading.Event()

    def stop_reading(client: socket.socket) -> None:
        converse_up_to_data(client)
        done.wait(30)

    error = failure(colour, peer(stop_reading), BIG, timeout=Timeouts(data_block=0.2))
    done.set()
    assert type(error) is TimedOut
    assert error.stage == "DATA"


def test_a_late_answer_is_never_taken_for_another_ones(colour: Colour, peer: Start) -> None:
    """After a timeout the stream is out of step: it is closed, and the next message has a new one."""
    late = SMTPScript(MAIL=[Silence, b"250 ok"])
    server = peer(late)
    with colour.smtp(
        "127.0.0.1", server.port, security="plain", timeout=Timeouts(command=0.1)
    ) as smtp:
        with pytest.raises(TimedOut) as caught:
            smtp.send(MESSAGE)
        assert caught.value.stage == "MAIL"
        assert smtp.send(MESSAGE).reply.text == "2.0.0 taken"
    assert server.connections == 2


def test_a_trickle_does_not_extend_a_deadline(colour: Colour, peer: Start) -> None:
    def trickle(client: socket.socket) -> None:
        while True:
            client.sendall(b"220-x\r\n"[:3])
            time.sleep(0.01)

    begun = time.monotonic()
    error = failure(colour, peer(trickle), timeout=0.2)
    assert isinstance(error, TimedOut | ProtocolBroken)
    assert time.monotonic() - begun < 3


def test_421_ends_the_session_whatever_was_asked(colour: Colour, peer: Start) -> None:
    error = failure(colour, peer(SMTPScript(RCPT=b"421 4.3.2 shutting down")))
    assert type(error) is ServiceRefused
    assert (error.stage, error.retryable) == ("RCPT", True)


def test_421_in_answer_to_the_message_ends_the_session_too(colour: Colour, peer: Start) -> None:
    server = peer(SMTPScript(dot=[b"421 4.3.2 shutting down", b"250 taken"]))
    with colour.smtp("127.0.0.1", server.port, security="plain") as smtp:
        with pytest.raises(ServiceRefused):
            smtp.send(MESSAGE)
        assert smtp.send(MESSAGE).reply.code == 250
    assert server.connections == 2


def test_a_cancelled_send_closes_its_connection(peer: Start) -> None:
    script = SMTPScript(MAIL=[Silence, b"250 ok"])
    server = peer(script)

    async def scenario() -> int:
        async with AsyncSMTPTransport("127.0.0.1", server.port, security="plain") as smtp:
            sending = asyncio.ensure_future(smtp.send(MESSAGE))
            await asyncio.to_thread(script.wait_for, "MAIL")
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            return (await smtp.send(MESSAGE)).reply.code

    assert asyncio.run(scenario()) == 250
    assert server.connections == 2


def test_a_quit_without_an_answer_changes_nothing(colour: Colour, peer: Start) -> None:
    server = peer(SMTPScript(QUIT=Silence))
    timeouts = Timeouts(quit=0.05)
    with colour.smtp("127.0.0.1", server.port, security="plain", timeout=timeouts) as smtp:
        receipt = smtp.send(MESSAGE)
    assert receipt.reply.code == 250
