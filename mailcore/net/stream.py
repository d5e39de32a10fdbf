"""Bytes over a connected socket, for both colours: the backend only knows how to wait.

The socket is non-blocking. What can be done at once is done at once; for the rest, `backend.ready`.
"""

import socket
from contextlib import suppress

from mailcore.errors import ConnectionLost, ProtocolBroken, TimedOut
from mailcore.net.backend import Backend, Waitable

__all__ = ["SocketStream"]

RECEIVE_BYTES = 256 * 1024
#: How much a peer may say while it is being written to; no protocol here comes near it.
EXCHANGE_LIMIT = 1024 * 1024
#: How long to look for a last word after a write failed.
LAST_WORD_SECONDS = 2.0

# Linux delays acknowledgements by 40 ms unless told otherwise, each time anew: with TCP_NODELAY alone
# a short TLS session takes ten times as long. Elsewhere the option does not exist.
_QUICKACK = getattr(socket, "TCP_QUICKACK", None)


class SocketStream:
    """A `Stream` over a TCP or unix socket."""

    def __init__(self, connected: socket.socket, backend: Backend, *, host: str) -> None:
        connected.setblocking(False)
        self._is_tcp = connected.family in {socket.AF_INET, socket.AF_INET6}
        if self._is_tcp:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connected
        self._backend = backend
        self._broken: OSError | None = None
        self._pushed_back = b""
        self.host = host

    @property
    def waitable(self) -> Waitable:
        """What to wait on until it is quiet no more."""
        return self._socket

    @property
    def local_address(self) -> str | None:
        """This end's IP address; None over a unix socket, or when the connection is gone."""
        try:
            return str(self._socket.getsockname()[0]) if self._is_tcp else None
        except OSError:
            return None

    async def send(self, data: bytes | memoryview, *, deadline: float) -> None:
        """Write all of `data`; what comes in meanwhile would be a fault of the protocol above."""
        if received := await self.exchange(data, deadline=deadline):
            raise ProtocolBroken(f"the peer spoke out of turn: {received[:40]!r}", host=self.host)

    async def receive(self, *, deadline: float) -> bytes:
        """Give what has come in; `b""` at the end of the stream."""
        self._check(deadline)
        if self._is_tcp and _QUICKACK is not None:
            self._quick_acknowledge()
        while (received := self.take()) is None:
            await self._wait(deadline)
        return received

    async def exchange(self, data: bytes | memoryview, *, deadline: float) -> bytes:
        """Write all of `data`, and give what came in meanwhile."""
        received = bytearray()
        rest = memoryview(data)
        while rest:
            self._check(deadline)
            try:
                rest = rest[self._socket.send(rest) :]
            except (BlockingIOError, InterruptedError):
                await self._wait(deadline, writing=True)
                if self._take_into(received) == b"":
                    closed = ConnectionAbortedError("the peer closed while it was written to")
                    return await self._last_words(received, closed)
            except OSError as error:
                return await self._last_words(received, error)
        return bytes(received)

    async def close(self, *, deadline: float) -> None:
        """Close the socket; a plain stream has no leave to take."""
        del deadline
        self.abort()

    def abort(self) -> None:
        """Close the socket now."""
        self._socket.close()

    def is_quiet(self) -> bool:
        """Tell whether the peer has said nothing since, not even that it is going."""
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:
            return False
        return False

    def push_back(self, data: bytes) -> None:
        """Have `data` received again: it belongs to the protocol that follows."""
        self._pushed_back = data + self._pushed_back

    def take(self) -> bytes | None:
        """Give what has come in already: `b""` is the end of the stream, None is nothing yet."""
        if self._pushed_back:
            data, self._pushed_back = self._pushed_back, b""
            return data
        try:
            return self._socket.recv(RECEIVE_BYTES)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError as error:
            raise self._lost(error) from error

    def _take_into(self, received: bytearray) -> bytes | None:
        """Add what has come in, and give it as `take` does."""
        piece = self.take()
        received += piece or b""
        if len(received) > EXCHANGE_LIMIT:
            raise ProtocolBroken("the peer talks and does not listen", host=self.host)
        return piece

    async def _last_words(self, received: bytearray, error: OSError) -> bytes:
        """Read what the peer said before it closed: an early 421 or 552 explains the failed write."""
        self._broken = error
        deadline = self._backend.now() + LAST_WORD_SECONDS
        with suppress(ConnectionLost, TimedOut):  # that was all it said
            while (piece := self._take_into(received)) != b"":
                if piece is None:
                    await self._wait(deadline)
        if not received:
            raise self._lost(error) from error
        return bytes(received)

    async def _wait(self, deadline: float, *, writing: bool = False) -> None:
        write = (self._socket,) if writing else ()
        if not await self._backend.ready(read=(self._socket,), write=write, deadline=deadline):
            raise TimedOut("no answer in time", host=self.host)

    def _check(self, deadline: float) -> None:
        if self._broken is not None:
            raise self._lost(self._broken) from self._broken
        if self._backend.now() >= deadline:
            raise TimedOut("no answer in time", host=self.host)

    def _lost(self, error: OSError) -> ConnectionLost:
        return ConnectionLost(f"the connection broke: {error.strerror or error}", host=self.host)

    def _quick_acknowledge(self) -> None:
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        except OSError:
            return  # a connection that is gone says so on reading
