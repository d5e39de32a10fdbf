"""What a user gives to be let in."""

from dataclasses import dataclass

from mailcore.errors import ConfigurationError
from mailcore.secret import Secret

__all__ = ["Password"]


@dataclass(frozen=True, slots=True, init=False)
class Password:
    """A user's name and password (or app password, or authorization code). Never shown."""

    user: str
    secret: Secret

    def __init__(self, user: str, secret: str | Secret) -> None:
        secret = Secret(secret)
        if not user or not secret.reveal():
            raise ConfigurationError("the user name and the password must not be empty")
        if "\0" in user or "\0" in secret.reveal():
            raise ConfigurationError("a user name or password with a NUL: no mechanism carries it")
        try:
            f"{user}{secret.reveal()}".encode()
        except UnicodeEncodeError:
            raise ConfigurationError("a user name or password that is no text") from None
        object.__setattr__(self, "user", user)
        object.__setattr__(self, "secret", secret)
