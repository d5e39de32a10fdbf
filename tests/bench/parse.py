"""Parsing a mail that arrived, against `email`."""

import email
import email.policy
import os
from email.message import EmailMessage

from mailcore import parse as read
from tests.bench.compose import compose_mailcore
from tests.bench.table import measure

__all__ = ["parse"]


def parse() -> None:
    """Print the rows."""
    raw = compose_mailcore(os.urandom(20_000))
    measure(
        "parse: subject, from, to, date", lambda: headers(raw), lambda: std_headers(raw), "email"
    )
    measure("parse: text, html, attachment", lambda: bodies(raw), lambda: std_bodies(raw), "email")


def headers(raw: bytes) -> object:
    """Read the headers that a list of mails shows."""
    mail = read(raw)
    return mail.subject, mail.from_, mail.to, mail.date


def std_headers(raw: bytes) -> object:
    """Read the same."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    return mail["subject"], mail["from"], mail["to"], mail["date"]


def bodies(raw: bytes) -> object:
    """Read the bodies and the attachment."""
    mail = read(raw)
    return mail.text, mail.html, mail.attachments[0].content


def std_bodies(raw: bytes) -> object:
    """Read the same."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    parts = [part.get_content() for part in mail.iter_parts() if not part.is_multipart()]
    return mail.get_body(), parts
