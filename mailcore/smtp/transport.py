"""Sending mail through an SMTP server: the public pair.

`AsyncSMTPTransport` is the implementation; `SMTPTransport` is its blocking shadow. Both keep their
connections open between messages, replace one that went stale, and never send a message twice.
"""

from collections.abc import Callable, Collection
from typing import Self

from mailcore.message import Message
from mailcore.net.addresses import check_port, host_name
from mailcore.net.backend import Backend
from mailcore.net.blocking import BlockingBackend
from mailcore.net.proxy import Proxy
from mailcore.net.run import run
from mailcore.net.tls import TLS
from mailcore.sasl import Credentials, OAuth2
from mailcore.sasl.tokens import check_blocking
from mailcore.secret import Secret
from mailcore.smtp.events import Event, guarded
from mailcore.smtp.sending.connector import Connector
from mailcore.smtp.sending.outcomes import AsyncOutcomes, Outcomes
from mailcore.smtp.sending.sender import Sender
from mailcore.smtp.settings import (
    IDLE_SECONDS,
    PORTS,
    Security,
    check_auth,
    check_limits,
    check_local_name,
    check_security,
    check_source_address,
    check_tls,
    check_without,
    read_proxy,
    read_timeouts,
)
from mailcore.smtp.timeouts import Timeouts
from mailcore.smtp.url import read_url
from mailcore.transport import Envelope, Outcome, Receipt, prepare
from mailcore.transport.many import AsyncItems, Items

__all__ = ["AsyncSMTPTransport", "SMTPTransport", "Security"]


class AsyncSMTPTransport:
    """Sends mail through one SMTP server.

    `security` is "starttls" (port 587, the default), "tls" (465, the default for that port),
    "opportunistic" (STARTTLS if offered) or "plain". `auth` is who we are: `Password` or `OAuth2`, or
    `External` or `Anonymous` of `mailcore.sasl`; it is not said over a connection that is not private
    unless `allow_insecure_auth`. `tls` says whom to trust.
    `timeout` bounds every step, in seconds, or each as `Timeouts` has it. `local_name` is what EHLO
    says; by default the address of this end. `source_address` is the IP address to connect from,
    `proxy` a `Proxy` or its URL. There are up to so many `connections` at once, for threads, tasks and
    `send_many`; one that was `idle` for longer, in seconds, or that carried `messages_a_connection` is
    replaced. `without` names extensions not to use, as "CHUNKING", for a server that offers what it
    cannot do. `on_event` is told what goes on (`mailcore.smtp.events`), secrets and contents left out.

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
        connections: int = 1,
        idle: float = IDLE_SECONDS,
        messages_a_connection: int | None = None,
        without: Collection[str] = (),
        on_event: Callable[[Event], object] | None = None,
        backend: Backend | None = None,
    ) -> None:
        chosen = check_security(security, port)
        self._connector = Connector(
            host=host_name(host),
            port=PORTS[chosen] if port is None else check_port(port),
            security=chosen,
            auth=check_auth(auth),
            tls=check_tls(tls),
            timeouts=read_timeouts(timeout),
            local_name=check_local_name(local_name),
            source_address=check_source_address(source_address),
            proxy=read_proxy(proxy),
            allow_insecure_auth=allow_insecure_auth,
            without=check_without(without),
            tell=guarded(on_event) if on_event else None,
        )
        self._sender = Sender(
            self._connector, check_limits(connections, idle, messages_a_connection), backend
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
        connections: int = 1,
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
            connections=connections,
            backend=backend,
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._connector.place} {self._connector.security}>"

    @property
    def account(self) -> str | None:
        """Who we are to the server: the user of `auth`."""
        auth = self._connector.auth
        return auth.user or None if auth else None

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
        return await self._sender.send(prepare(message, envelope), allow_partial=allow_partial)

    def send_many(
        self,
        messages: AsyncItems,
        *,
        in_flight: int | None = None,
        on_outcome: Callable[[Outcome], object] | None = None,
    ) -> AsyncOutcomes:
        """Hand messages over, and give each one's outcome, in order, as it is asked for.

        Each is a message, ready bytes or a message with their envelope as a pair. They are taken from the
        iterable as outcomes are asked for, at most `in_flight` ahead (16 for each connection); what cannot
        be sent is `Rejected` and stops nothing. What taking one raises is raised after the outcomes of those
        before it.

        Where the loop is left early, what was handed over and not given out goes to `on_outcome`: at the
        latest when the transport is closed.
        """
        return AsyncOutcomes(self._sender, messages, in_flight=in_flight, on_outcome=on_outcome)

    async def close(self) -> None:
        """Take leave of the server and close the connections."""
        await self._sender.close()


class SMTPTransport:
    """Sends mail through one SMTP server.

    `security` is "starttls" (port 587, the default), "tls" (465, the default for that port),
    "opportunistic" (STARTTLS if offered) or "plain". `auth` is who we are: `Password` or `OAuth2`, or
    `External` or `Anonymous` of `mailcore.sasl`; it is not said over a connection that is not private
    unless `allow_insecure_auth`. `tls` says whom to trust.
    `timeout` bounds every step, in seconds, or each as `Timeouts` has it. `local_name` is what EHLO
    says; by default the address of this end. `source_address` is the IP address to connect from,
    `proxy` a `Proxy` or its URL. There are up to so many `connections` at once, for threads, tasks and
    `send_many`; one that was `idle` for longer, in seconds, or that carried `messages_a_connection` is
    replaced. `without` names extensions not to use, as "CHUNKING", for a server that offers what it
    cannot do. `on_event` is told what goes on (`mailcore.smtp.events`), secrets and contents left out.

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
        connections: int = 1,
        idle: float = IDLE_SECONDS,
        messages_a_connection: int | None = None,
        without: Collection[str] = (),
        on_event: Callable[[Event], object] | None = None,
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
            connections=connections,
            idle=idle,
            messages_a_connection=messages_a_connection,
            without=without,
            on_event=on_event,
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
        connections: int = 1,
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
            connections=connections,
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

    def send_many(
        self,
        messages: Items,
        *,
        in_flight: int | None = None,
        on_outcome: Callable[[Outcome], object] | None = None,
    ) -> Outcomes:
        """Hand messages over, and give each one's outcome, in order, as it is asked for.

        Each is a message, ready bytes or a message with their envelope as a pair. They are taken from the
        iterable as outcomes are asked for, at most `in_flight` ahead (16 for each connection); what cannot
        be sent is `Rejected` and stops nothing. What taking one raises is raised after the outcomes of those
        before it.

        Where the loop is left early, what was handed over and not given out goes to `on_outcome`: at the
        latest when the transport is closed.
        """
        sender = self._async._sender  # noqa: SLF001 - the other half of the pair
        return Outcomes(sender, messages, in_flight=in_flight, on_outcome=on_outcome)

    def close(self) -> None:
        """Take leave of the server and close the connections."""
        run(self._async.close())
