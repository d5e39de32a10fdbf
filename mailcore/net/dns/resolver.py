"""`Resolver`: DNS answers from name servers."""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from mailcore.errors import ConfigurationError
from mailcore.net.backend import Backend
from mailcore.net.dns.lookups import Lookup, LookupFailed, Lookups, Query
from mailcore.net.dns.server import EncryptedServer, Server, read_server

__all__ = ["Resolver"]

TIMEOUT = 5.0  # seconds for one question, every try and every server included
ENCRYPTED_LIMIT = 16  # questions over TLS or HTTPS at once: each has a connection of its own


class Resolver:
    """Asks name servers, one after the other until one knows.

    They are given as "127.0.0.1", "127.0.0.1:5300", "::1" or "[::1]:53"; without any, the system's
    are asked. `timeout` is for one question, in seconds, with every try at every server in it.

    "tls://192.0.2.1#dns.example" is asked over TLS, "https://dns.example/dns-query" over HTTPS, which
    needs the extra [doh]; `ca_file` has the authorities to trust there, in place of the system's.
    """

    def __init__(
        self,
        nameservers: Iterable[str] = (),
        *,
        timeout: float = TIMEOUT,
        ca_file: str | Path | None = None,
    ) -> None:
        if isinstance(nameservers, str):
            raise ConfigurationError("name servers are a list, even if there is one")
        if not 0 < timeout < math.inf:
            raise ConfigurationError(f"a lookup needs a finite time: not {timeout} seconds")
        servers = tuple(dict.fromkeys(map(read_server, nameservers)))
        self._plain = tuple(one for one in servers if isinstance(one, Server))
        self._encrypted = tuple(one for one in servers if isinstance(one, EncryptedServer))
        self._timeout = timeout
        self._ca_file = str(ca_file) if ca_file else None
        _check(self._plain, self._encrypted, self._ca_file)

    @property
    def nameservers(self) -> tuple[str, ...]:
        """Those that were given."""
        return tuple(map(str, (*self._plain, *self._encrypted)))

    @property
    def timeout(self) -> float:
        """Seconds for one question."""
        return self._timeout

    def __repr__(self) -> str:
        return f"Resolver({list(self.nameservers)}, timeout={self._timeout})"

    def lookups(self, backend: Backend) -> Lookups:
        """Begin to ask."""
        if self._encrypted:
            return _Encrypted(backend, self._encrypted, self._timeout, self._ca_file)
        from mailcore.net.dns.exchange import (  # noqa: PLC0415 - dnspython takes a tenth of a second to load
            Exchange,
        )

        return Exchange(backend, self._plain or _system_servers(), timeout=self._timeout)


class _Encrypted:
    """`Lookups` over TLS or HTTPS: some at a time, the others wait, as long as a question may take."""

    def __init__(
        self,
        backend: Backend,
        servers: Sequence[EncryptedServer],
        timeout: float,
        ca_file: str | None,
    ) -> None:
        self._backend = backend
        self._servers = servers
        self._timeout = timeout
        self._ca_file = ca_file
        self._waiting: deque[tuple[Query, float]] = deque()

    def ask(self, query: Query) -> None:
        """Let it wait for its turn."""
        self._waiting.append((query, self._backend.now() + self._timeout))

    async def next(self, *, deadline: float) -> list[Lookup]:
        """Ask those whose turn it is, and give their answers."""
        from mailcore.net.dns.encrypted import look_up_encrypted  # noqa: PLC0415 - loads dnspython

        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), ENCRYPTED_LIMIT))]

        async def ask(asked: tuple[Query, float]) -> Lookup:
            query, until = asked
            seconds = min(until, deadline) - self._backend.now()
            if seconds <= 0:
                return LookupFailed(query, "no answer in time")
            return await self._backend.call(
                look_up_encrypted, query, self._servers, seconds, self._ca_file
            )

        return await self._backend.workers(len(batch)).map(ask, batch) if batch else []

    def close(self) -> None:
        """Drop what waits."""
        self._waiting.clear()


def _system_servers() -> tuple[Server, ...]:
    from mailcore.net.dns.encrypted import system_servers  # noqa: PLC0415 - as above

    servers = map(read_server, system_servers())
    return tuple(server for server in servers if isinstance(server, Server))


def _check(
    plain: tuple[Server, ...], encrypted: tuple[EncryptedServer, ...], ca_file: str | None
) -> None:
    """Refuse what would ask in the clear what was meant to be encrypted, or can't work."""
    if plain and encrypted:
        raise ConfigurationError(
            f"{plain[0]} is asked in the clear and {encrypted[0]} is not: give servers of one sort"
        )
    if ca_file and not encrypted:
        raise ConfigurationError("a ca_file is for name servers that are asked over TLS or HTTPS")
    if any(one.url for one in encrypted):
        from mailcore.net.dns.encrypted import can_ask_by_https  # noqa: PLC0415 - loads dnspython

        if not can_ask_by_https():
            raise ConfigurationError("DNS over HTTPS needs an extra: pip install 'mailcore[doh]'")
