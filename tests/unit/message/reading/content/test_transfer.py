import base64
import mmap
import time
from binascii import a2b_base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content import transfer
from mailcore.message.reading.content.transfer import (
    decode_base64,
    decode_body,
    decode_in_pieces,
    find_flaw,
    name_encoding,
)
from mailcore.message.reading.defects import Flaw

ENCODINGS = ["", "7bit", "base64", "quoted-printable", "x-uuencode", "x-unknown"]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, ""),
        (b"", ""),
        (b"base64", "base64"),
        (b" BASE64 ", "base64"),
        (b"base64 (comment)", "base64"),
        (b"(comment) base64", "base64"),
        (b'"base64"', "base64"),
        (b"x-rot13; y", "x-rot13"),
        (b"()", ""),
    ],
)
def test_an_encoding_is_read_by_its_name(value: bytes | None, name: str) -> None:
    assert name_encoding(value) == name


@pytest.mark.parametrize(
    ("body", "encoding", "content"),
    [
        (b"a=C3=A9=\r\nb", "quoted-printable", b"a\xc3\xa9b"),
        (b"a=c3=XY=", "quoted-printable", b"a\xc3=XY"),
        (b"a= \t\r\nb \r\nc\t\nd ", "quoted-printable", b"ab\r\nc\nd"),
        (b"a=20\r\n", "quoted-printable", b"a \r\n"),
        (b"one\r\ntwo= \nthree\t\n", "quoted-printable", b"one\r\ntwothree\n"),
        (b"one\ntwo \r\n\r\nthree", "quoted-printable", b"one\ntwo\r\n\r\nthree"),
        (b"long =\rline =41 \rtwo", "quoted-printable", b"long line A\ntwo"),
        (b"YWJj", "base64", b"abc"),
        (b"begin 644 x\n#0V%T\n`\nend\n", "x-uuencode", b"Cat"),
        (b"a=C3", "7bit", b"a=C3"),
        (b"\xff", "8bit", b"\xff"),
        (b"x", "x-rot13", b"x"),
    ],
)
def test_the_transfer_encoding_is_undone(body: bytes, encoding: str, content: bytes) -> None:
    assert decode_body(b"." + body + b".", 1, len(body) + 1, encoding=encoding) == content


@pytest.mark.parametrize(
    ("encoded", "octets"),
    [
        (b"QUI=\r\nQUI=", b"ABAB"),
        (b"QUJD!RUZH", b"ABCEFG"),
        (b"QUJDR", b"ABC"),
        (b"QUJDRE", b"ABCD"),
        (b"QUJDRE=", b"ABCD"),
        (b"QUJD=", b"ABC"),
        (b"Q===", b""),
        (b"\xff\xfeQUJD", b"ABC"),
        (b"====", b""),
        (b"SGk=\r\n_____\r\nA list's footer\r\n", b"Hi"),
        (b"SGk=\r\nSGk=\r\n-- \r\nfooter", b"HiHi"),
        (b"QUJD\r\n____\r\nMailman-users mailing list\r\n", b"ABC"),
        (b"QUI=\r\nSent from my phone", b"AB"),
        (b"QUJD\r\nQ!UJD\r\nQUJD", b"ABC" * 3),
        (b"QUJD" * 19 + b"\r\n--\r\n" + b"QUJD" * 19 + b"\r\n", b"ABC" * 38),
    ],
)
def test_dirty_base64_gives_what_it_holds_and_a_flaw(encoded: bytes, octets: bytes) -> None:
    assert decode_base64(encoded) == octets
    assert find_flaw(encoded, 0, len(encoded), encoding="base64") is Flaw.BASE64_MALFORMED


def encode(octets: bytes, width: int) -> bytes:
    """Give base64 in lines of this many characters."""
    encoded = base64.b64encode(octets)
    lines = (encoded[place : place + width] for place in range(0, len(encoded), width))
    return b"".join(line + b"\r\n" for line in lines)


FOOTER = (
    b"_" * 47 + b"\r\n" + (b"This message is confidential and may be privileged. If you are not\r\n"
    b"the intended recipient, please delete it.\r\n") * 55
)  # fmt: skip


@pytest.mark.parametrize("lines", [1, 20, 400])
def test_a_footer_of_any_length_is_no_base64(lines: int) -> None:
    octets = bytes(range(256)) * 90
    raw = base64.encodebytes(octets) + FOOTER * lines
    assert decode_base64(raw) == octets
    assert b"".join(decode_in_pieces(raw, 0, len(raw), encoding="base64")) == octets


@pytest.mark.parametrize("width", [20, 56, 60, 64, 72, 76, 1000])
@pytest.mark.parametrize("after", [b"!\r\n", b"-- \r\nsent by the list\r\n"])
@pytest.mark.parametrize("lines", [0, 1, 30])
def test_a_blank_within_a_line_cuts_nothing_off(width: int, after: bytes, lines: int) -> None:
    octets = bytes(range(256)) * 60 + b"!"
    raw = encode(octets, width)
    place = len(raw) - lines * (width + 2) - 4
    assert decode_base64(raw[:place] + b" " + raw[place:] + after) == octets


def test_blanks_within_every_line_cut_nothing_off() -> None:
    octets = bytes(range(256)) * 60 + b"!"
    groups = encode(octets, 4).split()
    lines = (b" ".join(groups[place : place + 19]) for place in range(0, len(groups), 19))
    assert decode_base64(b"\r\n".join(lines) + b"\r\n!\r\n") == octets


def test_words_below_base64_are_no_base64_however_many_stand_alone() -> None:
    footer = b"-- \r\nRegards\r\nUnsubscribe here\r\nOrganisation\r\n"
    for width in (4, 20, 76):
        raw = encode(b"abc" * 100, width)
        assert decode_base64(raw + footer) == b"abc" * 100


@given(st.binary())
def test_clean_base64_is_what_was_encoded_and_has_no_flaw(octets: bytes) -> None:
    encoded = base64.encodebytes(octets)
    assert decode_base64(encoded) == octets
    assert find_flaw(encoded, 0, len(encoded), encoding="base64") is None


@given(st.lists(st.sampled_from([b"QUI", b"=", b"Q", b"==", b"\r\n", b"!", b"\xff", b"QUJD"])))
def test_with_and_without_the_fast_decoder_the_octets_are_the_same(pieces: list[bytes]) -> None:
    pybase64 = pytest.importorskip("pybase64", reason="the extra [speed] is not installed")
    encoded = b"".join(pieces)
    decoded = []
    for decoder in (a2b_base64, pybase64.b64decode):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(transfer, "b64decode", decoder)
            decoded.append(decode_base64(encoded))
    assert decoded[0] == decoded[1]


@pytest.mark.parametrize(
    ("body", "encoding", "flaw"),
    [
        (b"x", "7bit", None),
        (b"x", "", None),
        (b"x", "x-uue", None),
        (b"x", "x-rot13", Flaw.ENCODING_UNKNOWN),
        (b"=41=\r\n=", "quoted-printable", None),
        (b"= \r\n", "quoted-printable", None),
        (b"=4", "quoted-printable", Flaw.QUOTED_PRINTABLE_MALFORMED),
        (b"a=b", "quoted-printable", Flaw.QUOTED_PRINTABLE_MALFORMED),
    ],
)
def test_a_flaw_is_told(body: bytes, encoding: str, flaw: Flaw | None) -> None:
    assert find_flaw(body, 0, len(body), encoding=encoding) is flaw


@given(
    st.lists(
        st.sampled_from(
            [b"QUJD", b"=", b"=41", b"\r\n", b"\n", b" ", b"\t", b"=\r\n", b"begin 644 x\n", b"\xff",
             b"#0V%T\n", b"x" * 50, b"end\n", b"-", b"Q", b"\r\n--\r\n", b"two words", b"QUJD" * 9]
        ),
        max_size=40,
    ).map(b"".join),
    st.sampled_from(ENCODINGS),
    st.integers(min_value=8, max_value=60),
    st.integers(min_value=1, max_value=90),
)  # fmt: skip
def test_pieces_of_any_size_are_the_same_octets(
    body: bytes, encoding: str, size: int, footer: int
) -> None:
    raw, start, end = b"=" + body + b"=", 1, len(body) + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer, "PIECE", size)
        patch.setattr(transfer, "FOOTER", footer)
        pieces = list(decode_in_pieces(raw, start, end, encoding=encoding))
        assert b"".join(pieces) == decode_body(raw, start, end, encoding=encoding)


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "7bit"])
def test_pieces_are_of_a_bounded_size(encoding: str) -> None:
    raw = (b"QUJD" * 19 + b"\r\n") * 10_000
    pieces = decode_in_pieces(raw, 0, len(raw), encoding=encoding)
    assert max(map(len, pieces)) <= 78_000


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_mapped_file_is_read_as_octets_are(encoding: str, tmp_path: Path) -> None:
    body = b"QUJD=\r\n=41 \r\n"
    path = tmp_path / "x"
    path.write_bytes(body)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        read = decode_body(mapped, 2, len(body), encoding=encoding)
        pieces = b"".join(decode_in_pieces(mapped, 2, len(body), encoding=encoding))
    assert read == pieces == decode_body(body, 2, len(body), encoding=encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "piece",
    [b"=", b" ", b"=\r\n", b"A", b"= ", b"\n", b"begin 644 a\n", b"A A\n", b"--\n", b"A" * 50 + b" A\n"],
)  # fmt: skip
def test_hostile_bodies_take_linear_time(encoding: str, piece: bytes) -> None:
    raw = piece * (1_000_000 // len(piece))
    began = time.process_time()
    decode_body(raw, 0, len(raw), encoding=encoding)
    find_flaw(raw, 0, len(raw), encoding=encoding)
    assert time.process_time() - began < 10  # it is below a second; quadratic would be minutes


def test_a_soft_break_of_cr_alone_loses_no_line_beside_others() -> None:
    body = b"one=\r\ntwo=\rthree three\rfour\r\nfive\r\n"
    decoded = decode_body(body, 0, len(body), encoding="quoted-printable")
    assert decoded == b"onetwothree three\rfour\r\nfive\r\n"


@pytest.mark.parametrize("mark", [b"> ", b"| ", b">", b">> "])
def test_base64_with_a_mark_before_each_line_is_whole(mark: bytes) -> None:
    data = bytes(range(256)) * 79
    body = b"".join(mark + line + b"\r\n" for line in base64.encodebytes(data).splitlines())
    footer = b"\r\n-- \r\nsent by the list\r\n"
    assert decode_base64(body) == data
    assert decode_base64(body + footer) == data
