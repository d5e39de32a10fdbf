"""A secret is known again in the forms that programs give it."""

from base64 import b64encode, urlsafe_b64encode
from json import dumps
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.secret_forms import encodings, forms

SECRET = "p/ä'\"<&\\\n +Zq"


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, ""),
        quote_plus(SECRET),
        quote(SECRET, "").replace("%2F", "%2f").replace("%C3%A4", "%c3%a4").replace("%3C", "%3c")
        .replace("%5C", "%5c").replace("%0A", "%0a").replace("%2B", "%2b"),
        repr(SECRET)[1:-1],
        ascii(SECRET)[1:-1],
        dumps(SECRET)[1:-1],
        dumps(SECRET, ensure_ascii=False)[1:-1],
        repr(SECRET.encode())[2:-1],
        SECRET.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("'", "&#x27;"),
        SECRET.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&#34;").replace("'", "&#39;"),
    ],
)  # fmt: skip
def test_these_are_its_forms(form: str) -> None:
    assert form in forms(SECRET)


def test_a_plain_one_has_no_other_form() -> None:
    assert forms("hunter2") == {"hunter2"}


def test_its_hex_is_known_in_either_case() -> None:
    assert {"6a6b6c6d", "6A6B6C6D"} <= encodings("jklm")


@given(st.binary(max_size=10), st.text(min_size=4, max_size=20), st.binary(max_size=10))
def test_base64_of_what_it_is_in_has_one_of_its_cores(
    before: bytes, secret: str, after: bytes
) -> None:
    octets = before + secret.encode(errors="backslashreplace") + after
    for encode in (b64encode, urlsafe_b64encode):
        encoded = encode(octets).decode()
        assert any(core in encoded for core in encodings(secret))


@given(st.text(min_size=4).filter(lambda text: "\0" not in text))
def test_no_form_is_empty(secret: str) -> None:
    assert all(len(form) >= 4 for form in forms(secret) | encodings(secret))
