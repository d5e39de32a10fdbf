"""The sandbox as a whole: its servers, in an event loop in a thread of its own."""

import asyncio
import threading
from concurrent.futures import Future
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

from mailcore.errors import ConfigurationError
from mailcore.net.dns import Resolver
from mailcore.net.dns.zone import Zone
from mailcore.net.tls import TLS
from mailcore.sandbox.accounts import Account, Inbox, PostOffice
from mailcore.sandbox.dns import DNSServer
from mailcore.sandbox.server import LOOPBACK, Connection, Server, server_context
from mailcore.sandbox.smtp import SMTPConversation
from mailcore.smtp import AsyncSMTPTransport, SMTPTransport

__all__ = ["Sandbox"]


class Sandbox:
    """SMTP and DNS servers on loopback, for the length of a `with` block.

    `smtp_port` speaks STARTTLS, `smtps_port` TLS from the start; both show a certificate for
    `localhost`, `127.0.0.1` and `*.example.test` that only `tls` trusts. `resolver` answers from `zone`,
    which can be exchanged. Who logs in needs the password of an account; to send, nobody has to.
    Mail for an account goes to its inbox, mail for strangers at an account's domain is refused, and
    `caught` holds all that was taken.
    """

    host: str = LOOPBACK

    def __init__(self, *, zone: Zone | None = None) -> None:
        self._post_office = PostOffice()
        self._context = server_context()
        if zone is not None and not isinstance(zone, Zone):
            raise ConfigurationError("zone is a Zone({...})")
        self._dns = DNSServer(zone or Zone({}))
        self._smtp = Server(self._converse)
        self._smtps = Server(self._converse, context=self._context)
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise ConfigurationError("a Sandbox runs once: make another")
        started: Future[None] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._live(started)), name="mailcore-sandbox", daemon=True
        )
        self._thread.start()
        started.result()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()

    @property
    def smtp_port(self) -> int:
        """The port that offers STARTTLS."""
        return _running(self._smtp.port)

    @property
    def smtps_port(self) -> int:
        """The port that speaks TLS from the start."""
        return _running(self._smtps.port)

    @property
    def tls(self) -> TLS:
        """The settings that trust the sandbox's certificate, and no other."""
        return TLS(ca_file=Path(str(files(__package__))) / "certificates" / "authority.pem")

    @property
    def nameserver(self) -> str:
        """Where the name server is, as `Resolver` and `mailcore check --nameserver` take it."""
        _running(self._smtp.port)
        return self._dns.address

    @property
    def resolver(self) -> Resolver:
        """A resolver that asks the sandbox's name server."""
        return Resolver([self.nameserver])

    @property
    def zone(self) -> Zone:
        """What the name server answers from."""
        return self._dns.zone

    @zone.setter
    def zone(self, zone: Zone) -> None:
        self._dns.zone = zone

    @property
    def caught(self) -> Inbox:
        """Everything that was taken over, for whomever."""
        return self._post_office.caught

    def account(self, email: str, *, password: str | None = None) -> Account:
        """Give the account of an address, made if there is none, with a random password by default."""
        return self._post_office.open_account(email, password)

    def transport(
        self, account: Account | None = None, *, security: Literal["tls", "starttls"] = "starttls"
    ) -> SMTPTransport:
        """Make a transport to the sandbox, logged in as `account` if one is given."""
        return SMTPTransport(
            self.host,
            self.smtps_port if security == "tls" else self.smtp_port,
            security=security,
            tls=self.tls,
            auth=account.auth if account else None,
        )

    def async_transport(
        self, account: Account | None = None, *, security: Literal["tls", "starttls"] = "starttls"
    ) -> AsyncSMTPTransport:
        """Make the async form of `transport`."""
        return AsyncSMTPTransport(
            self.host,
            self.smtps_port if security == "tls" else self.smtp_port,
            security=security,
            tls=self.tls,
            auth=account.auth if account else None,
        )

    async def _live(self, started: "Future[None]") -> None:
        """Serve until stopped, in the thread's event loop."""
        self._loop = asyncio.get_running_loop()
        servers = (self._smtp, self._smtps, self._dns)
        try:
            for server in servers:
                await server.start()
            started.set_result(None)
            await self._stopped.wait()
        except BaseException as error:
            if not started.done():
                started.set_exception(error)
            raise
        finally:
            for server in servers:
                await server.close()

    async def _converse(self, connection: Connection) -> None:
        await SMTPConversation(connection, self._post_office, context=self._context).run()


def _running(port: int | None) -> int:
    """Give the port of a server that runs."""
    if port is None:
        raise ConfigurationError("the sandbox does not run: use it in `with Sandbox() as sandbox:`")
    return port
