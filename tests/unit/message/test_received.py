import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import escape
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.errors import ConfigurationError, InvalidMessage
from mailcore.message import Flaw, Limits, ListID, Message, ReceivedAddress, parse
from tests.reading import read_everything

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


def test_walking_gives_the_mail_and_all_its_parts() -> None:
    mail = parse(compose(TEXT, HTML))
    assert [part.number for part in mail.walk()] == ["", "1", "2"]
    assert [part.number for part in mail.parts] == ["1", "2"]


def test_a_calendar_is_read_and_still_an_attachment() -> None:
    raw = compose(TEXT, "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n", subtype="alternative")
    assert parse(raw).calendar == "BEGIN:VCALENDAR\n"
    assert len(parse(raw).attachments) == 1
    assert parse(compose(TEXT)).calendar is None


def test_limits_can_be_changed() -> None:
    mail = parse(compose(TEXT, HTML), limits=Limits(parts=1))
    assert len(mail.parts) == 1


def test_the_repr_is_short() -> None:
    assert repr(parse(RAW)) == (
        f"<ReceivedMessage from '王芳 <fang@example.org>': 'Café', {len(RAW)} octets>"
    )


@given(st.binary())
def test_everything_can_be_read_of_any_octets(raw: bytes) -> None:
    read_everything(raw)


@given(
    st.lists(
        st.sampled_from(
            [b"From: a <b@c>", b"To: x:;", b"\n", b"\r\n", b"--b", b"--b--", b"Received: from a (b [c]) by d;",
             b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: message/rfc822", b"\xff\xfe",
             b"Content-Type: text/plain; format=flowed", b"Content-Transfer-Encoding: base64", b"QUJD=",
             b"begin 644 x", b"#0V%T", b"end", b"=?utf-8?q?=C3?=", b"Date: 1 Jan 2026", b" (", b'"', b"\0"]
        )
    ).map(b"".join)
)  # fmt: skip
def test_everything_can_be_read_of_whatever_looks_like_a_mail(raw: bytes) -> None:
    read_everything(raw)


def test_the_way_is_told_the_last_server_first() -> None:
    raw = b"Received: by two;\n 2 Jan 2026 03:04:05 +0000\nReceived: from x by one with ESMTP\n\n"
    two, one = parse(raw).received
    assert (two.by, two.date) == ("two", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert (one.from_, one.by, one.with_) == ("x", "one", "ESMTP")


def test_a_list_is_told_and_how_to_get_off_it() -> None:
    mail = parse(
        b"List-Id: News <n.example>\nList-Unsubscribe: <https://x.org/>,\n <mailto:a@b>\n\n"
    )
    assert mail.list_id == ListID("n.example", "News")
    assert mail.list_unsubscribe == ("https://x.org/", "mailto:a@b")
    assert (parse(b"").list_id, parse(b"").list_unsubscribe) == (None, ())


def test_of_two_authors_the_first_counts_and_of_recipients_all() -> None:
    mail = parse(b"From: a@b.c\nFrom: x@y.z\nTo: a@b.c\nSubject: x\nTo: d@e.f\n\n")
    assert [address.email for address in mail.from_all] == ["a@b.c"]
    assert [address.email for address in mail.to] == ["a@b.c", "d@e.f"]


def test_undeclared_octets_of_the_header_are_in_the_charset_of_the_body() -> None:
    name, fields = "王芳".encode("gb18030"), b"Content-Type: text/plain; charset=gb2312\n\n"
    mail = parse(b"From: " + name + b" <a@b.c>\nSubject: " + name + b"\n" + fields)
    assert (mail.subject, mail.from_) == ("王芳", ReceivedAddress("a@b.c", "王芳"))
    listed = b"List-Id: " + name + b" <l.x>\nContent-Disposition: attachment; filename=" + name
    mail = parse(listed + b"\n" + fields)
    assert (mail.list_id, mail.attachments[0].filename) == (ListID("l.x", "王芳"), "王芳")
    part = f"Content-Type: text/html; charset=gb2312\n\n{'王芳'}".encode("gb18030")
    head = b"Subject: " + name + b"\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
    file = b"\n--b\nContent-Type: a/b; name=" + name + b"\n\nx"
    mail = parse(head + part + file + b"\n--b--")
    assert (mail.subject, mail.attachments[0].filename) == ("王芳", "王芳")


def test_who_reads_text_gets_the_html_as_text() -> None:
    assert parse(compose(HTML.replace("<p>", "<p>Hi <b>all</b>"))).to_text() == "Hi all\n"
    assert parse(compose(TEXT, HTML)).to_text() == "text\n"
    assert parse(b"").to_text() == ""


def test_a_preview_is_a_document_of_its_own() -> None:
    html = parse(compose(HTML + "<img src=https://x.org/pixel.png>")).preview()
    assert html.startswith("<!DOCTYPE html>")
    assert "pixel.png" not in html
    html = parse(compose(HTML + "<img src=https://x.org/pixel.png>")).preview(remote_images=True)
    assert "pixel.png" in html


@pytest.mark.parametrize("url", ["cid:logo@x", "CID:logo%40x", "cid:logo&#64;x"])
def test_a_cid_leads_to_its_part(url: str) -> None:
    mail = parse(compose(HTML, "Content-ID: <logo@x>\n\nimage", subtype="related"))
    part = mail.resolve(url)
    assert part is not None
    assert part.content == b"image"


@pytest.mark.parametrize(
    "content_id", ["Logo (1).png", "it's@x", "image(1)@x", "a%20b@x", "a b@x", "plain@x", "a&b@x"]
)
def test_what_the_html_shows_is_the_same_to_all_who_ask(content_id: str) -> None:
    png = b"\x89PNG\r\n\x1a\n"
    for written in (content_id, content_id.replace("%20", " ")):
        html = HTML + f'<img src="cid:{escape(written, quote=False)}">'
        image = f"Content-Type: image/png\nContent-ID: <{content_id}>\n\n{png.decode('latin-1')}"
        mail = parse(compose(html, image).decode().encode("latin-1"))
        assert mail.attachments == ()
        (part,) = mail.inline
        assert mail.resolve(f"cid:{written}") == part
        assert "data:image/png" in mail.preview()
        assert "not show" not in mail.preview()
        assert len(mail.forward(from_="a@x.org", to="b@x.org").inline) == 1


@pytest.mark.parametrize("url", ["cid:other", "https://x.org/", ""])
def test_what_leads_nowhere_is_none(url: str) -> None:
    assert parse(compose(HTML)).resolve(url) is None


def test_text_alone_is_a_body() -> None:
    mail = parse(b"no header at all just text")
    assert mail.text == "no header at all just text"
    assert [defect.code for defect in mail.defects] == [Flaw.HEADER_MISSING]


@pytest.mark.parametrize("raw", ["Subject: x", 5, None, ["Subject: x"]])
def test_what_is_not_bytes_is_refused(raw: object) -> None:
    with pytest.raises(ConfigurationError, match="a mail is bytes"):
        parse(raw)  # type: ignore[arg-type] # that is the test


class Trickle(BytesIO):
    """A file that gives a little at a time, as pipes do."""

    def read(self, _: int | None = -1, /) -> bytes:
        return super().read(3)


def test_a_mail_is_read_from_a_file_in_any_shape(tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    path.write_bytes(RAW)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        mails = [parse(path), parse(file), parse(mapped), parse(Trickle(RAW))]
        assert [mail.raw for mail in mails] == [RAW] * 4
        assert [mail.text for mail in mails] == ["Hello\n"] * 4
        assert len({mail.defects for mail in mails}) == 1


def test_a_file_of_text_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="binary mode"):
        parse(StringIO("Subject: x"))  # type: ignore[arg-type] # that is the test


def test_a_file_that_is_missing_is_the_systems_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        parse(tmp_path / "none.eml")


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
    found = [defect.offset for defect in defects if defect.code is Flaw.BARE_LINE_END]
    assert found == places


@pytest.mark.parametrize("raw", [b"Subject: x\n\ntext\n", b"Subject: x\r\rtext\r", b"Subject: x"])
def test_line_ends_of_another_kind_throughout_are_no_defect(raw: bytes) -> None:
    assert {defect.code for defect in parse(raw).defects} == {Flaw.FIELD_MISSING}


def test_a_mail_can_be_answered_by_a_text_alone() -> None:
    answer = parse(RAW).reply(text="Thanks.")
    assert str(answer.from_) == "A <a@b.c>"
    assert [str(each) for each in answer.to] == ["list@example.org"]
    assert answer.subject == "Re: Café"
    assert answer.text == ("Thanks.\n\nOn Fri, 02 Jan 2026 at 03:04 +0000, 王芳 wrote:\n> Hello\n")
    assert answer.in_reply_to == "<1@example.org>"
    assert answer.references == ("<-1@example.org>", "<0@example.org>", "<1@example.org>")


def test_an_answer_quotes_under_a_line_of_choice_or_not_at_all() -> None:
    mail = parse(RAW)
    assert mail.reply(attribution="{email}:").text == "fang@example.org:\n> Hello\n"
    assert mail.reply(text="Thanks.", quote=False).text == "Thanks."
    assert mail.reply_all(text="Thanks.", quote=False).text == "Thanks."


def test_everybody_can_be_answered() -> None:
    answer = parse(RAW).reply_all(text="Thanks.", from_="d@e.f")
    assert [each.email for each in parse(answer.to_bytes()).to] == ["list@example.org", "a@b.c"]
    assert [str(each) for each in answer.cc] == ["g@h.i"]


def test_a_mail_can_be_forwarded_by_a_recipient_alone() -> None:
    mail = parse(RAW)
    message = mail.forward(to="x@y.z")
    assert message.subject == "Fwd: Café"
    assert message.text is not None
    assert message.text.endswith("\n\nHello\n")
    assert mail.forward(to="x@y.z", as_attachment=True).attachments[0].content == RAW


def test_a_mail_can_be_redirected() -> None:
    sent = parse(RAW).redirect(from_="a@b.c", to="x@y.z", message_id="<2@b.c>")
    assert sent.startswith(b"Resent-From: a@b.c\r\nResent-To: x@y.z\r\nResent-Date: ")
    assert sent.endswith(b"\r\nResent-Message-ID: <2@b.c>\r\n" + RAW)


HEADERS = st.sampled_from(
    [
        b"From: a@x", b'From: \xe7\x8e\x8b <a@x>, <>, "', b"To: b@x", b"To: \xff", b"To: b",
        b"Delivered-To: c@x", b"Reply-To: =?utf-7?q?+2AA-?= <d@x>", b"Cc: g: e@x, f@x;",
        b"Subject: Re: \0=?utf-8?q?a=0D=0Ab?=", b"Subject: =?utf-7?q?+2AA-?=", b"Date: x",
        b"Message-ID: <m@x>", b"References: <\xff@x> <n@x> <" + b"o" * 1000 + b">",
        b"Content-Type: text/html", b"Content-Type: text/plain; charset=utf-7",
        b"Content-Type: multipart/related; boundary=b", b'Content-ID: <\xff">',
        b"Content-Disposition: attachment; filename*=utf-7''%0D%0A+2AA-",
    ]
)  # fmt: skip
BODIES = st.sampled_from(
    [
        b"\n\n", b"\n--b\n", b"\n--b--\n", b"text", b"<p>", b"</body>", b"\0", b"\r", b"\xff",
        b'<img src="cid:%FF&quot;">', b'<img src="data:image/png;base64,x">', b"+2AA-", b"\n-- \n",
    ]
)  # fmt: skip


@contextmanager
def suppress_missing_addresses() -> Iterator[None]:
    try:
        yield
    except InvalidMessage as refusal:
        if not str(refusal).startswith(("from_: the mail does not", "to: the mail names")):
            raise


@given(st.lists(HEADERS).map(b"\n".join), st.lists(BODIES).map(b"".join))
def test_whatever_arrived_can_be_answered_unless_addresses_are_missing(
    header: bytes, body: bytes
) -> None:
    mail = parse(header + b"\n" + body)
    answers: list[Callable[[], Message]] = [
        lambda: mail.reply(text="x"),
        lambda: mail.reply_all(html="<p>x"),
        lambda: mail.forward(to="x@y.z"),
        lambda: mail.forward(to="x@y.z", as_attachment=True),
    ]
    for answer in answers:
        with suppress_missing_addresses():
            made = answer()
            assert parse(made.to_bytes()).subject == made.subject
    assert parse(mail.redirect(from_="x@y.z", to="x@y.z")).text == mail.text


@given(st.binary())
def test_no_octets_hinder_an_answer(raw: bytes) -> None:
    mail = parse(raw)
    for answer in (mail.reply, mail.reply_all, mail.forward):
        assert answer(from_="a@x.org", to="b@x.org").to_bytes()
    assert parse(mail.redirect(from_="a@x.org", to="b@x.org")).text == mail.text


def test_messages_within_messages_end_at_the_limit() -> None:
    mail, depth = parse(b"Content-Type: message/rfc822\n\n" * 200), 0
    while mail.attachments and (inner := mail.attachments[0].message):
        mail, depth = inner, depth + 1
    assert depth == Limits().depth
    assert Flaw.TOO_DEEP in {defect.code for defect in mail.defects}


def test_a_mark_before_the_header_hides_no_field() -> None:
    mail = parse(b"\xef\xbb\xbfFrom: a@b.c\r\nSubject: x\r\n\r\nbody")
    assert (mail.from_, mail.subject, mail.text) == (ReceivedAddress("a@b.c"), "x", "body")


@pytest.mark.parametrize("value", ["< a@b >", "<a@b> (logo)", "a@b"])
def test_a_content_id_may_have_spaces_and_comments(value: str) -> None:
    mail = parse(
        compose(
            HTML + "<img src=cid:a@b>", f"Content-Type: image/png\nContent-ID: {value}\n\nimage"
        )
    )
    assert [part.content for part in mail.inline] == [b"image"]
