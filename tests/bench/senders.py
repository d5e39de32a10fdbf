"""Who sends in the benchmarks: each is given a place, what to send and how often, and gives the seconds it took."""

import asyncio
import smtplib
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mailcore import TLS, AsyncSMTPTransport, Envelope, Message, Sent, SMTPTransport
from tests.bench.sinks import Place, compiled

__all__ = ["Case", "Sender", "senders"]

SENDER, RECIPIENT = "a@example.test", "b@example.test"
ENVELOPE = Envelope(mail_from=SENDER, recipients=RECIPIENT)
NODEMAILER = Path.home() / ".cache" / "mailcore-tests" / "nodemailer" / "node_modules" / "x.js"
SMTP_SOURCE = Path("/usr/sbin/smtp-source")


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent: `number` messages of `raw` octets over `connections`; composed first, if `compose`."""

    place: Place
    raw: bytes
    number: int
    connections: int = 1
    tls: bool = False
    compose: bool = False
    without: tuple[str, ...] = ()


Sender = Callable[[Case], float]


def senders(case: Case) -> dict[str, Sender]:
    """Give those that are here and can send so."""
    found: dict[str, Sender] = {"mailcore": _mailcore, "mailcore, asyncio": _mailcore_async}
    found["smtplib"] = _smtplib
    if find_spec("aiosmtplib") and not case.compose:
        found["aiosmtplib"] = _aiosmtplib
    if NODEMAILER.parent.exists():
        found["nodemailer"] = _nodemailer
    if SMTP_SOURCE.exists() and not case.tls and not case.compose:
        found["smtp-source"] = _smtp_source
    if compiled("cclient") and case.connections == 1 and not case.compose:
        found["C client"] = _c_client
    return found


def _timed(job: Callable[[], object]) -> float:
    begun = time.perf_counter()
    job()
    return time.perf_counter() - begun


def _options(case: Case) -> dict[str, Any]:
    return {
        "security": "starttls" if case.tls else "plain",
        "tls": TLS(ca_file=case.place.authority),
        "connections": case.connections,
        "without": case.without,
    }


def _items(case: Case) -> Any:
    if not case.compose:
        return ((case.raw, ENVELOPE) for _ in range(case.number))
    text = case.raw.decode().replace("\r\n", "\n")
    return (
        Message(from_=SENDER, to=RECIPIENT, subject="Your order", text=text)
        for _ in range(case.number)
    )


def _mailcore(case: Case) -> float:
    def send() -> None:
        with SMTPTransport("localhost", case.place.port, **_options(case)) as smtp:
            for outcome in smtp.send_many(_items(case)):
                assert isinstance(outcome, Sent), outcome

    return _timed(send)


def _mailcore_async(case: Case) -> float:
    async def send() -> None:
        async with AsyncSMTPTransport("localhost", case.place.port, **_options(case)) as smtp:
            async for outcome in smtp.send_many(_items(case)):
                assert isinstance(outcome, Sent), outcome

    return _timed(lambda: asyncio.run(send()))


def _smtplib(case: Case) -> float:
    context = ssl.create_default_context(cafile=case.place.authority)
    text = case.raw.decode().replace("\r\n", "\n")

    def send(number: int) -> None:
        with smtplib.SMTP("localhost", case.place.port) as smtp:
            if case.tls:
                smtp.starttls(context=context)
            smtp.ehlo()
            for _ in range(number):
                if case.compose:
                    message = EmailMessage()
                    message["From"], message["To"] = SENDER, RECIPIENT
                    message["Subject"] = "Your order"
                    message.set_content(text)
                    smtp.send_message(message)
                else:
                    smtp.sendmail(SENDER, [RECIPIENT], case.raw)

    return _timed(lambda: _spread(send, case))


def _spread(send: Callable[[int], None], case: Case) -> None:
    with ThreadPoolExecutor(case.connections) as pool:
        list(pool.map(send, [case.number // case.connections] * case.connections))


def _aiosmtplib(case: Case) -> float:
    client = import_module("aiosmtplib").SMTP
    context = ssl.create_default_context(cafile=case.place.authority)

    async def send() -> None:
        smtp = client(
            hostname="localhost",
            port=case.place.port,
            start_tls=case.tls,
            tls_context=context if case.tls else None,
        )
        async with smtp:
            for _ in range(case.number // case.connections):
                await smtp.sendmail(SENDER, [RECIPIENT], case.raw)

    async def send_all() -> None:
        await asyncio.gather(*(send() for _ in range(case.connections)))

    return _timed(lambda: asyncio.run(send_all()))


def _nodemailer(case: Case) -> float:
    script = Path(__file__).with_name("nodemailer.mjs")
    with tempfile.NamedTemporaryFile() as file:
        file.write(case.raw)
        file.flush()
        numbers = [case.place.port, int(case.tls), case.number, case.connections]
        command = ["node", script, NODEMAILER, *numbers, file.name, int(case.compose)]
        done = subprocess.run(
            [str(word) for word in command], check=True, capture_output=True, text=True
        )
    return float(done.stdout)


def _smtp_source(case: Case) -> float:
    with tempfile.NamedTemporaryFile(suffix=".eml") as file:
        file.write(case.raw.replace(b"\r\n", b"\n"))
        file.flush()
        command = [
            *(SMTP_SOURCE, "-d", "-m", case.number, "-s", case.connections, "-F", file.name),
            *("-f", SENDER, "-t", RECIPIENT, f"127.0.0.1:{case.place.port}"),
        ]
        return _timed(lambda: subprocess.run([*map(str, command)], check=True, capture_output=True))


def _c_client(case: Case) -> float:
    can_chunk = case.place.name != "smtp-sink" and "CHUNKING" not in case.without
    with tempfile.NamedTemporaryFile() as file:
        file.write(case.raw)
        file.flush()
        mode = "bdat" if can_chunk else "1rtt"
        numbers = [case.number, file.name, case.place.port, int(case.tls), 16]
        command: list[object] = [compiled("cclient"), mode, *numbers]
        return _timed(lambda: subprocess.run([*map(str, command)], check=True, capture_output=True))
