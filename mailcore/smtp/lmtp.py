"""Handing mail to a delivery agent by LMTP (RFC 2033): as SMTP, with an answer for each recipient.

`AsyncLMTPTransport` is the implementation; `LMTPTransport` is its blocking shadow.
"""

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Self

from mailcore.message import Message
from mailcore.net.addresses import check_port, host_name
from mailcore.net.backend import Backend
from mailcore.net.blocking import BlockingBackend
from mailcore.net.run import run
from mailcore.net.tls import TLS
from mailcore.sasl import Credentials, OAuth2
from mailcore.sasl.tokens import check_blocking
from mailcore.smtp.events import Event, guarded
from mailcore.smtp.sending.connector import Connector
from mailcore.smtp.sending.outcomes import AsyncOutcomes, Outcomes
from mailcore.smtp.sending.sender import Sender
from mailcore.smtp.settings import (
    IDLE_SECONDS,
    LMTP_PORT,
    Security,
    check_auth,
    check_limits,
    check_local_name,
    check_security,
    check_tls,
    check_without,
    read_timeouts,
)
from mailcore.smtp.timeouts import Timeouts
from mailcore.transport import Envelope, Outcome, Receipt, prepare
from mailcore.transport.many import AsyncItems, Items

__all__ = ["AsyncLMTPTransport", "LMTPTransport"]


class AsyncLMTPTransport:
    """Hands mail to a delivery agent, as Dovecot or Cyrus.

    `server` is the path of its unix socket, a `Path` or with a slash in it, or a host, whose `port` is 24
    by default. `receipt.rejected` also has those for whom the message was refused at its end; whoever
    else there is has got it. The other settings are those of `SMTPTransport`; `security` is "plain" by
    default, as it leads to the same machine or a trusted network.
    """

    def __init__(
        self,
        server: str | Path,
        port: int | None = None,
        *,
        security: Security = "plain",
        auth: Credentials | None = None,
        tls: TLS | None = None,
        timeout: float | Timeouts | None = None,
        local_name: str | None = None,
        allow_insecure_auth: bool = False,
        connections: int = 1,
        idle: float = IDLE_SECONDS,
        messages_a_connection: int | None = None,
        without: Collection[str] = (),
        on_event: Callable[[Event], object] | None = None,
        backend: Backend | None = None,
    ) -> None:
        is_path = isinstance(server, Path) or "/" in server
        self._connector = Connector(
            host=os.fspath(server) if is_path else host_name(str(server)),
            port=None if is_path else LMTP_PORT if port is None else check_port(port),
            security=check_security(security, port),
            auth=check_auth(auth),
            tls=check_tls(tls),
            timeouts=read_timeouts(timeout),
            local_name=check_local_name(local_name),
            allow_insecure_auth=allow_insecure_auth,
            is_lmtp=True,
            without=check_without(without),
            tell=guarded(on_event) if on_event else None,
        )
        self._sender = Sender(
            self._connector, check_limits(connections, idle, messages_a_connection), backend
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._connector.place}>"

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
        """Hand a message over, and give the receipt; it raises what `SMTPTransport.send` raises."""
        return await self._sender.send(prepare(message, envelope), allow_partial=allow_partial)

    def send_many(
        self,
        messages: AsyncItems,
        *,
        in_flight: int | None = None,
        on_outcome: Callable[[Outcome], object] | None = None,
    ) -> AsyncOutcomes:
        """Hand messages over, and give each one's outcome, as `SMTPTransport.send_many` does."""
        return AsyncOutcomes(self._sender, messages, in_flight=in_flight, on_outcome=on_outcome)

    async def close(self) -> None:
        """Take leave of the server and close the connections."""
        await self._sender.close()


class LMTPTransport:
    """Hands mail to a delivery agent, as Dovecot or Cyrus.

    `server` is the path of its unix socket, a `Path` or with a slash in it, or a host, whose `port` is 24
    by default. `receipt.rejected` also has those for whom the message was refused at its end; whoever
    else there is has got it. The other settings are those of `SMTPTransport`; `security` is "plain" by
    default, as it leads to the same machine or a trusted network.
    """

    def __init__(
        self,
        server: str | Path,
        port: int | None = None,
        *,
        security: Security = "plain",
        auth: Credentials | None = None,
        tls: TLS | None = None,
        timeout: float | Timeouts | None = None,
        local_name: str | None = None,
        allow_insecure_auth: bool = False,
        connections: int = 1,
        idle: float = IDLE_SECONDS,
        messages_a_connection: int | None = None,
        without: Collection[str] = (),
        on_event: Callable[[Event], object] | None = None,
    ) -> None:
        if isinstance(auth, OAuth2):
            check_blocking(auth)
        self._async = AsyncLMTPTransport(
            server,
            port,
            security=security,
            auth=auth,
            tls=tls,
            timeout=timeout,
            local_name=local_name,
            allow_insecure_auth=allow_insecure_auth,
            connections=connections,
            idle=idle,
            messages_a_connection=messages_a_connection,
            without=without,
            on_event=on_event,
            backend=BlockingBackend(),
        )

    def __repr__(self) -> str:
        return repr(self._async).replace("Async", "", 1)

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
        """Hand a message over, and give the receipt; it raises what `SMTPTransport.send` raises."""
        return run(self._async.send(message, envelope=envelope, allow_partial=allow_partial))

    def send_many(
        self,
        messages: Items,
        *,
        in_flight: int | None = None,
        on_outcome: Callable[[Outcome], object] | None = None,
    ) -> Outcomes:
        """Hand messages over, and give each one's outcome, as `SMTPTransport.send_many` does."""
        sender = self._async._sender  # noqa: SLF001 - the other half of the pair
        return Outcomes(sender, messages, in_flight=in_flight, on_outcome=on_outcome)

    def close(self) -> None:
        """Take leave of the server and close the connections."""
        run(self._async.close())
