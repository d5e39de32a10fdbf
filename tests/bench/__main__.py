"""Ratios against the standard library, in one run: `python -m tests.bench`.

Absolute times differ between machines and hours; a ratio of medians, taken in turns in one process,
holds. Nothing here is a test: no time ever fails one.
"""

import asyncio
import email
import email.policy
import os
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage

from mailcore import AsyncSMTPTransport, Attachment, Message, SMTPTransport, parse
from mailcore.transport import Envelope
from tests.live.servers import free_port, wait_for_greeting

ROUNDS = 7
TEXT = "見附件，謝謝。\nThe numbers are attached.\n" * 20
HTML = f"<h2>報告</h2><p>{TEXT}</p>"
PDF = os.urandom(20_000)

Job = Callable[[], object]


def main() -> None:
    """Measure, and print the table."""
    print(f"{'job':<42} {'mailcore':>12} {'peer':>12}  {'ratio':>6}  peer")
    measure("compose text, html and 20 kB", compose_mailcore, compose_stdlib, "email")
    raw = compose_mailcore()
    measure(
        "parse: subject, from, to, date", lambda: headers(raw), lambda: std_headers(raw), "email"
    )
    measure("parse: text, html, attachment", lambda: bodies(raw), lambda: std_bodies(raw), "email")
    with sink() as port:
        send(port, raw)
    imports()


def measure(what: str, ours: Job, theirs: Job, peer: str, *, calls: int = 100) -> None:
    """Time both in turns, and print a row; the ratio is how many times faster ours is."""
    mine: list[float] = []
    others: list[float] = []
    for _ in range(ROUNDS):
        for job, times in ((ours, mine), (theirs, others)):
            begun = time.perf_counter()
            for _ in range(calls):
                job()
            times.append((time.perf_counter() - begun) / calls)
    ratio = statistics.median(b / a for a, b in zip(mine, others, strict=True))
    row = [f"{statistics.median(times) * 1e6:9.1f} µs" for times in (mine, others)]
    print(f"{what:<42} {row[0]:>12} {row[1]:>12}  {ratio:5.1f}x  {peer}")


def compose_mailcore() -> bytes:
    """Compose and serialise a mail."""
    return Message(
        from_="報表 <bot@example.com>",
        to=["王芳 <fang@example.org>", "ops@example.org"],
        subject="今日報告",
        text=TEXT,
        html=HTML,
        attachments=[Attachment(filename="報告.pdf", content=PDF)],
    ).to_bytes()


def compose_stdlib() -> bytes:
    """Compose and serialise the same mail."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "報表 <bot@example.com>"
    message["To"] = "王芳 <fang@example.org>, ops@example.org"
    message["Subject"] = "今日報告"
    message.set_content(TEXT)
    message.add_alternative(HTML, subtype="html")
    message.add_attachment(PDF, maintype="application", subtype="pdf", filename="報告.pdf")
    return message.as_bytes()


def headers(raw: bytes) -> object:
    """Read the headers that a list of mails shows."""
    mail = parse(raw)
    return mail.subject, mail.from_, mail.to, mail.date


def std_headers(raw: bytes) -> object:
    """Read the same."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    return mail["subject"], mail["from"], mail["to"], mail["date"]


def bodies(raw: bytes) -> object:
    """Read the bodies and the attachment."""
    mail = parse(raw)
    return mail.text, mail.html, mail.attachments[0].content


def std_bodies(raw: bytes) -> object:
    """Read the same."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    parts = [part.get_content() for part in mail.iter_parts() if not part.is_multipart()]
    return mail.get_body(), parts


@contextmanager
def sink() -> Iterator[int]:
    """Start Postfix's smtp-sink, which takes mail and drops it."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen(["smtp-sink", *user, f"127.0.0.1:{port}", "100"]) as process:
        wait_for_greeting(port, process)
        yield port
        process.terminate()


def send(port: int, raw: bytes) -> None:
    """Send ready bytes over one connection, in both colours."""
    sender, recipients = "bot@example.com", ["fang@example.org"]
    envelope = Envelope(mail_from=sender, recipients=recipients)
    with (
        SMTPTransport("127.0.0.1", port, security="plain") as ours,
        smtplib.SMTP("127.0.0.1", port) as theirs,
        asyncio.Runner() as runner,
    ):
        measure(
            "send 30 kB, smtp-sink",
            lambda: ours.send(raw, envelope=envelope),
            lambda: theirs.sendmail(sender, recipients, raw),
            "smtplib",
        )
        both = AsyncSMTPTransport("127.0.0.1", port, security="plain")
        measure(
            "send 30 kB, smtp-sink, asyncio",
            lambda: runner.run(both.send(raw, envelope=envelope)),
            lambda: theirs.sendmail(sender, recipients, raw),
            "smtplib",
        )
        runner.run(both.close())


def imports() -> None:
    """Time what importing adds to a bare interpreter."""

    def run(statement: str) -> Job:
        return lambda: subprocess.run([sys.executable, "-c", statement], check=True)

    measure(
        "python -c 'import mailcore'", run("import mailcore"), run("pass"), "a bare python", calls=5
    )
    measure(
        "from mailcore import Message, SMTPTransport",
        run("from mailcore import Message, SMTPTransport"),
        run("from email.message import EmailMessage; import smtplib"),
        "email, smtplib",
        calls=3,
    )


main()
