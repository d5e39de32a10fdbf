import email
import tracemalloc
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest

from mailcore.errors import InvalidMessage
from mailcore.message import Attachment
from mailcore.message.writing.bodies import PIECE
from mailcore.message.writing.rendered import Rendered
from mailcore.message.writing.tree import Text, build

BODIES = (Text("plain", "t"), Text("html", "h"))


def render(*attachments: Attachment, texts: Sequence[Text] = BODIES, seed: str = "x") -> Rendered:
    return Rendered("Subject: é\r\n", build(texts, attachments=attachments), seed=seed)


def test_the_seed_decides_the_boundaries() -> None:
    assert render().to_bytes() == render().to_bytes()
    assert render().to_bytes() != render(seed="y").to_bytes()


def test_a_boundary_that_a_body_holds_is_not_used() -> None:
    lines = render().to_bytes().decode().split("\r\n")
    delimiter = next(line for line in lines if line.startswith("--"))
    quoting = Text("plain", f"quoted:\n{delimiter}\n")
    parsed = email.message_from_bytes(render(texts=[quoting, BODIES[1]]).to_bytes())
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_chunks_join_to_the_same_bytes() -> None:
    rendered = render(Attachment(content=bytes(200_000)), texts=[Text("plain", "x\n" * 99_999)])
    assert b"".join(rendered.chunks()) == rendered.to_bytes()
    assert rendered.size == len(rendered.to_bytes())


def test_a_large_file_is_streamed_in_constant_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(8_000_000))
    rendered = render(Attachment(content=path))
    tracemalloc.start()
    total = sum(map(len, rendered.chunks()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == rendered.size
    assert peak < 1 << 20


def test_a_file_that_grew_after_it_was_measured_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(bytes(PIECE))
    rendered = render(Attachment(content=path))
    announced = rendered.size
    path.write_bytes(bytes(PIECE + 1))
    sent: list[bytes] = []
    with pytest.raises(InvalidMessage, match=r"log\.gz.* more bytes were read where 58368"):
        sent.extend(rendered.chunks())
    assert sum(map(len, sent)) <= announced


def test_a_file_that_shrank_is_not_sent(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(b"12345")
    rendered = render(Attachment(content=path))
    assert rendered.size
    path.write_bytes(b"123")
    with pytest.raises(InvalidMessage, match=r"log\.gz.* 3 bytes were read where 5"):
        rendered.to_bytes()


def test_a_callable_of_known_length_is_not_read_to_be_measured() -> None:
    opened: list[int] = []

    def open_content() -> BytesIO:
        opened.append(1)
        return BytesIO(b"12345")

    rendered = render(Attachment(content=open_content, length=5))
    size = rendered.size
    assert not opened
    assert size == len(rendered.to_bytes())
    assert len(opened) == 1


def test_a_callable_is_measured_once() -> None:
    opened: list[int] = []

    def open_content() -> BytesIO:
        opened.append(1)
        return BytesIO(b"12345")

    rendered = render(Attachment(content=open_content))
    assert rendered.size == rendered.size
    assert len(opened) == 1
