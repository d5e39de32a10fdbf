import email
from email.message import Message as StandardMessage

import pytest

from mailcore.message import Attachment
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


def test_an_attached_message_goes_as_it_is() -> None:
    inner = b"Subject: inner\r\n\r\nHello\r\n"
    attached = Attachment(filename="inner.eml", content=inner)
    raw = tree.join(
        tree.segments(b"", tree.build(text="t", html=None, attachments=[attached]), seed="x")
    )
    assert b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit" in raw
    assert inner in raw


def test_an_attached_message_of_eight_bits_is_encoded() -> None:
    attached = Attachment(filename="inner.eml", content="Subject: é\r\n\r\n".encode())
    raw = tree.join(
        tree.segments(b"", tree.build(text="t", html=None, attachments=[attached]), seed="x")
    )
    assert raw.isascii()


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
