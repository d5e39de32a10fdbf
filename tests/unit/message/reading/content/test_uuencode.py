import time
from binascii import b2a_uu

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content.embedded_file import EmbeddedFile
from mailcore.message.reading.content.uuencode import decode_uuencoded, find_uuencoded


def encode(content: bytes, name: bytes = b"a.bin", *, backtick: bool = False) -> bytes:
    lines = (
        b2a_uu(content[start : start + 45], backtick=backtick)
        for start in range(0, len(content), 45)
    )
    return b"begin 644 %s\n%s`\nend\n" % (name, b"".join(lines))


@given(st.binary(), st.booleans())
def test_what_was_encoded_comes_back(content: bytes, backtick: bool) -> None:
    assert decode_uuencoded(encode(content, backtick=backtick)) == content


@pytest.mark.parametrize(
    ("body", "content"),
    [
        (b"begin 644 cat\r\n#0V%T\r\n`\r\nend\r\n", b"Cat"),
        (b"see below\n\nbegin 644 cat\n#0V%T\n`\nend\nbegin 644 dog\n#1&]G\n`\nend\n", b"Cat"),
        (b"begin 644 cat\n#0V%T\n", b"Cat"),  # cut
        (b"#0V%T\n", b"Cat"),  # no begin
        (b"begin 644 cat\nfrom here on junk\n#0V%T\n\n`\nend\n", b"Cat"),
        (b"begin 644 zeros\n#\n`\nend\n", b"\0\0\0"),  # its spaces were lost
        (b"begin 644 cat\n#0V%TZZ\nend\n", b"Cat"),  # with a checksum
        (b"", b""),
    ],
)
def test_all_that_can_be_read_is_decoded(body: bytes, content: bytes) -> None:
    assert decode_uuencoded(body) == content


def test_a_file_in_a_text_is_found_with_its_place() -> None:
    before, file, after = b"Hello,\r\n", b"begin 644 my cat\r\n#0V%T\r\n`\r\nend\r\n", b"bye\r\n"
    place = len(before), len(before + file)
    assert list(find_uuencoded(before + file + after)) == [EmbeddedFile("my cat", b"Cat", *place)]


def test_each_file_of_several_is_found() -> None:
    body = encode(b"one", b"1") + b"and\n" + encode(b"two" * 100, "2é".encode())
    assert [(file.filename, file.content) for file in find_uuencoded(body)] == [
        ("1", b"one"),
        ("2é", b"two" * 100),
    ]


def test_a_file_without_end_is_damaged_and_takes_no_text_with_it() -> None:
    body = b"begin 644 cat\n#0V%T\nBYE\n"
    (file,) = find_uuencoded(body)
    assert file == EmbeddedFile("cat", b"Cat", 0, len(body) - 4, is_damaged=True)


@pytest.mark.parametrize(
    "body",
    [
        b"begin 5 minutes earlier\n",
        b"begin 644 files and\nend 12\n",
        b"begin 644 x\nHELLO\nend\n",
        b"begin 644 x\n`\nend\n",
        b"to begin 644 cat\n#0V%T\n`\nend\n",
        b"begin 644\n#0V%T\n`\nend\n",
        b"",
    ],
)
def test_a_text_that_talks_of_beginning_holds_no_file(body: bytes) -> None:
    assert list(find_uuencoded(body)) == []


@given(
    st.lists(st.sampled_from([b"begin 644 a\n", b"#0V%T\n", b"M\n", b"`\n", b"end\n", b"\xff\n"]))
)
def test_spans_are_in_order_and_within_the_body(lines: list[bytes]) -> None:
    body = b"".join(lines)
    files = list(find_uuencoded(body))
    places = [place for file in files for place in (file.start, file.end)]
    assert places == sorted(places)
    assert all(0 <= place <= len(body) for place in places)
    assert isinstance(decode_uuencoded(body), bytes)


@pytest.mark.parametrize(
    "line",
    [b"begin 644 a\r\n", b"begin 644 a\n#0V%T\n", b"begin 644 ", b"begin 644 a\n#0V%T\n\n\n\n"],
)
def test_false_beginnings_take_linear_time(line: bytes) -> None:
    start = time.process_time()
    list(find_uuencoded(line * 20_000))
    decode_uuencoded(line * 20_000)
    assert time.process_time() - start < 1
