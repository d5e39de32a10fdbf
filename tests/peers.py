"""Servers on loopback that follow a script: for what a real server never says."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

Conversation = Callable[[socket.socket], None]


class Peer:
    """Listens on a random port and gives each connection to `converse`, in a thread of its own."""

    def __init__(self, converse: Conversation) -> None:
        self._converse = converse
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self.port: int = self._listener.getsockname()[1]
        self._threads[0].start()

    @property
    def connections(self) -> int:
        """How many clients have come."""
        return len(self._sockets)

    def wait_for_end(self) -> bool:
        """Wait until every conversation has ended; tell whether they have, after five seconds each."""
        for thread in self._threads[1:]:
            thread.join(5)
        return not any(thread.is_alive() for thread in self._threads[1:])

    def close(self) -> None:
        for one in (self._listener, *self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(client)
            thread = threading.Thread(target=self._hold, args=(client,))
            self._threads.append(thread)
            thread.start()

    def _hold(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            self._converse(client)


def read_line(client: socket.socket) -> bytes:
    """Read up to a line end, byte by byte; raises `OSError` when the client has gone."""
    line = b""
    while not line.endswith(b"\n"):
        received = client.recv(1)
        if not received:
            raise ConnectionResetError
        line += received
    return line


def read_to_the_end(client: socket.socket) -> bytes:
    """Read until the client closes."""
    received = bytearray()
    with suppress(OSError):
        while piece := client.recv(65536):
            received += piece
    return bytes(received)


class Close:
    """In the place of an answer: the server closes the connection."""


class Silence:
    """In the place of an answer: the server says nothing any more."""


Answer = bytes | type[Close] | type[Silence] | Callable[[], bytes]


class SMTPScript:
    """An SMTP server that answers as it is told, and notes what it was told itself.

    Answers go by verb, "greeting" and "dot" among them: one for always, or a list, one for each time.
    """

    def __init__(self, **answers: Answer | list[Answer]) -> None:
        self._answers: dict[str, Answer | list[Answer]] = {
            "greeting": b"220 script ESMTP",
            "EHLO": b"250-script\r\n250 8BITMIME",
            "HELO": b"250 script",
            "MAIL": b"250 2.1.0 ok",
            "RCPT": b"250 2.1.5 ok",
            "DATA": b"354 go on",
            "dot": b"250 2.0.0 taken",
            "BDAT": b"250 2.0.0 taken",
            "RSET": b"250 ok",
            "QUIT": b"221 bye",
            **answers,
        }
        self.commands: list[str] = []
        self._heard = threading.Condition()
        self.messages: list[bytes] = []

    def __call__(self, client: socket.socket) -> None:
        verb = "greeting"
        while (answer := self._answer(client, verb)) is not None:
            if verb == "QUIT":
                return
            if verb == "DATA" and answer.startswith(b"354"):
                self.messages.append(_read_content(client))
                verb = "dot"
                continue
            command = read_line(client).decode().rstrip("\r\n")
            with self._heard:
                self.commands.append(command)
                self._heard.notify_all()
            verb = command.split()[0].upper() if command else ""
            if verb == "BDAT":
                self.messages.append(_read_exactly(client, int(command.split()[1])))

    def wait_for(self, verb: str) -> bool:
        """Wait until a command has come in; tell whether it has, after five seconds at most."""
        with self._heard:
            return self._heard.wait_for(
                lambda: any(command.startswith(verb) for command in self.commands), 5
            )

    def _answer(self, client: socket.socket, verb: str) -> bytes | None:
        """Answer, and tell what; None where the conversation ends instead."""
        answer = self._answers.get(verb, b"500 unknown")
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if answer is Close:
            return None
        if answer is Silence:
            read_to_the_end(client)
            return None
        said = answer if isinstance(answer, bytes) else answer()
        assert isinstance(said, bytes)
        client.sendall(said + b"\r\n")
        if said.startswith(b"421"):
            # What is left unread would take the answer along (RFC 9293 3.10.4).
            client.shutdown(socket.SHUT_WR)
            read_to_the_end(client)
            return None
        return said


def _read_exactly(client: socket.socket, size: int) -> bytes:
    content = b""
    while len(content) < size:
        content += read_some(client, size - len(content))
    return content


def read_some(client: socket.socket, most: int) -> bytes:
    """Read at least a byte; raises `OSError` when the client has gone."""
    received = client.recv(most)
    if not received:
        raise ConnectionResetError
    return received


def _read_content(client: socket.socket) -> bytes:
    content = b""
    while not (content == b".\r\n" or content.endswith(b"\r\n.\r\n")):
        content += read_line(client)
    return content[:-3]
