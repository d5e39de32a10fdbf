import re
import time
import tracemalloc
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.errors import ConfigurationError
from mailcore.message.reading.limits import Limits
from mailcore.message.stores.mbox import FROM_LINE, is_mbox, read_mbox

FROM = b"From joe@example.org Fri Jan  5 10:20:30 2024\n"


def mails(mbox: bytes) -> list[bytes]:
    return [mail.raw for mail in read_mbox(BytesIO(mbox))]


class Trickle(BytesIO):
    """A file that gives no more than a few octets at a time."""

    def __init__(self, content: bytes, octets: int) -> None:
        super().__init__(content)
        self.octets = octets

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(self.octets, size or 0))


# --- where mails begin and end -------------------------------------------------------------------


def test_mails_are_given_in_their_order_without_what_is_around_them() -> None:
    mbox = FROM + b"Subject: a\n\none\n\n" + FROM + b"Subject: b\n\ntwo\n\n"
    assert mails(mbox) == [b"Subject: a\n\none\n", b"Subject: b\n\ntwo\n"]


def test_line_ends_of_crlf_stay() -> None:
    from_line = FROM.replace(b"\n", b"\r\n")
    mbox = (
        from_line + b"Subject: a\r\n\r\none\r\n\r\n" + from_line + b"Subject: b\r\n\r\ntwo\r\n\r\n"
    )
    assert mails(mbox) == [b"Subject: a\r\n\r\none\r\n", b"Subject: b\r\n\r\ntwo\r\n"]


def test_of_several_empty_lines_only_the_last_is_not_the_mails() -> None:
    assert mails(FROM + b"A: b\n\nx\n\n\n" + FROM) == [b"A: b\n\nx\n\n", b""]


def test_a_last_mail_without_a_line_end_is_whole() -> None:
    assert mails(FROM + b"A: b\n\nx") == [b"A: b\n\nx"]


@pytest.mark.parametrize(
    ("mbox", "expected"),
    [
        (b"", []),
        (b"\n\r\n", []),
        (FROM, [b""]),
        (FROM.rstrip(), [b""]),
        (FROM + b"\n" + FROM, [b"", b""]),
        (FROM + b"A: b\n\n" + FROM + b"C: d\n", [b"A: b\n", b"C: d\n"]),
        (b"\n\n" + FROM + b"A: b\n", [b"A: b\n"]),
    ],
)
def test_an_mbox_may_hold_little(mbox: bytes, expected: list[bytes]) -> None:
    assert mails(mbox) == expected


@pytest.mark.parametrize(
    "line",
    [
        b"From joe@example.org Fri Jan  5 10:20:30 2024",
        b"From - Fri Jan 05 10:20:30 2024",
        b"From joe@example.org  Fri Jan  5 10:20 2024",
        b"From joe Fri Jan  5 10:20:30 CET 2024",
        b"From 1234567890@xxx Fri Jan 05 10:20:30 +0000 2024",
        b"From joe@example.org Fri Jan  5 10:20:30 2024 +0100",
        b"From joe@example.org Fri Jan  5 10:20:30 MET DST 2024",
        b"From joe at example.org  Fri Jan  5 10:20:30 2024",
        b'From "joe doe"@example.org Fri Jan  5 10:20:30 2024',
        b"From ???@??? Fri Jan 05 10:20:30 2024",
        b"From host!joe Fri Jan  5 10:20:30 1986 remote from host",
        b"From joe@example.org Fri, 05 Jan 2024 10:20:30 +0000",
        b"From joe@example.org 2024-01-05T10:20:30Z",
        b"From \xe7\x8e\x8b@\xe4\xbe\x8b.jp Fri Jan  5 10:20:30 2024",
        b"From  Fri Jan  5 10:20:30 2024",
        b"From \r",  # as Thunderbird has them since 2023
        b"From ",
    ],
)
def test_a_from_line_begins_a_mail(line: bytes) -> None:
    assert mails(FROM + b"A: b\n\nx\n\n" + line + b"\nC: d\n") == [b"A: b\n\nx\n", b"C: d\n"]


@pytest.mark.parametrize(
    "line",
    [
        b"From here on",
        b"From",
        b"From Monday, 5 January 2024 on",
        b"From me Fri Jan 5 at 10:20 in 2024",
        b"From me Friday Jan 5 10:20:30 2024",
        b"From me Fri Jan 5 10:20 or later",
        b"From: joe@example.org Fri Jan  5 10:20:30 2024",
        b" From joe@example.org Fri Jan  5 10:20:30 2024",
        b"from joe@example.org Fri Jan  5 10:20:30 2024",
        b"From " + b"x" * FROM_LINE + b" Fri Jan  5 10:20:30 2024",
    ],
)
def test_a_line_that_is_no_from_line_is_text(line: bytes) -> None:
    mail = b"A: b\n\nx\n\n" + line + b"\ny\n"
    assert mails(FROM + mail) == [mail]


def test_a_from_line_that_follows_text_is_text() -> None:
    assert mails(FROM + b"A: b\n\nx\n" + FROM) == [b"A: b\n\nx\n" + FROM]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_from_line_above_a_field_needs_no_empty_line_before_it(end: bytes) -> None:
    first, second = b"A: b\n\nx\n".replace(b"\n", end), b"Subject: c\n\ny\n".replace(b"\n", end)
    from_line = FROM.replace(b"\n", end)
    assert mails(from_line + first + from_line + second) == [first, second]


@pytest.mark.parametrize(
    "text",
    [
        b"From here on:\nSubject: c\n",
        b"From \nSubject: c\n",
        b"From joe@example.org\nSubject: c\n",
        FROM + b"he says: hello\n",
        FROM + b"\nSubject: c\n",
    ],
)
def test_after_text_no_other_line_begins_a_mail(text: bytes) -> None:
    assert mails(FROM + b"A: b\n\nx\n" + text) == [b"A: b\n\nx\n" + text]


def test_a_second_from_line_at_once_begins_no_mail() -> None:
    assert mails(FROM + FROM + b"A: b\n\nx\n") == [FROM + b"A: b\n\nx\n"]


def test_the_first_from_line_needs_no_date() -> None:
    assert mails(b"From joe@example.org\nA: b\n") == [b"A: b\n"]


# --- marks before From ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "read"),
    [
        (b">From here\n", b"From here\n"),
        (b">>From here\n", b">From here\n"),
        (b">>>From here\n", b">>From here\n"),
        (b"> From here\n", b"> From here\n"),
        (b">From\n", b">From\n"),
        (b"x >From here\n", b"x >From here\n"),
    ],
)
def test_one_mark_before_from_is_taken_away(stored: bytes, read: bytes) -> None:
    assert mails(FROM + b"A: b\n\n" + stored) == [b"A: b\n\n" + read]


# --- lengths -------------------------------------------------------------------------------------

BODY = b"x\n\n" + FROM + b">From here\n"


def measured(length: int, body: bytes = BODY) -> bytes:
    return FROM + b"A: b\nContent-Length: %d\n\n" % length + body


@pytest.mark.parametrize("separator", [b"", b"\n", b"\r\n"])
def test_a_length_that_leads_to_a_from_line_is_believed(separator: bytes) -> None:
    first, second = mails(measured(len(BODY)) + separator + FROM + b"C: d\n")
    assert first.endswith(b"\n\n" + BODY)  # as it was: mboxcl2 marks nothing
    assert second == b"C: d\n"


@pytest.mark.parametrize("separator", [b"", b"\n", b"\r\n"])
def test_a_length_that_leads_to_the_end_is_believed(separator: bytes) -> None:
    (mail,) = mails(measured(len(BODY)) + separator)
    assert mail.endswith(b"\n\n" + BODY)


@pytest.mark.parametrize("length", [0, 1, len(BODY) - 1, len(BODY) + 3, 10**6, 10**11])
def test_a_length_that_leads_elsewhere_is_not_believed(length: int) -> None:
    first, second, third = mails(measured(length) + b"\n" + FROM + b"C: d\n")
    assert first.endswith(b"\n\nx\n")
    assert second == b"From here\n"
    assert third == b"C: d\n"


def test_of_two_lengths_none_is_believed() -> None:
    twice = b"Content-Length: %d\n" % len(BODY) * 2
    assert len(mails(FROM + twice + b"\n" + BODY + b"\n" + FROM)) == 3


def test_a_length_in_the_body_says_nothing() -> None:
    body = b"Content-Length: 1000\n\n" + BODY
    assert len(mails(FROM + b"A: b\n\n" + body + b"\n" + FROM)) == 3


def test_marks_in_a_measured_mail_are_taken_away_where_it_needs_them() -> None:
    """As mboxcl has them."""
    body = b">From here\n"
    (mail,) = mails(measured(len(body), body) + b"\n")
    assert mail.endswith(b"\n\nFrom here\n")


def test_an_empty_line_that_was_counted_is_no_more_the_mails() -> None:
    first, _ = mails(measured(3, b"x\n\n") + FROM)
    assert first.endswith(b"\n\nx\n")


# --- sources and limits --------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Path, str])
def test_an_mbox_is_read_from_a_path(tmp_path: Path, kind: type[Path | str]) -> None:
    path = tmp_path / "mbox"
    path.write_bytes(FROM + b"Subject: a\n\none\n\n")
    (mail,) = read_mbox(kind(path))
    assert mail.subject == "a"


def test_a_file_is_read_from_where_it_stands_and_left_open() -> None:
    file = BytesIO(b"junk" + FROM + b"A: b\n")
    file.seek(4)
    assert [mail.raw for mail in read_mbox(file)] == [b"A: b\n"]
    assert not file.closed


def test_a_file_may_be_left_half_read(tmp_path: Path) -> None:
    path = tmp_path / "mbox"
    path.write_bytes((FROM + b"A: b\n\n") * 2)
    reading = read_mbox(path)
    assert next(reading).raw == b"A: b\n"
    del reading  # a file that stays open is a ResourceWarning, and that an error


def test_the_limits_of_reading_are_passed_on() -> None:
    mail = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n"
    (read,) = read_mbox(BytesIO(FROM + mail), limits=Limits(depth=-1))
    assert "too-deep" in {defect.code for defect in read.defects}


@pytest.mark.parametrize(
    "content", [b"Subject: a\n\nx\n", b"x", b"From: a\n", b"From " + b"x" * 2 * FROM_LINE]
)
def test_what_is_no_mbox_is_refused(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match="no mbox"):
        list(read_mbox(BytesIO(content)))


@pytest.mark.parametrize("octets", [1, 9, 100])
def test_a_mail_of_the_greatest_size_is_read(octets: int) -> None:
    mbox = FROM + b"x" * octets + b"\n\n" + FROM + b"x" * octets
    assert len(list(read_mbox(BytesIO(mbox), octets=octets + 1))) == 2


def test_a_larger_mail_is_refused_after_those_before_it() -> None:
    reading = read_mbox(BytesIO(FROM + b"small\n\n" + FROM + b"larger\n\n" + FROM), octets=6)
    assert next(reading).raw == b"small\n"
    with pytest.raises(ConfigurationError, match="the mail at octet 53 of the mbox is larger"):
        next(reading)


def test_a_mail_far_larger_than_the_limit_is_not_read_whole() -> None:
    file = BytesIO(FROM + b"x" * 10_000_000)
    with pytest.raises(ConfigurationError, match="larger"):
        list(read_mbox(file, octets=1000))
    assert file.tell() < 1_000_000


def test_memory_is_that_of_one_mail(tmp_path: Path) -> None:
    path = tmp_path / "mbox"
    path.write_bytes((FROM + b"Subject: a\n\n" + b"text\n" * 1000 + b"\n") * 4000)
    tracemalloc.start()
    try:
        assert sum(1 for _ in read_mbox(path)) == 4000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2_000_000 < path.stat().st_size


@pytest.mark.parametrize(
    "piece",
    [
        b"\n\nFrom here\n",
        b"\nFrom ",
        b"\n",
        b">From \n",
        b"\n\nFrom " + b" Fri Jan  5" * 80,
        FROM + b"Content-Length: 99999999\n\nx\n\n",
    ],
)
def test_hostile_mailboxes_are_read_in_linear_time(piece: bytes) -> None:
    def seconds(octets: int) -> float:
        mbox = FROM + piece * (octets // len(piece))
        begun = time.process_time()
        list(read_mbox(BytesIO(mbox)))
        return time.process_time() - begun

    least = min(seconds(400_000) for _ in range(3))  # a garbage collection takes its own time
    assert least < 8 * max(seconds(100_000), 0.02)


# --- properties ----------------------------------------------------------------------------------

LINES = (
    b"", b"x", b"From here", b">From here", b">>From x", b"From ", FROM.strip(), b"A: b", b"\r", b"F",
    b"Content-Length: 0", b"Content-Length: 2", b"Content-Length: 49", b"content-length:9\r",
)  # fmt: skip
texts = st.lists(st.sampled_from(LINES), max_size=20).map(b"\n".join)


@given(texts, st.integers(1, 40))
def test_pieces_of_any_size_give_the_same_mails(text: bytes, octets: int) -> None:
    trickled = [mail.raw for mail in read_mbox(Trickle(FROM + text, octets))]
    assert trickled == mails(FROM + text)


@given(texts, st.integers(0, 60), st.integers(1, 40))
def test_pieces_of_any_size_give_the_same_errors(text: bytes, most: int, octets: int) -> None:
    def outcome(file: BytesIO) -> Iterator[bytes]:
        try:
            for mail in read_mbox(file, octets=most):
                yield mail.raw
        except ConfigurationError as error:
            yield str(error).encode()

    assert list(outcome(Trickle(FROM + text, octets))) == list(outcome(BytesIO(FROM + text)))


@given(st.lists(texts.filter(lambda text: b"Content-Length" not in text), max_size=5))
def test_what_an_mboxrd_was_made_of_is_read_from_it(texts: list[bytes]) -> None:
    made = [re.sub(rb"(?m)^(?=>*From )", b">", text + b"\n") for text in texts]
    assert mails(b"".join(FROM + each + b"\n" for each in made)) == [text + b"\n" for text in texts]


@given(st.binary())
def test_no_octets_raise_anything_else(junk: bytes) -> None:
    assert b"".join(mails(FROM + junk)).count(b"\0") <= junk.count(b"\0")


@pytest.mark.parametrize(
    ("beginning", "expected"),
    [
        (FROM, True),
        (b"From ", True),
        (b"\r\n\nFrom x", True),
        (b"From: x", False),
        (b"", False),
        (b">From x", False),
    ],
)
def test_an_mbox_is_known_by_its_beginning(beginning: bytes, expected: bool) -> None:
    assert is_mbox(beginning) is expected
