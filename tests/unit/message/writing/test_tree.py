import email
import re
from email.message import Message as StandardMessage
from io import BytesIO
from typing import Unpack

import pytest

from mailcore.message import Attachment, AttachmentFields, parse
from mailcore.message.writing.rendered import Rendered
from mailcore.message.writing.tree import Branch, Leaf, Text, build

FILE = Attachment(filename="a.csv", content=b"a,b\n")
LOGO = Attachment(filename="logo.png", content=b"\x89PNG", disposition="inline", content_id="logo")
PLAIN, HTML = Text("plain", "t"), Text("html", "h")
AMP, CALENDAR = Text("x-amp-html", "a"), Text("calendar; method=REQUEST", "c")


def shape(part: StandardMessage) -> str:
    name = part.get_content_subtype()
    if not part.is_multipart():
        return name
    children = [child for child in part.get_payload() if isinstance(child, StandardMessage)]
    return f"{name}({', '.join(map(shape, children))})"


def write(root: Leaf | Branch) -> bytes:
    return Rendered("", root, seed="x").to_bytes()


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (build([]), "plain"),
        (build([PLAIN]), "plain"),
        (build([HTML]), "html"),
        (build([PLAIN, HTML]), "alternative(plain, html)"),
        (build([HTML], inline=[LOGO]), "related(html, png)"),
        (build([PLAIN, HTML], inline=[LOGO]), "alternative(plain, related(html, png))"),
        (build([PLAIN], attachments=[FILE]), "mixed(plain, csv)"),
        (build([], attachments=[FILE]), "mixed(csv)"),
        (
            build([PLAIN, AMP, HTML, CALENDAR], inline=[LOGO], attachments=[FILE, FILE]),
            "mixed(alternative(plain, x-amp-html, related(html, png), calendar), csv, csv)",
        ),
    ],
)
def test_levels_that_are_not_needed_are_left_out(root: Leaf | Branch, expected: str) -> None:
    assert shape(email.message_from_bytes(write(root))) == expected


def test_a_related_part_says_what_it_begins_with() -> None:
    raw = write(build([HTML], inline=[LOGO]))
    assert b'Content-Type: multipart/related; type="text/html";\r\n boundary="' in raw


def test_a_calendar_says_its_method_and_has_no_disposition() -> None:
    raw = write(build([PLAIN, CALENDAR]))
    assert b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n" in raw
    assert b"Content-Disposition" not in raw


def attach(*, eight_bit: bool = False, **fields: Unpack[AttachmentFields]) -> bytes:
    """Write a mail with that attachment."""
    root = build([PLAIN], attachments=[Attachment(**fields)], eight_bit=eight_bit)
    rendered = Rendered("", root, seed="x")
    raw = rendered.to_bytes()
    assert rendered.size == len(raw)
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
    raw = attach(filename="数据.csv", content=b"", content_type="text/csv; charset=utf-8")
    assert b'Content-Type: text/csv; charset=utf-8; name="=?utf-8?b?5pWw5o2uLmNzdg==?="\r\n' in raw
    assert b"Content-Disposition: attachment; filename*=utf-8''%E6%95%B0%E6%8D%AE.csv\r\n" in raw


def test_an_attached_message_goes_as_it_is_where_eight_bits_may() -> None:
    inner = "Subject: x\r\n\r\n你好\r\n".encode()
    raw = attach(filename="inner.eml", content=inner, eight_bit=True)
    assert b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n" in raw
    assert inner in raw


def test_eight_bits_leave_what_is_not_lines_encoded() -> None:
    raw = attach(filename="inner.eml", content=b"Subject: \xe9\n\r\n\0", eight_bit=True)
    assert raw.isascii()


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"a\r\nb\rc\n\0", b"From me\n", b" \n"])
def test_a_text_at_hand_stays_readable_and_exact(content: bytes) -> None:
    raw = attach(filename="a.csv", content=content)
    assert b"Content-Transfer-Encoding: quoted-printable\r\n" in raw
    assert parse(raw).attachments[0].content == content
    assert parse(raw.replace(b"\r\n", b"\n")).attachments[0].content == content


@pytest.mark.parametrize("content", ["你好".encode(), b""])
def test_a_text_that_is_not_readable_is_base64(content: bytes) -> None:
    assert b"quoted-printable" not in attach(filename="a.txt", content=content)


def test_a_streamed_text_is_base64() -> None:
    assert b"YWJj" in attach(filename="a.txt", content=lambda: BytesIO(b"abc"))


def test_a_message_that_goes_as_octets_has_a_name_that_programs_know() -> None:
    raw = attach(content_type="message/rfc822", content="Subject: é\r\n\r\n".encode())
    assert b"Content-Type: application/octet-stream\r\n" in raw
    assert b"filename=message.eml\r\n" in raw
