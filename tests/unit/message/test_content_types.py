import pytest

from mailcore.message.content_types import DEFAULT, guess_by_content, guess_by_name


@pytest.mark.parametrize(
    ("filename", "content_type"),
    [
        ("report.pdf", "application/pdf"),
        ("REPORT.PDF", "application/pdf"),
        ("数据.csv", "text/csv"),
        ("a.tar.gz", "application/gzip"),
        ("pdf.unheard-of", DEFAULT),
        ("no-suffix", DEFAULT),
        (None, DEFAULT),
    ],
)
def test_the_end_of_the_name_decides(filename: str | None, content_type: str) -> None:
    assert guess_by_name(filename) == content_type


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBP", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", DEFAULT),
        (b"", DEFAULT),
    ],
)
def test_images_are_known_by_their_first_bytes(content: bytes, content_type: str) -> None:
    assert guess_by_content(content) == content_type
