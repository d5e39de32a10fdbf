"""Nothing that a server says gives away what was said to it."""

from base64 import b64encode
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.sasl.redaction import Redaction
from mailcore.secret import Secret

SECRET = "pass/word ü+1"


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        repr(SECRET.encode()),
        quote(SECRET, safe=""),
        b64encode(SECRET.encode()).decode(),
        b64encode(f"\0me\0{SECRET}".encode()).decode(),
        SECRET.encode().hex(),
    ],
)
def test_a_secret_is_taken_out_in_every_form(text: str) -> None:
    redaction = Redaction()
    redaction.add(Secret(SECRET))
    cleaned = redaction.clean(f"535 not you: {text}")
    assert "***" in cleaned
    assert cleaned.startswith("535 not you: ")
    assert b64encode(SECRET.encode()).decode()[4:12] not in cleaned


def test_what_was_added_later_is_taken_out_as_well() -> None:
    redaction = Redaction()
    redaction.add(Secret("first one"))
    redaction.add(Secret("second one"))
    assert redaction.clean("first one, second one") == "***, ***"


def test_without_secrets_a_text_stays_as_it_is() -> None:
    redaction = Redaction()
    redaction.add(Secret(""))
    assert redaction.clean("5.7.8 not you") == "5.7.8 not you"


def test_a_short_secret_is_taken_out_only_as_it_is() -> None:
    redaction = Redaction()
    redaction.add(Secret("abc"))
    assert redaction.clean(f"abc {b64encode(b'abc').decode()}") == "*** YWJj"


@given(st.text(min_size=1), st.text(), st.text())
def test_it_is_gone_wherever_it_stands(secret: str, before: str, after: str) -> None:
    redaction = Redaction()
    redaction.add(Secret(secret))
    assert secret not in redaction.clean(before + secret + after).replace("***", "") or set(
        secret
    ) <= {"*"}


def test_it_shows_no_secret() -> None:
    redaction = Redaction()
    redaction.add(Secret(SECRET))
    assert SECRET not in repr(redaction)
