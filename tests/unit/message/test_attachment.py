import pickle
import time
from io import BytesIO, StringIO
from pathlib import Path
from typing import BinaryIO

import pytest
from pydantic import ValidationError

from mailcore.errors import ConfigurationError, InvalidHeader, InvalidMessage
from mailcore.message import Attachment, Message
from mailcore.message.attachment import WHOLE
from mailcore.message.writing.bodies import PIECE


class Trickle(BytesIO):
    """A stream that gives a little at a time, as pipes do."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 1000))


def trickle() -> BinaryIO:
    return Trickle(bytes(3 * PIECE + 5))


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"%PDF-")
    return path


def test_a_path_gives_its_name_and_type(report: Path) -> None:
    attachment = Attachment(content=report)
    assert (attachment.filename, attachment.content_type) == ("report.pdf", "application/pdf")


def test_a_name_and_type_that_are_given_win(report: Path) -> None:
    attachment = Attachment(content=report, filename="x.bin", content_type="image/png")
    assert (attachment.filename, attachment.content_type) == ("x.bin", "image/png")


def test_a_file_is_read_late(report: Path) -> None:
    attachment = Attachment(content=report)
    report.write_bytes(b"changed")
    assert b"".join(attachment.pieces()) == b"changed"


def test_a_missing_file_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidMessage, match=r"there is no file .*gone\.pdf"):
        Attachment(content=tmp_path / "gone.pdf")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidMessage, match="there is no file"):
        Attachment(content=tmp_path)


@pytest.mark.parametrize("content", ["text", 7, None])
def test_content_that_is_not_bytes_is_refused(content: object) -> None:
    with pytest.raises(InvalidMessage, match="is not bytes, a Path or a callable"):
        Attachment(content=content)  # type: ignore[arg-type] # that is the test


def test_a_callable_is_opened_anew_for_each_reading() -> None:
    attachment = Attachment(filename="x", content=trickle)
    assert attachment.measure() == len(b"".join(attachment.pieces())) == 3 * PIECE + 5


def test_only_the_last_piece_is_short() -> None:
    sizes = [len(piece) for piece in Attachment(content=trickle).pieces()]
    assert sizes == [PIECE, PIECE, PIECE, 5]


@pytest.mark.parametrize("filename", ["a\rb", "a\nb", "a\0b", "\ud800", "", "x" * 256])
def test_a_file_name_that_cannot_be_written_is_refused(filename: str) -> None:
    with pytest.raises(InvalidHeader, match="filename: "):
        Attachment(filename=filename, content=b"")


@pytest.mark.parametrize(
    "content_type",
    [
        "text",
        "text/",
        "a/b\r\nX: y",
        "a/b; c",
        "multipart/mixed",
        'a/b; c="d',
        "é/x",
        "Multipart/x",
    ],
)
def test_a_malformed_content_type_is_refused(content_type: str) -> None:
    with pytest.raises(InvalidHeader, match="content_type: "):
        Attachment(content=b"", content_type=content_type)


def test_a_content_type_may_have_parameters() -> None:
    attachment = Attachment(content=b"", content_type="text/csv; charset=gbk; header=present")
    assert attachment.content_type == "text/csv; charset=gbk; header=present"


def test_an_overlong_content_type_is_refused() -> None:
    with pytest.raises(InvalidHeader, match="at most 500 characters"):
        Attachment(content=b"", content_type=f"application/{'a' * 5000}")


def test_a_content_type_is_kept_in_its_usual_form() -> None:
    attachment = Attachment(content=b"", content_type="text/plain ;charset=x  ;  format=flowed")
    assert attachment.content_type == "text/plain; charset=x; format=flowed"


@pytest.mark.parametrize("content_id", ["", "a b", "<a>", "a\r\nb", "é"])
def test_a_malformed_content_id_is_refused(content_id: str) -> None:
    with pytest.raises(InvalidHeader, match="content_id: "):
        Attachment(content=b"", content_id=content_id)


def test_the_repr_does_not_dump_the_content() -> None:
    attachment = Attachment(filename="x.csv", content=bytes(100_000))
    assert repr(attachment) == (
        "Attachment(content=<100000 bytes>, filename='x.csv', content_type='text/csv',"
        " disposition='attachment')"
    )


def test_json_holds_the_content_itself(report: Path) -> None:
    stored = Attachment(content=report).model_dump_json()
    assert Attachment.model_validate_json(stored).content == b"%PDF-"


def test_inline_parts_get_the_name_as_content_id(report: Path) -> None:
    inline = {"logo": b"\x89PNG\r\n\x1a\n", "doc": report, "x": Attachment(content=b"")}
    parts = Message.model_validate({"from": "a@b.c", "html": "", "inline": inline}).inline
    assert [(p.content_id, p.disposition, p.content_type, p.filename) for p in parts] == [
        ("logo", "inline", "image/png", "logo"),
        ("doc", "inline", "application/pdf", "report.pdf"),
        ("x", "inline", "application/octet-stream", None),
    ]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("logo.png", "inline: logo: a str is not bytes"),
        ({"contents": b""}, "inline: logo: content: Field required"),
        ({"content": b"", "filename": ""}, "inline: logo: filename: "),
    ],
)
def test_an_impossible_inline_part_is_named(part: object, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        Message(from_="a@b.c", html="", inline={"logo": part})  # type: ignore[arg-type] # that is the test


def test_what_is_not_base64_in_json_is_refused() -> None:
    with pytest.raises(ValidationError, match="as text the content is base64"):
        Attachment.model_validate_json('{"content": "=?"}')


def test_bytes_of_another_length_than_said_are_refused() -> None:
    with pytest.raises(InvalidMessage, match="length: it has 3 bytes, not 4"):
        Attachment(content=b"abc", length=4)


@pytest.mark.parametrize("length", [2, 4])
def test_a_stream_of_another_length_than_said_is_refused(length: int) -> None:
    attachment = Attachment(filename="x", content=lambda: BytesIO(b"abc"), length=length)
    assert attachment.measure() == length
    with pytest.raises(InvalidMessage, match=rf"'x': .* bytes were read where {length}"):
        list(attachment.pieces())


class Flood(BytesIO):
    """A stream that gives more than it is asked for, as adapters over generators do."""

    def read(self, _: int | None = -1, /) -> bytes:
        return super().read(2 * PIECE + 7)


def test_a_stream_may_give_more_than_it_is_asked_for() -> None:
    attachment = Attachment(content=lambda: Flood(bytes(5 * PIECE)))
    assert [len(piece) for piece in attachment.pieces()] == [PIECE] * 5


def test_a_stream_may_give_everything_at_once() -> None:
    class Whole(BytesIO):
        def read(self, _: int | None = -1, /) -> bytes:
            return super().read()

    began = time.process_time()
    attachment = Attachment(content=lambda: Whole(bytes(64 << 20)))
    assert attachment.measure() == 64 << 20
    assert time.process_time() - began < 10  # it is below a second; quadratic would be minutes


@pytest.mark.parametrize("opened", [None, b"abc", BytesIO()])
def test_what_is_no_open_file_is_refused(opened: object) -> None:
    if isinstance(opened, BytesIO):
        opened.close()
    attachment = Attachment(content=lambda: opened)  # type: ignore[arg-type,return-value] # that is the test
    with pytest.raises(InvalidMessage, match="not an open file: once for each call"):
        attachment.measure()


def test_a_stream_of_text_is_refused() -> None:
    attachment = Attachment(content=lambda: StringIO("abc"))  # type: ignore[arg-type,return-value] # that is the test
    with pytest.raises(InvalidMessage, match="gave str, not bytes: open it in binary mode"):
        attachment.measure()


def test_a_file_that_vanished_is_the_messages_fault(report: Path) -> None:
    attachment = Attachment(content=report)
    report.unlink()
    with pytest.raises(InvalidMessage, match=r"can't be read: .*report\.pdf"):
        list(attachment.pieces())
    with pytest.raises(InvalidMessage, match=r"can't be read: .*report\.pdf"):
        attachment.measure()


def test_what_is_in_memory_and_not_large_is_encoded_once(report: Path) -> None:
    for content, kind in ((b"abc", "a/b"), (b"abc", "text/csv"), (b"A: b\r\n", "message/rfc822")):
        attachment = Attachment(content=content, content_type=kind)
        assert attachment.body().lines is attachment.body().lines is not None
    assert Attachment(content=report).body().lines is None
    assert Attachment(content=bytes(WHOLE + 1)).body().lines is None
    assert Attachment(content=bytes(WHOLE + 1), content_type="text/csv").body().lines is None


def test_a_text_on_disk_is_read_anew_for_each_writing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one")
    attachment = Attachment(content=path)
    assert attachment.body().lines == b"one"
    path.write_bytes(b"two")
    assert attachment.body().lines == b"two"


def test_a_message_has_another_body_where_eight_bits_may() -> None:
    attachment = Attachment(content="A: b\r\n\r\né\r\n".encode(), content_type="message/rfc822")
    assert attachment.body(eight_bit=True).encoding == "8bit"
    assert attachment.body().encoding == "base64"


def test_an_attachment_that_was_encoded_is_still_the_same() -> None:
    attachment = Attachment(content=b"abc")
    before = pickle.dumps(attachment)
    assert attachment.body().lines
    assert attachment == Attachment(content=b"abc")
    assert pickle.dumps(attachment) == before
    assert pickle.loads(before) == attachment  # noqa: S301 - our own bytes
