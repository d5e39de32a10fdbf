import pytest

from mailcore.errors import InvalidHeader
from mailcore.message.writing.further import write_further


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("X-Note", "Größe", "X-Note: =?utf-8?b?R3LDtsOfZQ==?="),
        ("X-Note", "=?not a word", "X-Note: =?utf-8?q?=3D=3Fnot?= a word"),
        ("List-Archive", "<https://x.org/?q=?x?=>", "List-Archive: <https://x.org/?q=?x?=>"),
        ("DKIM-Signature", "v=1;\td=x.org; b=a=?", "DKIM-Signature: v=1; d=x.org; b=a=?"),
        ("Resent-To", '"A  B" <a@x.org>', 'Resent-To: "A  B" <a@x.org>'),
        ("list-id", '"News" <n.x.org>', 'list-id: "News" <n.x.org>'),
        ("List-Id", '"Größe" <n.x.org>', "List-Id: =?utf-8?b?R3LDtsOfZQ==?= <n.x.org>"),
        ("Errors-To", "a@x.org, B <b@x.org>", "Errors-To: a@x.org, B <b@x.org>"),
        (
            "Disposition-Notification-To",
            "王芳 <fang@例え.jp>",
            "Disposition-Notification-To: =?utf-8?b?546L6Iqz?= <fang@xn--r8jz45g.jp>",
        ),
        ("List-Help", "", "List-Help: "),
        ("Resent-To", "undisclosed:;", "Resent-To: undisclosed:;"),
    ],
)
def test_a_field_is_written_as_its_grammar_wants(name: str, value: str, line: str) -> None:
    assert write_further(name, value) == f"{line}\r\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("List-Archive", "<https://例え.jp/>"),
        ("DKIM-Signature", "v=1; d=例え.jp"),
        ("List-Id", "Größe"),
        ("List-Id", "x <größe>"),
        ("Resent-To", "Größe"),
        ("Resent-To", "Größe:;"),
        ("Resent-To", "Größe: a@b.c;"),
        ("Return-Receipt-To", "é@b@c"),
        ("Errors-To", "not an address"),
        ("Disposition-Notification-To", "a@-b..example"),
        ("Resent-From", "a@b@c"),
        ("Resent-To", " "),
        ("Resent-To", '"Foo <a@x.org>, c@z.org'),
        ("Resent-To", "a@x.org (open"),
        ("Resent-To", "Team: a@x.org"),
        ("Resent-To", "a@x.org, , b@x.org"),
        ("Resent-To", "a@x.org <"),
        ("Resent-To", "a@x.org;"),
        ("List-Id", f"é <{'a' * 2000}>"),
        ("List-Help", "<mailto:a@b.c>\x1b[31m"),
        ("Received", "a\x08b"),
    ],
)
def test_what_a_field_cannot_hold_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(InvalidHeader, match=name):
        write_further(name, value)


def test_what_is_ascii_stands_as_it_is() -> None:
    value = 'Team: a@x.org, "B, C" <b@x.org>;\t(all)'
    assert write_further("Resent-To", value) == f"Resent-To: {value.replace(chr(9), ' ')}\r\n"


def test_a_field_of_many_short_words_is_folded_wherever_they_part() -> None:
    field = write_further("Authentication-Results", "x.org; " + "spf=pass;  " * 120)
    assert max(map(len, field.split("\r\n"))) <= 78
    assert field.count("spf=pass;") == 120
