import re

from hypothesis import given
from hypothesis import strategies as st

from mailcore.message import Attachment, Message, parse
from mailcore.message.showing.terminal import describe
from tests.mails import NOW

MAIL = Message(
    from_="王芳 <fang@example.org>",
    to=["bot@example.org"],
    subject="报告",
    text="See below.\n\n  Indented.\n",
    html='<p>See below.</p><img src="cid:logo">',
    inline={"logo": b"\x89PNG\r\n\x1a\n"},
    attachments=[Attachment(filename="数据.csv", content=b"1,2\n")],
    date=NOW,
).to_bytes()


def test_a_mail_is_told_in_blocks() -> None:
    assert describe(parse(MAIL)) == (
        "From:    王芳 <fang@example.org>\n"
        "To:      bot@example.org\n"
        "Date:    Fri, 02 Jan 2026 at 03:04 +0000\n"
        "Subject: 报告\n"
        "\n"
        "See below.\n"
        "\n"
        "  Indented.\n"
        "\n"
        "Attachments:\n"
        "  2: 数据.csv, text/csv, 4 octets\n"
        "\n"
        "Shown in the HTML:\n"
        "  1.2.2: logo, image/png, 8 octets\n"
    )


def test_text_is_made_from_html_where_there_is_no_other() -> None:
    mail = parse(b"Content-Type: text/html\n\n<p>Hello <b>you</b></p><script>x</script>")
    assert "\n\nHello you\n" in f"\n\n{describe(mail)}"
    assert "script" not in describe(mail)


def test_defects_are_told_last() -> None:
    mail = parse(MAIL.replace(b"Subject:", b"Date: now\r\nSubject:"))
    assert "duplicate-field (date) at octet" in describe(mail).partition("\n\nDefects:\n  ")[2]


def test_an_empty_mail_is_told_too() -> None:
    assert describe(parse(b"")).endswith("\n")


def test_a_hostile_mail_cannot_steer_the_terminal() -> None:
    mail = parse(
        b"From: \x1b[2J <a@evil.test>\n"
        b"Subject: =?utf-8?q?=1b]0;owned=07?=\n"
        b'Content-Type: text/plain; charset=utf-8; name="=?utf-8?b?4oCu?=.png"\n\n'
        b"\x1b[31mred\xc2\x9b2J\x07\b\xe2\x80\xae\tend\n"
    )
    told = describe(mail)
    assert "Subject: \\x1b]0;owned\\x07\n" in told
    assert "\\x1b[31mred\\x9b2J\\x07\\x08\\u202e\tend\n" in told
    assert "\x1b" not in told


@given(st.binary(), st.sampled_from(["text/plain", "text/html"]))
def test_no_octets_can_steer_the_terminal(junk: bytes, kind: str) -> None:
    told = describe(parse(f"Subject: x\nContent-Type: {kind}\n\n".encode() + junk))
    assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", told)


@given(st.binary())
def test_any_octets_can_be_told(junk: bytes) -> None:
    assert describe(parse(junk)).endswith("\n")


def test_lines_are_not_wrapped() -> None:
    line = "word " * 500 + "end"
    assert f"\n\n{line}\n" in describe(parse(b"Subject: x\n\n" + line.encode()))
