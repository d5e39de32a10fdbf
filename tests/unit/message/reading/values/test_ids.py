import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.values.ids import parse_ids


@pytest.mark.parametrize(
    ("raw", "ids"),
    [
        (b"<a@b>", ["<a@b>"]),
        (b"<a@b> <c@d>\r\n\t<e@f>", ["<a@b>", "<c@d>", "<e@f>"]),
        (b"<a@b><c@d>,<e@f>", ["<a@b>", "<c@d>", "<e@f>"]),
        (b"<a @ b(comment) .c>", ["<a@b.c>"]),
        (b"<a(b)@c>", ["<a(b)@c>"]),
        (b"<a\r\n b@c>", ["<ab@c>"]),
        (b'<"a b"@c>', ['<"a b"@c>']),
        (b"Your mail of Monday <a@b>", ["<a@b>"]),
        (b"a@b", ["<a@b>"]),
        (b"a@b, c@d", ["<a@b>", "<c@d>"]),
        (b"your mail to a@b", []),
        (b"102.10200000000105", ["<102.10200000000105>"]),
        (b" m (comment)\r\n", ["<m>"]),
        (b"m n", []),
        (b"m, a@b", []),
        (b'"m"', []),
        (b"=?utf-8?q?=3Ca=40b=3E?=", ["<a@b>"]),
        (b"<>", []),
        (b"<a@b", []),
        (b"", []),
    ],
)
def test_ids_are_read_in_their_brackets(raw: bytes, ids: list[str]) -> None:
    assert list(parse_ids(raw)) == ids


@pytest.mark.parametrize("raw", [b"<a@b> <> <c@d> <e@f>", b"a@b c@d e@f"])
def test_ids_beyond_the_limit_are_left_unread(raw: bytes) -> None:
    assert parse_ids(raw, most=2) == ("<a@b>", "<c@d>")
    assert len(parse_ids(raw, most=3)) == 3


@given(st.binary() | st.text(st.sampled_from('<>@a ("\\)')).map(str.encode))
def test_nothing_raises(raw: bytes) -> None:
    assert all(id_.startswith("<") and id_.endswith(">") for id_ in parse_ids(raw))


@pytest.mark.parametrize("piece", [b"<", b"<a(", b'<"', b"a@", b"a@b "])
def test_hostile_values_take_linear_time(piece: bytes) -> None:
    start = time.process_time()
    parse_ids(piece * 20_000)
    assert time.process_time() - start < 2
