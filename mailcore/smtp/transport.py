"""Sending mail through an SMTP server: the public pair.

`AsyncSMTPTransport` is the implementation; `SMTPTransport` is its blocking shadow. Both keep their
connection open between messages, replace it once if it went stale, and never send a message twice.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Self

from mailcore.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionLost,
    MailcoreError,
    PartiallyRefused,
    ServiceRefused,
    STARTTLSUnavailable,
)
from mailcore.message import Message
from mailcore.net.addresses import check_port, host_name
from mailcore.net.backend import Backend, Lock, Stream
from mailcore.net.blocking import BlockingBackend
from mailcore.net.connect import connect_host
from mailcore.net.proxy import Proxy
from mailcore.net.run import run
from mailcore.net.tls import TLS, start_tls
from mailcore.sasl import Anonymous, Credentials, OAuth2
from mailcore.sasl.tokens import check_blocking, fetch_token
from mailcore.secret import Secret
from mailcore.smtp.codec import address_literal
from mailcore.smtp.session import SMTPSession
from mailcore.smtp.settings import (
    PORTS,
    Security,
    check_auth,
    check_local_name,
    check_security,
    check_source_address,
    check_tls,
    read_proxy,
    read_timeouts,
)
from mailcore.smtp.timeouts import Timeouts
from mailcore.smtp.url import read_url
from mailcore.transport import Envelope, Outgoing, Receipt, prepare

__all__ = ["AsyncSMTPTransport", "SMTPTransport", "Security"]


@dataclass(slots=True)
class _Link:
    """The connection of one process and event loop, and the lock under which it is used."""

    lock: Lock
    session: SMTPSession | None = None


class AsyncSMTPTransport:
    """Sends mail through one SMTP server.

    `security` is "starttls" (port 587, the default), "tls" (465, the default for that port),
    "opportunistic" (STARTTLS if offered) or "plain". `auth` is who we are: `Password` or `OAuth2`, or
    `External` or `Anonymous` of `mailcore.sasl`; it is not said over a connection that is not private
    unless `allow_insecure_auth`. `tls` says whom to trust.
    `timeout` bounds every step, in seconds, or each as `Timeouts` has it. `local_name` is what EHLO
    says; by default the address of this end. `source_address` is the IP address to connect from,
    `proxy` a `Proxy` or its URL.

    Nothing is connected before the first `send`. After `close`, the next `send` connects anew.
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        security: Security | None = None,
        auth: Credentials | None = None,
        tls: TLS | None = None,
        timeout: float | Timeouts | None = None,
        local_name: str | None = None,
        source_address: str | None = None,
        proxy: Proxy | str | None = None,
        allow_insecure_auth: bool = False,
        backend: Backend | None = None,
    ) -> None:
        self._security: Security = check_security(security, port)
        self._host = host_name(host)
        self._port = PORTS[self._security] if port is None else check_port(port)
        self._auth = check_auth(auth)
        self._tls = check_tls(tls)
        self._timeouts = read_timeouts(timeout)
        self._local_name = check_local_name(local_name)
        self._source_address = check_source_address(source_address)
        self._proxy = read_proxy(proxy)
        self._allow_insecure_auth = allow_insecure_auth
        self._chosen_backend = backend
        self._links: dict[Hashable, _Link] = {}
        if self._has_secret and self._security == "plain" and not allow_insecure_auth:
            raise ConfigurationError(
                'security="plain" would send the password in the clear:'
                ' use "tls" or "starttls", or say allow_insecure_auth=True'
            )

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        password: str | Secret | None = None,
        tls: TLS | None = None,
        timeout: float | Timeouts | None = None,
        local_name: str | None = None,
        source_address: str | None = None,
        proxy: Proxy | str | None = None,
        backend: Backend | None = None,
    ) -> Self:
        """Give a transport by a URL: `smtps://user:password@host`, smtp+starttls:// or smtp://.

        smtps:// is TLS from the start (port 465), smtp+starttls:// requires STARTTLS (587), smtp:// takes it
        if it is offered (25). User and password are percent-encoded; the `password` can be given apart.
        Over a connection that is not private they go only to this machine, or with `?insecure=1`. Raises
        `ConfigurationError`, which never shows the URL.
        """
        server = read_url(url, password=password)
        return cls(
            server.host,
            server.port,
            security=server.security,
            auth=server.auth,
            tls=tls,
            timeout=timeout,
            local_name=local_name,
            source_address=source_address,
            proxy=proxy,
            allow_insecure_auth=server.allow_insecure_auth,
            backend=backend,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._host}:{self._port} {self._security}>"

    @property
    def account(self) -> str | None:
        """Who we are to the server: the user of `auth`."""
        return self._auth.user or None if self._auth else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        """Hand a message over, and give the receipt.

        Ready bytes go out as they are and need an `envelope`; a message's own headers give one.
        Raises `PartiallyRefused` where only some recipients were accepted (unless `allow_partial`),
        another `Refused` where nothing was sent, `OutcomeUnknown` where the connection died after the
        end of the data, and whatever else a connection can raise (`mailcore.errors`).
        """
        outgoing = prepare(message, envelope)
        link = self._link()
        async with link.lock:
            receipt = await self._transact(link, outgoing)
        if receipt.rejected and not allow_partial:
            raise _partly_refused(receipt, f"{self._host}:{self._port}")
        return receipt

    async def close(self) -> None:
        """Take leave of the server and close the connection."""
        link = self._link()
        async with link.lock:
            session, link.session = link.session, None
            if session is not None:
                await session.quit()

    async def _transact(self, link: _Link, outgoing: Outgoing) -> Receipt:
        """Use the open connection; replace it once if it turns out stale before a word was taken."""
        session = link.session
        if session is not None and session.is_quiet():
            try:
                return await session.transact(outgoing)
            except (ConnectionLost, ServiceRefused) as error:
                if session.is_open or error.stage not in {"RSET", "MAIL"}:
                    raise
        if session is not None:
            session.abort()
        link.session = None
        link.session = await self._open()
        return await link.session.transact(outgoing)

    @property
    def _has_secret(self) -> bool:
        return self._auth is not None and not isinstance(self._auth, Anonymous)

    async def _open(self) -> SMTPSession:
        """Begin a session; a token that is refused is replaced once, where there is another one."""
        if not isinstance(self._auth, OAuth2):
            return await self._begin()
        token = await fetch_token(self._auth, self._backend)
        try:
            return await self._begin(token)
        except AuthenticationFailed as error:
            if error.reply is None or error.retryable:  # then it is not for the token
                raise
            another = await fetch_token(self._auth, self._backend, refused=token)
            if another == token:
                raise
        return await self._begin(another)

    async def _begin(self, token: Secret | None = None) -> SMTPSession:
        """Connect, introduce ourselves, become private, prove who we are."""
        if self._security != "plain":
            self._tls.load()
        stream = await self._connect()
        name = self._local_name or address_literal(stream.local_address)
        session = SMTPSession(stream, self._backend, self._timeouts)
        try:
            await self._prepare_session(session, name, token)
        except MailcoreError:
            await session.quit()
            raise
        except BaseException:
            session.abort()
            raise
        return session

    async def _connect(self) -> Stream:
        """Connect, by TLS where that comes first."""
        backend, timeouts = self._backend, self._timeouts
        try:
            stream = await connect_host(
                backend,
                self._host,
                self._port,
                deadline=backend.now() + timeouts.connect,
                source_address=self._source_address,
                proxy=self._proxy,
            )
        except MailcoreError as error:
            error.locate(host=f"{self._host}:{self._port}", stage="connect")
            raise
        if self._security != "tls":
            return stream
        return await start_tls(stream, self._tls, self._host, deadline=backend.now() + timeouts.tls)

    async def _prepare_session(self, session: SMTPSession, name: str, token: Secret | None) -> None:
        await session.greet()
        await session.hello(name)
        is_private = self._security == "tls"
        if self._security == "starttls" or (
            self._security == "opportunistic" and "STARTTLS" in session.extensions
        ):
            await session.start_tls(self._tls, self._host)
            await session.hello(name)
            is_private = True
        if self._auth is None:
            return
        if self._has_secret and not is_private and not self._allow_insecure_auth:
            raise STARTTLSUnavailable(
                "the server does not offer STARTTLS, and the password is not sent in the clear",
                host=f"{self._host}:{self._port}",
                stage="AUTH",
            )
        await session.authenticate(self._auth, host=self._host, port=self._port, token=token)

    @property
    def _backend(self) -> Backend:
        if self._chosen_backend is None:
            from mailcore.net.asynchronous import AsyncioBackend  # noqa: PLC0415 - loads asyncio

            self._chosen_backend = AsyncioBackend()
        return self._chosen_backend

    def _link(self) -> _Link:
        """Give the link of this process and event loop; those of others that ended are let go."""
        backend = self._backend
        for home in list(self._links):
            if backend.is_over(home) and (ended := self._links.pop(home, None)) and ended.session:
                ended.session.abort()
        home = backend.home()
        return self._links.get(home) or self._links.setdefault(home, _Link(backend.lock()))


class SMTPTransport:
    """Sends mail through one SMTP server.

    `security` is "starttls" (port 587, the default), "tls" (465, the default for that port),
    "opportunistic" (STARTTLS if offered) or "plain". `auth` is who we are: `Password` or `OAuth2`, or
    `External` or `Anonymous` of `mailcore.sasl`; it is not said over a connection that is not private
    unless `allow_insecure_auth`. `tls` says whom to trust.
    `timeout` bounds every step, in seconds, or each as `Timeouts` has it. `local_name` is what EHLO
    says; by default the address of this end. `source_address` is the IP address to connect from,
    `proxy` a `Proxy` or its URL.

    Nothing is connected before the first `send`. After `close`, the next `send` connects anew.
    """

    def __init__(
        self,
        host: str,
        port: int | None = None,
        *,
        security: Security | None = None,
        auth: Credentials | None = None,
        tls: TLS | None = None,
        timeout: float | Timeouts | None = None,
        local_name: str | None = None,
        source_address: str | None = None,
        proxy: Proxy | str | None = None,
        allow_insecure_auth: bool = False,
    ) -> None:
        if isinstance(auth, OAuth2):
            check_blocking(auth)
        self._async = AsyncSMTPTransport(
            host,
            port,
            security=security,
            auth=auth,
            tls=tls,
            timeout=timeout,
            local_name=local_name,
            source_address=source_address,
            proxy=proxy,
            allow_insecure_auth=allow_insecure_auth,
            backend=BlockingBackend(),
        )

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        password: str | Secret | None = None,
        tls: TLS | None = None,
        timeout: float | Timeouts | None = None,
        local_name: str | None = None,
        source_address: str | None = None,
        proxy: Proxy | str | None = None,
    ) -> Self:
        """Give a transport by a URL: `smtps://user:password@host`, smtp+starttls:// or smtp://.

        smtps:// is TLS from the start (port 465), smtp+starttls:// requires STARTTLS (587), smtp:// takes it
        if it is offered (25). User and password are percent-encoded; the `password` can be given apart.
        Over a connection that is not private they go only to this machine, or with `?insecure=1`. Raises
        `ConfigurationError`, which never shows the URL.
        """
        server = read_url(url, password=password)
        return cls(
            server.host,
            server.port,
            security=server.security,
            auth=server.auth,
            tls=tls,
            timeout=timeout,
            local_name=local_name,
            source_address=source_address,
            proxy=proxy,
            allow_insecure_auth=server.allow_insecure_auth,
        )

    def __repr__(self) -> str:
        return repr(self._async).replace("Async", "", 1)

    @property
    def account(self) -> str | None:
        """Who we are to the server: the user of `auth`."""
        return self._async.account

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        """Hand a message over, and give the receipt.

        Ready bytes go out as they are and need an `envelope`; a message's own headers give one.
        Raises `PartiallyRefused` where only some recipients were accepted (unless `allow_partial`),
        another `Refused` where nothing was sent, `OutcomeUnknown` where the connection died after the
        end of the data, and whatever else a connection can raise (`mailcore.errors`).
        """
        return run(self._async.send(message, envelope=envelope, allow_partial=allow_partial))

    def close(self) -> None:
        """Take leave of the server and close the connection."""
        run(self._async.close())


def _partly_refused(receipt: Receipt, host: str) -> PartiallyRefused:
    recipient, reply = next(iter(receipt.rejected.items()))
    return PartiallyRefused(
        f"sent to {len(receipt.accepted)}, refused for {len(receipt.rejected)}: <{recipient}> {reply}",
        receipt=receipt,
        host=host,
        stage="RCPT",
        reply=reply,
        recipient=recipient,
        retryable=False,  # those accepted would get it twice
    )
