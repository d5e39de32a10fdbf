"""Name servers that answer as a test says: over UDP and, where it is asked for, over TCP."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

import dns.flags
import dns.message
import dns.rcode

from mailcore.net.dns import Zone
from mailcore.sandbox.dns import HOST, DNSServer

Respond = Callable[[dns.message.Message], bytes | None]
"""Gives what is sent back; None for silence."""


class Serving:
    """A UDP socket, and a TCP one at the same port, in threads of their own; `asked` counts datagrams."""

    def __init__(self, respond: Respond, respond_by_tcp: Respond | None = None) -> None:
        self._respond = respond
        self._respond_by_tcp = respond_by_tcp
        self._streams = socket.create_server((HOST, 0))
        self._datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._datagrams.bind(self._streams.getsockname())
        self._threads = [
            threading.Thread(target=self._serve),
            threading.Thread(target=self._accept),
        ]
        self.address = "{}:{}".format(*self._streams.getsockname())
        self.asked = 0
        self.clients: set[int] = set()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._datagrams.getsockname())
        self._streams.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._datagrams.close()
        self._streams.close()

    def _serve(self) -> None:
        while True:
            request, client = self._datagrams.recvfrom(4096)
            if not request:
                return
            self.asked += 1
            self.clients.add(client[1])
            response = self._respond(dns.message.from_wire(request))
            if response is not None:
                self._datagrams.sendto(response, client)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._streams.accept()
            except OSError:
                return
            with connection:
                if self._respond_by_tcp:
                    self._answer(connection, self._respond_by_tcp)

    def _answer(self, connection: socket.socket, respond: Respond) -> None:
        file = connection.makefile("rb")
        request = file.read(int.from_bytes(file.read(2), "big"))
        response = respond(dns.message.from_wire(request))
        if response is not None:
            wire = len(response).to_bytes(2, "big") + response
            for place in range(0, len(wire), 100):  # in pieces, as TCP may
                connection.sendall(wire[place : place + 100])


def refuse(query: dns.message.Message, code: dns.rcode.Rcode) -> bytes:
    """Give a response with an error code."""
    response = dns.message.make_response(query)
    response.set_rcode(code)
    return response.to_wire()


def truncate(query: dns.message.Message) -> bytes:
    """Give a response that says it was cut off."""
    response = dns.message.make_response(query)
    response.flags |= dns.flags.TC
    return response.to_wire()


@contextmanager
def serve(zone: Zone) -> Iterator[DNSServer]:
    """Serve a zone, in an event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    server = DNSServer(zone)
    loop.run_until_complete(server.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
