import pytest

from mailcore.errors import AuthenticationFailed
from mailcore.sasl import Password, choose

ME = Password("me@example.com", "pässwörd")


def test_plain_says_everything_at_once_in_utf_8() -> None:
    assert choose(ME, {"PLAIN"}).initial_response() == "\0me@example.com\0pässwörd".encode()


def test_plain_has_nothing_more_to_say() -> None:
    with pytest.raises(AuthenticationFailed, match="more than PLAIN"):
        choose(ME, {"PLAIN"}).respond(b"more?")


def test_login_answers_the_user_then_the_password_whatever_the_questions() -> None:
    login = choose(ME, {"LOGIN"})
    assert login.initial_response() is None
    assert login.respond(b"Wer?") == b"me@example.com"
    assert login.respond(b"Losung?") == "pässwörd".encode()


def test_login_has_nothing_more_to_say() -> None:
    login = choose(ME, {"LOGIN"})
    login.respond(b"Username:")
    login.respond(b"Password:")
    with pytest.raises(AuthenticationFailed, match="more than LOGIN"):
        login.respond(b"Once more:")


def test_plain_is_preferred() -> None:
    assert choose(ME, ["LOGIN", "plain", "GSSAPI"]).name == "PLAIN"


def test_mechanisms_that_do_not_fit_are_named() -> None:
    with pytest.raises(AuthenticationFailed, match="offers GSSAPI, NTLM"):
        choose(ME, {"NTLM", "GSSAPI"})


def test_a_server_without_authentication_is_said_to_have_none() -> None:
    with pytest.raises(AuthenticationFailed, match="no authentication"):
        choose(ME, ())
