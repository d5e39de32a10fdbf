import pytest

from mailcore.message import Defect, parse
from mailcore.message.reading.defects import Flaw

MULTIPART = b"Content-Type: multipart/mixed; boundary=b\n\n"


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"junk\nSubject: x\n\n", Defect(Flaw.FIELD_MALFORMED, "", 0)),
        (b"From: a@b.c\nFrom: d@e.f\n\n", Defect(Flaw.DUPLICATE_FIELD, "", 0)),
        (b"X: \xff\n\n", Defect(Flaw.EIGHT_BIT_HEADER, "", 0)),
        (b"Subject: a\0b\n\n", Defect(Flaw.NUL, "", 10)),
        (b"Date: yesterday\n\n", Defect(Flaw.DATE_MALFORMED, "", 0)),
        (b"Content-Transfer-Encoding: x-y\n\n.", Defect(Flaw.ENCODING_UNKNOWN, "", 32)),
        (b"Content-Type: text/plain; charset=x\n\n.", Defect(Flaw.CHARSET_UNKNOWN, "", 37)),
        (b"Content-Type: multipart/mixed\n\n.", Defect(Flaw.BOUNDARY_MISSING, "", 0)),
        (MULTIPART + b"text", Defect(Flaw.PARTS_MISSING, "", 0)),
        (MULTIPART + b"--b\n\ntext", Defect(Flaw.CLOSE_MISSING, "", 0)),
        (
            MULTIPART + b"--b\nContent-Transfer-Encoding: base64\n\nQUI=QUI=\n--b--",
            Defect(Flaw.BASE64_MALFORMED, "1", 82),
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(raw: bytes, defect: Defect) -> None:
    assert parse(raw).defects == (defect,)


def test_a_clean_mail_has_none() -> None:
    assert parse(b"From: a@b.c\r\nDate: 2 Jan 2026 03:04:05 +0000\r\n\r\nHi\r\n").defects == ()
