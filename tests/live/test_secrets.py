"""What was proved with stays between client and server: in no log, trace, error, traceback, repr or pickle.

It is looked for as it is, in base64 at any offset, and in the escapes of URLs, after logins that a real server
takes and refuses, and after those that end in the middle or are thrown back by the server.
"""

import base64
import io
import logging
import pickle
import re
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self
from urllib.parse import quote

import pytest

from mailcore import MailcoreError, Message, OAuth2, Password
from mailcore.net.tls import TLS
from mailcore.sasl import Credentials
from mailcore.smtp.events import Event
from tests.colours import Colour
from tests.live.servers import PASSWORD, USER, Postfix, access_token
from tests.peers import Answer, Close, Conversation, Peer, Silence, SMTPScript

Start = Callable[[Conversation], Peer]
MAIL = Message(from_="bot@example.test", to="anna@example.test", subject="x", text="hello")
WRONG = "wróng pass/word+1"
MECHANISMS = ["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"]
OFFER = b"250-script\r\n250 AUTH PLAIN LOGIN CRAM-MD5 XOAUTH2 OAUTHBEARER"


def forms(secret: str) -> set[str]:
    """Give what a secret looks like, in whatever it is within."""
    raw = secret.encode()
    found = {secret, repr(raw)[2:-1], quote(secret), quote(secret, safe="")}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):
            # The first and the last group depend on what is around it.
            coded = encode(b"x" * offset + raw).decode().rstrip("=")
            found.add(coded[4 if offset else 0 : len(coded) // 4 * 4 - 4])
    return {form for form in found if len(form) > 5}


class Everything:
    """All that a login leaves behind: gathered, to be searched."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._log = io.StringIO()
        self._handler = logging.StreamHandler(self._log)
        self._handler.setLevel(logging.DEBUG)

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self._handler)
        logging.getLogger().setLevel(logging.DEBUG)
        return self

    def __exit__(self, *exc: object) -> None:
        logging.getLogger().removeHandler(self._handler)
        logging.getLogger().setLevel(logging.WARNING)

    def event(self, event: Event) -> None:
        self.seen += [repr(event), str(event)]

    def value(self, value: Any) -> None:
        self.seen += [repr(value), str(value)]
        with suppress(TypeError):
            self.seen.append(repr(pickle.dumps(value)))

    def error(self, error: BaseException) -> None:
        self.value(error)
        self.seen += [repr(error.args), repr(vars(error))]
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
        self.seen += told.format()

    def lines_with(self, secret: str) -> list[str]:
        """Give the lines that give it away."""
        lines = "\n".join([*self.seen, self._log.getvalue()]).splitlines()
        return [line for line in lines if any(form in line for form in forms(secret))]


def log_in(
    colour: Colour, port: int, auth: Credentials, *, tls: TLS | None = None, timeout: float = 5
) -> Everything:
    """Try to send, and give all that is there to be seen of it."""
    security = {"tls": tls} if tls else {"security": "plain", "allow_insecure_auth": True}
    with Everything() as everything:
        smtp: Any = colour.smtp(
            "localhost", port, auth=auth, on_event=everything.event, timeout=timeout, **security
        )
        everything.value(auth)
        try:
            with smtp:
                everything.value(smtp)
                smtp.send(MAIL)
        except MailcoreError as error:
            everything.error(error)
        everything.value(smtp)
    return everything


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("password", [PASSWORD, WRONG])
def test_a_password_is_seen_by_nobody(
    colour: Colour, postfix: Postfix, tls: TLS, mechanism: str, password: str
) -> None:
    auth = Password(USER, password, mechanism=mechanism)
    everything = log_in(colour, postfix.ports["submission"], auth, tls=tls)
    assert any(f"AUTH {mechanism}" in line for line in everything.seen)
    assert everything.lines_with(password) == []


@pytest.mark.parametrize("seconds", [600, -60])
def test_a_token_is_seen_by_nobody(
    colour: Colour, postfix: Postfix, tls: TLS, seconds: int
) -> None:
    token = access_token(USER, seconds=seconds)
    everything = log_in(colour, postfix.ports["submission"], OAuth2(USER, token), tls=tls)
    assert any("AUTH OAUTHBEARER" in line or "AUTH XOAUTH2" in line for line in everything.seen)
    assert everything.lines_with(token) == []


ENDS: dict[str, Answer | list[Answer]] = {
    "closed": Close,
    "silent": Silence,
    "nonsense": b"what?",
    "leaving": b"421 4.3.2 not now",
    "challenge": b"334 bm8gc3VjaCB0aGluZw==",
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "OAuth2"])
def test_nor_where_the_login_ends_in_the_middle(
    colour: Colour, peer: Start, mechanism: str, end: str
) -> None:
    script = SMTPScript(EHLO=OFFER, AUTH=ENDS[end])
    auth: Credentials = Password("me", WRONG, mechanism=mechanism) if mechanism != "OAuth2" else OAuth2("me", WRONG)  # fmt: skip
    everything = log_in(colour, peer(script).port, auth, timeout=0.5)
    assert any("AUTH" in line for line in everything.seen)
    assert everything.lines_with(WRONG) == []


@pytest.mark.parametrize("shape", ["as it is", "base64", "escaped", "the whole response"])
@pytest.mark.parametrize("code", [535, 421])
def test_nor_where_the_server_throws_it_back(
    colour: Colour, peer: Start, shape: str, code: int
) -> None:
    said = base64.b64encode(f"\0me\0{WRONG}".encode()).decode()
    back = {
        "as it is": WRONG,
        "base64": base64.b64encode(WRONG.encode()).decode(),
        "escaped": quote(WRONG, safe=""),
        "the whole response": said,
    }[shape]
    script = SMTPScript(EHLO=OFFER, AUTH=f"{code} 5.7.8 not you: {back}".encode())
    auth = Password("me", WRONG, mechanism="PLAIN")
    everything = log_in(colour, peer(script).port, auth)
    assert any(re.search(f"{code}.*not you", line) for line in everything.seen)
    assert everything.lines_with(WRONG) == []


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "OAuth2"])
def test_nor_where_the_server_asks_for_it_back(colour: Colour, peer: Start, mechanism: str) -> None:
    back = b'{"status": "' + WRONG.encode() + b'"}'
    script = SMTPScript(EHLO=OFFER, AUTH=b"334 " + base64.b64encode(back))
    auth = OAuth2("me", WRONG) if mechanism == "OAuth2" else Password("me", WRONG, mechanism=mechanism)  # fmt: skip
    everything = log_in(colour, peer(script).port, auth)
    assert any("AUTH" in line for line in everything.seen)
    assert everything.lines_with(WRONG) == []


def test_what_is_looked_for_would_be_found() -> None:
    for inside in ("", "m", "me"):
        coded = base64.b64encode(f"{inside}\0me\0{WRONG}\0x".encode()).decode()
        assert any(form in coded for form in forms(WRONG))
