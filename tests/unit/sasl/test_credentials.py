import pytest

from mailcore.errors import ConfigurationError
from mailcore.sasl.credentials import Password
from mailcore.secret import Secret


def test_a_password_does_not_show_itself() -> None:
    assert repr(Password("me", "hush")) == "Password(user='me', secret=Secret('***'))"


def test_a_secret_serves_as_well_as_text() -> None:
    assert Password("me", Secret("hush")) == Password("me", "hush")


@pytest.mark.parametrize(
    ("user", "secret"), [("", "x"), ("me", ""), ("m\0e", "x"), ("me", "\0"), ("me", "\ud800")]
)
def test_what_no_mechanism_can_carry_is_refused_without_showing_it(user: str, secret: str) -> None:
    with pytest.raises(ConfigurationError):
        Password(user, secret)
