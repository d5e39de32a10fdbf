from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message import Limits, Part
from mailcore.message.reading.defects import Flaw


def part(*lines: str, limits: Limits | None = None) -> Part:
    raw = "\r\n".join(lines).encode()
    return Part(raw, 0, len(raw), limits=limits or Limits())


def shape(whole: Part) -> list[tuple[str, str, bytes]]:
    return [(p.number, p.content_type, p.content) for p in whole.walk() if not p.parts]


def test_parts_lie_between_the_delimiters() -> None:
    whole = part(
        "Content-Type: multipart/mixed; boundary=b", "", "preamble", "--b", "", "one", "--b",
        "Content-Type: text/html", "", "two", "", "--b--", "epilogue", "--b", "", "no part",
    )  # fmt: skip
    assert shape(whole) == [("1", "text/plain", b"one"), ("2", "text/html", b"two\r\n")]


def test_parts_nest() -> None:
    whole = part(
        "Content-Type: multipart/mixed; boundary=b", "", "--b",
        "Content-Type: multipart/alternative; boundary=bb", "", "--bb", "", "one", "--bb", "",
        "two", "--bb--", "--b", "", "three", "--b--",
    )  # fmt: skip
    assert [number for number, _, _ in shape(whole)] == ["1.1", "1.2", "2"]


def test_a_longer_line_is_no_delimiter() -> None:
    whole = part(
        "Content-Type: multipart/mixed; boundary=b", "", "--b", "", "--bc", "x--b", "--b--"
    )
    assert shape(whole) == [("1", "text/plain", b"--bc\r\nx--b")]


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_other_line_ends_will_do(end: str) -> None:
    lines = ["Content-Type: multipart/mixed; boundary=b", "", "--b", "", "one", "--b--", ""]
    raw = end.join(lines).encode()
    assert shape(Part(raw, 0, len(raw))) == [("1", "text/plain", b"one")]


def test_a_digest_holds_messages() -> None:
    whole = part("Content-Type: multipart/digest; boundary=b", "", "--b", "", "S: x", "--b--")
    assert whole.parts[0].content_type == "message/rfc822"


def test_a_multipart_without_boundary_keeps_its_body() -> None:
    whole = part("Content-Type: multipart/mixed", "", "text")
    assert whole.parts == ()
    assert whole.content == b"text"


@pytest.mark.parametrize(
    "boundary", [b"\xe9\xfc", b"=?iso-8859-1?q?b?=", rb"a\b\c", rb"a\"b", b"\xc3\xa9"]
)
def test_a_boundary_that_says_something_else_is_compared_as_it_was_written(boundary: bytes) -> None:
    lines = (
        b'Content-Type: multipart/mixed; boundary="' + boundary + b'"', b"", b"--" + boundary, b"",
        b"one", b"--" + boundary + b"--",
    )  # fmt: skip
    raw = b"\r\n".join(lines)
    assert shape(Part(raw, 0, len(raw))) == [("1", "text/plain", b"one")]


def test_a_boundary_is_what_it_means_where_that_is_there() -> None:
    head = r'Content-Type: multipart/mixed; boundary="a\b"'
    whole = part(head, "", "--ab", "", r"--a\b", "--ab--")
    assert shape(whole) == [("1", "text/plain", rb"--a\b")]
    assert not whole.defects


def test_readers_differ_in_a_boundary_that_was_not_escaped() -> None:
    whole = part(r'Content-Type: multipart/mixed; boundary="a\b"', "", r"--a\b", "", r"--a\b--")
    assert [defect.code for defect in whole.defects] == [Flaw.BOUNDARY_WRONG]


def test_what_a_part_says_of_itself() -> None:
    whole = part(
        'Content-Type: TEXT/Plain; charset="gb2312"; name=other', "Content-ID: <logo>",
        "Content-Disposition: Attachment; filename=a.txt", "", "x",
    )  # fmt: skip
    assert (whole.content_type, whole.charset, whole.content_id) == ("text/plain", "gb2312", "logo")
    assert (whole.disposition, whole.filename) == ("attachment", "a.txt")


def test_text_has_newlines_only() -> None:
    assert part("", "a", "b\rc\nd").text == "a\nb\nc\nd"


def test_nesting_beyond_the_limit_is_left_as_it_is() -> None:
    lines = ["Content-Type: multipart/mixed; boundary=b0", ""]
    for depth in range(1, 9):
        lines += [f"--b{depth - 1}", f"Content-Type: multipart/mixed; boundary=b{depth}", ""]
    whole = part(*lines, limits=Limits(depth=3))
    assert max(p.number.count(".") for p in whole.walk()) <= 3
    assert Flaw.TOO_DEEP in {defect.code for p in whole.walk() for defect in p.defects}


def test_parts_beyond_the_limit_are_left_unread() -> None:
    lines = ["Content-Type: multipart/mixed; boundary=b", ""]
    whole = part(*lines, *["--b", "", "x"] * 9, limits=Limits(parts=3))
    assert len(whole.parts) == 3
    assert [defect.code for defect in whole.defects] == [Flaw.TOO_MANY_PARTS]


def test_a_header_beyond_the_limit_is_left_unread() -> None:
    whole = part("A: 1", "B: 2", "", "x", limits=Limits(header_octets=6))
    assert list(whole.headers) == ["A"]
    assert whole.content == b"x"
    assert [defect.code for defect in whole.defects] == [Flaw.HEADER_TOO_LONG]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_has_no_header_is_a_body(end: str) -> None:
    raw = f"just text{end}{end}and more".encode()
    whole = Part(raw, 0, len(raw))
    assert (whole.text, list(whole.headers)) == ("just text\n\nand more", [])
    assert [(defect.code, defect.offset) for defect in whole.defects] == [(Flaw.HEADER_MISSING, 0)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_before_the_fields_does_not_hide_them(end: str) -> None:
    raw = f"From a@b.c Fri Jan  2{end}Subject: x{end}{end}text".encode()
    whole = Part(raw, 0, len(raw))
    assert (whole.headers["subject"], whole.text) == ("x", "text")


def test_a_part_without_header_is_a_body() -> None:
    whole = part("Content-Type: multipart/mixed; boundary=b", "", "--b", "text", "--b--")
    assert shape(whole) == [("1", "text/plain", b"text")]


def test_saving_writes_the_content_under_a_safe_name(tmp_path: Path) -> None:
    whole = part("Content-Disposition: attachment; filename=../../etc/a.txt", "", "content")
    path = whole.save(tmp_path)
    assert path == tmp_path / "a.txt"
    assert path.read_bytes() == b"content"


def test_saving_what_has_no_name_tells_its_type(tmp_path: Path) -> None:
    assert part("Content-Type: message/rfc822", "", "x").save(tmp_path).name == "attachment.eml"
    assert part("Content-Type: a/b; name=..", "", "x").save(tmp_path).name == "attachment"
    assert part("Content-Type: a/b; name=x", "", "x").save(tmp_path).name == "x"


@given(st.binary())
def test_nothing_raises(body: bytes) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + body.replace(b"\0", b"\n--b\n")
    whole = Part(raw, 0, len(raw))
    for each in whole.walk():
        assert isinstance(each.text, str)
        assert each.raw in raw
        assert all(isinstance(defect.offset, int) for defect in each.defects)


@pytest.mark.parametrize("header", [b"", b"Subject: x\r\n\r\n", b"A: b\nC: d\n\n", b"\n"])
def test_the_raw_body_is_all_that_follows_the_header(header: bytes) -> None:
    raw = header + b"=41 body\n"
    assert Part(raw, 0, len(raw)).raw_body == b"=41 body\n"


def test_a_part_knows_where_it_stands() -> None:
    whole = part("Content-Type: multipart/mixed; boundary=b", "", "--b", "A: 1", "", "x", "--b--")
    start, body, end = whole.parts[0].span
    assert (whole.raw[start:end], whole.raw[body:end]) == (b"A: 1\r\n\r\nx", b"x")


def test_content_comes_in_pieces() -> None:
    whole = part("Content-Transfer-Encoding: base64", "", "QUJD\r\n" * 50_000)
    pieces = list(whole.chunks())
    assert b"".join(pieces) == whole.content == b"ABC" * 50_000
    assert len(pieces) > 2


@pytest.mark.parametrize(
    "fields",
    [
        ["Content-Type: message/rfc822"],
        ["Content-Type: message/global"],
        ["Content-Type: text/rfc822-headers"],
    ],
)
def test_a_message_in_a_message_is_one(fields: list[str]) -> None:
    inner = part(*fields, "", "Subject: inner", "", "text").message
    assert inner is not None
    assert (inner.subject, inner.raw) == ("inner", b"Subject: inner\r\n\r\ntext")


def test_a_message_in_base64_is_read_all_the_same() -> None:
    fields = ["Content-Type: message/rfc822", "Content-Transfer-Encoding: base64"]
    inner = part(*fields, "", "U3ViamVjdDogeAoK").message
    assert inner is not None
    assert inner.subject == "x"


def test_other_parts_are_no_messages() -> None:
    assert part("Content-Type: text/plain", "", "Subject: x").message is None


def test_flowed_text_has_its_paragraphs_on_lines() -> None:
    fields = "Content-Type: text/plain; format=flowed"
    assert part(fields, "", "one ", "two", "> a ", "> b").text == "one two\n> a b"
    assert part(f"{fields}; delsp=yes", "", "on ", "e").text == "one"
    assert part("Content-Type: text/html; format=flowed", "", "one ", "two").text == "one \ntwo"


def test_html_without_a_charset_names_it_itself() -> None:
    html = '<meta charset="gb2312"><p>王芳'.encode("gb18030")
    for field in (b"text/html", b'text/html; charset=""'):
        raw = b"Content-Type: " + field + b"\r\n\r\n" + html
        assert Part(raw, 0, len(raw)).text.endswith("<p>王芳")
    raw = b"Content-Type: text/html; charset=koi8-r\r\n\r\n" + html
    assert not Part(raw, 0, len(raw)).text.endswith("王芳")
    raw = b"Content-Type: text/plain\r\n\r\n" + html + b"\xe9"
    assert not Part(raw, 0, len(raw)).text.endswith("王芳é")


def test_files_in_a_text_are_apart_from_it() -> None:
    whole = part("", "Hello", "begin 644 a.txt", "#0V%T", "`", "end")
    assert [file.content for file in whole.files] == [b"Cat"]
    assert whole.text == "Hello\n"
    assert part("", "I begin to see").files == ()


@pytest.mark.parametrize(
    "field", ["Content-Disposition: attachment", "Content-Type: text/plain; name=x.sh"]
)
def test_a_text_that_is_a_file_itself_stays_whole(field: str) -> None:
    whole = part(field, "", "begin 644 a.txt", "#0V%T", "`", "end")
    assert whole.files == ()
    assert whole.text.startswith("begin")


def test_an_encoding_is_named_in_small_letters() -> None:
    assert part("Content-Transfer-Encoding: BASE64 (x)", "", "").encoding == "base64"
    assert part("", "").encoding == ""


@pytest.mark.parametrize(
    "value", ["text", "text/", "/plain", "=?utf-8?q?text/plain?=", "a b/c d;x=y", "a/b/c"]
)
def test_a_type_that_is_none_is_text(value: str) -> None:
    assert part(f"Content-Type: {value}", "", "x").content_type == "text/plain"
