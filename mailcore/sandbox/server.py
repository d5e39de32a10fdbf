"""A server on loopback: takes connections and runs one conversation for each, in an event loop.

It speaks through the same streams and TLS layer as the clients, in the other direction.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib.resources import as_file, files
from math import inf

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
        """Give the next line without its end; raises `ConnectionLost` at the end of the stream."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LINE_LIMIT:
                raise ProtocolBroken(f"a line exceeds {LINE_LIMIT} bytes")
            received = await self._stream.receive(deadline=self._deadline())
            if not received:
                raise ConnectionLost("the client closed the connection")
            self._buffer += received
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
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
    """Listens on one random loopback port until it is closed."""

    def __init__(
        self,
        converse: Callable[[Connection], Awaitable[None]],
        *,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._converse = converse
        self._context = context
        self._backend = AsyncioBackend()
        self._conversations: set[asyncio.Task[None]] = set()
        self._listener = socket.create_server((LOOPBACK, 0), backlog=128)
        self._listener.setblocking(False)
        self._accepting: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    async def start(self) -> None:
        """Take connections from now on."""
        self._accepting = asyncio.create_task(self._accept())

    async def close(self) -> None:
        """Stop, and end the conversations under way."""
        tasks = {*self._conversations, *([self._accepting] if self._accepting else [])}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._listener.close()

    async def _accept(self) -> None:
        while True:
            await self._backend.ready(read=[self._listener], deadline=inf)
            with suppress(BlockingIOError):
                client, _ = self._listener.accept()
                stream = SocketStream(client, self._backend, host="client")
                task = asyncio.create_task(self._hold(Connection(stream, self._backend)))
                self._conversations.add(task)
                task.add_done_callback(self._conversations.discard)

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
