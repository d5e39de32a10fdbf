"""Connections: to a host by whichever of its addresses answers first (RFC 8305), or to a unix socket."""

import errno
import os
import socket
from collections import deque
from pathlib import Path

from mailcore.errors import ConfigurationError, CouldNotConnect, TimedOut
from mailcore.net.addresses import SocketAddress, is_ip
from mailcore.net.backend import Backend
from mailcore.net.proxy import Proxy, traverse
from mailcore.net.stream import SocketStream

__all__ = ["connect_host", "connect_unix"]

#: How long one attempt goes alone before the next address joins in (RFC 8305 5).
ATTEMPT_DELAY_SECONDS = 0.25

#: How long to wait before another try where a unix socket's backlog is full.
BACKLOG_PAUSE_SECONDS = 0.02

_UNDER_WAY = {errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR}


async def connect_host(
    backend: Backend,
    host: str,
    port: int,
    *,
    deadline: float,
    source_address: str | None = None,
    proxy: Proxy | None = None,
) -> SocketStream:
    """Connect by TCP, from `source_address` and through `proxy` if given.

    Raises `CouldNotConnect` (with its kinds), `ResolutionFailed` or `TimedOut`. A proxy is told the
    host's name and looks it up itself.
    """
    if proxy is None:
        connected = await _connect(backend, host, port, source_address, deadline)
        return SocketStream(connected, backend, host=f"{host}:{port}")
    connected = await _connect(backend, proxy.host, proxy.port, source_address, deadline)
    stream = SocketStream(connected, backend, host=f"{host}:{port}")
    try:
        await traverse(stream, proxy, host, port, deadline=deadline)
    except BaseException:
        stream.abort()
        raise
    return stream


async def connect_unix(backend: Backend, path: str | Path, *, deadline: float) -> SocketStream:
    """Connect to a unix socket; raises `CouldNotConnect` or `TimedOut`."""
    where = os.fspath(path)
    one = socket.socket(socket.AF_UNIX)
    try:
        await _connect_unix(backend, one, where, deadline)
    except BaseException:
        one.close()
        raise
    return SocketStream(one, backend, host=where)


async def _connect_unix(backend: Backend, one: socket.socket, where: str, deadline: float) -> None:
    one.setblocking(False)
    # A full backlog is EAGAIN, at once: nothing can be waited for but time (connect(2)).
    while (failed := one.connect_ex(where)) == errno.EAGAIN:
        if backend.now() >= deadline:
            raise TimedOut("the server did not take the connection in time", host=where)
        await backend.sleep(BACKLOG_PAUSE_SECONDS)
    if failed:
        raise CouldNotConnect(f"could not connect: {os.strerror(failed)}", host=where)


async def _connect(
    backend: Backend, host: str, port: int, source_address: str | None, deadline: float
) -> socket.socket:
    addresses = await backend.addresses(host, port, deadline=deadline)
    if source_address is not None:
        addresses = _of_the_family_of(source_address, addresses, host)
    return await _race(backend, addresses, source_address, f"{host}:{port}", deadline)


async def _race(
    backend: Backend,
    addresses: list[SocketAddress],
    source_address: str | None,
    where: str,
    deadline: float,
) -> socket.socket:
    """Try the addresses one after the other, overlapping, until one is connected."""
    waiting = deque(addresses)
    attempts: list[socket.socket] = []
    failures: list[str] = []
    next_start = backend.now()
    try:
        while waiting or attempts:
            if (now := backend.now()) >= deadline:
                raise TimedOut("no address answered in time", host=where)
            if waiting and (now >= next_start or not attempts):
                next_start = now + ATTEMPT_DELAY_SECONDS
                _start(waiting.popleft(), source_address, attempts, failures)
                continue
            until = min(deadline, next_start) if waiting else deadline
            for one in await backend.ready(write=attempts, deadline=until):
                attempts.remove(one)
                failed = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not failed:
                    return one
                one.close()
                failures.append(os.strerror(failed))
                next_start = now
    finally:
        for one in attempts:
            one.close()
    reasons = ", ".join(dict.fromkeys(failures)) or "it has no address"
    raise CouldNotConnect(f"could not connect: {reasons}", host=where)


def _start(
    address: SocketAddress,
    source_address: str | None,
    attempts: list[socket.socket],
    failures: list[str],
) -> None:
    """Begin to connect to one address: it becomes an attempt, or a failure."""
    try:
        one = socket.socket(address.family, socket.SOCK_STREAM)
    except OSError as error:
        failures.append(str(error.strerror))
        return
    one.setblocking(False)
    try:
        if source_address is not None:
            one.bind((source_address, 0))
        failed = one.connect_ex(address.sockaddr)
    except OSError as error:
        failed = error.errno or errno.EINVAL
    if failed and failed not in _UNDER_WAY:
        one.close()
        failures.append(os.strerror(failed))
    else:
        attempts.append(one)


def _of_the_family_of(
    source_address: str, addresses: list[SocketAddress], host: str
) -> list[SocketAddress]:
    if not is_ip(source_address):
        raise ConfigurationError(f"source_address must be an IP address, not {source_address!r}")
    family = socket.AF_INET6 if ":" in source_address else socket.AF_INET
    usable = [address for address in addresses if address.family == family]
    if not usable:
        raise CouldNotConnect(
            f"no address of the family of the source address {source_address}", host=host
        )
    return usable
