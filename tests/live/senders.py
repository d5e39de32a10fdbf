"""Who sends in the probes of `test_defects`: mailcore, and the peers that people use, each as its own manual has it.

`ABSENT` are those that are not installed.
"""

import asyncio
import gc
import json
import smtplib
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any, NamedTuple, Protocol

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

__all__ = ["ABSENT", "CLIENTS", "RECIPIENT", "SENDER", "Client", "Mail", "Mailcore", "Sent"]

NODEMAILER = Path.home() / ".cache" / "mailcore-tests" / "nodemailer" / "node_modules" / "x.js"
TIMEOUT_SECONDS = 5
SENDER, RECIPIENT = "bot@example.com", "a@example.org"


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


class Client(Protocol):
    """One that sends; the options are `security`, `login` and `lmtp`."""

    name: str
    has_raw: bool
    has_lmtp: bool

    def send(self, port: int, *mails: Mail, **options: Any) -> Sent:
        """Send mails one after the other, as one would in a loop."""
        ...

    def send_raw(self, port: int, raw: bytes) -> None:
        """Send octets as they are."""
        ...


class Mailcore:
    """Ours."""

    name = "mailcore"
    has_raw = True
    has_lmtp = True

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
                timeout=TIMEOUT_SECONDS,
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

    def send_raw(self, port: int, raw: bytes) -> None:
        envelope = Envelope(mail_from=SENDER, recipients=RECIPIENT)
        with SMTPTransport("localhost", port, security="plain") as smtp:
            smtp.send(raw, envelope=envelope)


def compose(mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, mail.to, mail.subject
    message.set_content(mail.text, cte="8bit" if not mail.text.isascii() else None)
    if mail.filename:
        message.add_attachment("x", filename=mail.filename)
    return message


class Peer:
    """A peer by what sends with it, and gives those who were refused, as far as it tells."""

    def __init__(
        self,
        name: str,
        send: Callable[..., Iterable[str]],
        *,
        send_raw: Callable[[int, bytes], object] | None = None,
        has_lmtp: bool = False,
    ) -> None:
        self.name = name
        self._send = send
        self._send_raw = send_raw
        self.has_raw = send_raw is not None
        self.has_lmtp = has_lmtp

    def send(self, port: int, *mails: Mail, **options: Any) -> Sent:
        try:
            return Sent(refused=tuple(self._send(port, mails, **options)))
        except Exception as error:  # noqa: BLE001 - whatever it tells the caller
            return Sent(error)
        finally:
            gc.collect()  # else a socket that it has left open is found in somebody else's test

    def send_raw(self, port: int, raw: bytes) -> None:
        if self._send_raw is not None:
            self._send_raw(port, raw)


def _smtplib(
    port: int,
    mails: Iterable[Mail],
    *,
    security: str = "plain",
    login: tuple[str, str] | None = None,
    lmtp: bool = False,
) -> list[str]:
    kind: Any = smtplib.SMTP_SSL if security == "tls" else smtplib.SMTP
    smtp = smtplib.LMTP("localhost", port) if lmtp else kind("localhost", port)
    with closing(smtp):
        if security == "starttls":
            smtp.starttls()
        if login:
            smtp.login(*login)
        return [one for mail in mails for one in smtp.send_message(compose(mail))]


def _smtplib_raw(port: int, raw: bytes) -> None:
    with smtplib.SMTP("localhost", port) as smtp:
        smtp.sendmail(SENDER, [RECIPIENT], raw)


def _aiosmtplib(
    port: int,
    mails: Iterable[Mail],
    *,
    security: str = "plain",
    login: tuple[str, str] | None = None,
) -> list[str]:
    async def send() -> list[str]:
        refused: list[str] = []
        smtp = import_module("aiosmtplib").SMTP(
            hostname="localhost",
            port=port,
            use_tls=security == "tls",
            start_tls=security == "starttls",
        )
        async with smtp:
            if login:
                await smtp.login(*login)
            for mail in mails:
                refused += (await smtp.send_message(compose(mail)))[0]
        return refused

    return asyncio.run(send())


def _aiosmtplib_raw(port: int, raw: bytes) -> None:
    async def send() -> None:
        async with import_module("aiosmtplib").SMTP(hostname="localhost", port=port) as smtp:
            await smtp.sendmail(SENDER, [RECIPIENT], raw)

    asyncio.run(send())


def _redmail(
    port: int,
    mails: Iterable[Mail],
    *,
    security: str = "plain",
    login: tuple[str, str] | None = None,
) -> list[str]:
    sender = import_module("redmail").EmailSender(
        "localhost",
        port,
        *(login or ()),
        cls_smtp=smtplib.SMTP_SSL if security == "tls" else smtplib.SMTP,
        use_starttls=security == "starttls",
    )
    with sender:
        for mail in mails:
            sender.send(
                mail.subject,
                sender=mail.sender,
                receivers=mail.to,
                text=mail.text,
                attachments={mail.filename: b"x"} if mail.filename else None,
            )
    return []


def _yagmail(
    port: int,
    mails: Iterable[Mail],
    *,
    security: str = "plain",
    login: tuple[str, str] | None = None,
) -> list[str]:
    refused: list[str] = []
    user, password = login or (SENDER, None)
    smtp = import_module("yagmail").SMTP(
        user,
        password,
        "localhost",
        port,
        smtp_starttls=security == "starttls",
        smtp_ssl=security == "tls",
        smtp_skip_login=login is None,
        soft_email_validation=False,
    )
    with smtp:
        for mail in mails:
            files = _named_file(mail.filename) if mail.filename else None
            refused += smtp.send(mail.to, mail.subject, mail.text, attachments=files)
    return refused


def _named_file(name: str) -> BytesIO:
    file = BytesIO(b"x")
    file.name = name
    return file


def _emails(
    port: int,
    mails: Iterable[Mail],
    *,
    security: str = "plain",
    login: tuple[str, str] | None = None,
) -> list[str]:
    refused: list[str] = []
    user, password = login or (None, None)
    options = {
        "host": "localhost",
        "port": port,
        "ssl": security == "tls",
        "tls": security == "starttls",
        "user": user,
        "password": password,
    }
    backend = import_module("emails.backend").SMTPBackend(**options)
    with closing(backend):
        for mail in mails:
            message = import_module("emails").Message(
                mail_from=mail.sender, mail_to=mail.to, subject=mail.subject, text=mail.text
            )
            if mail.filename:
                message.attach(filename=mail.filename, data=b"x")
            response = message.send(smtp=backend)
            if response.error:
                raise response.error
            refused += response.refused_recipients
    return refused


def _envelope(
    port: int,
    mails: Iterable[Mail],
    *,
    security: str = "plain",
    login: tuple[str, str] | None = None,
) -> list[str]:
    envelope = import_module("envelope").Envelope
    user, password = login or (None, None)
    try:
        for mail in mails:
            message = envelope().from_(mail.sender).to(mail.to).subject(mail.subject)
            message = message.message(mail.text).smtp(
                "localhost",
                port,
                user,
                password,
                None if security == "plain" else security,
                TIMEOUT_SECONDS,
                delay=0.1,
            )
            if mail.filename:
                message = message.attach(b"x", name=mail.filename)
            if not message.send():
                raise RuntimeError("it was not sent")
    finally:
        envelope.smtp_quit()
    return []


def _django(
    port: int,
    mails: Iterable[Mail],
    *,
    security: str = "plain",
    login: tuple[str, str] | None = None,
) -> list[str]:
    with _django_mail() as mail_module:
        _django_send(mail_module, port, mails, security, login)
    return []


def _django_send(
    mail_module: Any,
    port: int,
    mails: Iterable[Mail],
    security: str,
    login: tuple[str, str] | None,
) -> None:
    connection = mail_module.get_connection(
        "django.core.mail.backends.smtp.EmailBackend",
        host="localhost",
        port=port,
        username=login[0] if login else None,
        password=login[1] if login else None,
        use_tls=security == "starttls",
        use_ssl=security == "tls",
        timeout=TIMEOUT_SECONDS,
    )
    with connection:
        for mail in mails:
            message = mail_module.EmailMessage(
                mail.subject, mail.text, mail.sender, mail.to, connection=connection
            )
            if mail.filename:
                message.attach(mail.filename, b"x", "application/octet-stream")
            message.send()


@contextmanager
def _django_mail() -> Iterator[Any]:
    """Configure Django, and leave it to others to do so again."""
    settings = import_module("django.conf").settings
    is_ours = not settings.configured
    if is_ours:
        settings.configure()
    try:
        yield import_module("django.core.mail")
    finally:
        if is_ours:
            settings._wrapped = import_module("django.utils.functional").empty


def _nodemailer(
    port: int,
    mails: Iterable[Mail],
    *,
    security: str = "plain",
    login: tuple[str, str] | None = None,
    lmtp: bool = False,
) -> list[str]:
    task = {
        "port": port,
        "security": security,
        "login": login,
        "lmtp": lmtp,
        "mails": [mail._asdict() for mail in mails],
    }
    script = Path(__file__).with_name("nodemailer.mjs")
    done = subprocess.run(
        ["node", str(script), str(NODEMAILER), json.dumps(task)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    told = json.loads(done.stdout)
    if told["error"]:
        raise RuntimeError(told["error"])
    return list(told["refused"])


def _is_installed(client: Client) -> bool:
    if client.name == "nodemailer":
        return which("node") is not None and NODEMAILER.parent.exists()
    return client.name == "mailcore" or find_spec(client.name) is not None


CLIENTS: dict[str, Client] = {
    client.name: client
    for client in (
        Mailcore(),
        Peer("smtplib", _smtplib, send_raw=_smtplib_raw, has_lmtp=True),
        Peer("aiosmtplib", _aiosmtplib, send_raw=_aiosmtplib_raw),
        Peer("redmail", _redmail),
        Peer("yagmail", _yagmail),
        Peer("emails", _emails),
        Peer("envelope", _envelope),
        Peer("django", _django),
        Peer("nodemailer", _nodemailer, has_lmtp=True),
    )
}
#: Those that are not on this machine.
ABSENT = [name for name, client in CLIENTS.items() if not _is_installed(client)]
