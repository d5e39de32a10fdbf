"""A proxy that cuts connections at given bytes, in either direction."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple, Self

__all__ = ["Cut", "CuttingProxy"]

PIECE = 64 * 1024


class Cut(NamedTuple):
    """Where a connection ends: after so many bytes to the server, or so many from it."""

    to_server: int | None = None
    from_server: int | None = None


class CuttingProxy:
    """Stands before a server; each connection is cut as the next of `cuts` says, the ones after those never."""

    def __init__(self, server_port: int, cuts: Iterator[Cut]) -> None:
        self._server_port = server_port
        self._cuts = cuts
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                thread = threading.Thread(
                    target=self._serve, args=(client, next(self._cuts, Cut()))
                )
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket, cut: Cut) -> None:
        with client, socket.create_connection(("127.0.0.1", self._server_port)) as server:
            back = threading.Thread(target=self._pass, args=(server, client, cut.from_server))
            back.start()
            self._pass(client, server, cut.to_server)
            back.join()

    def _pass(self, source: socket.socket, target: socket.socket, limit: int | None) -> None:
        """Pass bytes on, up to the cut: then both ends are closed."""
        left = limit
        with suppress(OSError):
            while data := source.recv(PIECE):
                target.sendall(data[:left])
                if left is not None:
                    left -= len(data)
                    if left <= 0:
                        break
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
