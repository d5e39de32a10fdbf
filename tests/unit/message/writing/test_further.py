import pytest

from mailcore.errors import InvalidAddress, InvalidHeader
from mailcore.message.writing.further import write_further


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("X-Note", "Größe", "X-Note: =?utf-8?b?R3LDtsOfZQ==?="),
        ("X-Note", "=?not a word", "X-Note: =?utf-8?q?=3D=3Fnot?= a word"),
        ("List-Archive", "<https://x.org/?q=?x?=>", "List-Archive: <https://x.org/?q=?x?=>"),
        ("DKIM-Signature", "v=1;\td=x.org;  b=a=?", "DKIM-Signature: v=1; d=x.org; b=a=?"),
        ("list-id", '"News" <n.x.org>', 'list-id: "News" <n.x.org>'),
        ("List-Id", '"Größe" <n.x.org>', "List-Id: =?utf-8?b?R3LDtsOfZQ==?= <n.x.org>"),
        ("Errors-To", "a@x.org, B <b@x.org>", "Errors-To: a@x.org, B <b@x.org>"),
        (
            "Disposition-Notification-To",
            "王芳 <fang@例え.jp>",
            "Disposition-Notification-To: =?utf-8?b?546L6Iqz?= <fang@xn--r8jz45g.jp>",
        ),
        ("List-Help", "", "List-Help: "),
    ],
)
def test_a_field_is_written_as_its_grammar_wants(name: str, value: str, line: str) -> None:
    assert write_further(name, value) == f"{line}\r\n"


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("List-Archive", "<https://例え.jp/>", InvalidHeader),
        ("DKIM-Signature", "v=1; d=例え.jp", InvalidHeader),
        ("List-Id", "Größe", InvalidHeader),
        ("List-Id", "x <größe>", InvalidHeader),
        ("Resent-To", "", InvalidHeader),
        ("Resent-To", "nobody", InvalidAddress),
        ("Return-Receipt-To", "a@b@c", InvalidAddress),
    ],
)
def test_what_a_field_cannot_hold_is_refused(
    name: str, value: str, error: type[ValueError]
) -> None:
    with pytest.raises(error):
        write_further(name, value)
