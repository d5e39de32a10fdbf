"""Eighteen defects that senders have, as probes: mailcore has none, its peers those that are listed.

Each probe sends through a scripted server, and looks at what went over the wire and at what the caller was
told. `python -m pytest tests/live/test_defects.py -rA` shows a line for each probe and sender.
"""

import email.policy
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import pytest

from tests.certificates import Certificates
from tests.live.senders import ABSENT, CLIENTS, Client, Mail
from tests.peers import Answer, Close, Peer, SMTPScript, read_line

SUBJECT = "每日销售报告" * 16
FILENAME = "季度报告" * 20 + ".txt"


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
    refused = [command for command in script.commands if command.upper().startswith("RCPT")][-1]
    told = [f"<{one}>" in refused for one in sent.refused]  # not all keep the order
    return told == [True] and len(script.messages) == 1


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


#: Each probe, and who has the defect, in the versions that are tested beside.
PROBES: dict[Callable[[Stage], bool], set[str]] = {
    refuses_a_self_signed_certificate: {"smtplib", "redmail", "yagmail", "emails"},
    sends_seven_bits_where_eight_are_not_taken: {"smtplib", "redmail", "envelope", "django"},
    declares_eight_bits: {"smtplib", "aiosmtplib"},
    keeps_to_the_servers_size: {
        "smtplib",
        "aiosmtplib",
        "redmail",
        "yagmail",
        "emails",
        "envelope",
        "django",
        "nodemailer",
    },
    tells_of_a_refused_recipient: {"redmail", "envelope", "django"},
    introduces_itself_by_its_address: {"aiosmtplib", "emails", "django"},
    has_a_message_id_of_the_senders_domain: {
        "smtplib",
        "aiosmtplib",
        "redmail",
        "yagmail",
        "emails",
        "envelope",
        "django",
    },
    has_a_date: {"smtplib", "aiosmtplib"},
    keeps_a_long_chinese_subject: {"django"},
    folds_it: {"yagmail"},
    folds_a_long_chinese_filename: {"yagmail", "emails", "django"},
    writes_an_international_domain_in_ascii: {
        "smtplib",
        "aiosmtplib",
        "redmail",
        "yagmail",
        "envelope",
    },
    sends_to_an_international_address: {"yagmail", "emails", "django"},
    replaces_a_connection_that_went_away: {"smtplib", "aiosmtplib", "redmail", "django"},
    refuses_two_at_signs: {"smtplib", "aiosmtplib", "redmail", "yagmail", "envelope", "nodemailer"},
    refuses_two_addresses_in_one: {
        "smtplib",
        "aiosmtplib",
        "redmail",
        "yagmail",
        "emails",
        "envelope",
        "nodemailer",
    },
    refuses_line_ends_in_a_filename: {"redmail"},
    logs_in_with_a_password_that_is_not_ascii: {
        "smtplib",
        "redmail",
        "yagmail",
        "emails",
        "envelope",
        "django",
    },
    keeps_in_step_over_lmtp: {"smtplib"},
}
#: What some cannot do at all: send octets as they are, or speak LMTP.
NEEDS: dict[Callable[[Stage], bool], Callable[[Client], bool]] = {
    declares_eight_bits: lambda client: client.has_raw,
    keeps_in_step_over_lmtp: lambda client: client.has_lmtp,
}
#: Some leave sockets open, or call what is deprecated.
AS_THEY_ARE = pytest.mark.filterwarnings("ignore")
CASES = [
    pytest.param(
        probe,
        client,
        id=f"{probe.__name__}-{client.name}",
        marks=[AS_THEY_ARE] if client.name != "mailcore" else [],
    )
    for probe in PROBES
    for client in CLIENTS.values()
    if probe not in NEEDS or NEEDS[probe](client)
]


@pytest.mark.parametrize(("probe", "client"), CASES)
def test_defects(
    probe: Callable[[Stage], bool], client: Client, certificates: Certificates, peer: Any
) -> None:
    if client.name in ABSENT:
        pytest.skip(f"{client.name} is not installed")
    has_defect = not probe(Stage(client, certificates, peer))
    assert has_defect is (client.name in PROBES[probe])
