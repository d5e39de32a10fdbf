"""A token is a text, or comes from a function, in either colour."""

from contextlib import closing
from typing import Any

import pytest

from mailcore.errors import ConfigurationError
from mailcore.sasl import OAuth2
from mailcore.sasl.tokens import check_blocking, fetch_token
from mailcore.secret import Secret
from tests.colours import Colour


class Source:
    """Gives a token, and another one for each that was refused."""

    def get_token(self, *, refused: Secret | None = None) -> str:
        return f"after {refused.reveal()}" if refused else "first"


async def fetch() -> str:
    return "fetched"


def fetched(colour: Colour, token: Any, refused: Secret | None = None) -> str:
    auth = OAuth2("me", token)
    found: Secret = colour.run(fetch_token(auth, colour.backend, refused=refused))
    return found.reveal()


@pytest.mark.parametrize("token", ["t", Secret("t"), lambda: "t", lambda: Secret("t")])
def test_a_token_is_itself_or_what_a_function_gives(colour: Colour, token: Any) -> None:
    assert fetched(colour, token) == "t"


def test_a_source_is_told_what_was_refused(colour: Colour) -> None:
    assert fetched(colour, Source()) == "first"
    assert fetched(colour, Source(), refused=Secret("old")) == "after old"


def test_an_async_function_is_awaited() -> None:
    colour = Colour("asyncio")
    with closing(colour):
        assert fetched(colour, fetch) == "fetched"


def test_a_blocking_transport_cannot_await_one() -> None:
    with pytest.raises(ConfigurationError, match="async function"):
        check_blocking(OAuth2("me", fetch))
    check_blocking(OAuth2("me", Source()))


@pytest.mark.parametrize("given", [None, "", 5, b"t"])
def test_what_is_no_token_is_refused(colour: Colour, given: Any) -> None:
    with pytest.raises(ConfigurationError, match="a token is a text"):
        fetched(colour, lambda: given)


def test_what_the_function_raises_is_passed_on(colour: Colour) -> None:
    def fail() -> str:
        raise LookupError("no token today")

    with pytest.raises(LookupError, match="no token today"):
        fetched(colour, fail)
