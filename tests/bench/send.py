"""Sending ready octets over one connection, in both colours, against `smtplib`."""

import asyncio
import os
import smtplib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from mailcore import AsyncSMTPTransport, SMTPTransport
from mailcore.transport import Envelope
from tests.bench.compose import compose_mailcore
from tests.bench.table import measure
from tests.live.servers import free_port, wait_for_greeting

__all__ = ["send"]


def send() -> None:
    """Print the rows."""
    raw = compose_mailcore(os.urandom(20_000))
    sender, recipients = "bot@example.com", ["fang@example.org"]
    envelope = Envelope(mail_from=sender, recipients=recipients)
    with (
        sink() as port,
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


@contextmanager
def sink() -> Iterator[int]:
    """Start Postfix's smtp-sink, which takes mail and drops it."""
    port = free_port()
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen(["smtp-sink", *user, f"127.0.0.1:{port}", "100"]) as process:
        wait_for_greeting(port, process)
        yield port
        process.terminate()
