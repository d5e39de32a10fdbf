"""Each mechanism says what its standard has it say, and no more."""

import pytest

from mailcore.errors import AuthenticationFailed
from mailcore.sasl import Channel, Mechanism, Password
from mailcore.sasl.mechanisms import Bearer, CramMD5, Login, Statement
from mailcore.secret import Secret

ME = Password("me@example.com", "pässwörd")
TOKEN = Secret("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==")
CHANNEL = Channel("server.example.com", 143)


def answered(mechanism: Mechanism, *challenges: bytes) -> Mechanism:
    for challenge in challenges:
        mechanism.respond(challenge)
    return mechanism


def test_a_statement_is_made_at_once_in_utf_8() -> None:
    plain = Statement("PLAIN", "\0me@example.com\0pässwörd")
    assert plain.initial_response() == "\0me@example.com\0pässwörd".encode()


def test_login_answers_the_user_then_the_password_whatever_the_questions() -> None:
    login = Login(ME)
    assert login.initial_response() is None
    assert login.respond(b"Wer?") == b"me@example.com"
    assert login.respond(b"Losung?") == "pässwörd".encode()


def test_cram_md5_signs_the_challenge() -> None:  # RFC 2195 2
    cram = CramMD5(Password("tim", "tanstaaftanstaaf"))
    assert cram.initial_response() is None
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    assert cram.respond(challenge) == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_a_bearer_gives_its_token_with_whom_it_is_for() -> None:  # RFC 7628 4.1
    bearer = Bearer("OAUTHBEARER", "user@example.com", TOKEN, CHANNEL)
    assert bearer.initial_response() == (
        b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01"
        b"auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"
    )


def test_a_bearer_escapes_names() -> None:
    said = Bearer("OAUTHBEARER", "a,b=c", TOKEN, Channel()).initial_response() or b""
    assert said.startswith(b"n,a=a=2Cb=3Dc,\x01host=\x01auth=")


@pytest.mark.parametrize(("name", "answer"), [("OAUTHBEARER", b"\x01"), ("XOAUTH2", b"")])
def test_a_refused_token_is_explained_and_the_server_let_go_on(name: str, answer: bytes) -> None:
    bearer = Bearer(name, "me", TOKEN, CHANNEL)
    assert bearer.respond(b'{"status":"401","scope":"https://mail.google.com/"}') == answer
    assert bearer.refusal == "status 401, scope https://mail.google.com/"


@pytest.mark.parametrize("challenge", [b"no json", b"[1]", b"\xff" * 1000])
def test_a_refusal_in_other_words_is_kept_as_it_is(challenge: bytes) -> None:
    bearer = Bearer("XOAUTH2", "me", TOKEN, CHANNEL)
    bearer.respond(challenge)
    assert bearer.refusal == challenge.decode(errors="replace")[:200]


@pytest.mark.parametrize(
    "mechanism",
    [
        Statement("PLAIN", "\0a\0b"),
        answered(Login(ME), b"Username:", b"Password:"),
        answered(CramMD5(ME), b"<1@x>"),
        answered(Bearer("XOAUTH2", "me", TOKEN, CHANNEL), b"{}"),
    ],
    ids=lambda mechanism: mechanism.name,
)
def test_what_was_all_said_has_no_more_answers(mechanism: Mechanism) -> None:
    mechanism.check_success()
    with pytest.raises(AuthenticationFailed, match=f"more than {mechanism.name} has"):
        mechanism.respond(b"more?")


def test_no_mechanism_shows_what_it_says() -> None:
    shown = f"{vars(Statement('PLAIN', 'hush'))}{vars(Bearer('XOAUTH2', 'me', TOKEN, CHANNEL))}"
    assert "hush" not in shown
    assert TOKEN.reveal() not in shown
