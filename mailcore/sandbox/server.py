"""A server on loopback: takes connections and runs one conversation for each, in an event loop.

It speaks through the same streams and TLS layer as the clients, in the other direction.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from importlib.resources import as_file, files
from math import inf
from typing import Any

from mailcore.errors import ConnectionLost, MailcoreError, ProtocolBroken
from mailcore.net.asynchronous import AsyncioBackend
from mailcore.net.backend import Stream
from mailcore.net.stream import SocketStream
from mailcore.net.tls import TLSStream

__all__ = ["LOOPBACK", "Connection", "Server", "server_context"]

LOOPBACK = "127.0.0.1"
#: RFC 5321 4.5.3.1.6 allows 1000; real clients exceed it, a flood does not go on for ever.
LINE_LIMIT = 64 * 1024
IDLE_SECONDS = 300.0


def server_context() -> ssl.SSLContext:
    """Give the context that shows the shipped certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with as_file(files(__package__) / "certificates" / "server.pem") as certificate:
        context.load_cert_chain(certificate)
    return context


class Connection:
    """One client's connection, read line by line."""

    def __init__(self, stream: Stream, backend: AsyncioBackend) -> None:
        self._stream = stream
        self._backend = backend
        self._buffer = bytearray()
        self.is_private: bool = False

    async def read_line(self) -> bytes:
        """Give the next line without its CRLF; raises `ConnectionLost` at the end of the stream.

        Only CRLF ends a line (RFC 5321 2.3.8); what a bare LF or CR does there is the caller's affair.
        """
        while (end := self._buffer.find(b"\r\n")) < 0 and len(self._buffer) <= LINE_LIMIT:
            received = await self._stream.receive(deadline=self._deadline())
            if not received:
                raise ConnectionLost("the client closed the connection")
            self._buffer += received
        if not 0 <= end <= LINE_LIMIT:
            raise ProtocolBroken(f"a line exceeds {LINE_LIMIT} bytes")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    async def write(self, data: bytes) -> None:
        """Send; what the client pipelines meanwhile is read later."""
        self._buffer += await self._stream.exchange(data, deadline=self._deadline())

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Become private, as the server; what was pipelined before the handshake is dropped."""
        self._buffer.clear()
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        wrapped = context.wrap_bio(incoming, outgoing, server_side=True)
        stream = TLSStream(self._stream, wrapped, incoming, outgoing)
        await stream.handshake(deadline=self._deadline())
        self._stream = stream
        self.is_private = True

    async def close(self) -> None:
        """Take leave and close."""
        await self._stream.close(deadline=self._backend.now() + 1)

    def abort(self) -> None:
        """Close without a word."""
        self._stream.abort()

    def _deadline(self) -> float:
        return self._backend.now() + IDLE_SECONDS


class Server:
    """Listens on one random loopback port, from `start` to `close`."""

    def __init__(
        self,
        converse: Callable[[Connection], Awaitable[None]],
        *,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._converse = converse
        self._context = context
        self._backend = AsyncioBackend()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port: int | None = None

    async def start(self) -> None:
        """Open the port, and take connections from now on."""
        listener = socket.create_server((LOOPBACK, 0), backlog=128)
        listener.setblocking(False)
        self.port = int(listener.getsockname()[1])
        self._begin(self._accept(listener))

    async def close(self) -> None:
        """Close the port, and end the conversations under way."""
        self.port = None
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                await self._backend.ready(read=[listener], deadline=inf)
                with suppress(BlockingIOError):
                    client, _ = listener.accept()
                    stream = SocketStream(client, self._backend, host="client")
                    self._begin(self._hold(Connection(stream, self._backend)))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hold(self, connection: Connection) -> None:
        """Run one conversation to its end; a client that breaks off ends only its own."""
        try:
            if self._context is not None:
                await connection.start_tls(self._context)
            await self._converse(connection)
            await connection.close()
        except MailcoreError:
            return
        finally:
            connection.abort()
