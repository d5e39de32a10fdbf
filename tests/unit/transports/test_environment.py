"""The environment can name a transport, and its password apart."""

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailcore.message import Message
from mailcore.sandbox import Sandbox
from mailcore.transports import transport_from_environment

URL = "smtps://bot@mail.example.com"


def test_the_url_is_that_of_an_smtp_server() -> None:
    transport = transport_from_environment({"MAILCORE_URL": "smtps://bot:pw@mail.example.com"})
    assert repr(transport) == "<SMTPTransport mail.example.com:465 tls>"
    assert transport.account == "bot"


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_the_password_can_stand_in_a_file(
    tmp_path: Path, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "password"
    path.write_text(f"a/b#c {end}", encoding="utf-8", newline="")
    with Sandbox() as sandbox:
        bot = sandbox.account("bot@example.test", password="a/b#c ")
        monkeypatch.setenv("SSL_CERT_FILE", str(sandbox.tls.ca_file))
        url = f"smtp+starttls://{bot.email}@localhost:{sandbox.smtp_port}"
        environment = {"MAILCORE_URL": url, "MAILCORE_PASSWORD_FILE": str(path)}
        with transport_from_environment(environment) as transport:
            transport.send(Message(from_=bot.email, to=bot.email, subject="x", text="x"))
        assert len(bot.inbox) == 1


def test_the_password_can_stand_in_a_variable() -> None:
    environment = {"MAILCORE_URL": URL, "MAILCORE_PASSWORD": "a/b#c"}
    assert transport_from_environment(environment).account == "bot"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({}, "set MAILCORE_URL to smtps://"),
        ({"MAILCORE_URL": ""}, "set MAILCORE_URL to smtps://"),
        ({"MAILCORE_URL": URL}, "a user without a password"),
        (
            {"MAILCORE_URL": URL, "MAILCORE_PASSWORD": "a", "MAILCORE_PASSWORD_FILE": "b"},
            "MAILCORE_PASSWORD or MAILCORE_PASSWORD_FILE, not both",
        ),
        (
            {"MAILCORE_URL": URL, "MAILCORE_PASSWORD_FILE": "/nowhere/password"},
            "MAILCORE_PASSWORD_FILE can't be read: No such file or directory",
        ),
    ],
)
def test_what_is_wrong_names_the_variable(environment: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        transport_from_environment(environment)
    assert message in str(caught.value)
