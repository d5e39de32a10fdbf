import pytest

from mailcore.errors import InvalidHeader
from mailcore.message.content_types import (
    CONTENT_TYPE,
    guess_by_content,
    guess_by_name,
    read_content_type,
)


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [
        ("report.pdf", "application/pdf"),
        ("REPORT.PDF", "application/pdf"),
        ("数据.csv", "text/csv"),
        ("a.tar.gz", "application/gzip"),
        ("pdf.unheard-of", None),
        ("no-suffix", None),
        ("html", None),
        (None, None),
    ],
)
def test_the_end_of_the_name_decides(filename: str | None, content_type: str | None) -> None:
    assert guess_by_name(filename) == content_type


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", None),
        (b"", None),
    ],
)
def test_images_are_known_by_their_first_bytes(content: bytes, content_type: str | None) -> None:
    assert guess_by_content(content) == content_type


@pytest.mark.parametrize(
    ("text", "name", "parameters"),
    [
        ("text/plain", "text/plain", ()),
        ("text/plain ; charset=x;format=flowed", "text/plain", ("charset=x", "format=flowed")),
        ('a/b; x="y; z=1"; w="\\""', "a/b", ('x="y; z=1"', 'w="\\""')),
        ('a/b; x="  "', "a/b", ('x="  "',)),
    ],
)
def test_a_content_type_is_a_type_and_parameters(
    text: str, name: str, parameters: tuple[str, ...]
) -> None:
    assert read_content_type(text) == (name, parameters)


@pytest.mark.parametrize("text", ["", "a", "a/b;", "a/b; c", "a/b; c=", "a/b c=d", "a /b", "a/b\n"])
def test_what_is_no_content_type_is_refused(text: str) -> None:
    with pytest.raises(InvalidHeader, match="is not a content type"):
        read_content_type(text)


def test_a_content_type_has_a_limit() -> None:
    longest = "a/b; c=".ljust(CONTENT_TYPE, "d")
    assert str(read_content_type(longest)) == longest
    with pytest.raises(InvalidHeader, match="at most"):
        read_content_type(f"{longest}d")
