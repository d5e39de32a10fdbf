from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.errors import ConfigurationError
from mailcore.message import Flaw, Limits, ReceivedAddress, parse

RAW = b"""\
From: =?utf-8?b?546L6Iqz?= <fang@example.org>
Sender: robot@example.org
To: A <a@b.c>, Team: d@e.f;
Cc: g@h.i
Reply-To: list@example.org
Subject: =?utf-8?q?Caf=C3=A9?=
Date: Fri, 02 Jan 2026 03:04:05 +0000
Message-ID: <1@example.org>
In-Reply-To: <0@example.org>
References: <-1@example.org>
\t<0@example.org>

Hello
""".replace(b"\n", b"\r\n")


def test_what_a_mail_says() -> None:
    mail = parse(RAW)
    assert mail.from_ == ReceivedAddress("fang@example.org", "王芳")
    assert mail.from_all == (mail.from_,)
    assert mail.sender == ReceivedAddress("robot@example.org")
    assert mail.to == (ReceivedAddress("a@b.c", "A"), ReceivedAddress("d@e.f"))
    assert mail.cc == (ReceivedAddress("g@h.i"),)
    assert mail.reply_to == (ReceivedAddress("list@example.org"),)
    assert mail.subject == "Café"
    assert mail.date == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert mail.message_id == "<1@example.org>"
    assert mail.in_reply_to == "<0@example.org>"
    assert mail.references == ("<-1@example.org>", "<0@example.org>")
    assert mail.text == "Hello\n"
    assert mail.raw is RAW


def test_what_is_missing_is_none_or_empty() -> None:
    mail = parse(b"")
    assert (mail.subject, mail.from_, mail.sender, mail.date, mail.html) == (None,) * 5
    assert (mail.message_id, mail.in_reply_to) == (None, None)
    assert (mail.to, mail.cc, mail.bcc, mail.reply_to, mail.references) == ((),) * 5
    assert (mail.attachments, mail.inline, mail.parts, mail.defects) == ((),) * 4
    assert mail.text == ""


def compose(*parts: str, subtype: str = "mixed") -> bytes:
    body = "".join(f"--b\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{subtype}; boundary=b\n\n{body}--b--\n".encode()


HTML = "Content-Type: text/html\n\n<p>"
TEXT = "\ntext"
NAMED = "Content-Type: text/plain; name=a.txt\n\nnamed"
ATTACHED = "Content-Disposition: attachment\n\nattached"
IMAGE = "Content-Type: image/png\nContent-ID: <logo>\n\nimage"


@pytest.mark.parametrize(
    ("raw", "text", "html", "inline", "attachments"),
    [
        (compose(TEXT, HTML, subtype="alternative"), "text", "<p>", [], []),
        (compose(HTML, IMAGE, subtype="related"), None, "<p>", ["logo"], []),
        (compose(TEXT, IMAGE), "text", None, [], [b"image"]),
        (compose(TEXT, NAMED, ATTACHED), "text", None, [], [b"named", b"attached"]),
        (compose(NAMED), "named", None, [], []),
        (compose(TEXT, TEXT), "text\ntext", None, [], []),
        (compose(ATTACHED), None, None, [], [b"attached"]),
        (b"Content-Type: text/html\n\n<p>", None, "<p>", [], []),
        (b"Content-Type: image/png\n\nimage", None, None, [], [b"image"]),
        (b"Content-Type: multipart/mixed\n\nlost?", "lost?", None, [], []),
    ],
)
def test_bodies_and_attachments_are_told_apart(
    raw: bytes, text: str | None, html: str | None, inline: list[str], attachments: list[bytes]
) -> None:
    mail = parse(raw)
    assert (mail.text, mail.html) == (text, html)
    assert [part.content_id for part in mail.inline] == inline
    assert [part.content for part in mail.attachments] == attachments


def test_walking_gives_the_mail_and_all_its_parts() -> None:
    mail = parse(compose(TEXT, HTML))
    assert [part.number for part in mail.walk()] == ["", "1", "2"]
    assert [part.number for part in mail.parts] == ["1", "2"]


def test_limits_can_be_changed() -> None:
    mail = parse(compose(TEXT, HTML), limits=Limits(parts=1))
    assert len(mail.parts) == 1


def test_the_repr_is_short() -> None:
    assert repr(parse(RAW)) == (
        f"<ReceivedMessage from '王芳 <fang@example.org>': 'Café', {len(RAW)} octets>"
    )


@given(st.binary())
def test_nothing_raises(raw: bytes) -> None:
    mail = parse(raw)
    assert mail.raw == raw
    assert isinstance(mail.defects, tuple)
    assert isinstance(mail.text, str | None)
    assert isinstance(repr(mail), str)


def test_text_alone_is_a_body() -> None:
    mail = parse(b"no header at all just text")
    assert mail.text == "no header at all just text"
    assert [defect.code for defect in mail.defects] == [Flaw.HEADER_MISSING]


@pytest.mark.parametrize("raw", ["Subject: x", 5, None, ["Subject: x"]])
def test_what_is_not_bytes_is_refused(raw: object) -> None:
    with pytest.raises(ConfigurationError, match="a mail is bytes"):
        parse(raw)  # type: ignore[arg-type] # that is the test


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_every_kind_of_bytes_is_read(kind: Callable[[bytes], bytes]) -> None:
    assert parse(kind(b"Subject: x\r\n\r\n")).subject == "x"


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (b"a\r\nb\r\n", []),
        (b"a\nb\r\n", [15]),
        (b"a\rb\r\n", [15]),
        (b"a\r\nb\n.\nc\r", [18]),
        (b"a\r\r\n", [15]),
        (b"a\n\r", [15]),
    ],
)
def test_a_bare_line_end_among_crlf_is_a_defect(body: bytes, places: list[int]) -> None:
    defects = parse(b"Subject: x\r\n\r\n" + body).defects
    assert [(defect.code, defect.offset) for defect in defects] == [
        (Flaw.BARE_LINE_END, place) for place in places
    ]


@pytest.mark.parametrize("raw", [b"Subject: x\n\ntext\n", b"Subject: x\r\rtext\r", b"Subject: x"])
def test_line_ends_of_another_kind_throughout_are_no_defect(raw: bytes) -> None:
    assert parse(raw).defects == ()
