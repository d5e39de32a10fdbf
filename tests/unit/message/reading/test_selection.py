import time

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
NAMED_HTML = "Content-Type: text/html; name=a.html\n\n<i>"
INLINE_HTML = "Content-Type: text/html\nContent-Disposition: inline; filename=a.html\n\n<i>"
ATTACHED_HTML = "Content-Type: text/html\nContent-Disposition: attachment\n\n<i>"
AMP = "Content-Type: text/x-amp-html\n\namp"
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
        (compose(TEXT, NOTE, HTML, ROOT, subtype="alternative"), ["note"], ["<b>"], [], []),
        (compose(TEXT, HTML, NOTE, subtype="alternative"), ["note"], ["<p>"], [], []),
        (compose(TEXT, NAMED, subtype="alternative"), ["text"], [], [], [b"named"]),
        (
            compose(TEXT, nest(SHOWING, IMAGE, subtype="related"), HTML, subtype="alternative"),
            ["text"],
            ["<p>"],
            [],
            [b"image"],
        ),
        (
            compose(TEXT, HTML, nest(SHOWING, IMAGE, subtype="related"), subtype="alternative"),
            ["text"],
            ["<img src=cid:logo>"],
            ["logo"],
            [],
        ),
        (
            compose(TEXT, nest(NOTE, HTML, subtype="alternative"), subtype="alternative"),
            ["text"],
            ["<p>"],
            [],
            [],
        ),
        (
            compose(nest(HTML, ATTACHED), nest(ROOT, NOTE), subtype="alternative"),
            ["note"],
            ["<b>"],
            [],
            [b"attached"],
        ),
        (compose(nest(TEXT, NOTE), HTML, subtype="alternative"), ["text", "note"], ["<p>"], [], []),
        (
            compose(nest(HTML, subtype="related"), nest(ROOT, IMAGE, subtype="related")),
            [],
            ["<p>", "<b>"],
            ["logo"],
            [],
        ),
        (compose(TEXT, NAMED_HTML, subtype="alternative"), ["text"], ["<i>"], [], []),
        (compose(TEXT, INLINE_HTML, subtype="alternative"), ["text"], ["<i>"], [], []),
        (compose(TEXT, ATTACHED_HTML, subtype="alternative"), ["text"], [], [], [b"<i>"]),
        (compose(TEXT, NAMED_HTML), ["text"], [], [], [b"<i>"]),
        (compose(TEXT, AMP, HTML, subtype="alternative"), ["text"], ["<p>"], [], []),
        (compose(TEXT, AMP), ["text"], [], [], [b"amp"]),
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
        (compose(TEXT, NOTE, HTML, ROOT, subtype="alternative"), ["note"], ["<b>"]),
        (compose(HTML, ROOT, subtype="alternative"), ["<b>"], ["<b>"]),
        (compose(TEXT, NOTE, subtype="alternative"), ["note"], ["note"]),
        (
            compose(nest(HTML, NOTE), nest(ROOT, TEXT), subtype="alternative"),
            ["<b>", "text"],
            ["<b>", "text"],
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


def test_files_that_a_lost_alternative_holds_are_kept() -> None:
    packed = "\nbegin 644 a.txt\n#0V%T\n`\nend\n"
    raw = compose(packed, TEXT, subtype="alternative")
    selected = select(Part(raw, 0, len(raw)))
    assert [part.text for part in selected.text] == ["text"]
    assert [part.content for part in selected.attachments] == [b"Cat"]


@pytest.mark.parametrize("subtype", ["mixed", "alternative", "related"])
def test_any_number_of_bodies_takes_linear_time(subtype: str) -> None:
    raw = compose(*[nest(HTML, IMAGE, subtype="related")] * 2000, subtype=subtype)
    start = time.process_time()
    selected = select(Part(raw, 0, len(raw)))
    assert len(selected.html) == (1 if subtype == "alternative" else 2000)
    assert time.process_time() - start < 2


def test_a_file_that_packed_html_shows_is_inline() -> None:
    raw = b"Content-Type: application/ms-tnef\n\n" + tnef.stream(
        tnef.message({(tnef.BINARY, 0x1013): b'<img src="cid:img1">'}),
        tnef.attachment(data=b"GIF", written={(tnef.STRING8, 0x3712): b"img1\0"}),
        tnef.attachment(data=b"DATA"),
    )
    selected = select(Part(raw, 0, len(raw)))
    assert [part.content for part in selected.inline] == [b"GIF"]
    assert [part.content for part in selected.attachments] == [b"DATA"]
