"""Names that sound secret, and values too ordinary to be one."""

import pytest

from mailcore.notices.scrubbing.names import SecretNames, is_common, is_ordinary, is_secret_name


@pytest.mark.parametrize(
    "name",
    ["password", "db_passwd", "Authorization", "authToken", "COOKIE", "api_key", "api-key", "apikey",
     "X-API-Key", "client_secret", "private_key", "sessionid", b"Set-Cookie", "pw", "aws_access_key_id",
     "dbPass", "DBPass", "smtp.pass", "PHPSESSID", "tokens", "refreshToken", "X-CSRF-Token", "auth", "pin",
     "AccountKey", "SharedAccessKey", "JWT", "passphrase", "ConnectionString", "pass_phrase", "pass1", "pw2",
     "dbpass", "userpass", "mysqlpw", "SMTP_PASS", "otp_code", "totp", "pin_code", "verificationCode", "passkey",
     "privkey", "ssh_private", "fernet_key", "cert_key", "key_pem", "licence_key", "seed_phrase", "connect.sid",
     "X-Amz-Signature", "conn_str", "conn_string", "webhook_url", "SLACK_WEBHOOK_URL", "saml_assertion",
     "SAMLResponse", "client_assertion", "backup_codes", "2fa_code"],
)  # fmt: skip
def test_these_names_sound_secret(name: object) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    ["url", "author", "key", "page", "compass", "pint", "secretary", "tokenize", "tokenizer", "keyboard",
     "passenger", "cookiecutter", "passwordless", "token_count", "max_tokens", "token_type", "token_url",
     "bypass", "bypass2", "pass_rate", "trespass", "underpass", "passed", "pinned", "inside", "side", "residue",
     "country_code", "status_code", "error_code", "code", "zip_code", "connect", "connection", "conn_strategy",
     "signature", "phrase", "webhook", "private", "session", "sidebar", "monkey", "host_key", "key_press",
     "InvalidToken", "cryptography.fernet.InvalidToken", "TokenError", "password_file", "shipping", 5, None, ""],
)  # fmt: skip
def test_these_do_not(name: object) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "name", ["internal_ref", "internalRef", "X-Internal-Ref", "internal.ref.2"]
)
def test_words_can_be_added(name: str) -> None:
    assert name in SecretNames.of(also=["internal-ref"])


@pytest.mark.parametrize("name", ["referee", "internal", "preinternal_ref"])
def test_only_whole_words_are_added(name: str) -> None:
    assert name not in SecretNames.of(also=["internal_ref"])


def test_a_name_can_be_kept() -> None:
    names = SecretNames.of(also=["hint"], never=["tokenHint"])
    assert "token_hint" not in names
    assert "my_token_hint" in names


def test_a_name_with_ways_of_its_own_is_read_past_them() -> None:
    class Sly(str):
        __slots__ = ()

        def lower(self) -> str:
            raise AssertionError

    assert Sly("Password") in SecretNames()


@pytest.mark.parametrize(
    "value", ["", "abc", "12345", "True", "none", "password", "xxxxxxxx", "***", "[Filtered]"]
)
def test_these_values_are_ordinary(value: str) -> None:
    assert is_ordinary(value)


@pytest.mark.parametrize("value", ["hunter2", "123456", "p4ss", "correct horse"])
def test_these_values_are_not(value: str) -> None:
    assert not is_ordinary(value)


def test_a_short_word_is_not_common_for_that() -> None:
    assert not is_common("abc")
    assert is_common("<hidden>")


def test_what_one_scrubber_remembers_of_a_name_does_not_bind_another() -> None:
    assert "token_hint" in SecretNames()
    assert "token_hint" not in SecretNames.of(never=["token_hint"])
    assert "patient_id" in SecretNames.of(also=["patient"])
    assert "patient_id" not in SecretNames()
