"""Reading mail that arrived, against `email`, mail-parser and fast-mail-parser (Rust), where installed."""

import email
import email.policy
import os
import tempfile
from collections.abc import Callable, Iterable
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mailcore import parse as read
from tests.bench.mails import huge, large, medium, small
from tests.bench.table import measure, measure_memory

__all__ = ["parse"]

Reader = Callable[[bytes], object]

DEFAULT = BytesHeaderParser(policy=email.policy.default)
COMPAT = BytesHeaderParser(policy=email.policy.compat32)
LARGE = 50_000_000  # octets of the files that are streamed


def parse() -> None:
    """Print the rows."""
    sizes = {"1 KB": small(), "10 KB": medium(), "100 KB": large(), "10 MB": [huge()]}
    for size, mails in sizes.items():
        for peer, heads, bodies in _peers():
            calls = 3 if size != "10 MB" else 1
            _measure(f"headers of {size}", mails, our_headers, heads, peer, calls=calls)
            _measure(f"everything of {size}", mails, our_bodies, bodies, peer, calls=calls)
    mail = huge(LARGE)
    measure_memory("tree of 50 MB", lambda: our_tree(mail), lambda: std_tree(mail), "email")
    measure_memory(
        "everything of 50 MB", partial(our_bodies, mail), partial(std_bodies, mail), "email"
    )
    with tempfile.TemporaryDirectory() as folder:
        measure_memory(
            "save the files of 50 MB",
            lambda: [part.save(folder) for part in read(mail).attachments],
            lambda: std_save(mail, folder),
            "email",
        )  # fmt: skip


def _measure(
    what: str, mails: list[bytes], ours: Reader, theirs: Reader, peer: str, *, calls: int
) -> None:
    measure(what, lambda: _each(ours, mails), lambda: _each(theirs, mails), peer, calls=calls)


def _each(reader: Reader, mails: Iterable[bytes]) -> None:
    for mail in mails:
        reader(mail)


def _peers() -> list[tuple[str, Reader, Reader]]:
    """Give the peers that are installed: what reads headers, and what reads everything."""
    peers: list[tuple[str, Reader, Reader]] = [
        ("email", std_headers, std_bodies),
        ("email, compat32", compat_headers, compat_bodies),
    ]
    if find_spec("mailparser"):
        peers.append(("mail-parser", mail_parser_headers, mail_parser_bodies))
    if find_spec("fast_mail_parser"):
        peers.append(("fast-mail-parser", fast_headers, fast_bodies))
    return peers


def our_headers(raw: bytes) -> object:
    """Read the headers that a list of mails shows."""
    mail = read(raw)
    return mail.subject, mail.from_, mail.to, mail.date


def our_bodies(raw: bytes) -> object:
    """Read the bodies and every attachment."""
    mail = read(raw)
    return mail.text, mail.html, [part.content for part in mail.attachments]


def our_tree(raw: bytes) -> object:
    """Read what the mail consists of."""
    return [(part.content_type, part.filename) for part in read(raw).walk()]


def std_headers(raw: bytes) -> object:
    """Read the same as `our_headers`."""
    mail: Any = DEFAULT.parsebytes(raw)
    return str(mail["subject"]), mail["from"].addresses, mail["to"].addresses, mail["date"].datetime


def std_bodies(raw: bytes) -> object:
    """Read the same as `our_bodies`."""
    mail: Any = email.message_from_bytes(raw, policy=email.policy.default)
    return [part.get_content() for part in mail.walk() if not part.is_multipart()]


def std_tree(raw: bytes) -> object:
    """Read the same as `our_tree`."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    return [(part.get_content_type(), part.get_filename()) for part in mail.walk()]


def std_save(raw: bytes, folder: str) -> None:
    """Write the attachments into a folder."""
    mail: Any = email.message_from_bytes(raw, policy=email.policy.default)
    for number, part in enumerate(mail.iter_attachments()):
        (Path(folder) / f"{os.getpid()}-{number}").write_bytes(part.get_content())


def compat_headers(raw: bytes) -> object:
    """Read the same as `our_headers`, but for decoding: this policy leaves that to its user."""
    mail = COMPAT.parsebytes(raw)
    decoded = make_header(decode_header(mail["subject"]))
    people = getaddresses([mail["from"], mail["to"]])
    return str(decoded), people, parsedate_to_datetime(mail["date"])


def compat_bodies(raw: bytes) -> object:
    """Read the same as `our_bodies`, texts as octets."""
    mail = email.message_from_bytes(raw)
    return [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]


def mail_parser_headers(raw: bytes) -> object:
    """Read the same as `our_headers`; this peer always reads everything."""
    mail = import_module("mailparser").parse_from_bytes(raw)
    return mail.subject, mail.from_, mail.to, mail.date


def mail_parser_bodies(raw: bytes) -> object:
    """Read the same as `our_bodies`."""
    mail = import_module("mailparser").parse_from_bytes(raw)
    return mail.text_plain, mail.text_html, mail.attachments


def fast_headers(raw: bytes) -> object:
    """Read the same as `our_headers`."""
    mail = import_module("fast_mail_parser").parse_email(raw, mode="metadata")
    return mail.subject, mail.headers, mail.date


def fast_bodies(raw: bytes) -> object:
    """Read the same as `our_bodies`."""
    mail = import_module("fast_mail_parser").parse_email(raw)
    return mail.text_plain, mail.text_html, [part.content for part in mail.attachments]
