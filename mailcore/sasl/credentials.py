"""What a user gives to be let in: a value for each way there is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, runtime_checkable

from mailcore.errors import ConfigurationError
from mailcore.secret import Secret

__all__ = [
    "PASSWORD_MECHANISMS",
    "Anonymous",
    "Credentials",
    "External",
    "OAuth2",
    "Password",
    "Token",
    "TokenSource",
]

#: What carries a password, the strongest first.
PASSWORD_MECHANISMS = (
    "SCRAM-SHA-512-PLUS",
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-512",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "CRAM-MD5",
    "PLAIN",
    "LOGIN",
)


@dataclass(frozen=True, slots=True, init=False)
class Password:
    """A user's name and password (or app password, or authorization code). Never shown.

    The strongest mechanism that the server offers carries it, unless `mechanism` names one, as "PLAIN".
    """

    user: str
    secret: Secret
    mechanism: str | None

    def __init__(self, user: str, secret: str | Secret, *, mechanism: str | None = None) -> None:
        secret = Secret(secret)
        mechanism = mechanism and mechanism.upper()
        object.__setattr__(self, "user", user)
        object.__setattr__(self, "secret", secret)
        object.__setattr__(self, "mechanism", mechanism)
        if not user or not secret.reveal():
            raise ConfigurationError("the user name and the password must not be empty")
        _check_text(user, secret.reveal())
        if mechanism not in {None, *PASSWORD_MECHANISMS}:
            raise ConfigurationError(
                f"a password is carried by {', '.join(PASSWORD_MECHANISMS)}, not by {mechanism}"
            )


@runtime_checkable
class TokenSource(Protocol):
    """Whatever gets access tokens, and knows to get a new one for one that was refused."""

    def get_token(self, *, refused: Secret | None = None) -> str | Secret:
        """Give a token that is good now; not the one that the server has `refused`."""
        ...


Token: TypeAlias = (
    str | Secret | TokenSource | Callable[[], str | Secret] | Callable[[], Awaitable[str | Secret]]
)


@dataclass(frozen=True, slots=True, init=False)
class OAuth2:
    """A user's name, and an access token: itself, a function that gives one, or a `TokenSource`.

    The function is called for every connection, and once more if the server refuses what it gave.
    """

    user: str
    token: Token

    def __init__(self, user: str, token: Token) -> None:
        if isinstance(token, str):
            token = Secret(token)
        object.__setattr__(self, "user", user)
        object.__setattr__(self, "token", token)
        if not user:
            raise ConfigurationError("the user name must not be empty")
        _check_text(user)
        if not (isinstance(token, Secret | TokenSource) or callable(token)):
            raise ConfigurationError(
                "a token is a text, a function that gives one, or a TokenSource"
            )


@dataclass(frozen=True, slots=True)
class External:
    """The client certificate of the TLS connection, or what else the server knows us by (RFC 4422 A).

    `user` is whom to act as, if that is not who the certificate says.
    """

    user: str = ""

    def __post_init__(self) -> None:
        _check_text(self.user)


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody in particular (RFC 4505); `trace` is what to find us by, as an address."""

    trace: str = ""
    user: str = "anonymous"

    def __post_init__(self) -> None:
        _check_text(self.trace)


Credentials: TypeAlias = Password | OAuth2 | External | Anonymous


def _check_text(*texts: str) -> None:
    """Refuse what no mechanism carries, without showing it."""
    if any("\0" in text for text in texts):
        raise ConfigurationError("a user name or password with a NUL: no mechanism carries it")
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        raise ConfigurationError("a user name or password that is no text") from None
