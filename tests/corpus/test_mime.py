"""Real and hostile messages: nothing raises, nothing is changed (the data is not part of the project)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore.message import ReceivedMessage, parse

MIME = Path(__file__).parents[2].parent / "shared" / "corpora" / "mime"

pytestmark = pytest.mark.corpus


def messages() -> Iterator[Path]:
    for folder in ("messages", "crafted", "structure"):
        yield from (path for path in sorted((MIME / folder).rglob("*")) if is_message(path))


def is_message(path: Path) -> bool:
    return path.is_file() and path.suffix != ".json"


def read_everything(mail: ReceivedMessage) -> None:
    for name in dir(type(mail)):
        if not name.startswith("_"):
            getattr(mail, name)
    for part in mail.walk():
        for name in dir(type(part)):
            if not name.startswith("_"):
                getattr(part, name)
        for field in part.headers.fields:
            assert not set("\r\n\0") & set(field.text)


def test_every_message_can_be_read_whole() -> None:
    paths = list(messages())
    if not paths:
        assert "CI" not in os.environ, f"the corpora are missing: {MIME}"
        pytest.skip(f"the corpora are not here: {MIME}")
    for path in paths:
        raw = path.read_bytes()
        mail = parse(raw)
        assert mail.raw == raw, path
        read_everything(mail)
