"""What a user says of a server is given back as it is meant, or refused."""

from typing import Any

import pytest

from mailcore.errors import ConfigurationError
from mailcore.sasl import Anonymous, External, OAuth2, Password
from mailcore.smtp.settings import (
    Security,
    check_auth,
    check_local_name,
    check_security,
    read_timeouts,
)
from mailcore.smtp.timeouts import Timeouts


@pytest.mark.parametrize(
    ("security", "port", "meant"),
    [(None, None, "starttls"), (None, 465, "tls"), (None, 25, "starttls"), ("plain", 465, "plain")],
)
def test_the_port_says_how_a_connection_becomes_private(
    security: Security | None, port: int | None, meant: str
) -> None:
    assert check_security(security, port) == meant


@pytest.mark.parametrize(
    "auth", [None, Password("me", "x"), OAuth2("me", "t"), External(), Anonymous()]
)
def test_whatever_says_who_we_are_is_fine(auth: Any) -> None:
    assert check_auth(auth) is auth


def test_a_pair_of_texts_says_nothing() -> None:
    pair: Any = ("user", "secret")
    with pytest.raises(ConfigurationError, match="OAuth2") as caught:
        check_auth(pair)
    assert "secret'" not in str(caught.value)


@pytest.mark.parametrize("name", [None, "client.example.com", "[192.0.2.1]", "[IPv6:2001:db8::1]"])
def test_a_name_is_a_domain_or_an_address_literal(name: str | None) -> None:
    assert check_local_name(name) == name


def test_a_number_bounds_every_step() -> None:
    assert read_timeouts(7) == Timeouts().at_most(7)
    assert read_timeouts(None) == Timeouts()
