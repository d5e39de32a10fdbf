"""Getting the access token that `OAuth2` is to say, in either colour."""

from collections.abc import Callable
from functools import partial
from inspect import iscoroutinefunction
from typing import Any

from mailcore.errors import ConfigurationError
from mailcore.net.backend import Backend
from mailcore.sasl.credentials import OAuth2, Token, TokenSource
from mailcore.secret import Secret

__all__ = ["check_blocking", "fetch_token"]


async def fetch_token(auth: OAuth2, backend: Backend, *, refused: Secret | None = None) -> Secret:
    """Give the token, another one if one was `refused`; what a user's function raises is passed on."""
    if isinstance(auth.token, str | Secret):
        return Secret(auth.token)
    function = _function(auth.token, refused)
    found = await function() if _is_async(auth.token) else await backend.call(function)
    if not isinstance(found, str | Secret) or not Secret(found).reveal():
        raise ConfigurationError(f"a token is a text, and not a {type(found).__name__}, nor empty")
    return Secret(found)


def check_blocking(auth: OAuth2) -> None:
    """Refuse a token that only an asynchronous transport can fetch."""
    if _is_async(auth.token):
        raise ConfigurationError("an async function gives no token to a blocking transport")


def _function(token: Token, refused: Secret | None) -> Callable[[], Any]:
    if isinstance(token, TokenSource):
        return partial(token.get_token, refused=refused)
    assert callable(token)  # noqa: S101 - `OAuth2` has seen to that
    return token


def _is_async(token: object) -> bool:
    ways = (token, getattr(token, "get_token", None), getattr(token, "__call__", None))  # noqa: B004 - is it async?
    return any(map(iscoroutinefunction, ways))
