import email
import re
from email.message import Message as StandardMessage
from io import BytesIO
from typing import Unpack

import pytest

from mailcore.message import Attachment, AttachmentFields, parse
from mailcore.message.writing import tree

FILE = Attachment(filename="a.csv", content=b"a,b\n")
LOGO = Attachment(filename="logo.png", content=b"\x89PNG", disposition="inline", content_id="logo")


def shape(part: StandardMessage) -> str:
    name = part.get_content_subtype()
    if not part.is_multipart():
        return name
    children = [child for child in part.get_payload() if isinstance(child, StandardMessage)]
    return f"{name}({', '.join(map(shape, children))})"


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (tree.build(text=None, html=None), "plain"),
        (tree.build(text="t", html=None), "plain"),
        (tree.build(text=None, html="h"), "html"),
        (tree.build(text="t", html="h"), "alternative(plain, html)"),
        (tree.build(text=None, html="h", inline=[LOGO]), "related(html, png)"),
        (tree.build(text="t", html=None, attachments=[FILE]), "mixed(plain, csv)"),
        (tree.build(text=None, html=None, attachments=[FILE]), "mixed(csv)"),
        (
            tree.build(text="t", html="h", inline=[LOGO], attachments=[FILE, FILE]),
            "mixed(related(alternative(plain, html), png), csv, csv)",
        ),
    ],
)
def test_levels_that_are_not_needed_are_left_out(
    root: tree.Leaf | tree.Branch, expected: str
) -> None:
    raw = tree.join(tree.segments(b"", root, seed="x"))
    assert shape(email.message_from_bytes(raw)) == expected


def test_the_seed_decides_the_boundaries() -> None:
    root = tree.build(text="t", html="h")
    assert tree.segments(b"", root, seed="x") == tree.segments(b"", root, seed="x")
    assert tree.segments(b"", root, seed="x") != tree.segments(b"", root, seed="y")


def test_a_boundary_that_a_body_holds_is_not_used() -> None:
    first = tree.join(tree.segments(b"", tree.build(text="t", html="h"), seed="x")).decode("ascii")
    delimiter = next(line for line in first.split("\r\n") if line.startswith("--"))
    root = tree.build(text=f"quoted:\n{delimiter}\n", html="h")
    parsed = email.message_from_bytes(tree.join(tree.segments(b"", root, seed="x")))
    assert shape(parsed) == "alternative(plain, html)"


def attach(**fields: Unpack[AttachmentFields]) -> bytes:
    """Write a mail with that attachment."""
    root = tree.build(text="t", html=None, attachments=[Attachment(**fields)])
    row = tree.segments(b"", root, seed="x")
    raw = tree.join(row)
    assert tree.size(row) == len(raw)
    return raw


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_an_attached_message_goes_as_it_is_in_crlf_lines(end: str) -> None:
    inner = f"Subject: inner{end}{end}Hello{end}"
    raw = attach(filename="inner.eml", content=inner.encode())
    assert b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit" in raw
    assert b"Subject: inner\r\n\r\nHello\r\n" in raw


@pytest.mark.parametrize(
    "inner",
    [
        "Subject: é\r\n\r\n".encode(),
        b"Subject: x\n\n\xe9\n",
        b"Subject: x\r\n\r\nmixed\nline ends\r\n",
        b"Subject: x\r\n\r\n" + b"x" * 999,
        b"Subject: x\n\n\0\n",
    ],
)
def test_a_message_that_cannot_go_as_it_is_goes_as_octets(inner: bytes) -> None:
    raw = attach(filename="inner.eml", content=lambda: BytesIO(inner))
    assert b"message/rfc822" not in raw
    (part,) = parse(raw).attachments
    assert (part.content_type, part.content) == ("application/octet-stream", inner)
    assert part.filename == "inner.eml"


def test_an_internationalised_message_may_be_encoded() -> None:
    inner = "Subject: é\r\n\r\n".encode()
    (part,) = parse(attach(content=inner, content_type="message/global")).attachments
    assert (part.content_type, part.content) == ("message/global", inner)


@pytest.mark.parametrize("content_type", ["text/plain", "Text/HTML"])
def test_a_text_beside_the_body_is_never_inline(content_type: str) -> None:
    mail = parse(attach(content=b"more", content_type=content_type, disposition="inline"))
    assert (mail.text, mail.html) == ("t", None)
    assert [part.content for part in mail.attachments] == [b"more"]


def test_an_image_beside_the_body_may_be_inline() -> None:
    (part,) = parse(attach(content=b"", content_type="image/png", disposition="inline")).attachments
    assert part.disposition == "inline"


def test_spaces_in_a_parameter_are_not_folded() -> None:
    raw = attach(content=b"", content_type=f'text/plain; x="{" " * 300}"')
    assert not re.search(rb"\n[ \t]+\r\n", raw)
    assert parse(raw).attachments[0].parameters["x"] == " " * 300


@pytest.mark.parametrize("given", ['name="x.pdf"', "NAME=x.pdf", "name*=utf-8''x.pdf", "name*0=x"])
@pytest.mark.parametrize("filename", ["数.pdf", "y.pdf"])
def test_the_file_name_replaces_a_name_in_the_content_type(given: str, filename: str) -> None:
    raw = attach(content=b"", filename=filename, content_type=f"a/b; {given}; z=1")
    (part,) = parse(raw).attachments
    assert part.parameters.get("name", filename) == filename
    assert part.parameters["z"] == "1"
    assert raw.lower().count(b" name") == (not filename.isascii())


def test_a_foreign_file_name_is_written_for_new_and_old_readers() -> None:
    attached = Attachment(filename="数据.csv", content=b"", content_type="text/csv; charset=utf-8")
    raw = tree.join(
        tree.segments(b"", tree.build(text="t", html=None, attachments=[attached]), seed="x")
    )
    assert b'Content-Type: text/csv; charset=utf-8; name="=?utf-8?b?5pWw5o2uLmNzdg==?="\r\n' in raw
    assert b"Content-Disposition: attachment; filename*=utf-8''%E6%95%B0%E6%8D%AE.csv\r\n" in raw


def test_chunks_join_to_the_same_bytes() -> None:
    row = tree.segments(
        b"", tree.build(text="x\n" * 99_999, html="h", attachments=[FILE]), seed="x"
    )
    assert b"".join(tree.chunks(row)) == tree.join(row)
    assert tree.size(row) == len(tree.join(row))
