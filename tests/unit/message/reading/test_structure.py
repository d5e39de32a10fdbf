import time

import pytest

from mailcore.message.reading.defects import Flaw
from mailcore.message.reading.structure import find_body, find_parts, hides_text, is_separated


def body(raw: bytes) -> bytes:
    return raw[find_body(raw, 0, len(raw)) :]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"A: 1\r\nB: 2\r\n\r\nbody\r\n\r\nmore", b"body\r\n\r\nmore"),
        (b"A: 1\nB: 2\n\nbody", b"body"),
        (b"A: 1\rB: 2\r\rbody", b"body"),
        (b"A: 1\rB: 2\r\rbody\rline\r\n", b"body\rline\r\n"),
        (b"A: 1\rB: 2\r\rbody line\nsecond\n\nthird", b"body line\nsecond\n\nthird"),
        (b"A: 1\rB: 2\r\n\r\nbody", b"body"),
        (b"A: 1\n\r\nbody", b"body"),
        (b"A: 1\r\n\nbody", b"body"),
        (b"A: 1\n\n\r\n\n", b"\r\n\n"),
        (b"A: 1\r\r\nB: 2\r\r\n\r\r\nbody", b"body"),
        (b"\xef\xbb\xbfA: 1\r\n\r\nbody", b"body"),
        (b"\xef\xbb\xbf\r\nA: 1\r\n\r\nbody", b"A: 1\r\n\r\nbody"),
        (b"\r\nbody", b"body"),
        (b"\n\nbody", b"\nbody"),
        (b"A: 1\r\n", b""),
        (b"A: 1", b""),
        (b"", b""),
        (b"A : 1\r\n\tfolded\r\n \r\n more\r\n\r\nbody", b"body"),
    ],
)
def test_a_body_begins_after_the_first_empty_line(raw: bytes, expected: bytes) -> None:
    assert body(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"From: a@b.c\nDear Bob,\n\nhow are you?\n", b"Dear Bob,\n\nhow are you?\n"),
        (b"From: a@b.c\r\nSubject: x\r\nDear Bob", b"Dear Bob"),
        (b"From: a@b.c\rDear Bob\r\rBye", b"Dear Bob\r\rBye"),
        (b"just text\n\nand more", b"just text\n\nand more"),
        (b" just text\n\nand more", b" just text\n\nand more"),
        (b"From here\non", b"From here\non"),
        (b"From: a@b.c\nnote\nprice: 5 EUR\n\n", b"note\nprice: 5 EUR\n\n"),
        (b"A: 1\r\n--b\r\nContent-Type: x\r\n\r\ny", b"--b\r\nContent-Type: x\r\n\r\ny"),
        (b"A: 1\r\n  \r\n--b\r\nSubject: x\r\n\r\ny", b"--b\r\nSubject: x\r\n\r\ny"),
    ],
)
def test_a_line_that_is_no_field_begins_the_body(raw: bytes, expected: bytes) -> None:
    assert body(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        b"From a@b.c Fri Jan  2\nSubject: x\n\nbody",
        b">From a@b.c Fri Jan  2\nSubject: x\n\nbody",
        b"From: a@b.c\r\nthis is not a field\r\nX-After: 1\r\n\r\nbody",
        b"not a field\nSubject: x\n\nbody",
        b"not a field\rSubject: x\r\rbody",
    ],
)
def test_fields_that_are_known_go_on_after_a_line_that_is_none(raw: bytes) -> None:
    assert body(raw) == b"body"


@pytest.mark.parametrize(
    ("raw", "place", "expected"),
    [(b"A: 1\r\n\r\nb", 8, True), (b"A: 1\nb", 5, False), (b"\r\nb", 2, True), (b"A: 1\n\nb", 6, True)],
)  # fmt: skip
def test_an_empty_line_separates(raw: bytes, place: int, expected: bool) -> None:
    assert is_separated(raw, place) is expected


def split(raw: bytes, boundary: bytes = b"b", most: int = 9) -> list[bytes]:
    found = find_parts(raw, 0, len(raw), boundary=boundary, most=most)
    return [raw[start:end] for start, end in found.spans]


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        (b"--b\r\n1\r\n--b\r\n2\r\n--b--", [b"1", b"2"]),
        (b"preamble\n--b\n1\n--b--\n--b\nno part\n", [b"1"]),
        (b"--b\r1\r--b--", [b"1"]),
        (b"--b\r\r\n1\r\n--b--\r\r\n", [b"1"]),
        (b"--b \t\r\n1\r\n--b-- \r\n", [b"1"]),
        (b"--b\n1\n--bb\n--b --\nx--b\n--b--", [b"1\n--bb\n--b --\nx--b"]),
        (b"--b\n--b\n\n--b--", [b"", b""]),
        (b"--b\n1\n", [b"1\n"]),
        (b"--b--", []),
        (b"--b", [b""]),
        (b"text", []),
    ],
)
def test_parts_stand_between_lines_of_the_boundary(raw: bytes, parts: list[bytes]) -> None:
    assert split(raw) == parts


@pytest.mark.parametrize(
    ("boundary", "flaw"), [(b"wrong", Flaw.BOUNDARY_WRONG), (b"", Flaw.BOUNDARY_MISSING)]
)
def test_what_looks_like_a_delimiter_tells_another_boundary(boundary: bytes, flaw: Flaw) -> None:
    raw = b"--x\n--real \nContent-Type: text/plain\n\n1\n--real\n\n2\n--real--\n"
    assert split(raw, boundary) == [b"Content-Type: text/plain\n\n1", b"\n2"]
    assert find_parts(raw, 0, len(raw), boundary=boundary, most=9).flaws == [(flaw, 0)]


def test_parts_beyond_the_limit_are_left_unread() -> None:
    raw = b"--b\n1\n--b\n2\n--b\n3\n--b--"
    assert split(raw, most=2) == [b"1", b"2"]
    assert find_parts(raw, 0, len(raw), boundary=b"b", most=2).flaws == [(Flaw.TOO_MANY_PARTS, 16)]


@pytest.mark.parametrize(
    ("raw", "hidden"),
    [(b"", False), (b"--b\n", False), (b"\r\n--b--\r\n\r\n", False), (b"text\n--b\n", True),
     (b"\n--b--\ntext", True)],
)  # fmt: skip
def test_text_beside_the_delimiters_is_hidden(raw: bytes, hidden: bool) -> None:
    assert hides_text(raw, 0, len(raw)) is hidden


@pytest.mark.parametrize(
    "piece", [b"a", b"a\n", b"a: b\n", b"\r", b"a\nfrom:\n", b"--", b"--b\n", b"--a\ncontent-x\n"]
)
def test_hostile_messages_take_linear_time(piece: bytes) -> None:
    raw = b"x\n" + piece * 300_000
    began = time.process_time()
    find_body(raw, 0, len(raw))
    find_parts(raw, 0, len(raw), boundary=b"b" * 60, most=10_000)
    assert time.process_time() - began < 10  # it is below a second; quadratic would be minutes
