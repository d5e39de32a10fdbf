"""From what a user says of a server to an open session: connected, introduced, private, authenticated."""

from collections.abc import Callable
from dataclasses import dataclass

from mailcore.errors import (
    AuthenticationFailed,
    ConfigurationError,
    MailcoreError,
    STARTTLSUnavailable,
)
from mailcore.net.backend import Backend, Stream
from mailcore.net.connect import connect_host, connect_unix
from mailcore.net.proxy import Proxy
from mailcore.net.tls import TLS, start_tls
from mailcore.sasl import Anonymous, Credentials, OAuth2
from mailcore.sasl.tokens import fetch_token
from mailcore.secret import Secret
from mailcore.smtp.conversation.codec import address_literal
from mailcore.smtp.conversation.session import SMTPSession
from mailcore.smtp.events import Event
from mailcore.smtp.settings import Security
from mailcore.smtp.timeouts import Timeouts

__all__ = ["Connector"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """Opens sessions with one server: at a host's port, or over a unix socket where `port` is None."""

    host: str
    port: int | None
    security: Security
    tls: TLS
    timeouts: Timeouts
    auth: Credentials | None = None
    local_name: str | None = None
    source_address: str | None = None
    proxy: Proxy | None = None
    allow_insecure_auth: bool = False
    is_lmtp: bool = False
    without: frozenset[str] = frozenset()
    tell: Callable[[Event], None] | None = None

    def __post_init__(self) -> None:
        if self._has_secret and self.security == "plain" and not self.allow_insecure_auth:
            raise ConfigurationError(
                'security="plain" would send the password in the clear:'
                ' use "tls" or "starttls", or say allow_insecure_auth=True'
            )

    @property
    def place(self) -> str:
        """Where the server is, for errors."""
        return self.host if self.port is None else f"{self.host}:{self.port}"

    async def open(self, backend: Backend) -> SMTPSession:
        """Begin a session; a token that is refused is replaced once, where there is another one."""
        if not isinstance(self.auth, OAuth2):
            return await self._begin(backend)
        token = await fetch_token(self.auth, backend)
        try:
            return await self._begin(backend, token)
        except AuthenticationFailed as error:
            if error.reply is None or error.retryable:  # then it is not for the token
                raise
            another = await fetch_token(self.auth, backend, refused=token)
            if another == token:
                raise
        return await self._begin(backend, another)

    @property
    def _has_secret(self) -> bool:
        return self.auth is not None and not isinstance(self.auth, Anonymous)

    async def _begin(self, backend: Backend, token: Secret | None = None) -> SMTPSession:
        """Connect, introduce ourselves, become private, prove who we are."""
        if self.security != "plain":
            self.tls.load()
        stream = await self._connect(backend)
        session = SMTPSession(
            stream,
            backend,
            self.timeouts,
            is_private=self.security == "tls",
            is_lmtp=self.is_lmtp,
            without=self.without,
            tell=self.tell,
        )
        try:
            await self._prepare(session, self._name(stream), token)
        except MailcoreError:
            await session.quit()
            raise
        except BaseException:
            session.abort()
            raise
        return session

    async def _connect(self, backend: Backend) -> Stream:
        """Connect, by TLS where that comes first."""
        deadline = backend.now() + self.timeouts.connect
        try:
            if self.port is None:
                return await connect_unix(backend, self.host, deadline=deadline)
            stream = await connect_host(
                backend,
                self.host,
                self.port,
                deadline=deadline,
                source_address=self.source_address,
                proxy=self.proxy,
            )
        except MailcoreError as error:
            error.locate(host=self.place, stage="connect")
            raise
        if self.security != "tls":
            return stream
        deadline = backend.now() + self.timeouts.tls
        return await start_tls(stream, self.tls, self.host, deadline=deadline)

    def _name(self, stream: Stream) -> str:
        """Give what to introduce ourselves by."""
        return self.local_name or address_literal(stream.local_address)

    async def _prepare(self, session: SMTPSession, name: str, token: Secret | None) -> None:
        await session.greet()
        await session.hello(name)
        if self.security == "starttls" or (
            self.security == "opportunistic" and "STARTTLS" in session.extensions
        ):
            await session.start_tls(self.tls, self.host)
            await session.hello(name)
        if self.auth is None:
            return
        if self._has_secret and not session.is_private and not self.allow_insecure_auth:
            raise STARTTLSUnavailable(
                "the server does not offer STARTTLS, and the password is not sent in the clear",
                host=self.place,
                stage="AUTH",
            )
        await session.authenticate(self.auth, host=self.host, port=self.port or 0, token=token)
