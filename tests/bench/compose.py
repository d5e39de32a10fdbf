"""Composing: from fields to octets, against `email` and, for the text of HTML, Beautiful Soup."""

import email.policy
import os
import tempfile
from email.message import EmailMessage
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

from bs4 import BeautifulSoup

from mailcore import Attachment, Message
from tests.bench.table import measure, measure_memory

__all__ = ["compose", "compose_mailcore", "compose_stdlib"]


class Words(NamedTuple):
    """What a mail says."""

    sender: str
    reader: str
    subject: str
    text: str
    file: str

    @property
    def html(self) -> str:
        return f"<h2>{self.subject}</h2><p>{self.text}</p>"


ENGLISH = Words(
    "Reports <bot@example.com>",
    "Fang Wang <fang@example.org>",
    "Today's report",
    "Please find attached what you asked for.\nThe numbers are attached.\n" * 20,
    "report.pdf",
)
CHINESE = Words(
    "報表 <bot@example.com>",
    "王芳 <fang@example.org>",
    "今日報告",
    "見附件，謝謝。\nThe numbers are attached.\n" * 20,
    "報告.pdf",
)
SIZES = {
    "no file": (None, 100),
    "1 KB": (1_000, 100),
    "100 KB": (100_000, 20),
    "10 MB": (10_000_000, 2),
}
LARGE = 50_000_000  # bytes of the file that is streamed
NUMBERS = count()
PEOPLE = [f"Reader {number} <reader{number}@example.org>" for number in range(100)]


def compose() -> None:
    """Print the rows."""
    for language, words in (("English", ENGLISH), ("Chinese", CHINESE)):
        for name, (size, calls) in SIZES.items():
            file = None if size is None else os.urandom(size)
            jobs = partial(compose_mailcore, file, words), partial(compose_stdlib, file, words)
            measure(f"compose text, html, {name}, {language}", *jobs, "email", calls=calls)
    measure("compose html alone, text made from it", html_mailcore, html_stdlib, "email, bs4")
    measure(
        "100 mails, each its own text, 100 KB shared",
        partial(personalise_mailcore, os.urandom(100_000)),
        partial(personalise_stdlib, os.urandom(100_000)),
        "email",
        calls=1,
    )
    with tempfile.NamedTemporaryFile(suffix=".bin") as large:
        large.write(os.urandom(LARGE))
        large.flush()
        measure_memory(
            "memory to write a mail with a 50 MB file",
            partial(stream_mailcore, Path(large.name)),
            partial(stream_stdlib, Path(large.name)),
            "email",
        )


def compose_mailcore(file: bytes | None = None, words: Words = CHINESE) -> bytes:
    """Compose and serialise a mail; nobody gets two, since addresses that were read are remembered."""
    return Message(
        from_=words.sender,
        to=[words.reader, f"reader{next(NUMBERS)}@example.org"],
        subject=words.subject,
        text=words.text,
        html=words.html,
        attachments=[] if file is None else [Attachment(filename=words.file, content=file)],
    ).to_bytes()


def compose_stdlib(file: bytes | None = None, words: Words = CHINESE) -> bytes:
    """Compose and serialise the same mail."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = words.sender
    message["To"] = f"{words.reader}, reader{next(NUMBERS)}@example.org"
    message["Subject"] = words.subject
    message.set_content(words.text)
    message.add_alternative(words.html, subtype="html")
    if file is not None:
        message.add_attachment(file, maintype="application", subtype="pdf", filename=words.file)
    return message.as_bytes()


def html_mailcore() -> bytes:
    """Compose a mail from HTML, each time another: the text of the last ones is remembered."""
    html = f"{CHINESE.html}<p>{next(NUMBERS)}</p>"
    return Message(from_="bot@example.com", to="ops@example.org", html=html).to_bytes()


def html_stdlib() -> bytes:
    """Compose one whose text has lost its links, lists and tables."""
    html = f"{CHINESE.html}<p>{next(NUMBERS)}</p>"
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "bot@example.com"
    message["To"] = "ops@example.org"
    message.set_content(BeautifulSoup(html, "html.parser").get_text("\n"))
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


def address_to(reader: str) -> Words:
    """Give the same words for one person."""
    return CHINESE._replace(reader=reader, text=f"Dear {reader},\n{CHINESE.text}")


def personalise_mailcore(file: bytes) -> int:
    """Compose a mail for each of a hundred people, from one."""
    common = Message(
        from_=CHINESE.sender,
        subject=CHINESE.subject,
        html=CHINESE.html,
        text=CHINESE.text,
        attachments=[Attachment(filename=CHINESE.file, content=file)],
    )
    return sum(
        len(common.replace(to=words.reader, text=words.text).to_bytes())
        for words in map(address_to, PEOPLE)
    )


def personalise_stdlib(file: bytes) -> int:
    """Compose a mail for each of a hundred people, each anew: a message can't be shared."""
    return sum(len(compose_stdlib(file, words)) for words in map(address_to, PEOPLE))


def stream_mailcore(path: Path) -> int:
    """Write a mail with a large file, piece by piece."""
    message = Message(
        from_="bot@example.com", to="ops@example.org", text=CHINESE.text, attachments=path
    )
    return sum(map(len, message.chunks()))


def stream_stdlib(path: Path) -> int:
    """Write the same mail in the only way there is."""
    return len(compose_stdlib(path.read_bytes()))
