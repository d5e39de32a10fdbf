import pickle
from io import BytesIO, StringIO
from pathlib import Path
from typing import BinaryIO

import pytest

from mailcore.errors import InvalidHeader, InvalidMessage
from mailcore.message import Attachment
from mailcore.message.attachment import KEPT_ENCODED, to_inline
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
    parts = to_inline({"logo": b"\x89PNG\r\n\x1a\n", "doc": report, "x": Attachment(content=b"")})
    assert [(p.content_id, p.disposition, p.content_type, p.filename) for p in parts] == [
        ("logo", "inline", "image/png", "logo"),
        ("doc", "inline", "application/pdf", "report.pdf"),
        ("x", "inline", "application/octet-stream", None),
    ]


def test_an_impossible_inline_part_is_named() -> None:
    with pytest.raises(InvalidMessage, match="logo: a str is not"):
        to_inline({"logo": "logo.png"})


def test_bytes_of_another_length_than_said_are_refused() -> None:
    with pytest.raises(InvalidMessage, match="length: it has 3 bytes, not 4"):
        Attachment(content=b"abc", length=4)


@pytest.mark.parametrize("length", [2, 4])
def test_a_stream_of_another_length_than_said_is_refused(length: int) -> None:
    attachment = Attachment(filename="x", content=lambda: BytesIO(b"abc"), length=length)
    assert attachment.measure() == length
    with pytest.raises(InvalidMessage, match=rf"'x': .* bytes were read where {length}"):
        list(attachment.pieces())


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


def test_only_what_is_in_memory_and_not_large_is_kept_encoded(report: Path) -> None:
    assert Attachment(content=b"abc").encoded() == b"YWJj"
    assert Attachment(content=report).encoded() is None
    assert Attachment(content=bytes(KEPT_ENCODED + 1)).encoded() is None


def test_an_encoded_attachment_is_still_the_same() -> None:
    attachment = Attachment(content=b"abc")
    assert attachment.encoded()
    assert attachment == Attachment(content=b"abc")
    assert "_encoded" not in dict(attachment)
    assert pickle.loads(pickle.dumps(attachment)) == attachment  # noqa: S301 - our own bytes
