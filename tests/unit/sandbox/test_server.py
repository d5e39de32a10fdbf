import asyncio
import socket

from mailcore.sandbox.server import LOOPBACK, Connection, Server


async def echo(connection: Connection) -> None:
    while (line := await connection.read_line()) != b"bye":
        await connection.write(line + b"\n")


def test_lines_come_in_whatever_their_end() -> None:
    async def scenario() -> bytes:
        server = Server(echo)
        await server.start()
        reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
        writer.write(b"one\r\ntwo\nbye\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        await server.close()
        return answer

    assert asyncio.run(scenario()) == b"one\ntwo\n"


def test_closing_ends_the_conversations_under_way() -> None:
    async def scenario() -> bytes:
        server = Server(echo)
        await server.start()
        reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
        writer.write(b"one\n")
        await reader.readline()
        await server.close()
        rest = await reader.read()
        writer.close()
        await writer.wait_closed()
        return rest

    assert asyncio.run(scenario()) == b""


def test_a_client_that_breaks_off_ends_only_its_own_conversation() -> None:
    async def scenario() -> bytes:
        server = Server(echo)
        await server.start()
        socket.create_connection((LOOPBACK, server.port)).close()
        reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
        writer.write(b"still there?\n")
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        await server.close()
        return line

    assert asyncio.run(scenario()) == b"still there?\n"


def test_it_listens_on_loopback_only() -> None:
    async def scenario() -> str:
        server = Server(echo)
        address = str(server._listener.getsockname()[0])
        await server.close()
        return address

    assert asyncio.run(scenario()) == "127.0.0.1"
