"""Eighteen defects that senders in Python have, as probes: mailcore has none, smtplib those that are listed.

Each probe sends through a scripted server, and looks at what went over the wire and at what the caller was
told. `python -m pytest tests/live/test_defects.py -rA` shows both columns; aiosmtplib's is there where it is
installed.
"""

import asyncio
import email.policy
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.parser import BytesParser
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import pytest

from mailcore import (
    TLS,
    Attachment,
    Envelope,
    LMTPTransport,
    MailcoreError,
    Message,
    Password,
    SMTPTransport,
)
from mailcore.errors import PartiallyRefused
from tests.certificates import Certificates
from tests.peers import Answer, Close, Peer, SMTPScript, read_line

SUBJECT = "每日销售报告" * 16
FILENAME = "季度报告" * 20 + ".txt"


class Mail(NamedTuple):
    """What a probe has sent."""

    to: list[str]
    sender: str = "bot@example.com"
    subject: str = "x"
    text: str = "hello\n"
    filename: str | None = None


class Sent(NamedTuple):
    """What the caller was told: an error, or who is known to be refused."""

    error: Exception | None = None
    refused: tuple[str, ...] = ()


class Mailcore:
    """Ours."""

    def send(self, port: int, *mails: Mail, **options: Any) -> Sent:
        auth = Password(*options["login"]) if "login" in options else None
        kind: Any = LMTPTransport if options.get("lmtp") else SMTPTransport
        security = options.get("security", "plain")
        try:
            with kind(
                "localhost",
                port,
                security=security,
                auth=auth,
                tls=options.get("tls", TLS()),
                allow_insecure_auth=True,
                timeout=5,
            ) as smtp:
                for mail in mails:
                    self._send(smtp, mail)
        except PartiallyRefused as error:
            return Sent(refused=tuple(error.receipt.rejected))
        except MailcoreError as error:
            return Sent(error)
        return Sent()

    def _send(self, smtp: Any, mail: Mail) -> None:
        files = [Attachment(filename=mail.filename, content=b"x")] if mail.filename else []
        smtp.send(
            Message(
                from_=mail.sender,
                to=mail.to,
                subject=mail.subject,
                text=mail.text,
                attachments=files,
            )
        )

    def send_raw(self, port: int, raw: bytes) -> Sent:
        envelope = Envelope(mail_from="bot@example.com", recipients="a@example.org")
        with SMTPTransport("localhost", port, security="plain") as smtp:
            smtp.send(raw, envelope=envelope)
        return Sent()


def compose(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, mail.to, mail.subject
    message.set_content(mail.text, cte="8bit" if not mail.text.isascii() else None)
    if mail.filename:
        message.add_attachment("x", filename=mail.filename)
    return message


class Smtplib:
    """The standard library's."""

    def send(self, port: int, *mails: Mail, **options: Any) -> Sent:
        refused: tuple[str, ...] = ()
        kind: Any = smtplib.LMTP if options.get("lmtp") else smtplib.SMTP
        if options.get("security") == "tls":
            kind = smtplib.SMTP_SSL
        smtp = None
        try:
            smtp = kind("localhost", port)
            if options.get("security") == "starttls":
                smtp.starttls()
            if "login" in options:
                smtp.login(*options["login"])
            for mail in mails:
                refused += tuple(smtp.send_message(compose(mail)))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return Sent(error)
        finally:
            if smtp is not None:
                smtp.close()
        return Sent(refused=refused)

    def send_raw(self, port: int, raw: bytes) -> Sent:
        with smtplib.SMTP("localhost", port) as smtp:
            smtp.sendmail("bot@example.com", ["a@example.org"], raw)
        return Sent()


class Aiosmtplib(Smtplib):
    """The one for asyncio."""

    def send(self, port: int, *mails: Mail, **options: Any) -> Sent:
        try:
            refused = asyncio.run(self._send(port, mails, options))
        except Exception as error:  # noqa: BLE001 - whatever it tells the caller
            return Sent(error)
        return Sent(refused=refused)

    async def _send(
        self, port: int, mails: tuple[Mail, ...], options: dict[str, Any]
    ) -> tuple[str, ...]:
        security = options.get("security")
        refused: tuple[str, ...] = ()
        smtp = import_module("aiosmtplib").SMTP(
            hostname="localhost",
            port=port,
            use_tls=security == "tls",
            start_tls=security == "starttls",
        )
        async with smtp:
            if "login" in options:
                await smtp.login(*options["login"])
            for mail in mails:
                refused += tuple((await smtp.send_message(compose(mail)))[0])
        return refused

    def send_raw(self, port: int, raw: bytes) -> Sent:
        async def send() -> None:
            async with import_module("aiosmtplib").SMTP(hostname="localhost", port=port) as smtp:
                await smtp.sendmail("bot@example.com", ["a@example.org"], raw)

        asyncio.run(send())
        return Sent()


Client = Mailcore | Smtplib


class Stage:
    """A server for one probe."""

    def __init__(self, client: Client, certificates: Certificates, start: Any) -> None:
        self.client = client
        self.certificates = certificates
        self.start: Callable[[Any], Peer] = start

    def send(self, *mails: Mail, script: SMTPScript | None = None, **options: Any) -> Any:
        """Send, and give what the caller was told and the script with what the server got."""
        script = script or SMTPScript()
        sent = self.client.send(self.start(script).port, *mails, **options)
        return sent, script

    def header(self, mail: Mail) -> tuple[bytes, EmailMessage]:
        """Give the header that was written, as octets and as the standard library reads it."""
        _, script = self.send(mail)
        raw = script.messages[0] if script.messages else b""
        parsed = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(raw)
        assert isinstance(parsed, EmailMessage)
        return raw.partition(b"\r\n\r\n")[0], parsed


def refuses_a_self_signed_certificate(stage: Stage) -> bool:
    got = [delivered_to_a_stranger(stage, security) for security in ("tls", "starttls")]
    assert isinstance(stage.client, Mailcore | Aiosmtplib) or all(got), "the probe reaches nobody"
    return not any(got)


def delivered_to_a_stranger(stage: Stage, security: str) -> list[bytes]:
    """Give what a server got that shows a certificate of its own making."""
    context = stage.certificates.server_context(stage.certificates.self_signed)
    script = SMTPScript(greeting=b"220 hi" if security == "tls" else b"250 hi")

    def converse(client: socket.socket) -> None:
        if security == "starttls":
            for answer in (b"220 hi", b"250-hi\r\n250 STARTTLS"):
                client.sendall(answer + b"\r\n")
                read_line(client)
            client.sendall(b"220 go\r\n")
        with suppress(ssl.SSLError), context.wrap_socket(client, server_side=True) as private:
            if security == "starttls":
                read_line(private)  # EHLO, which the script's greeting answers
            script(private)

    stage.client.send(stage.start(converse).port, Mail(["a@example.org"]), security=security)
    return script.messages


def sends_seven_bits_where_eight_are_not_taken(stage: Stage) -> bool:
    _, script = stage.send(
        Mail(["a@example.org"], text="héllo\n"), script=SMTPScript(EHLO=b"250 script")
    )
    return all(message.isascii() for message in script.messages)


def declares_eight_bits(stage: Stage) -> bool:
    script = SMTPScript()
    stage.client.send_raw(stage.start(script).port, "Subject: x\r\n\r\nhéllo\r\n".encode())
    (mail,) = [command for command in script.commands if command.upper().startswith("MAIL")]
    return "BODY=8BITMIME" in mail.upper()


def keeps_to_the_servers_size(stage: Stage) -> bool:
    sent, script = stage.send(
        Mail(["a@example.org"], text="hello\n" * 1000),
        script=SMTPScript(EHLO=b"250-script\r\n250 SIZE 1000"),
    )
    return sent.error is not None and script.messages == []


def tells_of_a_refused_recipient(stage: Stage) -> bool:
    answers: list[Answer] = [b"250 ok", b"550 no"]
    sent, script = stage.send(
        Mail(["a@example.org", "b@example.org"]), script=SMTPScript(RCPT=answers)
    )
    return sent.refused == ("b@example.org",) and len(script.messages) == 1


def introduces_itself_by_its_address(stage: Stage) -> bool:
    _, script = stage.send(Mail(["a@example.org"]))
    name = script.commands[0].split()[1]
    return name.startswith("[") or "." in name


def has_a_message_id_of_the_senders_domain(stage: Stage) -> bool:
    _, parsed = stage.header(Mail(["a@example.org"]))
    return str(parsed["Message-ID"] or "").endswith("@example.com>")


def has_a_date(stage: Stage) -> bool:
    return stage.header(Mail(["a@example.org"]))[1]["Date"] is not None


def keeps_a_long_chinese_subject(stage: Stage) -> bool:
    return str(stage.header(Mail(["a@example.org"], subject=SUBJECT))[1]["Subject"]) == SUBJECT


def folds_it(stage: Stage) -> bool:
    head, _ = stage.header(Mail(["a@example.org"], subject=SUBJECT))
    return max(map(len, head.splitlines())) <= 78


def folds_a_long_chinese_filename(stage: Stage) -> bool:
    _, script = stage.send(Mail(["a@example.org"], filename=FILENAME))
    return bool(script.messages) and max(map(len, script.messages[0].splitlines())) <= 78


def writes_an_international_domain_in_ascii(stage: Stage) -> bool:
    _, script = stage.send(Mail(["a@bücher.example"]))
    return any("TO:<a@xn--bcher-kva.example>" in command for command in script.commands)


def sends_to_an_international_address(stage: Stage) -> bool:
    script = SMTPScript(EHLO=b"250-script\r\n250-8BITMIME\r\n250 SMTPUTF8")
    stage.send(Mail(["用户@example.org"]), script=script)
    return any("TO:<用户@example.org>" in command for command in script.commands)


def replaces_a_connection_that_went_away(stage: Stage) -> bool:
    answers: list[Answer] = [b"250 ok", Close, b"250 ok"]
    _, script = stage.send(
        Mail(["a@example.org"]), Mail(["a@example.org"]), script=SMTPScript(MAIL=answers)
    )
    return len(script.messages) == 2


def refuses_two_at_signs(stage: Stage) -> bool:
    return not recipients_of(stage, "a@b@c.com")


def refuses_two_addresses_in_one(stage: Stage) -> bool:
    return not recipients_of(stage, "A <a@x.com> <b@y.com>")


def recipients_of(stage: Stage, to: str) -> list[str]:
    with suppress(ValueError):
        _, script = stage.send(Mail([to]))
        return [command for command in script.commands if command.upper().startswith("RCPT")]
    return []


def refuses_line_ends_in_a_filename(stage: Stage) -> bool:
    with suppress(ValueError):
        _, script = stage.send(Mail(["a@example.org"], filename="a\r\nX-Evil: 1"))
        return not any(re.search(rb"(?m)^X-Evil:", message) for message in script.messages)
    return True


def logs_in_with_a_password_that_is_not_ascii(stage: Stage) -> bool:
    script = SMTPScript(EHLO=b"250-script\r\n250 AUTH PLAIN", AUTH=b"235 ok")
    stage.send(Mail(["a@example.org"]), script=script, login=("me", "密码"))
    return "AUTH PLAIN AG1lAOWvhueggQ==" in script.commands


def keeps_in_step_over_lmtp(stage: Stage) -> bool:
    if isinstance(stage.client, Aiosmtplib):
        pytest.skip("it has no LMTP")
    taken = []

    def agent(client: socket.socket) -> None:
        client.sendall(b"220 agent\r\n")
        while (verb := read_line(client).split()[0].upper()) != b"QUIT":
            client.sendall(b"354 go on\r\n" if verb == b"DATA" else b"250 ok\r\n")
            if verb == b"DATA":
                while read_line(client) != b".\r\n":
                    pass
                taken.append(verb)
                client.sendall(b"250 one\r\n250 two\r\n")

    mail = Mail(["a@example.org", "b@example.org"])
    sent = stage.client.send(stage.start(agent).port, mail, mail, lmtp=True)
    return sent.error is None and len(taken) == 2


#: Each probe, and who has the defect.
PROBES: dict[Callable[[Stage], bool], set[type]] = {
    refuses_a_self_signed_certificate: {Smtplib},
    sends_seven_bits_where_eight_are_not_taken: {Smtplib},
    declares_eight_bits: {Smtplib, Aiosmtplib},
    keeps_to_the_servers_size: {Smtplib, Aiosmtplib},
    tells_of_a_refused_recipient: set(),
    introduces_itself_by_its_address: {Aiosmtplib},
    has_a_message_id_of_the_senders_domain: {Smtplib, Aiosmtplib},
    has_a_date: {Smtplib, Aiosmtplib},
    keeps_a_long_chinese_subject: set(),
    folds_it: set(),
    folds_a_long_chinese_filename: set(),
    writes_an_international_domain_in_ascii: {Smtplib, Aiosmtplib},
    sends_to_an_international_address: set(),
    replaces_a_connection_that_went_away: {Smtplib, Aiosmtplib},
    refuses_two_at_signs: {Smtplib, Aiosmtplib},
    refuses_two_addresses_in_one: {Smtplib, Aiosmtplib},
    refuses_line_ends_in_a_filename: set(),
    logs_in_with_a_password_that_is_not_ascii: {Smtplib},
    keeps_in_step_over_lmtp: {Smtplib},
}


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.__name__)
@pytest.mark.parametrize("client", [Mailcore, Smtplib, Aiosmtplib], ids=lambda kind: kind.__name__)
def test_defects(
    probe: Callable[[Stage], bool], client: type[Client], certificates: Certificates, peer: Any
) -> None:
    if client is Aiosmtplib and not find_spec("aiosmtplib"):
        pytest.skip("needs aiosmtplib")
    assert probe(Stage(client(), certificates, peer)) is (client not in PROBES[probe])
