"""A man in the middle: passes an SMTP session on, and adds a forged reply behind STARTTLS."""

import socket
import threading
from types import TracebackType
from typing import Self

from tests.peers import Peer, read_line

FORGED = b"250-forged\r\n250 AUTH PLAIN\r\n"


class InjectingProxy:
    """Stands before a server, for the length of a `with` block."""

    def __init__(self, server_port: int, *, apart: bool) -> None:
        self._server_port = server_port
        self._apart = apart
        self._peer = Peer(self._converse)
        self.port = self._peer.port

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._peer.close()

    def _converse(self, client: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._server_port)) as server:
            replies = threading.Thread(target=self._pass_replies, args=(server, client))
            replies.start()
            try:
                while True:
                    server.sendall(read_line(client))
            finally:
                server.shutdown(socket.SHUT_RDWR)
                replies.join()

    def _pass_replies(self, server: socket.socket, client: socket.socket) -> None:
        try:
            while True:
                line = read_line(server)
                if line.startswith(b"220 2.0.0"):  # Ready to start TLS
                    self._inject(client, line)
                else:
                    client.sendall(line)
        except OSError:
            return

    def _inject(self, client: socket.socket, line: bytes) -> None:
        if not self._apart:
            client.sendall(line + FORGED)
            return
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(line)
        client.sendall(FORGED)
