"""Other readers see in our mails what was meant: here Node's mailparser."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from mailcore.message import Address, Attachment, Group, Message
from tests.live.samples import NOW, SAMPLES
from tests.live.varied import vary

READER = Path(__file__).with_name("mailparser.mjs")
#: Where .ci/run has npm put it.
MODULES = Path("~/.cache/mailcore-tests/mailparser-3.14.2/node_modules").expanduser()


def read(messages: list[Message], folder: Path) -> list[dict[str, Any]]:
    """Give what mailparser makes of each message."""
    paths = [folder / f"{number}.eml" for number in range(len(messages))]
    for path, message in zip(paths, messages, strict=True):
        path.write_bytes(message.to_bytes())
    done = subprocess.run(
        ["node", READER, MODULES],
        input="\n".join(map(str, paths)).encode(),
        capture_output=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.split(b"\n") if line]


def meant(message: Message) -> dict[str, Any]:
    """Give the same as mailparser should."""
    assert message.date is not None
    return {
        "from": [*map(mailbox, message.from_all)],
        "sender": [mailbox(message.sender)] if message.sender else [],
        "reply-to": [*map(mailbox, message.reply_to)],
        "to": [*map(mailbox, message.to)],
        "cc": [*map(mailbox, message.cc)],
        "bcc": [],
        "subject": message.subject,
        "date": message.date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "messageId": message.message_id,
        "inReplyTo": message.in_reply_to,
        "references": [*message.references],
        "text": message.text or "",
        "html": message.html or "",
        "attachments": files(message),
    }


def files(message: Message) -> list[list[object]]:
    """Give all that is not text or HTML, in the order of its parts."""
    return [
        *form(message.amp, "text/x-amp-html"),
        *map(file, message.inline),
        *form(message.calendar, "text/calendar"),
        *map(file, message.attachments),
        *form(message.calendar, "application/ics", "invite.ics"),
    ]


def form(body: str | None, kind: str, name: str | None = None) -> Iterator[list[object]]:
    """Give a text that mailparser takes for a file, if there is one."""
    if body is not None:
        yield [name, kind, sha256(body.replace("\n", "\r\n").encode()).hexdigest(), None]


def mailbox(address: Address | Group) -> object:
    """Give an address: mailparser has its domain in letters, as it was given."""
    if isinstance(address, Group):
        return {"name": address.name, "members": [*map(mailbox, address.members)]}
    return [address.name, address.email]


def file(attachment: Attachment) -> list[object]:
    digest = sha256(b"".join(attachment.pieces())).hexdigest()
    kind = attachment.content_type.partition(";")[0]
    return [attachment.filename, kind, digest, attachment.content_id]


def differences(seen: dict[str, Any], intended: dict[str, Any]) -> dict[str, object]:
    """Give what was read otherwise than it was meant, but for mailparser's own ways."""
    for body in ("text", "html"):
        if not intended[body]:
            seen[body] = seen[body].removesuffix("\n")  # an empty part is an empty line to it
    for found, given in zip(seen["attachments"], intended["attachments"], strict=False):
        if given[1] == "application/octet-stream":
            found[1] = given[1]  # it guesses by the name of the file
    return {key: value for key, value in seen.items() if value != intended[key]}


@pytest.fixture(scope="module", autouse=True)
def _mailparser() -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not on this machine")
    if not MODULES.is_dir():
        pytest.skip(f"mailparser is not in {MODULES}: see stage_servers in .ci/run")


def test_mailparser_reads_three_hundred_varied_mails_as_they_were_meant(tmp_path: Path) -> None:
    messages = vary(300, seed=1)
    for message, seen in zip(messages, read(messages, tmp_path), strict=True):
        assert differences(seen, meant(message)) == {}


def test_mailparser_reads_the_samples_as_they_were_meant(tmp_path: Path) -> None:
    messages = [sample().finalise(now=NOW) for sample in SAMPLES.values()]
    for message, seen in zip(messages, read(messages, tmp_path), strict=True):
        assert differences(seen, meant(message)) == {}
