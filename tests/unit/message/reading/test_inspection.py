import pytest

from mailcore.message import Limits, Part, parse
from mailcore.message.reading.defects import Flaw
from mailcore.message.reading.inspection import inspect, inspect_message
from mailcore.message.reading.limits import DEFAULT_LIMITS

NEEDED = b"From: a@b.c\nDate: 2 Jan 2026 03:04:05 +0000\nMIME-Version: 1.0\n"
MULTIPART = NEEDED + b"Content-Type: multipart/mixed; boundary=b\n\n"
TEXT = "Content-Type: text/plain; charset={}\n\n"


def find(raw: bytes, **limits: int) -> list[tuple[Flaw, str, str]]:
    defects = parse(raw, limits=Limits(**limits)).defects
    return [(defect.code, defect.part, defect.detail) for defect in defects]


@pytest.mark.parametrize(
    ("raw", "flaw", "field"),
    [
        (NEEDED + b"no field\nX-Y: z\n\n", Flaw.FIELD_MALFORMED, ""),
        (NEEDED + b"X: \xff\n\n", Flaw.EIGHT_BIT_HEADER, ""),
        (NEEDED + b"Subject: a\0b\n\n", Flaw.CONTROL_IN_HEADER, ""),
        (NEEDED + b"Subject: a\n\n" + b"x" * 999, Flaw.LINE_TOO_LONG, ""),
        (NEEDED + b"text\n", Flaw.SEPARATOR_MISSING, ""),
        (b"text\n", Flaw.HEADER_MISSING, ""),
        (b"\r\n" + NEEDED + b"\ntext", Flaw.HEADER_MISSING, ""),
        (NEEDED + b"\nbegin 644 a\n#0V%T\n", Flaw.FILE_DAMAGED, ""),
        (b"From: a@b.c\n\n", Flaw.FIELD_MISSING, "date"),
        (b"Date: 2 Jan 2026 03:04:05 +0000\n\n", Flaw.FIELD_MISSING, "from"),
        (b"From: a@b.c\nDate: yesterday\n\n", Flaw.DATE_MALFORMED, "date"),
        (NEEDED + b"To: nobody\n\n", Flaw.ADDRESS_MALFORMED, "to"),
        (NEEDED + b"Cc: a@b..c\n\n", Flaw.ADDRESS_MALFORMED, "cc"),
        (NEEDED + TEXT.format("x").encode(), Flaw.CHARSET_UNKNOWN, ""),
        (NEEDED + TEXT.format("utf-8").encode() + b"\xff\xfe\xfd", Flaw.CHARSET_MISMATCH, ""),
        (MULTIPART + b"text", Flaw.PARTS_MISSING, ""),
        (MULTIPART + b"--b\n\ntext", Flaw.CLOSE_MISSING, ""),
    ],
)
def test_what_is_wrong_is_said(raw: bytes, flaw: Flaw, field: str) -> None:
    assert (flaw, "", field) in find(raw)


# After the defects of jmap-email 0.3, "Inbox Invasion" (CCS 2024), "Email Smuggling with Differential
# Fuzzing of MIME Parsers" (2025) and draft-chen-email-mime-ambiguity-defense-00.
AMBIGUITIES = {
    "two authors": (NEEDED + b"From: x@y.z\n\n", Flaw.DUPLICATE_FIELD, "from"),
    "two subjects": (NEEDED + b"Subject: 1\nSubject: 2\n\n", Flaw.DUPLICATE_FIELD, "subject"),
    "two content types": (
        NEEDED + b"Content-Type: text/html\nContent-Type: text/plain\n\n",
        Flaw.DUPLICATE_FIELD,
        "content-type",
    ),
    "two transfer encodings": (
        NEEDED + b"Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\n",
        Flaw.DUPLICATE_FIELD,
        "content-transfer-encoding",
    ),
    "an unknown transfer encoding": (
        NEEDED + b"Content-Transfer-Encoding: x-y\n\n.",
        Flaw.ENCODING_UNKNOWN,
        "",
    ),
    "a multipart in base64": (
        NEEDED
        + b"Content-Transfer-Encoding: base64\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--",
        Flaw.ENCODING_FORBIDDEN,
        "",
    ),
    "base64 with something in it": (
        NEEDED + b"Content-Transfer-Encoding: base64\n\nQU-I=",
        Flaw.BASE64_MALFORMED,
        "",
    ),
    "two boundaries": (
        NEEDED + b"Content-Type: multipart/mixed; boundary=b; boundary=c\n\n--b\n\nx\n--b--",
        Flaw.DUPLICATE_PARAMETER,
        "content-type",
    ),
    "an empty boundary": (
        NEEDED + b'Content-Type: multipart/mixed; boundary=""\n\n--\n\nx\n----',
        Flaw.BOUNDARY_MISSING,
        "",
    ),
    "another boundary": (
        NEEDED + b"Content-Type: multipart/mixed; boundary=x\n\n--b\nContent-Type: a/b\n\nx\n--b--",
        Flaw.BOUNDARY_WRONG,
        "",
    ),
    "text before the parts": (MULTIPART + b"text\n--b\n\nx\n--b--", Flaw.PREAMBLE, ""),
    "text after the parts": (MULTIPART + b"--b\n\nx\n--b--\ntext", Flaw.EPILOGUE, ""),
    "names that differ": (
        NEEDED + b"Content-Type: a/b; name=x.txt\nContent-Disposition: attachment; filename=x.exe\n\n",
        Flaw.FILENAME_CONFLICT,
        "content-type",
    ),
    "names that differ in one field": (
        NEEDED + b"Content-Disposition: attachment; filename=x.txt; filename*=utf-8''x.exe\n\n",
        Flaw.FILENAME_CONFLICT,
        "content-disposition",
    ),
    "a control character": (NEEDED + b"X: a\x08b\n\n", Flaw.CONTROL_IN_HEADER, ""),
    "an encoded-word in a parameter": (
        NEEDED + b'Content-Disposition: attachment; filename="=?utf-8?q?x?="\n\n',
        Flaw.ENCODED_WORD_IN_PARAMETER,
        "content-disposition",
    ),
    "a fold in a name": (
        NEEDED + b'Content-Disposition: attachment; filename="x\n .exe"\n\n',
        Flaw.FOLD_IN_PARAMETER,
        "content-disposition",
    ),
    "a piece of a message": (
        NEEDED + b"Content-Type: message/partial; id=x; number=1\n\nx",
        Flaw.PARTIAL_MESSAGE,
        "",
    ),
    "content that is elsewhere": (
        NEEDED + b"Content-Type: message/external-body; access-type=URL\n\nx",
        Flaw.EXTERNAL_BODY,
        "",
    ),
    "no empty line": (NEEDED + b"text\n\nContent-Type: text/html\n\n", Flaw.SEPARATOR_MISSING, ""),
    "a bare line end": (
        NEEDED.replace(b"\n", b"\r\n") + b"\r\ntext\r.\r\n",
        Flaw.BARE_LINE_END,
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", AMBIGUITIES)
def test_what_readers_take_differently_is_a_defect(what: str) -> None:
    raw, flaw, field = AMBIGUITIES[what]
    assert (flaw, "", field) in find(raw)
    assert flaw.is_ambiguous


def test_a_mail_with_mime_says_so() -> None:
    raw = b"From: a@b.c\nDate: 2 Jan 2026 03:04:05 +0000\nContent-Type: text/plain\n\n"
    assert find(raw) == [(Flaw.FIELD_MISSING, "", "mime-version")]


def test_a_name_may_be_there_in_two_forms_if_they_say_the_same() -> None:
    raw = (
        NEEDED + b'Content-Type: a/b; name="=?utf-8?q?=C3=A9?="\n'
        b"Content-Disposition: attachment; filename*=utf-8''%C3%A9\n\n"
    )
    assert find(raw) == []


def test_a_defect_is_told_of_the_part_that_has_it() -> None:
    raw = MULTIPART + b"--b\nContent-Transfer-Encoding: base64\n\nQUI=QUI\n--b--"
    (defect,) = parse(raw).defects
    assert (defect.code, defect.part) == (Flaw.BASE64_MALFORMED, "1")
    assert raw[defect.offset :].startswith(b"QUI=QUI")


@pytest.mark.parametrize(
    ("limits", "raw", "flaw"),
    [
        ({"header_octets": 6}, b"From: a@b.c\n\n", Flaw.HEADER_TOO_LONG),
        ({"field_octets": 4}, b"From: a@b.c\n\n", Flaw.FIELD_TOO_LONG),
        ({"addresses": 1}, b"To: a@b.c, d@e.f\n\n", Flaw.TOO_MANY_ADDRESSES),
        ({"addresses": 1}, b"To: a@b.c\nTo: d@e.f\n\n", Flaw.TOO_MANY_ADDRESSES),
        ({"fields": 1}, b"A: 1\nB: 2\n\n", Flaw.TOO_MANY_FIELDS),
        ({"ids": 1}, b"References: <1@x> <2@x>\n\n", Flaw.TOO_MANY_IDS),
        ({"uris": 1}, b"List-Post: <a:b>, <c:d>\n\n", Flaw.TOO_MANY_URIS),
        ({"parameters": 1}, b"Content-Type: a/b; c=d; e=f\n\n", Flaw.TOO_MANY_PARAMETERS),
        ({"line_octets": 9}, b"\n\nshort\n0123456789\n", Flaw.LINE_TOO_LONG),
        ({"depth": 0}, b"Content-Type: message/rfc822\n\n", Flaw.TOO_DEEP),
        ({"parts": 1}, MULTIPART + b"--b\n\n1\n--b\n\n2\n--b--", Flaw.TOO_MANY_PARTS),
        ({"depth": 0}, MULTIPART + b"--b\n\n1\n--b--", Flaw.TOO_DEEP),
    ],
)
def test_what_is_beyond_a_limit_is_a_defect(limits: dict[str, int], raw: bytes, flaw: Flaw) -> None:
    assert flaw in [code for code, _, _ in find(raw, **limits)]


def test_a_line_of_as_many_octets_as_allowed_is_not_too_long() -> None:
    for raw in (b"\n123456789\n1\n", b"\r\n123456789\r\n", b"\r123456789\r", b"\n123456789"):
        assert Flaw.LINE_TOO_LONG not in [code for code, _, _ in find(raw, line_octets=9)]
    long = b"\n" + b"=ybegin name=a" + b"n" * 2000 + b"\nx\n=yend size=1\n"
    assert len(parse(long).attachments) == 1  # and a long one is read


def test_too_many_parameters_are_a_defect() -> None:
    raw = NEEDED + b"Content-Type: a/b" + b"".join(b"; p%d=x" % n for n in range(1001)) + b"\n\n"
    assert (Flaw.TOO_MANY_PARAMETERS, "", "content-type") in find(raw)


def test_parts_and_messages_are_inspected_apart() -> None:
    part = Part(b"To: x\n\n", 0, 7)
    assert list(inspect(part, structure=[], is_leaf=True)) == []
    assert [each.detail for each in inspect_message(part, limits=DEFAULT_LIMITS)] == [
        "from", "date", "to",
    ]  # fmt: skip
