"""SASL mechanisms as little conversations without I/O: a challenge in, a response out (RFC 4422).

Responses are bytes before base64; user names and passwords go as UTF-8 (RFC 4616 2). SCRAM has a file of
its own.
"""

import hmac
import json
from typing import Any, Protocol

from mailcore.errors import AuthenticationFailed
from mailcore.sasl.channel import Channel
from mailcore.sasl.credentials import Password
from mailcore.sasl.redaction import Redaction
from mailcore.secret import Secret

__all__ = ["Bearer", "CramMD5", "Login", "Mechanism", "Statement"]

_REFUSAL_SHOWN = 200  # characters of what a server says for a token


class Mechanism(Protocol):
    """One authentication under way."""

    @property
    def name(self) -> str:
        """The name that servers offer it by."""
        ...

    @property
    def refusal(self) -> str | None:
        """What the server said against us in its last challenge, where the mechanism has a place for it."""
        ...

    def initial_response(self) -> bytes | None:
        """Give what can be said with the command; None where the server has to speak first."""
        ...

    def respond(self, challenge: bytes) -> bytes:
        """Answer a challenge; raises `AuthenticationFailed` where there is no answer to it."""
        ...

    def check_success(self) -> None:
        """See that all was said that has to be, when the server lets us in; else raises the same."""
        ...


class Statement:
    """PLAIN (RFC 4616), EXTERNAL (RFC 4422 A), ANONYMOUS (RFC 4505): everything is said at once."""

    refusal = None

    def __init__(self, name: str, statement: str) -> None:
        self.name: str = name
        self._statement = Secret(statement)

    def initial_response(self) -> bytes | None:
        """Say it."""
        return self._statement.reveal().encode()

    def respond(self, challenge: bytes) -> bytes:
        """Answer a challenge: there is nothing more to say."""
        del challenge
        raise _unanswerable(self.name)

    def check_success(self) -> None:
        """Take it: nothing is proven."""


class Login:
    """LOGIN: user and password, each when asked (draft-murchison-sasl-login)."""

    name = "LOGIN"
    refusal = None

    def __init__(self, credentials: Password) -> None:
        self._answers = [Secret(credentials.user), credentials.secret]

    def initial_response(self) -> bytes | None:
        """Wait for the question: not every server takes the user name with the command."""
        return None

    def respond(self, challenge: bytes) -> bytes:
        """Give the user name, then the password; the words of the questions differ between servers."""
        del challenge
        if not self._answers:
            raise _unanswerable(self.name)
        return self._answers.pop(0).reveal().encode()

    def check_success(self) -> None:
        """Take it: nothing is proven."""


class CramMD5:
    """CRAM-MD5: the password is not said, but what is easily guessed from (RFC 2195)."""

    name = "CRAM-MD5"
    refusal = None

    def __init__(self, credentials: Password) -> None:
        self._credentials = credentials
        self._has_answered = False

    def initial_response(self) -> bytes | None:
        """Wait for the challenge."""
        return None

    def respond(self, challenge: bytes) -> bytes:
        """Give the user, and the challenge signed with the password."""
        if self._has_answered:
            raise _unanswerable(self.name)
        self._has_answered = True
        user, secret = self._credentials.user, self._credentials.secret
        return f"{user} {hmac.digest(secret.reveal().encode(), challenge, 'md5').hex()}".encode()

    def check_success(self) -> None:
        """Take it: nothing is proven."""


class Bearer:
    """OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's, older): an access token.

    A server that refuses it says why in a challenge first, and has to be answered for its reply to come.
    """

    def __init__(self, name: str, user: str, token: Secret, channel: Channel) -> None:
        self.name: str = name
        self.refusal: str | None = None
        self._redaction = Redaction()
        self._redaction.add(token)
        fields = f"auth=Bearer {token.reveal()}\x01\x01"
        if name == "XOAUTH2":
            self._said, self._answer = Secret(f"user={user}\x01{fields}"), b""
            return
        port = "" if channel.port is None else f"port={channel.port}\x01"
        user = user.replace("=", "=3D").replace(",", "=2C")
        self._said = Secret(f"n,a={user},\x01host={channel.host}\x01{port}{fields}")
        self._answer = b"\x01"

    def initial_response(self) -> bytes | None:
        """Give the user and the token."""
        return self._said.reveal().encode()

    def respond(self, challenge: bytes) -> bytes:
        """Take what the server has against the token, and let it go on."""
        if self.refusal is not None:
            raise _unanswerable(self.name)
        self.refusal = self._redaction.clean(_read_refusal(challenge))[:_REFUSAL_SHOWN]
        return self._answer

    def check_success(self) -> None:
        """Take it: nothing is proven."""


def _unanswerable(name: str) -> AuthenticationFailed:
    return AuthenticationFailed(f"the server asked for more than {name} has")


def _read_refusal(challenge: bytes) -> str:
    """Give the fields of a refusal as text, as "status 401, scope https://mail.google.com/"."""
    text = challenge.decode(errors="replace")
    try:
        found: Any = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, dict):
        text = ", ".join(f"{name} {value}" for name, value in found.items())
    return text
