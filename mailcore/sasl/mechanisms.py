"""SASL mechanisms as little conversations without I/O: a challenge in, a response out.

Responses are bytes before base64; user names and passwords go as UTF-8 (RFC 4616 2).
"""

from collections.abc import Callable, Collection
from typing import Protocol

from mailcore.errors import AuthenticationFailed
from mailcore.sasl.credentials import Password
from mailcore.secret import Secret

__all__ = ["Mechanism", "choose"]


class Mechanism(Protocol):
    """One authentication under way."""

    @property
    def name(self) -> str:
        """The name that servers offer it by."""
        ...

    def initial_response(self) -> bytes | None:
        """Give what can be said with the command; None where the server has to speak first."""
        ...

    def respond(self, challenge: bytes) -> bytes:
        """Answer a challenge."""
        ...


class Plain:
    """PLAIN: everything at once (RFC 4616)."""

    name = "PLAIN"

    def __init__(self, credentials: Password) -> None:
        self._credentials = credentials

    def initial_response(self) -> bytes | None:
        """Give an empty authorization id, the user and the password."""
        return f"\0{self._credentials.user}\0{self._credentials.secret.reveal()}".encode()

    def respond(self, challenge: bytes) -> bytes:
        """Answer a challenge: PLAIN has none to answer."""
        raise AuthenticationFailed(f"the server asked for more than PLAIN has: {challenge[:40]!r}")


class Login:
    """LOGIN: user and password, each when asked (draft-murchison-sasl-login)."""

    name = "LOGIN"

    def __init__(self, credentials: Password) -> None:
        self._answers = [Secret(credentials.user), credentials.secret]

    def initial_response(self) -> bytes | None:
        """Wait for the question: not every server takes the user name with the command."""
        return None

    def respond(self, challenge: bytes) -> bytes:
        """Give the user name, then the password; the words of the questions differ between servers."""
        if not self._answers:
            raise AuthenticationFailed(
                f"the server asked for more than LOGIN has: {challenge[:40]!r}"
            )
        return self._answers.pop(0).reveal().encode()


#: The strongest first.
_MECHANISMS: tuple[Callable[[Password], Mechanism], ...] = (Plain, Login)


def choose(credentials: Password, offered: Collection[str]) -> Mechanism:
    """Give the strongest mechanism that is offered and fits; raises `AuthenticationFailed`."""
    names = {name.upper() for name in offered}
    for make in _MECHANISMS:
        mechanism = make(credentials)
        if mechanism.name in names:
            return mechanism
    if not names:
        raise AuthenticationFailed("the server offers no authentication on this connection")
    raise AuthenticationFailed(
        f"no mechanism fits: the server offers {', '.join(sorted(names))}, a password needs PLAIN or LOGIN"
    )
