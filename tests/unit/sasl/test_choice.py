"""The strongest mechanism that is offered, and that fits."""

from collections.abc import Collection

import pytest

from mailcore.errors import AuthenticationFailed
from mailcore.sasl import Anonymous, Channel, Credentials, External, OAuth2, Password, choose
from mailcore.sasl.credentials import PASSWORD_MECHANISMS
from mailcore.secret import Secret

ME = Password("me@example.com", "pässwörd")
BOUND = Channel("mail.example.com", 993, end_point=b"e")


@pytest.mark.parametrize(
    ("credentials", "offered", "chosen"),
    [
        (ME, PASSWORD_MECHANISMS, "SCRAM-SHA-512-PLUS"),
        (ME, ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256"], "SCRAM-SHA-1-PLUS"),
        (ME, ["PLAIN", "cram-md5", "GSSAPI"], "CRAM-MD5"),
        (ME, ["LOGIN", "plain"], "PLAIN"),
        (Password("me", "x", mechanism="login"), ["PLAIN", "LOGIN"], "LOGIN"),
        (OAuth2("me", "t"), ["XOAUTH2", "OAUTHBEARER", "PLAIN"], "OAUTHBEARER"),
        (OAuth2("me", "t"), ["XOAUTH2", "LOGIN"], "XOAUTH2"),
        (External(), ["EXTERNAL", "PLAIN"], "EXTERNAL"),
        (Anonymous(), ["ANONYMOUS"], "ANONYMOUS"),
    ],
)
def test_the_strongest_that_fits_is_chosen(
    credentials: Credentials, offered: Collection[str], chosen: str
) -> None:
    assert choose(credentials, offered, channel=BOUND).name == chosen


def test_nothing_is_bound_where_there_is_no_tls() -> None:
    assert choose(ME, PASSWORD_MECHANISMS).name == "SCRAM-SHA-512"


def test_a_binding_that_is_not_offered_is_spoken_of() -> None:
    hidden = choose(ME, ["SCRAM-SHA-256"], channel=BOUND).initial_response() or b""
    assert hidden.startswith(b"y,,")
    forced = Password("me", "x", mechanism="SCRAM-SHA-256")
    offered = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"]
    assert (choose(forced, offered, channel=BOUND).initial_response() or b"").startswith(b"n,,")


def test_what_has_to_be_bound_is_not_spoken_without_tls() -> None:
    with pytest.raises(AuthenticationFailed, match="binds itself to TLS"):
        choose(Password("me", "x", mechanism="SCRAM-SHA-1-PLUS"), ["SCRAM-SHA-1-PLUS"])


@pytest.mark.parametrize(
    ("credentials", "needs"),
    [(ME, "CRAM-MD5 or PLAIN or LOGIN"), (OAuth2("me", "t"), "OAUTHBEARER or XOAUTH2")],
)
def test_mechanisms_that_do_not_fit_are_named(credentials: Credentials, needs: str) -> None:
    with pytest.raises(AuthenticationFailed, match=f"offers GSSAPI, NTLM, and .*{needs}"):
        choose(credentials, {"NTLM", "GSSAPI"})


def test_a_server_without_authentication_is_said_to_have_none() -> None:
    with pytest.raises(AuthenticationFailed, match="no authentication"):
        choose(ME, ())


def test_the_token_is_spoken_and_not_what_gives_it() -> None:
    chosen = choose(OAuth2("me", lambda: "unused"), ["XOAUTH2"], token=Secret("now"))
    assert chosen.initial_response() == b"user=me\x01auth=Bearer now\x01\x01"
