import base64
import smtplib
import ssl
from collections.abc import Iterator

import pytest

from mailcore.sandbox import Sandbox, smtp
from mailcore.sandbox.server import LINE_LIMIT
from mailcore.sandbox.smtp import SIZE_LIMIT

RAW = b"Subject: x\r\n\r\n.hello\r\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as one:
        one.account("alice@example.test", password="wonderland")
        yield one


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[smtplib.SMTP]:
    """The standard library's client, so that the server is not only understood by our own."""
    with smtplib.SMTP(sandbox.host, sandbox.smtp_port, timeout=10) as one:
        one.ehlo("test.example")
        yield one


def private(client: smtplib.SMTP, sandbox: Sandbox) -> smtplib.SMTP:
    context = sandbox.tls.effective_context
    assert isinstance(context, ssl.SSLContext)
    client.starttls(context=context)
    client.ehlo("test.example")
    return client


def say(client: smtplib.SMTP, *commands: str) -> int:
    code = 0
    for command in commands:
        client.send(f"{command}\r\n".encode())
        code, _ = client.getreply()
    return code


def test_another_client_can_send(client: smtplib.SMTP, sandbox: Sandbox) -> None:
    before = len(sandbox.caught)
    refused = client.sendmail("bot@example.com", ["alice@example.test"], RAW)
    assert refused == {}
    assert sandbox.caught[before].raw == RAW
    assert sandbox.caught[before].envelope.mail_from == "bot@example.com"


def test_authentication_is_only_offered_in_private(client: smtplib.SMTP, sandbox: Sandbox) -> None:
    assert not client.has_extn("auth")
    assert private(client, sandbox).has_extn("auth")
    assert not client.has_extn("starttls")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_who_knows_the_password_comes_in(
    client: smtplib.SMTP, sandbox: Sandbox, mechanism: str
) -> None:
    private(client, sandbox)
    client.esmtp_features["auth"] = mechanism
    code, _ = client.login("alice@example.test", "wonderland")
    assert code == 235


@pytest.mark.parametrize(
    ("user", "password"), [("alice@example.test", "looking-glass"), ("bob@example.test", "x")]
)
def test_nobody_else_comes_in(
    client: smtplib.SMTP, sandbox: Sandbox, user: str, password: str
) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError):
        private(client, sandbox).login(user, password)


@pytest.mark.parametrize("credentials", ["=", "not base64", base64.b64encode(b"x").decode()])
def test_strange_credentials_are_wrong_ones(
    client: smtplib.SMTP, sandbox: Sandbox, credentials: str
) -> None:
    assert say(private(client, sandbox), f"AUTH PLAIN {credentials}") == 535


@pytest.mark.parametrize(
    ("commands", "code"),
    [
        (["AUTH PLAIN AHgAeA=="], 503),
        (["RCPT TO:<a@example.org>"], 503),
        (["DATA"], 503),
        (["MAIL FROM:<a@example.org>", "DATA"], 503),
        (["MAIL FROM:<a@example.org>", "MAIL FROM:<a@example.org>"], 503),
        (["MAIL FROM:<a@example.org>", "RSET", "RCPT TO:<a@example.org>"], 503),
        (["MAIL a@example.org"], 501),
        (["MAIL FROM:<>", "RCPT TO:<>"], 501),
        ([f"MAIL FROM:<a@example.org> SIZE={SIZE_LIMIT + 1}"], 552),
        (["MAIL FROM:<>", "RCPT TO:<stranger@example.test>"], 550),
        (["MAIL FROM:<>", "RCPT TO:<anybody@example.net>"], 250),
        (["MAIL FROM:<>", "RCPT TO:<Alice@Example.Test>"], 250),
        (["mail from:<a@example.org>"], 250),
        (["MAIL FROM:<>", "RCPT TO:<a@b@c>", "DATA"], 553),
        (["MAIL FROM:<用户@example.org>"], 553),
        (["MAIL FROM:<用户@example.org> SMTPUTF8"], 250),
        (["MAIL FROM:<>", "RCPT TO:<用户@example.org>"], 553),
        (["MAIL FROM:<> SMTPUTF8", "RCPT TO:<用户@example.org>"], 250),
        (["NOOP\nQUIT"], 500),
        (["NOOP"], 250),
        (["HELO x"], 250),
        (["VRFY alice"], 500),
        (["EXPN \x00"], 500),
        (["QUIT"], 221),
    ],
)
def test_commands_have_their_replies(client: smtplib.SMTP, commands: list[str], code: int) -> None:
    assert say(client, *commands) == code


@pytest.mark.parametrize(
    "body",
    [b"smuggled\n.\nMAIL FROM:<x@example.org>", b"smuggled\r.\rx", b"bare\nline feed"],
)
def test_bare_line_ends_neither_end_a_message_nor_get_into_one(
    client: smtplib.SMTP, sandbox: Sandbox, body: bytes
) -> None:
    before = len(sandbox.caught)
    assert say(client, "MAIL FROM:<>", "RCPT TO:<a@example.org>", "DATA") == 354
    client.send(b"Subject: x\r\n\r\n" + body + b"\r\n.\r\n")
    assert client.getreply()[0] == 554
    assert say(client, "NOOP") == 250
    assert len(sandbox.caught) == before


def test_too_large_a_message_is_refused_and_not_kept(
    client: smtplib.SMTP, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "SIZE_LIMIT", 1000)
    before = len(sandbox.caught)
    assert say(client, "MAIL FROM:<>", "RCPT TO:<a@example.org>", "DATA") == 354
    client.send(b"x" * 500 + b"\r\n" + b"y" * 500 + b"\r\n.\r\n")
    assert client.getreply()[0] == 552
    assert len(sandbox.caught) == before


def test_a_line_without_an_end_ends_the_connection(client: smtplib.SMTP) -> None:
    assert client.sock is not None
    client.sock.sendall(b"x" * (LINE_LIMIT + 1000))
    assert client.sock.recv(10) == b""


def test_commands_pipelined_behind_starttls_are_dropped(
    client: smtplib.SMTP, sandbox: Sandbox
) -> None:
    assert client.sock is not None
    client.sock.sendall(b"STARTTLS\r\nMAIL FROM:<injected@example.org>\r\n")
    assert client.getreply()[0] == 220
    client.sock = sandbox.tls.effective_context.wrap_socket(
        client.sock, server_hostname="localhost"
    )
    client.file = None  # as smtplib itself does
    assert say(client, "RCPT TO:<a@example.org>") == 503
