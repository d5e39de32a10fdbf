import pytest

from mailcore.message import Defect, parse
from mailcore.message.reading.defects import Flaw

NEEDED = b"From: a@b.c\nDate: 2 Jan 2026 03:04:05 +0000\n"


def test_a_clean_mail_has_none() -> None:
    assert parse(NEEDED.replace(b"\n", b"\r\n") + b"\r\nHi\r\n").defects == ()


def test_a_defect_tells_what_where_and_of_which_field() -> None:
    mail = parse(NEEDED + b"From: x@y.z\n\nHi")
    assert mail.defects == (Defect(Flaw.DUPLICATE_FIELD, "", len(NEEDED), "from"),)


def test_codes_are_text() -> None:
    assert str(Flaw.TOO_DEEP) == "too-deep"


@pytest.mark.parametrize("flaw", [Flaw.DUPLICATE_FIELD, Flaw.EPILOGUE, Flaw.ENCODING_UNKNOWN])
def test_what_readers_take_differently_is_ambiguous(flaw: Flaw) -> None:
    assert flaw.is_ambiguous


@pytest.mark.parametrize("flaw", [Flaw.LINE_TOO_LONG, Flaw.DATE_MALFORMED, Flaw.TOO_DEEP])
def test_what_all_readers_take_alike_is_not(flaw: Flaw) -> None:
    assert not flaw.is_ambiguous
