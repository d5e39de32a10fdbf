import pytest

from mailcore.message.writing.files import FileBody, encode_file

MESSAGE = b"Subject: x\r\n\r\nHello\r\n"


def test_a_file_is_base64() -> None:
    assert encode_file("a/b", b"abc", eight_bit=False) == FileBody("a/b", "base64", b"YWJj")


def test_a_text_is_readable() -> None:
    body = encode_file("Text/csv; charset=x", b"a,b\n", eight_bit=False)
    assert body == FileBody("Text/csv; charset=x", "quoted-printable", b"a,b=0A")


@pytest.mark.parametrize(
    ("content_type", "content", "declared"),
    [
        ("text/csv", "é".encode(), "text/csv; charset=utf-8"),
        ("text/csv; charset=x", "é".encode(), "text/csv; charset=x"),
        ("text/csv", b"\xe9", "text/csv"),
        ("text/csv", b"e", "text/csv"),
    ],
)
def test_a_text_beyond_ascii_says_that_it_is_utf_8(
    content_type: str, content: bytes, declared: str
) -> None:
    assert encode_file(content_type, content, eight_bit=False).content_type == declared


@pytest.mark.parametrize("content", [MESSAGE, MESSAGE.replace(b"\r\n", b"\n")])
def test_a_message_goes_as_it_is_in_crlf_lines(content: bytes) -> None:
    body = encode_file("Message/RFC822", content, eight_bit=False)
    assert body == FileBody("Message/RFC822", "7bit", MESSAGE)


def test_a_message_beyond_ascii_is_octets_unless_eight_bits_may_go() -> None:
    content = MESSAGE.replace(b"Hello", b"\xe9")
    body = encode_file("message/rfc822", content, eight_bit=False)
    assert (body.content_type, body.encoding) == ("application/octet-stream", "base64")
    body = encode_file("message/rfc822", content, eight_bit=True)
    assert body == FileBody("message/rfc822", "8bit", content)


def test_a_message_with_a_header_beyond_ascii_is_octets_in_any_case() -> None:
    body = encode_file("message/rfc822", "Subject: é\r\n\r\n".encode(), eight_bit=True)
    assert body.content_type == "application/octet-stream"


def test_an_internationalised_message_may_be_base64() -> None:
    body = encode_file("message/global", b"A: \xc3\xa9", eight_bit=False)
    assert (body.content_type, body.encoding) == ("message/global", "base64")
