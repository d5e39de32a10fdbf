from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.reading.headers import Headers
from mailcore.message.reading.limits import Limits

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


PEOPLE = (
    b"To: A <a@x.org>, Team: b@x.org;\r\nTO: c@x.org\r\nReferences: <1@x> <2@x>\r\n"
    b"Resent-Date: 2 Jan 2026 03:04:05 +0000\r\nList-Post: <mailto:l@x.org>\r\nDate: soon\r\n"
)


def test_fields_are_read_by_their_grammar() -> None:
    headers = Headers(PEOPLE)
    assert [address.email for address in headers.get_addresses("to")] == [
        "a@x.org", "b@x.org", "c@x.org",
    ]  # fmt: skip
    assert [group.name for group in headers.get_groups("to")] == [None, "Team", None]
    assert headers.get_ids("references") == ("<1@x>", "<2@x>")
    assert headers.get_date("resent-date") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert headers.get_uris("list-post") == ("mailto:l@x.org",)
    assert headers.get_all_raw("to") == (b"A <a@x.org>, Team: b@x.org;", b"c@x.org")


def test_what_is_not_there_is_nothing() -> None:
    headers = Headers(PEOPLE)
    assert (headers.get_addresses("cc"), headers.get_groups("cc")) == ((), ())
    assert (headers.get_ids("message-id"), headers.get_uris("list-help")) == ((), ())
    assert headers.get_date("date") is headers.get_date("x") is None


def test_undeclared_octets_are_in_the_given_charset() -> None:
    headers = Headers("X: 王芳\r\nTo: 王芳 <a@b.c>\r\n".encode("gb18030"), charset="gb2312")
    assert headers["x"] == headers.fields[0].text == "王芳"
    assert headers.get_addresses("to")[0].name == "王芳"


def test_limits_cut_values_and_lists() -> None:
    headers = Headers(PEOPLE, limits=Limits(field_octets=4, addresses=1))
    assert headers["references"] == "<1@x"
    assert len(Headers(PEOPLE, limits=Limits(addresses=2)).get_addresses("to")) == 2
    assert len(Headers(PEOPLE, limits=Limits(fields=2)).fields) == 2
    assert headers.fields[2].raw == b"<1@x"[:4]


@pytest.mark.parametrize("name", ["", " ", "to:", "é", "x\ny", "received\0"])
def test_what_no_field_can_be_called_is_not_there(name: str) -> None:
    assert name not in Headers(PEOPLE + b":x\r\n : y\r\n")


@given(st.binary())
def test_a_field_that_is_found_is_among_all(raw: bytes) -> None:
    headers = Headers(raw)
    for name in headers:
        named = tuple(field.raw for field in headers.fields if field.name.lower() == name.lower())
        assert headers.get_all_raw(name) == named


@given(st.binary())
def test_nothing_raises(raw: bytes) -> None:
    headers = Headers(raw)
    assert all(isinstance(text, str) for _, text in headers.items())
    assert all(0 <= offset <= len(raw) for _, offset, _ in headers.flaws())
