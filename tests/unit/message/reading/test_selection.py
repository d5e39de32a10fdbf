import pytest

from mailcore.message import Limits, Part
from mailcore.message.reading.selection import select, view
from tests import tnef


def compose(*parts: str, subtype: str = "mixed", boundary: str = "b") -> bytes:
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    head = f"Content-Type: multipart/{subtype}; boundary={boundary}\n\n"
    return f"{head}{body}--{boundary}--\n".encode()


def nest(*parts: str, subtype: str = "mixed") -> str:
    return compose(*parts, subtype=subtype, boundary="within").decode()


HTML = "Content-Type: text/html\n\n<p>"
TEXT = "\ntext"
FILE = "Content-ID: <x>\nContent-Disposition: attachment\n\nfile"
ROOT = "Content-Type: text/html\nContent-ID: <r>\n\n<b>"
SHOWING = "Content-Type: text/html\n\n<img src=cid:logo>"
NOTE = "\nnote"
NAMED = "Content-Type: text/plain; name=a.txt\n\nnamed"
ATTACHED = "Content-Disposition: attachment\n\nattached"
IMAGE = "Content-Type: image/png\nContent-ID: <logo>\n\nimage"


@pytest.mark.parametrize(
    ("raw", "text", "html", "inline", "attachments"),
    [
        (compose(TEXT, HTML, subtype="alternative"), ["text"], ["<p>"], [], []),
        (compose(SHOWING, IMAGE, subtype="related"), [], ["<img src=cid:logo>"], ["logo"], []),
        (compose(SHOWING, IMAGE), [], ["<img src=cid:logo>"], ["logo"], []),
        (compose(HTML, IMAGE, subtype="related"), [], ["<p>"], ["logo"], []),
        (compose(HTML, IMAGE), [], ["<p>"], [], [b"image"]),
        (compose(HTML, FILE, subtype="related"), [], ["<p>"], [], [b"file"]),
        (compose(TEXT, IMAGE), ["text"], [], [], [b"image"]),
        (compose(IMAGE, HTML, subtype="related"), [], ["<p>"], ["logo"], []),
        (compose(IMAGE, ROOT, subtype='related; start="<r>"'), [], ["<b>"], ["logo"], []),
        (compose(TEXT, HTML, IMAGE, subtype="related"), ["text"], ["<p>"], ["logo"], []),
        (compose(TEXT, NAMED, ATTACHED), ["text"], [], [], [b"named", b"attached"]),
        (compose(NAMED), ["named"], [], [], []),
        (compose(TEXT, TEXT), ["text", "text"], [], [], []),
        (compose(ATTACHED), [], [], [], [b"attached"]),
        (b"Content-Type: text/html\n\n<p>", [], ["<p>"], [], []),
        (b"Content-Type: image/png\n\nimage", [], [], [], [b"image"]),
        (b"Content-Type: multipart/mixed\n\nlost?", ["lost?"], [], [], []),
    ],
)
def test_bodies_and_attachments_are_told_apart(
    raw: bytes, text: list[str], html: list[str], inline: list[str], attachments: list[bytes]
) -> None:
    selected = select(Part(raw, 0, len(raw)))
    assert [part.text for part in selected.text] == text
    assert [part.text for part in selected.html] == html
    assert [part.content_id for part in selected.inline] == inline
    assert [part.content for part in selected.attachments] == attachments


@pytest.mark.parametrize(
    ("raw", "text", "html"),
    [
        (compose(TEXT, HTML, subtype="alternative"), ["text"], ["<p>"]),
        (compose(HTML, TEXT), ["<p>", "text"], ["<p>", "text"]),
        (compose(HTML, subtype="alternative"), ["<p>"], ["<p>"]),
        (compose(TEXT, NAMED, ATTACHED), ["text"], ["text"]),
        (compose(IMAGE), [], []),
        (
            compose(TEXT, nest(HTML, NOTE, HTML), subtype="alternative"),
            ["text"],
            ["<p>", "note", "<p>"],
        ),
        (
            compose(nest(HTML, NOTE), subtype="alternative"),
            ["<p>", "note"],
            ["<p>", "note"],
        ),
        (
            compose(TEXT, nest(HTML, IMAGE, subtype="related"), subtype="alternative"),
            ["text"],
            ["<p>"],
        ),
    ],
)
def test_who_reads_text_and_who_reads_html_sees_all_bodies(
    raw: bytes, text: list[str], html: list[str]
) -> None:
    views = view(Part(raw, 0, len(raw)))
    assert [part.text for part in views.text] == text
    assert [part.text for part in views.html] == html


def test_views_of_any_depth_can_be_given() -> None:
    raw = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2_000)
    )
    whole = Part(raw + b"\nx", 0, len(raw) + 2, limits=Limits(depth=5_000))
    assert [part.text for part in view(whole).text] == ["x"]


def test_a_file_that_packed_html_shows_is_inline() -> None:
    raw = b"Content-Type: application/ms-tnef\n\n" + tnef.stream(
        tnef.message({(tnef.BINARY, 0x1013): b'<img src="cid:img1">'}),
        tnef.attachment(data=b"GIF", written={(tnef.STRING8, 0x3712): b"img1\0"}),
        tnef.attachment(data=b"DATA"),
    )
    selected = select(Part(raw, 0, len(raw)))
    assert [part.content for part in selected.inline] == [b"GIF"]
    assert [part.content for part in selected.attachments] == [b"DATA"]
