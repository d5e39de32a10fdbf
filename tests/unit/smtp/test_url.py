"""A server's URL says all of it, and what is wrong with one is told without it."""

import traceback

import pytest

from mailcore.errors import ConfigurationError
from mailcore.sasl import Password
from mailcore.secret import Secret
from mailcore.smtp.url import Server, read_url


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtps://mail.example.com", "mail.example.com", None, "tls"),
        ("smtp+starttls://mail.example.com", "mail.example.com", None, "starttls"),
        ("smtp://mail.example.com/", "mail.example.com", None, "opportunistic"),
        ("SMTPS://Mail.example.com:465", "mail.example.com", 465, "tls"),
        ("smtp+starttls://[2001:db8::1]:2525", "2001:db8::1", 2525, "starttls"),
        ("smtp://127.0.0.1:25", "127.0.0.1", 25, "opportunistic"),
    ],
)
def test_the_scheme_says_how_it_becomes_private(
    url: str, host: str, port: int | None, security: str
) -> None:
    server = read_url(url)
    assert (server.host, server.port, server.security) == (host, port, security)
    assert server.auth is None


@pytest.mark.parametrize(
    ("url", "user", "password"),
    [
        ("smtps://bot:pw@h.example", "bot", "pw"),
        ("smtps://bot%40example.com:a%2Fb%3Fc%23d%40%25@h.example", "bot@example.com", "a/b?c#d@%"),
        ("smtps://bot@example.com:a:b@h.example", "bot@example.com", "a:b"),
        ("smtps://%E7%8E%8B:%E5%AF%86@h.example", "王", "密"),
    ],
)
def test_user_and_password_are_percent_encoded(url: str, user: str, password: str) -> None:
    assert read_url(url).auth == Password(user, password)


@pytest.mark.parametrize("password", ["a/b?c#d@%", Secret("a/b?c#d@%")])
def test_the_password_can_be_given_apart(password: str | Secret) -> None:
    assert read_url("smtps://bot@h.example", password=password).auth == Password("bot", "a/b?c#d@%")


@pytest.mark.parametrize(
    ("url", "is_allowed"),
    [
        ("smtp://bot:pw@h.example", False),
        ("smtp://bot:pw@h.example?insecure=0", False),
        ("smtp://bot:pw@h.example?insecure=1", True),
        ("smtp://bot:pw@localhost:1025", True),
        ("smtp://bot:pw@127.0.0.1", True),
        ("smtp://bot:pw@[::1]", True),
        ("smtp://bot:pw@localhost.example", False),
    ],
)
def test_a_password_goes_in_the_clear_only_to_this_machine_or_where_that_is_said(
    url: str, is_allowed: bool
) -> None:
    assert read_url(url).allow_insecure_auth is is_allowed


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "smtps://user:password@host"),
        ("mail.example.com", "smtps://user:password@host"),
        ("smtps://", "smtps://user:password@host"),
        ("smtp+ssl://h.example", "smtps://user:password@host"),
        ("https://h.example", "smtps://user:password@host"),
        (
            "smtps://h.example:587",
            "port 587 and smtps:// disagree: that port is for smtp+starttls://",
        ),
        ("smtp+starttls://h.example:465", "that port is for smtps://"),
        ("smtps://bot:hunter2/x@h.example", "percent-encode / ? # @"),
        ("smtps://bot:hunter2#x@h.example", "percent-encode / ? # @"),
        ("smtps://bot:hunter2?x@h.example", "percent-encode / ? # @"),
        ("smtps://bot:1/hunter2@h.example", "percent-encode / ? # @"),
        ("smtps://h.example/INBOX", "percent-encode / ? # @"),
        ("smtps://h.example:99999", "no readable host and port"),
        ("smtps://[::1/hunter2", "no readable host and port"),
        ("smtps://h.example?hunter2=1", "an option that is not known"),
        ("smtps://h.example?insecure=yes", "insecure is 1 or 0"),
        ("smtps://bot@h.example", "a user without a password"),
        ("smtps://:hunter2@h.example", "a password without a user"),
    ],
)
def test_what_is_wrong_is_told_without_the_url(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_url(url)
    assert message in str(caught.value)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_one_password_is_enough() -> None:
    with pytest.raises(ConfigurationError, match="two passwords"):
        read_url("smtps://bot:pw@h.example", password="other")
    with pytest.raises(ConfigurationError, match="without a user"):
        read_url("smtps://h.example", password="other")


def test_what_is_no_text_is_no_url() -> None:
    with pytest.raises(ConfigurationError, match="not a NoneType"):
        read_url(None)  # type: ignore[arg-type] # on purpose


def test_a_server_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(read_url("smtps://bot:hunter2@h.example"))
    assert isinstance(read_url("smtp://h.example"), Server)
