"""Real and hostile messages: nothing raises, nothing is changed (the data is not part of the project)."""

import random
import runpy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailcore.message import parse
from tests.reading import read_everything

pytestmark = pytest.mark.corpus

CHANGES = 300  # messages that are changed at random
SECONDS = 5.0  # a generous bound for what takes a tenth of one: quadratic work takes minutes


def find_messages(corpora: Path) -> Iterator[Path]:
    for folder in ("messages", "crafted", "structure"):
        for path in sorted((corpora / "mime" / folder).rglob("*")):
            if path.is_file() and path.suffix != ".json":
                yield path


def test_every_message_can_be_read_whole(corpora: Path) -> None:
    for path in find_messages(corpora):
        read_everything(path.read_bytes())


def test_every_message_can_be_read_changed_and_cut(corpora: Path) -> None:
    chance = random.Random(4)  # noqa: S311 - nothing is secret
    paths = list(find_messages(corpora))
    for _ in range(CHANGES):
        raw = bytearray(chance.choice(paths).read_bytes()[:20_000])
        for _ in range(chance.randint(1, 8)):
            change(raw, chance)
        read_everything(bytes(raw))


def change(raw: bytearray, chance: random.Random) -> None:
    """Cut, double, put in or change something."""
    start = chance.randint(0, len(raw))
    end = min(len(raw), start + chance.choice([1, 2, 10, 200]))
    match chance.randint(0, 3):
        case 0:
            del raw[start:end]
        case 1:
            raw[start:start] = raw[start:end]
        case 2:
            raw[start:end] = chance.choice(
                [b"\0", b"\r", b"\n", b"\r\n\r\n", b'"', b"(", b"=?", b"\xff", b";", b"--", b"=", b"<", b","]
            )  # fmt: skip
        case _:
            raw[start:end] = chance.randbytes(end - start)


def generators(corpora: Path) -> dict[str, Any]:
    cases: dict[str, Any] = runpy.run_path(str(corpora / "mime" / "hostile.py"))["CASES"]
    return cases


def test_hostile_messages_are_read_in_linear_time(corpora: Path) -> None:
    for name, (make, sizes) in generators(corpora).items():
        for size in sizes:
            raw = make(size)
            began = time.process_time()
            mail = parse(raw)
            read: list[object] = [
                mail.subject,
                mail.from_,
                mail.to,
                mail.date,
                mail.message_id,
                mail.references,
            ]
            read += [mail.text, mail.html, [part.content for part in mail.attachments]]
            read += [(part.content_type, part.filename) for part in mail.walk()]
            read += mail.defects
            assert time.process_time() - began < SECONDS, (name, size, len(read))
