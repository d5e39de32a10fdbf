"""SCRAM after the standards' own examples, and what a false server may try."""

from base64 import b64decode

import pytest

from mailcore.errors import AuthenticationFailed, ConfigurationError
from mailcore.sasl.credentials import Password
from mailcore.sasl.scram import FEWEST_ITERATIONS, MOST_ITERATIONS, Scram

PENCIL = Password("user", "pencil")

# RFC 5802 5, RFC 7677 3: hash, nonce, server first, client final, server final.
EXAMPLES = [
    (
        "SHA-1",
        "fyko+d2lbbFgONRv9qkxdawL",
        b"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
        b"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
        b"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
    ),
    (
        "SHA-256",
        "rOprNGfwEbeRWgbNEkqO",
        b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        (
            b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        ),
        b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
    ),
]
HASH, NONCE, SERVER_FIRST, CLIENT_FINAL, SERVER_FINAL = EXAMPLES[0]


def scram(password: Password = PENCIL) -> Scram:
    return Scram(password, HASH, nonce=NONCE)


@pytest.mark.parametrize(("hash_name", "nonce", "first", "final", "last"), EXAMPLES)
def test_the_examples_of_the_standards(
    hash_name: str, nonce: str, first: bytes, final: bytes, last: bytes
) -> None:
    mechanism = Scram(PENCIL, hash_name, nonce=nonce)
    assert mechanism.name == f"SCRAM-{hash_name}"
    assert mechanism.initial_response() == f"n,,n=user,r={nonce}".encode()
    assert mechanism.respond(first) == final
    assert mechanism.respond(last) == b""
    mechanism.check_success()


def test_a_binding_is_named_and_sent() -> None:
    mechanism = Scram(PENCIL, HASH, binding=("tls-unique", b"\x00bound"), nonce=NONCE)
    assert mechanism.name == "SCRAM-SHA-1-PLUS"
    assert mechanism.initial_response() == f"p=tls-unique,,n=user,r={NONCE}".encode()
    final = mechanism.respond(SERVER_FIRST).decode()
    assert b64decode(final[2:].partition(",")[0]) == b"p=tls-unique,,\x00bound"


def test_a_server_learns_that_a_binding_could_have_been() -> None:
    assert Scram(PENCIL, HASH, could_bind=True, nonce="x").initial_response() == b"y,,n=user,r=x"


def test_names_are_prepared_and_escaped() -> None:
    mechanism = scram(Password("Ⅸ,=", "pencil"))
    assert mechanism.initial_response() == f"n,,n=IX=2C=3D,r={NONCE}".encode()


def test_passwords_are_prepared() -> None:
    assert scram(Password("user", "pen\u00adcil")).respond(SERVER_FIRST) == CLIENT_FINAL


def test_a_password_that_cannot_be_prepared_is_refused_without_showing_it() -> None:
    with pytest.raises(ConfigurationError) as caught:
        scram(Password("user", "hush\u0007")).respond(SERVER_FIRST)
    assert "hush" not in str(caught.value)


def test_each_authentication_has_a_nonce_of_its_own() -> None:
    assert Scram(PENCIL, HASH).initial_response() != Scram(PENCIL, HASH).initial_response()


@pytest.mark.parametrize(
    ("challenge", "problem"),
    [
        (b"", "no challenge"),
        (b"\xff", "no challenge"),
        (b"m=ext," + SERVER_FIRST, "no challenge"),
        (SERVER_FIRST.replace(b"fyko", b"Fyko"), "does not go on from ours"),
        (f"r={NONCE},s=QSXCR+Q6sek8bf92,i=4096".encode(), "does not go on from ours"),
        (SERVER_FIRST.replace(b"QSX", b"="), "not base64"),
        (SERVER_FIRST.replace(b"4096", str(FEWEST_ITERATIONS - 1).encode()), "iterations"),
        (SERVER_FIRST.replace(b"4096", str(MOST_ITERATIONS + 1).encode()), "iterations"),
    ],
)
def test_what_is_no_sound_challenge_is_not_answered(challenge: bytes, problem: str) -> None:
    with pytest.raises(AuthenticationFailed, match=problem):
        scram().respond(challenge)


@pytest.mark.parametrize("final", [b"v=AAAA", b"v=!", b"", b"x=rmF9pqV8S7suAoZWja4dJRkFsKQ="])
def test_a_server_that_does_not_know_the_password_is_found_out(final: bytes) -> None:
    mechanism = scram()
    mechanism.respond(SERVER_FIRST)
    with pytest.raises(AuthenticationFailed):
        mechanism.respond(final)


def test_what_a_server_says_against_us_is_told() -> None:
    mechanism = scram()
    mechanism.respond(SERVER_FIRST)
    with pytest.raises(AuthenticationFailed, match="channel-bindings-dont-match"):
        mechanism.respond(b"e=channel-bindings-dont-match")


def test_a_server_that_lets_us_in_too_early_is_not_trusted() -> None:
    mechanism = scram()
    mechanism.respond(SERVER_FIRST)
    with pytest.raises(AuthenticationFailed, match="without a proof"):
        mechanism.check_success()


def test_there_is_nothing_to_say_after_the_end() -> None:
    mechanism = scram()
    mechanism.respond(SERVER_FIRST)
    mechanism.respond(SERVER_FINAL)
    with pytest.raises(AuthenticationFailed, match="more than SCRAM-SHA-1"):
        mechanism.respond(b"")
