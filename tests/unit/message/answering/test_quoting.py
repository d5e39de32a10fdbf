from datetime import UTC, datetime, timedelta, timezone

import pytest

from mailcore.errors import ConfigurationError
from mailcore.message import parse
from mailcore.message.answering.quoting import (
    append_html,
    append_text,
    attribute,
    find_fragment,
    find_text,
    quote_html,
    quote_text,
    spell_date,
)
from tests import tnef

TEMPLATE = "On {date}, {author} wrote:"


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("one\ntwo\n", "> one\n> two"),
        ("> old\n>> older\nnew", ">> old\n>>> older\n> new"),
        ("one\n\ntwo\n\n  \n", "> one\n>\n> two"),
        ("one\n--\nnot a signature", "> one\n> --\n> not a signature"),
        ("-- \nAlice", "> -- \n> Alice"),
        ("  indented", ">   indented"),
        ("\n\n", ""),
        ("", ""),
    ],
)
def test_text_is_quoted_by_brackets(text: str, quoted: str) -> None:
    assert quote_text(text) == quoted


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ("Date: Mon, 23 Nov 2026 08:29:59 +0000\nFrom: A <a@x.org>",
         "On Mon, 23 Nov 2026 at 08:29 +0000, A wrote:"),
        ("Date: Mon, 23 Nov 2026 08:29 -0500\nFrom: a@x.org",
         "On Mon, 23 Nov 2026 at 08:29 -0500, a@x.org wrote:"),
        ("From: A <a@x.org>", "On an unknown date, A wrote:"),
        ("Date: soon\nReply-To: r@x.org", "On an unknown date, r@x.org wrote:"),
        ("Subject: x", "On an unknown date, somebody wrote:"),
        ("From: =?utf-8?q?{email}_{0}_%s?= <a@x.org>", "On an unknown date, {email} {0} %s wrote:"),
    ],
)  # fmt: skip
def test_a_line_says_whose_words_follow(fields: str, line: str) -> None:
    assert attribute(parse(f"{fields}\n\n".encode()), TEMPLATE) == line


def test_the_line_can_be_in_any_words() -> None:
    mail = parse(b"From: A <a@x.org>\n\n")
    assert attribute(mail, "{{{author}}} ({email}) schrieb:") == "{A} (a@x.org) schrieb:"
    assert attribute(mail, "Someone said:") == "Someone said:"


@pytest.mark.parametrize(
    "template",
    [
        "{name}",
        "{}",
        "{0}",
        "{author.__class__}",
        "{author!r}",
        "{date:>{email}}",
        "{",
        "}",
        "{date",
    ],
)
def test_a_line_that_asks_for_more_is_refused(template: str) -> None:
    with pytest.raises(ConfigurationError, match="attribution: "):
        attribute(parse(b"From: a@x.org\n\n"), template)


def test_a_date_is_the_same_everywhere() -> None:
    assert (
        spell_date(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) == "Fri, 02 Jan 2026 at 03:04 +0000"
    )
    east = timezone(timedelta(hours=5, minutes=30))
    assert spell_date(datetime(2026, 1, 2, 3, 4, tzinfo=east)) == "Fri, 02 Jan 2026 at 03:04 +0530"


@pytest.mark.parametrize(
    ("text", "appended"),
    [("above\n", "above\n\nbelow\n"), ("above\r\n\r\n", "above\n\nbelow\n"), ("", "below\n")],
)
def test_text_goes_above_what_it_answers(text: str, appended: str) -> None:
    assert append_text(text, "below") == appended
    assert append_text(text, "below\n\n") == appended


@pytest.mark.parametrize(
    ("html", "appended"),
    [
        ("<p>a", "<p>a\n<hr>"),
        ("<body><p>a</body></html>", "<body><p>a\n<hr></body></html>"),
        ("<!-- </body> --><BODY>İ</BODY >\n", "<!-- </body> --><BODY>İ\n<hr></BODY >\n"),
        ("<p>a</body><!-- </body> -->", "<p>a\n<hr></body><!-- </body> -->"),
    ],
)
def test_html_goes_above_what_it_answers_within_its_body(html: str, appended: str) -> None:
    assert append_html(html, "<hr>") == appended


def test_html_is_quoted_under_an_escaped_line() -> None:
    quoted = quote_html("<b>x</b>", "<script> & co wrote:")
    assert quoted.startswith('<p>&lt;script&gt; &amp; co wrote:</p>\n<blockquote type="cite"')
    assert quoted.endswith(">\n<b>x</b>\n</blockquote>\n")


def test_a_mail_without_text_has_that_of_its_html() -> None:
    mail = parse(b"Content-Type: text/html\n\n<body><p>one &amp; two</p></body>")
    assert find_text(mail).strip() == "one & two"


def test_an_empty_text_gives_way_to_the_html() -> None:
    mail = parse(
        b"Content-Type: multipart/alternative; boundary=b\n\n"
        b"--b\n\n \n--b\nContent-Type: text/html\n\n<p>shown</p>\n--b--\n"
    )
    assert find_text(mail).strip() == "shown"


def test_a_mail_of_text_alone_becomes_html_for_quoting() -> None:
    assert "1 &lt; 2" in find_fragment(parse(b"\n1 < 2"))
    signed = parse(b"\nHi\n-- \nAlice\n")
    assert "Alice" in find_fragment(signed)
    assert find_fragment(signed, has_signature=False) == "Hi"


def test_the_html_of_a_mail_is_fit_to_stand_within_other_html() -> None:
    html = b"<html><body><p>kept</p><script>alert()</script></body></html>"
    fragment = find_fragment(parse(b"Content-Type: text/html\n\n" + html))
    assert "<p>kept</p>" in fragment
    assert "alert" not in fragment
    assert "<body" not in fragment


@pytest.mark.parametrize("raw", [b"", b"Content-Type: image/png\n\nx"])
def test_a_mail_that_says_nothing_has_nothing_to_quote(raw: bytes) -> None:
    assert find_text(parse(raw)) == ""


MIXED = b"""\
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

<p>The price</p>
--b
Content-Type: text/plain

footer
--b--
"""


def test_bodies_of_two_kinds_beside_each_other_are_both_quoted() -> None:
    mail = parse(MIXED)
    assert find_text(mail) == "The price\n\nfooter"
    assert find_fragment(mail) == "<p>The price</p>\nfooter"


def test_a_block_goes_above_a_signature() -> None:
    assert append_text("Yes.\n-- \nBob\n", "> No?") == "Yes.\n\n> No?\n\n-- \nBob\n"
    assert append_text("-- \nBob\n", "> No?") == "> No?\n\n-- \nBob\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [("one\n-- \nAlice\n", "one"), ("one\n-- ", "one"), ("-\n-- \n+\n-- \nAlice", "-\n-- \n+")],
)
def test_a_signature_is_what_follows_the_last_mark(text: str, said: str) -> None:
    mail = parse(b"\r\n" + text.encode())
    assert find_text(mail, has_signature=False) == said
    assert find_text(mail) == text


def test_what_follows_a_signature_in_another_body_is_kept() -> None:
    mail = parse(
        MIXED.replace(b"<p>The price</p>", b"Hi\n-- \nAlice").replace(b"text/html", b"text/plain")
    )
    assert find_text(mail, has_signature=False) == "Hi\nfooter"


def test_an_empty_form_in_html_gives_way_to_the_text() -> None:
    raw = MIXED.replace(b"mixed", b"alternative").replace(b"<p>The price</p>", b"<p> </p>")
    assert find_fragment(parse(raw)) == "footer"


PACKED = b"Content-Type: application/ms-tnef\n\n" + tnef.stream(
    tnef.attribute(tnef.MESSAGE, tnef.BODY, b"secret words\0"),
    tnef.message({(tnef.BINARY, 0x1013): b"<p>html words</p>"}),
)


def test_what_outlook_packed_is_quoted_where_there_is_nothing_else() -> None:
    mail = parse(PACKED)
    assert find_text(mail) == "secret words"
    assert find_fragment(mail) == "<p>html words</p>"
