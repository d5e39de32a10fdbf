"""Real and hostile messages can be answered, passed on and sent on (the data is not part of the project)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailcore.errors import InvalidMessage
from mailcore.message import Flaw, Message, ReceivedMessage, parse

pytestmark = pytest.mark.corpus

ANSWERS: dict[str, Callable[[ReceivedMessage], Message]] = {
    "reply": lambda mail: mail.reply(text="Yes.\n"),
    "reply in HTML": lambda mail: mail.reply(html="<body><p>Yes.</p></body>"),
    "reply to all": lambda mail: mail.reply_all(text="Yes.\n", html="<p>Yes.</p>"),
    "forward": lambda mail: mail.forward(to="a@example.org", text="See below.\n"),
    "forward as a file": lambda mail: mail.forward(to="a@example.org", as_attachment=True),
}


# What attachments may be, whoever sends them.
CARRIED = {Flaw.PARTIAL_MESSAGE, Flaw.EXTERNAL_BODY}


@pytest.fixture(scope="module")
def mails(corpora: Path) -> list[tuple[Path, ReceivedMessage]]:
    return [(path, parse(path.read_bytes())) for path in find_messages(corpora / "mime")]


def find_messages(mime: Path) -> Iterator[Path]:
    for folder in ("messages", "crafted", "structure", "headers"):
        for path in sorted((mime / folder).rglob("*")):
            if path.is_file() and path.suffix != ".json":
                yield path


@pytest.mark.parametrize("name", ANSWERS)
def test_every_message_with_addresses_can_be_answered(
    name: str, mails: list[tuple[Path, ReceivedMessage]]
) -> None:
    answered = 0
    for path, mail in mails:
        try:
            answer = ANSWERS[name](mail)
        except InvalidMessage as refusal:
            if not str(refusal).startswith(("from_: the mail does not", "to: the mail names")):
                raise
            continue
        answered += 1
        read = parse(answer.to_bytes())
        assert {defect.code for defect in read.defects} <= CARRIED, path
        assert read.subject == answer.subject, path
        assert read.to == answer.to, path
        assert read.references == answer.references, path
        assert len(read.attachments) == len(answer.attachments), path
    assert answered > len(mails) / 2


def test_every_message_reads_the_same_after_a_redirection(
    mails: list[tuple[Path, ReceivedMessage]],
) -> None:
    for path, mail in mails:
        sent = parse(mail.redirect(from_="a@example.org", to="b@example.org"))
        assert sent.headers["resent-to"] or "resent-to" in mail.headers, path
        for name in ("subject", "from_all", "to", "cc", "date", "message_id", "text", "html"):
            assert getattr(sent, name) == getattr(mail, name), (path, name)
        contents = [part.content for part in mail.attachments]
        assert [part.content for part in sent.attachments] == contents, path
