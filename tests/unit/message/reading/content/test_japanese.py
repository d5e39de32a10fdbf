import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.content.japanese import decode_euc_jp, decode_iso_2022_jp


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x1b$BF|K\\\x1b(B jp", "日本 jp"),
        (b"\x1b$B-!-j|b\x1b(B", "①㈱髙"),  # rows of NEC and IBM
        (b"\x1b(I1234\x1b(B", "ｱｲｳｴ"),
        (b"\x0e1234\x0fx", "ｱｲｳｴx"),
        (b"\x1b(J\\~\x1b(B\\~", "¥‾\\~"),
        (b"\x1b$B!A\x1b(B", "～"),
        (b"\x1b$(D0!\x1b(B", "丂"),  # JIS X 0212
        (b"\x1b$A0!\x1b(B", "啊"),  # GB 2312
        (b"\x1b$(C0!\x1b(B", "가"),  # KS X 1001
        (b"\x1b$(Q.!\x1b(B", "俱"),  # JIS X 0213
        (b"\x1b$(O$w\x1b(B", "か\u309a"),  # two characters in one cell
    ],
)
def test_each_character_set_of_iso_2022_jp_is_known(octets: bytes, text: str) -> None:
    assert decode_iso_2022_jp(octets) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x1b$BF|K\\", "日本"),  # never back to ASCII
        (b"\x1b$BF|K", "日\ufffd"),  # half a character
        (b"\x1b$BF|\r\nK\\\x1b(B", "日\r\n本"),
        (b"\x1b$B\x7e\x7e\x1b(B", "\ufffd"),  # an empty cell
        ("a日".encode(), "a日"),
        ("a日".encode("cp932"), "a日"),
        (b"\x1bX", "\x1bX"),
        (b"", ""),
    ],
)
def test_broken_iso_2022_jp_gives_what_can_be_read(octets: bytes, text: str) -> None:
    assert decode_iso_2022_jp(octets) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("日本 jp".encode("euc_jp"), "日本 jp"),
        (b"\xad\xa1\xad\xea\xfc\xe2", "①㈱髙"),
        ("ｱｲ".encode("euc_jp"), "ｱｲ"),
        ("丂".encode("euc_jp"), "丂"),
        (b"\xc6\xfc\xff\x8e\x8f", "日\ufffd\ufffd\ufffd"),
    ],
)
def test_euc_jp_has_the_same_characters(octets: bytes, text: str) -> None:
    assert decode_euc_jp(octets) == text


@given(
    st.lists(st.sampled_from([b"\x1b$B", b"\x1b(B", b"\x1b(I", b"\x1b", b"$", b"(", b"A", b"\xe3"]))
)
def test_no_sequence_of_escapes_raises(pieces: list[bytes]) -> None:
    assert isinstance(decode_iso_2022_jp(b"".join(pieces)).encode(), bytes)


@given(st.text("日本語のテスト、abc\n"))
def test_what_python_writes_is_read_back(text: str) -> None:
    assert decode_iso_2022_jp(text.encode("iso2022_jp")) == text
    assert decode_euc_jp(text.encode("euc_jp")) == text
