"""Access tokens are got from a real HTTPS server, kept while they are good, and shared."""

import json
import socket
import ssl
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from mailcore.errors import AuthenticationFailed, ConfigurationError, CouldNotConnect
from mailcore.net.http import HTTPS
from mailcore.sasl.grants import FileTokenStore, RefreshGrant, Tokens
from mailcore.secret import Secret
from tests.certificates import Certificates
from tests.peers import Conversation, Peer

GOOD = {"access_token": "access-{}", "expires_in": 3600, "token_type": "Bearer"}


class Provider:
    """A token endpoint: `answers` in turn, the last one for ever; `asked` are the forms it got."""

    def __init__(self, certificates: Certificates) -> None:
        self.answers: list[tuple[int, Any]] = [(200, GOOD)]
        self.asked: list[dict[str, str]] = []
        self._context = certificates.server_context(certificates.good)
        self.https = HTTPS(ca_file=certificates.authority, timeout=5)

    def converse(self, client: socket.socket) -> None:
        with self._context.wrap_socket(client, server_side=True) as private:
            head, _, body = _read(private)
            assert head.startswith(b"POST /token HTTP/1.1\r\n")
            self.asked.append({key: one for key, (one,) in parse_qs(body.decode()).items()})
            status, answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            text = json.dumps(answer).replace("{}", str(len(self.asked))).encode()
            private.sendall(
                b"HTTP/1.1 %d x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
                % (status, len(text), text)
            )

    def grant(self, port: int, **options: Any) -> RefreshGrant:
        return RefreshGrant(
            f"https://localhost:{port}/token",
            client_id="me",
            refresh_token="refresh-0",
            https=HTTPS(ca_file=self.https.ca_file, port=port, timeout=5),
            **options,
        )


def _read(client: ssl.SSLSocket) -> tuple[bytes, bytes, bytes]:
    request = b""
    while b"\r\n\r\n" not in request:
        request += client.recv(4096)
    head, gap, body = request.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += client.recv(4096)
    return head, gap, body


@pytest.fixture
def provider(certificates: Certificates) -> Provider:
    return Provider(certificates)


@pytest.fixture
def port(provider: Provider, peer: Callable[[Conversation], Peer]) -> int:
    return peer(provider.converse).port


def test_a_token_is_got_by_the_refresh_token(provider: Provider, port: int) -> None:
    grant = provider.grant(port, client_secret="s", scope="mail")
    assert grant.get_token() == Secret("access-1")
    assert provider.asked == [
        {
            "grant_type": "refresh_token",
            "client_id": "me",
            "refresh_token": "refresh-0",
            "client_secret": "s",
            "scope": "mail",
        }
    ]


def test_a_good_token_is_not_got_again(provider: Provider, port: int) -> None:
    grant = provider.grant(port)
    assert grant.get_token() == grant.get_token()
    assert len(provider.asked) == 1


@pytest.mark.parametrize("lifetime", [0, 30, "soon", None])
def test_a_token_that_is_about_to_end_is_got_again(
    provider: Provider, port: int, lifetime: object
) -> None:
    provider.answers = [(200, {**GOOD, "expires_in": lifetime})]
    grant = provider.grant(port)
    assert (grant.get_token(), grant.get_token()) == (Secret("access-1"), Secret("access-2"))


def test_a_token_that_was_refused_is_got_again_once_for_all(provider: Provider, port: int) -> None:
    grant = provider.grant(port)
    refused = grant.get_token()
    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda _: grant.get_token(refused=refused), range(8)))
    assert set(tokens) == {Secret("access-2")}
    assert len(provider.asked) == 2


def test_a_new_refresh_token_replaces_the_old_one(provider: Provider, port: int) -> None:
    provider.answers = [(200, {**GOOD, "refresh_token": "refresh-{}", "expires_in": 0})]
    grant = provider.grant(port)
    for _ in range(2):
        grant.get_token()
    assert [form["refresh_token"] for form in provider.asked] == ["refresh-0", "refresh-1"]


def test_another_process_goes_on_with_what_is_in_the_store(
    provider: Provider, port: int, tmp_path: Path
) -> None:
    provider.answers = [(200, {**GOOD, "refresh_token": "refresh-{}"})]
    store = FileTokenStore(tmp_path / "tokens.json")
    first = provider.grant(port, store=store).get_token()
    other = provider.grant(port, store=store)
    assert other.get_token() == first
    other.get_token(refused=first)
    assert provider.asked[-1]["refresh_token"] == "refresh-1"


def test_what_another_process_has_renewed_is_not_renewed_again(
    provider: Provider, port: int, tmp_path: Path
) -> None:
    store = FileTokenStore(tmp_path / "tokens.json")
    one, other = (provider.grant(port, store=store) for _ in range(2))
    refused = one.get_token()
    assert other.get_token() == refused
    renewed = one.get_token(refused=refused)
    assert other.get_token(refused=refused) == renewed
    assert len(provider.asked) == 2


def test_a_refused_grant_says_why_and_what_to_do(provider: Provider, port: int) -> None:
    provider.answers = [
        (400, {"error": "invalid_grant", "error_description": "Token has been\n revoked."})
    ]
    with pytest.raises(AuthenticationFailed, match=r"invalid_grant \(Token has been revoked") as it:
        provider.grant(port).get_token()
    assert (it.value.host, it.value.stage, it.value.retryable) == ("localhost", "token", False)
    assert it.value.hint is not None


@pytest.mark.parametrize("answer", [{"error": "temporarily_unavailable"}, [], "no", {"error": 7}])
def test_a_provider_in_trouble_can_be_tried_again(
    provider: Provider, port: int, answer: object
) -> None:
    provider.answers = [(503, answer)]
    with pytest.raises(AuthenticationFailed) as caught:
        provider.grant(port).get_token()
    assert caught.value.retryable


@pytest.mark.parametrize("answer", [{}, {"access_token": ""}, {"access_token": 7}, [], "x"])
def test_an_answer_without_a_token_is_an_error(
    provider: Provider, port: int, answer: object
) -> None:
    provider.answers = [(200, answer)]
    with pytest.raises(AuthenticationFailed, match="no token"):
        provider.grant(port).get_token()


def test_an_endpoint_whose_certificate_is_not_trusted_gets_no_secret(
    provider: Provider, port: int
) -> None:
    provider.https = HTTPS()
    with pytest.raises(CouldNotConnect, match="certificate"):
        provider.grant(port).get_token()
    assert provider.asked == []


def test_no_secret_is_shown(provider: Provider, port: int) -> None:
    provider.answers = [(400, {"error": "invalid_client"})]
    grant = provider.grant(port, client_secret="hush")
    with pytest.raises(AuthenticationFailed) as caught:
        grant.get_token()
    for shown in (repr(grant), repr(caught.value), str(caught.value)):
        assert "hush" not in shown
        assert "refresh-0" not in shown


def test_a_store_is_for_nobody_else(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "tokens.json")
    tokens = Tokens(Secret("a"), 5.0, Secret("r"))
    assert store.load() is None
    store.save(tokens)
    assert store.load() == tokens
    assert stat.S_IMODE((tmp_path / "tokens.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["tokens.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"access_token": 1}', "\0"])
def test_a_file_that_is_no_store_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"tokens\.json"):
        FileTokenStore(path).load()


@pytest.mark.parametrize("url", ["http://x/token", "https:///token", "token", "https://x/?a=b"])
def test_a_url_that_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="https://"):
        RefreshGrant(url, client_id="me", refresh_token="r")


def test_the_providers_endpoints_are_known() -> None:
    google = RefreshGrant.google(client_id="me", client_secret="s", refresh_token="r")
    microsoft = RefreshGrant.microsoft(client_id="me", refresh_token="r", tenant="example.com")
    assert repr(google) == "<RefreshGrant oauth2.googleapis.com>"
    assert repr(microsoft) == "<RefreshGrant login.microsoftonline.com>"
    with pytest.raises(ConfigurationError, match="tenant"):
        RefreshGrant.microsoft(client_id="me", refresh_token="r", tenant="a/../b")
