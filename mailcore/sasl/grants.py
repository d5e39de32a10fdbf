"""Access tokens by a refresh token (RFC 6749 6), kept until they expire, renewed when a server refuses them.

A `RefreshGrant` is what `OAuth2` takes for a token; it needs the extra `http`. Where tokens are to outlive
the process, it is given a store, as `FileTokenStore`.
"""

import json
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol, Self
from urllib.parse import urlencode, urlsplit

from mailcore.errors import AuthenticationFailed, ConfigurationError, CouldNotConnect, TimedOut
from mailcore.net.blocking import BlockingBackend
from mailcore.net.http import HTTPS, Fetch, Fetched, FetchFailed
from mailcore.net.run import run
from mailcore.secret import Secret

__all__ = ["FileTokenStore", "RefreshGrant", "TokenStore", "Tokens"]

#: How long before its end a token is renewed, in seconds.
EARLY_SECONDS = 60.0
#: How large an answer with tokens can be, in octets.
ANSWER_LIMIT = 64 * 1024

GOOGLE = "https://oauth2.googleapis.com/token"
MICROSOFT = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"

_TENANT = re.compile(r"[A-Za-z0-9.-]{1,253}")
_ERROR_CODE = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]{1,100}")  # RFC 6749 5.2
_NOT_NOW = {408, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a grant gave last: an access token, until when (seconds since 1970), and the next refresh token."""

    access_token: Secret
    expires_at: float
    refresh_token: Secret


class TokenStore(Protocol):
    """Where tokens are kept; some providers give a new refresh token each time, and forget the old one."""

    def load(self) -> Tokens | None:
        """Give what was saved last, if anything."""
        ...

    def save(self, tokens: Tokens) -> None:
        """Keep these in place of what was saved before."""
        ...


@dataclass(frozen=True, slots=True)
class FileTokenStore:
    """Keeps tokens in a file that nobody else can read (mode 0600); what is written is whole, or not there."""

    path: str | Path

    def load(self) -> Tokens | None:
        """Give what was saved last; raises `ConfigurationError` for a file that is something else."""
        try:
            kept = json.loads(Path(self.path).read_bytes())
            return Tokens(
                Secret(kept["access_token"]),
                float(kept["expires_at"]),
                Secret(kept["refresh_token"]),
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, LookupError, TypeError):
            raise ConfigurationError(f"{self.path} holds no tokens that can be read") from None

    def save(self, tokens: Tokens) -> None:
        """Write these in place of what is there; raises `OSError`."""
        kept = {
            "access_token": tokens.access_token.reveal(),
            "expires_at": tokens.expires_at,
            "refresh_token": tokens.refresh_token.reveal(),
        }
        path = Path(self.path)
        with NamedTemporaryFile("w", dir=path.parent, prefix=path.name, delete=False) as file:
            try:
                json.dump(kept, file)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise


class RefreshGrant:
    """Gets access tokens from `url` by a refresh token; for `OAuth2(user, RefreshGrant.google(…))`.

    Threads that ask at the same time are given the same token. Raises `AuthenticationFailed` where the
    provider refuses, `CouldNotConnect` or `TimedOut` where it cannot be reached.
    """

    def __init__(
        self,
        url: str,
        *,
        client_id: str,
        refresh_token: str | Secret,
        client_secret: str | Secret | None = None,
        scope: str | None = None,
        store: TokenStore | None = None,
        https: HTTPS | None = None,
    ) -> None:
        where = urlsplit(url)
        if where.scheme != "https" or not where.hostname or where.query or where.fragment:
            raise ConfigurationError(f"the URL of a token endpoint is https://…, not {url!r}")
        self._host = where.hostname
        self._path = where.path or "/"
        self._https = https or HTTPS(port=where.port or 443)
        self._fields = {"grant_type": "refresh_token", "client_id": client_id}
        self._scope = scope
        self._client_secret = Secret(client_secret) if client_secret is not None else None
        self._refresh_token = Secret(refresh_token)
        self._store = store
        self._tokens: Tokens | None = None
        self._backend = BlockingBackend()
        self._lock = self._backend.lock()

    @classmethod
    def google(
        cls,
        *,
        client_id: str,
        client_secret: str | Secret,
        refresh_token: str | Secret,
        store: TokenStore | None = None,
    ) -> Self:
        """Give the grant of Google's accounts; the scope to consent to is https://mail.google.com/."""
        return cls(
            GOOGLE,
            client_id=client_id,
            client_secret=client_secret,
            refresh_token=refresh_token,
            store=store,
        )

    @classmethod
    def microsoft(
        cls,
        *,
        client_id: str,
        refresh_token: str | Secret,
        tenant: str = "common",
        client_secret: str | Secret | None = None,
        scope: str | None = None,
        store: TokenStore | None = None,
    ) -> Self:
        """Give the grant of Microsoft's accounts, of a `tenant` or any.

        The scopes to consent to are offline_access and, each at https://outlook.office.com/, SMTP.Send,
        IMAP.AccessAsUser.All, POP.AccessAsUser.All. Its refresh tokens change: keep them in a store.
        """
        if not _TENANT.fullmatch(tenant):
            raise ConfigurationError(f"a tenant is a domain or an id, not {tenant!r}")
        return cls(
            MICROSOFT.format(tenant=tenant),
            client_id=client_id,
            client_secret=client_secret,
            refresh_token=refresh_token,
            scope=scope,
            store=store,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._host}>"

    def get_token(self, *, refused: Secret | None = None) -> Secret:
        """Give a token that is good now; not the one that the server has `refused`."""
        return run(self._get(refused))

    async def _get(self, refused: Secret | None) -> Secret:
        async with self._lock:
            tokens = self._tokens
            if not _is_good(tokens, refused) and self._store is not None:
                tokens = self._store.load() or tokens  # another process may have renewed them
            if tokens is None or not _is_good(tokens, refused):
                tokens = await self._renew(tokens)
            self._tokens = tokens
            return tokens.access_token

    async def _renew(self, before: Tokens | None) -> Tokens:
        refresh_token = before.refresh_token if before else self._refresh_token
        answer = await self._ask(refresh_token)
        access_token, lifetime = answer.get("access_token"), answer.get("expires_in", 0)
        if not isinstance(access_token, str) or not access_token:
            raise AuthenticationFailed("the token endpoint gave no token", host=self._host)
        given = answer.get("refresh_token")
        tokens = Tokens(
            Secret(access_token),
            time.time() + _seconds(lifetime),
            Secret(given) if isinstance(given, str) and given else refresh_token,
        )
        if self._store is not None:
            self._store.save(tokens)
        return tokens

    async def _ask(self, refresh_token: Secret) -> Mapping[str, Any]:
        fields = {**self._fields, "refresh_token": refresh_token.reveal()}
        if self._client_secret is not None:
            fields["client_secret"] = self._client_secret.reveal()
        if self._scope is not None:
            fields["scope"] = self._scope
        deadline = self._backend.now() + self._https.timeout
        addresses = await self._backend.addresses(self._host, self._https.port, deadline=deadline)
        fetch = Fetch(
            self._host,
            self._path,
            tuple(str(address.sockaddr[0]) for address in addresses),
            ANSWER_LIMIT,
            self._https,
            form=urlencode(fields),
        )
        match await fetch.run(self._backend, deadline=deadline):
            case Fetched(status=200, body=body):
                return _read(body)
            case Fetched(status=status, body=body):
                raise self._refusal(status, _read(body))
            case FetchFailed(cause="time"):
                raise TimedOut("the token endpoint did not answer in time", host=self._host)
            case FetchFailed(reason=reason):
                raise CouldNotConnect(f"the token endpoint: {reason}", host=self._host)

    def _refusal(self, status: int, answer: Mapping[str, Any]) -> AuthenticationFailed:
        """Give the error that an answer is (RFC 6749 5.2); its description is for developers, and shown."""
        code = str(answer.get("error", ""))
        code = code if _ERROR_CODE.fullmatch(code) else f"status {status}"
        description = " ".join(str(answer.get("error_description", "")).split())[:300]
        error = AuthenticationFailed(
            f"the token endpoint refused: {code}{f' ({description})' if description else ''}",
            host=self._host,
            stage="token",
            retryable=status in _NOT_NOW,
        )
        if code == "invalid_grant":
            error.advise("The refresh token is expired or withdrawn: have the user consent again.")
        return error


def _is_good(tokens: Tokens | None, refused: Secret | None) -> bool:
    if tokens is None or tokens.access_token == refused:
        return False
    return time.time() < tokens.expires_at - EARLY_SECONDS


def _seconds(lifetime: object) -> float:
    """Give a token's lifetime; one without any is used once (RFC 6749 5.1)."""
    try:
        return max(0.0, float(str(lifetime)))
    except ValueError:
        return 0.0


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
