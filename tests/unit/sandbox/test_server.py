import asyncio
import socket

import pytest

from mailcore.sandbox.server import LINE_LIMIT, LOOPBACK, Connection, Server


async def echo(connection: Connection) -> None:
    while (line := await connection.read_line()) != b"bye":
        await connection.write(line + b"\n")


def test_only_crlf_ends_a_line() -> None:
    async def scenario() -> bytes:
        server = Server(echo)
        await server.start()
        reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
        writer.write(b"one\r\ntwo\nand three\r\nbye\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        await server.close()
        return answer

    assert asyncio.run(scenario()) == b"one\ntwo\nand three\n"


def test_closing_ends_the_conversations_under_way() -> None:
    async def scenario() -> bytes:
        server = Server(echo)
        await server.start()
        reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
        writer.write(b"one\r\n")
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
        assert server.port is not None
        socket.create_connection((LOOPBACK, server.port)).close()
        reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
        writer.write(b"still there?\r\n")
        line = await reader.readline()
        writer.close()
        await writer.wait_closed()
        await server.close()
        return line

    assert asyncio.run(scenario()) == b"still there?\n"


def test_it_listens_on_loopback_only() -> None:
    async def scenario() -> int | None:
        server = Server(echo)
        await server.start()
        assert server.port is not None
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.2", server.port)
        await server.close()
        return server.port

    assert asyncio.run(scenario()) is None


@pytest.mark.parametrize("end", [b"", b"\r\n"], ids=["without end", "with an end"])
def test_a_line_beyond_the_limit_ends_the_conversation(end: bytes) -> None:
    async def scenario() -> bytes:
        server = Server(echo)
        await server.start()
        reader, writer = await asyncio.open_connection(LOOPBACK, server.port)
        writer.write(b"x" * (LINE_LIMIT + 1) + end)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        await server.close()
        return answer

    assert asyncio.run(scenario()) == b""
