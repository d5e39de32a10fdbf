import time
from binascii import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content.embedded_file import EmbeddedFile
from mailcore.message.reading.content.yenc import find_yenc


def escape(content: bytes) -> bytes:
    encoded = bytes((octet + 42) % 256 for octet in content)
    for octet in b"=\0\r\n":  # "=" first
        encoded = encoded.replace(bytes([octet]), bytes([ord("="), octet + 64]))
    return encoded


def encode(content: bytes, name: bytes = b"a.bin") -> bytes:
    return (
        b"=ybegin line=128 size=%d name=%s\r\n" % (len(content), name)
        + escape(content)
        + b"\r\n=yend size=%d crc32=%08X\r\n" % (len(content), crc32(content))
    )


@given(st.binary())
def test_what_was_encoded_comes_back(content: bytes) -> None:
    body = encode(content)
    assert list(find_yenc(body)) == [EmbeddedFile("a.bin", content, 0, len(body))]


def test_a_file_stands_between_lines_of_text() -> None:
    before, file = b"Hello,\n", encode(bytes(range(256)), b'"my name.bin"')
    (found,) = find_yenc(before + file + b"bye\n")
    assert (found.filename, found.content) == ("my name.bin", bytes(range(256)))
    assert (found.start, found.end) == (len(before), len(before + file))


def test_a_part_of_a_file_is_what_it_is() -> None:
    part = (
        b"=ybegin part=2 total=3 line=128 size=9 name=a.bin\n=ypart begin=4 end=6\n"
        + escape(b"two")
        + b"\n=yend size=3 part=2 pcrc32=%08x crc32=00000001\n" % crc32(b"two")
    )
    (file,) = find_yenc(part)
    assert (file.content, file.is_damaged) == (b"two", False)


@pytest.mark.parametrize(
    "end",
    [b"=yend size=4", b"=yend size=3 crc32=00000001", b"=yend size=x", b"=yend crc32=cdf0cd5a"],
)
def test_what_its_end_does_not_tell_of_is_damaged(end: bytes) -> None:
    (file,) = find_yenc(b"=ybegin line=128 size=3 name=a\n" + escape(b"two") + b"\n" + end)
    assert (file.content, file.is_damaged) == (b"two", True)


@pytest.mark.parametrize(
    "body",
    [
        b"=ybegin line=128 size=3 name=a\nabc",
        b"=ybegin line=128 size=3\nabc\n=yend size=3\n",
        b"x =ybegin line=128 size=3 name=a\nabc\n=yend size=3\n",
        b"=yend size=3\n",
        b"",
    ],
)
def test_what_is_not_begun_or_not_ended_is_no_file(body: bytes) -> None:
    assert list(find_yenc(body)) == []


@given(
    st.lists(st.sampled_from([b"=ybegin name=a\n", b"=ypart \n", b"=yend size=1\n", b"=", b"="]))
)
def test_no_sequence_of_lines_raises(lines: list[bytes]) -> None:
    body = b"".join(lines)
    assert all(file.end <= len(body) for file in find_yenc(body))


@pytest.mark.parametrize(
    "line", [b"=ybegin line=1 size=1 name=a\r\n", b"=ypart \r\n", b"=yend \r\n"]
)
def test_false_beginnings_take_linear_time(line: bytes) -> None:
    start = time.process_time()
    list(find_yenc(b"=ybegin name=a\n" + line * 20_000))
    assert time.process_time() - start < 1


@pytest.mark.parametrize("kilos", [50, 200])
def test_a_long_line_without_a_name_is_looked_at_once(kilos: int) -> None:
    start = time.process_time()
    body = b"=ybegin " + b"n" * (kilos * 1000) + b"\n" + b"=yend a\n" * (kilos * 125)
    assert list(find_yenc(body)) == []
    assert time.process_time() - start < 1  # looked at for each end it would be minutes


def test_what_begins_without_a_name_hides_no_file_after_it() -> None:
    (file,) = find_yenc(b"=ybegin line=128 size=3\n" + encode(b"two"))
    assert (file.content, file.is_damaged) == (b"two", False)
