from collections.abc import Callable
from traceback import TracebackException
from typing import Any

import pytest

from mailcore.errors import ConfigurationError
from mailcore.sasl.credentials import Anonymous, External, OAuth2, Password
from mailcore.secret import Secret


def test_a_password_does_not_show_itself() -> None:
    shown = "Password(user='me', secret=Secret('***'), mechanism=None)"
    assert repr(Password("me", "hush")) == shown


def test_a_secret_serves_as_well_as_text() -> None:
    assert Password("me", Secret("hush")) == Password("me", "hush")


@pytest.mark.parametrize(
    ("user", "secret"), [("", "x"), ("me", ""), ("m\0e", "x"), ("me", "\0"), ("me", "\ud800")]
)
def test_what_no_mechanism_can_carry_is_refused_without_showing_it(user: str, secret: str) -> None:
    with pytest.raises(ConfigurationError):
        Password(user, secret)


def test_a_password_is_not_carried_by_what_is_for_tokens() -> None:
    with pytest.raises(ConfigurationError, match="not by XOAUTH2"):
        Password("me", "hush", mechanism="xoauth2")


def test_a_token_does_not_show_itself() -> None:
    assert "hush" not in repr(OAuth2("me", "hush"))


def test_a_token_can_be_fetched() -> None:
    assert callable(OAuth2("me", lambda: "hush").token)


@pytest.mark.parametrize("token", [None, 5, b"hush"])
def test_what_gives_no_token_is_refused(token: Any) -> None:
    with pytest.raises(ConfigurationError, match="a token is"):
        OAuth2("me", token)


@pytest.mark.parametrize("text", ["\0", "\ud800"])
def test_no_name_is_what_no_mechanism_can_carry(text: str) -> None:
    for make in (External, Anonymous, lambda user: OAuth2(user, "t")):
        with pytest.raises(ConfigurationError):
            make(text)


def test_a_token_needs_a_user() -> None:
    with pytest.raises(ConfigurationError, match="empty"):
        OAuth2("", "t")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Password("", "hush hush"),
        lambda: Password("me", "hush hush", mechanism="NONE"),
        lambda: OAuth2("", "hush hush"),
    ],
)
def test_what_is_refused_can_be_shown_with_its_locals_and_without_its_secret(
    make: Callable[[], object],
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    told = TracebackException.from_exception(caught.value, capture_locals=True)
    shown = [line for line in told.format() if "make" not in line and "lambda" not in line]
    assert "Secret('***')" in "".join(shown)
