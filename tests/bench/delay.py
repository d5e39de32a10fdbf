"""A name server further away: hands UDP and TCP on, later. `python -m tests.bench.delay PORT SERVER_PORT SECONDS`."""

import asyncio
import sys
from contextlib import suppress
from typing import Any

HOST = "127.0.0.1"


class Nearby(asyncio.DatagramProtocol):
    """Hears the clients, and hands each datagram on by a socket that is the client's alone."""

    def __init__(self, server: tuple[str, int], seconds: float) -> None:
        self._server = server
        self._seconds = seconds
        self._ways: dict[Any, asyncio.Task[asyncio.DatagramTransport]] = {}

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if addr not in self._ways:
            self._ways[addr] = asyncio.ensure_future(self._open(addr))
        asyncio.get_running_loop().call_later(self._seconds, self._send, addr, data)

    async def _open(self, client: Any) -> asyncio.DatagramTransport:
        way, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Faraway(self._transport, client), remote_addr=self._server
        )
        return way

    def _send(self, client: Any, data: bytes) -> None:
        self._ways[client].result().sendto(data)


class Faraway(asyncio.DatagramProtocol):
    """Hears the server, for one client."""

    def __init__(self, back: asyncio.DatagramTransport, client: Any) -> None:
        self._back = back
        self._client = client

    def datagram_received(self, data: bytes, addr: Any) -> None:
        del addr
        self._back.sendto(data, self._client)


async def serve(port: int, server_port: int, seconds: float) -> None:
    """Hand on until the end."""

    async def hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            await asyncio.sleep(seconds)  # the handshake takes a round trip, too
            back, forth = await asyncio.open_connection(HOST, server_port)
            await asyncio.gather(copy(reader, forth, seconds), copy(back, writer, 0))

    async def copy(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pause: float
    ) -> None:
        with suppress(OSError):
            while piece := await reader.read(65536):
                await asyncio.sleep(pause)
                writer.write(piece)
                await writer.drain()
        writer.close()

    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(
        lambda: Nearby((HOST, server_port), seconds), local_addr=(HOST, port)
    )
    async with await asyncio.start_server(hand_on, HOST, port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
