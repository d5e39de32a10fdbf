from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailcore.errors import InvalidAddress, InvalidMessage
from mailcore.message import Group, Limits, parse
from mailcore.message.answering.redirecting import redirect

DATE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BLOCK = (
    b"Resent-From: bob@example.org\r\n"
    b"Resent-To: dave@example.org\r\n"
    b"Resent-Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n"
    b"Resent-Message-ID: <again@example.org>\r\n"
)


def resend(raw: bytes) -> bytes:
    return redirect(
        parse(raw),
        from_="bob@example.org",
        to="dave@example.org",
        date=DATE,
        message_id="<again@example.org>",
    )


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
def test_the_mail_stays_as_it_is_below_one_block(end: bytes) -> None:
    raw = b"Resent-To: earlier@x.org\nReceived: x\nSubject:  Folded\n  twice \n\nBody \n\n"
    raw = raw.replace(b"\n", end)
    assert resend(raw) == BLOCK.replace(b"\r\n", end) + raw


def test_every_field_can_be_given() -> None:
    sent = redirect(
        parse(b"Subject: x\r\n\r\n"),
        from_=["王芳 <fang@example.org>", "b@example.org"],
        sender="s@example.org",
        to=["A <a@bücher.example>", Group(name="Team", members=["t@example.org"])],
        cc="c@example.org",
        date=DATE,
        message_id="<again@example.org>",
    )
    assert sent == (
        b"Resent-From: =?utf-8?b?546L6Iqz?= <fang@example.org>, b@example.org\r\n"
        b"Resent-Sender: s@example.org\r\n"
        b"Resent-To: A <a@xn--bcher-kva.example>, t@example.org\r\n"
        b"Resent-Cc: c@example.org\r\n"
        b"Resent-Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n"
        b"Resent-Message-ID: <again@example.org>\r\n"
        b"Subject: x\r\n\r\n"
    )


def test_date_and_id_are_made_if_not_given() -> None:
    sent = parse(redirect(parse(b"\n"), from_="bob@example.org", to="dave@example.org"))
    assert sent.headers["resent-message-id"].endswith("@example.org>")
    assert "resent-date" in sent.headers


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r"])
@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (b"From x@y Mon Nov 23 08:29:00 2026\nTo: a\n", b"To: a\n"),
        (b"From : x@y.org\nTo: a\n", b"From : x@y.org\nTo: a\n"),
        (b" x@y.org\n\tz\nTo: a\n", b"To: a\n"),
        (b"Return-Path: <x@y.org>\nTo: a\nreturn-path :\n x\n", b"To: a\n"),
        (b"To: a\nBcc: b,\n c\nSubject: Bcc: x\n", b"To: a\nSubject: Bcc: x\n"),
        (b"Resent-Bcc: b\nTo: a\n", b"To: a\n"),
        (b"Bcc: b\n", b""),
    ],
)
def test_what_a_mail_that_is_sent_must_not_have_is_left_out(
    header: bytes, kept: bytes, end: bytes
) -> None:
    raw, wanted = (part.replace(b"\n", end) for part in (header + b"\nBcc: x", kept + b"\nBcc: x"))
    assert resend(raw) == BLOCK.replace(b"\r\n", end) + wanted


@pytest.mark.parametrize("raw", [b"no header", b" From here on", b"From here\non", b""])
def test_a_body_without_a_header_stays_the_body(raw: bytes) -> None:
    sent = parse(resend(raw))
    assert sent.raw.endswith(raw)
    assert (sent.text, len(sent.headers)) == (raw.decode(), 4)


def test_an_own_line_end_hides_no_field() -> None:
    raw = b"Subject: x\rBcc: y\r\nTo: a\r\n\r\n"
    assert resend(raw) == BLOCK + raw


@example(b"To: a@x\n\rTo: a@x\nBcc: z")
@given(
    st.lists(
        st.sampled_from(
            [b"To: a@x", b" folded", b"From x", b"From : y", b"Bcc: z", b"\n", b"\r\n", b"\r", b":",
             b"Content-Type: text/html", b"text", b"\0", b"\xff", b"Return-Path:"]
        )
    ).map(b"".join)
)  # fmt: skip
def test_any_mail_reads_the_same_after_it(raw: bytes) -> None:
    before, after = parse(raw), parse(resend(raw))
    assert after.text == before.text
    assert (after.subject, after.to, after.html) == (before.subject, before.to, before.html)
    assert after.headers["resent-message-id"] == "<again@example.org>"
    assert after.bcc == ()


def test_a_line_of_an_mbox_that_was_quoted_goes_too() -> None:
    assert resend(b">From a@b.c Fri Jan  2\nSubject: x\n\ny") == BLOCK.replace(b"\r\n", b"\n") + (
        b"Subject: x\n\ny"
    )


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_fields_after_a_line_that_is_none_are_kept(end: bytes) -> None:
    lines = [b"From: a@b.c", b"garbage", b"Bcc: x@y.z", b"Foo: bar", b"", b"body", b""]
    sent = parse(resend(end.join(lines)))
    assert (sent.headers["foo"], sent.bcc, sent.text) == ("bar", (), "body\n")


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b.c\rBcc: secret@x.y\rSubject: hi\r\rbody\r\n",
        b"\xef\xbb\xbfBcc: secret@x.y\r\nFrom: a@b.c\r\nSubject: hi\r\n\r\nbody\r\n",
    ],
)
def test_odd_line_ends_and_marks_disclose_nobody(raw: bytes) -> None:
    sent = resend(raw)
    assert b"secret" not in sent
    mail = parse(sent)
    assert (mail.subject, mail.text, len(mail.from_all)) == ("hi", "body\n", 1)
    assert mail.headers["resent-to"]


def test_without_recipients_it_says_what_to_give() -> None:
    with pytest.raises(InvalidMessage, match="to: say whom"):
        redirect(parse(b""), from_="a@x.org", to=[Group(name="nobody")])


def test_impossible_addresses_are_refused() -> None:
    with pytest.raises(InvalidAddress):
        redirect(parse(b""), from_="a@x.org", to="b@x.org\r\nBcc: c@x.org")


def test_blind_copies_stay_hidden_behind_a_header_of_any_length() -> None:
    raw = b"From: a@b.org\r\nSubject: x\r\nBcc: secret@hidden.org\r\n\r\nbody"
    mail = parse(raw, limits=Limits(header_octets=20))
    sent = redirect(mail, from_="bob@example.org", to="dave@example.org")
    assert sent.endswith(b"Subject: x\r\n\r\nbody")
    assert b"secret" not in sent
