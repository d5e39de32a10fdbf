import math
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

import pytest

from mailcore.errors import ConfigurationError, CouldNotConnect, TimedOut
from mailcore.net import connect
from mailcore.net.addresses import SocketAddress
from mailcore.net.connect import ATTEMPT_DELAY_SECONDS, connect_host, connect_unix
from tests.colours import Colour
from tests.peers import Conversation, Peer, read_to_the_end

Start = Callable[[Conversation], Peer]


def greet(client: socket.socket) -> None:
    client.sendall(b"hello")
    read_to_the_end(client)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port whose backlog is full: attempts to connect to it hang, as to a host behind a firewall."""
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            filler = sockets.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def give_addresses(colour: Colour, monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    async def addresses(*_: object, **__: object) -> list[SocketAddress]:
        return [SocketAddress(socket.AF_INET, ("127.0.0.1", one)) for one in ports]

    monkeypatch.setattr(colour.backend, "addresses", addresses)


def test_an_address_that_does_not_answer_is_overtaken_by_the_next(
    colour: Colour, peer: Start, silent_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_addresses(colour, monkeypatch, silent_port, peer(greet).port)
    begun = colour.backend.now()
    stream = colour.run(connect_host(colour.backend, "two.example", 25, deadline=begun + 30))
    assert ATTEMPT_DELAY_SECONDS <= colour.backend.now() - begun < 10
    assert colour.run(stream.receive(deadline=math.inf)) == b"hello"
    stream.abort()


def test_an_address_that_refuses_gives_way_to_the_next_at_once(
    colour: Colour, peer: Start, closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_addresses(colour, monkeypatch, closed_port, closed_port, closed_port, peer(greet).port)
    begun = colour.backend.now()
    stream = colour.run(connect_host(colour.backend, "four.example", 25, deadline=begun + 30))
    assert colour.backend.now() - begun < 2 * ATTEMPT_DELAY_SECONDS
    stream.abort()


def test_a_refusal_while_another_attempt_hangs_brings_the_next_at_once(
    colour: Colour,
    peer: Start,
    silent_port: int,
    closed_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connect, "ATTEMPT_DELAY_SECONDS", 1.0)
    give_addresses(colour, monkeypatch, silent_port, closed_port, peer(greet).port)
    begun = colour.backend.now()
    stream = colour.run(connect_host(colour.backend, "three.example", 25, deadline=begun + 30))
    assert colour.backend.now() - begun < 1.9
    stream.abort()


def test_where_every_address_refuses_the_error_says_so(colour: Colour, closed_port: int) -> None:
    with pytest.raises(CouldNotConnect, match="refused") as caught:
        colour.run(connect_host(colour.backend, "127.0.0.1", closed_port, deadline=math.inf))
    assert caught.value.host == f"127.0.0.1:{closed_port}"
    assert caught.value.retryable is True


def test_a_name_without_addresses_is_said_to_have_none(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_addresses(colour, monkeypatch)
    with pytest.raises(CouldNotConnect, match="no address"):
        colour.run(connect_host(colour.backend, "empty.example", 25, deadline=math.inf))


def test_a_host_that_never_answers_runs_into_the_deadline(colour: Colour, silent_port: int) -> None:
    deadline = colour.backend.now() + 0.1
    with pytest.raises(TimedOut):
        colour.run(connect_host(colour.backend, "127.0.0.1", silent_port, deadline=deadline))


def test_the_source_address_is_the_one_asked_for(colour: Colour, peer: Start) -> None:
    seen: SimpleQueue[str] = SimpleQueue()
    server = peer(lambda client: seen.put(client.getpeername()[0]))
    stream = colour.run(
        connect_host(
            colour.backend, "127.0.0.1", server.port, deadline=math.inf, source_address="127.0.0.2"
        )
    )
    stream.abort()
    assert seen.get(timeout=5) == "127.0.0.2"


def test_a_source_address_of_another_family_cannot_connect(colour: Colour) -> None:
    with pytest.raises(CouldNotConnect, match="family"):
        colour.run(
            connect_host(colour.backend, "127.0.0.1", 25, deadline=math.inf, source_address="::1")
        )


def test_a_source_address_that_is_not_ours_cannot_connect(colour: Colour, peer: Start) -> None:
    with pytest.raises(CouldNotConnect, match="assign"):
        colour.run(
            connect_host(
                colour.backend,
                "127.0.0.1",
                peer(greet).port,
                deadline=math.inf,
                source_address="192.0.2.1",
            )
        )


def test_a_source_address_must_be_an_ip_address(colour: Colour) -> None:
    with pytest.raises(ConfigurationError, match="source_address"):
        colour.run(
            connect_host(colour.backend, "127.0.0.1", 25, deadline=math.inf, source_address="eth0")
        )


def test_ipv6_is_connected_to(colour: Colour) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        stream = colour.run(connect_host(colour.backend, "::1", port, deadline=math.inf))
        assert stream.local_address == "::1"
        stream.abort()


@pytest.fixture
def unix_path() -> Iterator[Path]:
    with TemporaryDirectory(prefix="mc") as folder:  # a socket's path has 107 bytes at most
        yield Path(folder) / "socket"


def test_a_unix_socket_is_connected_to(colour: Colour, unix_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(unix_path))
        listener.listen()
        stream = colour.run(connect_unix(colour.backend, unix_path, deadline=math.inf))
        accepted, _ = listener.accept()
        with accepted:
            accepted.sendall(b"220 lmtp")
            assert colour.run(stream.receive(deadline=math.inf)) == b"220 lmtp"
        assert stream.local_address is None
        stream.abort()


def test_a_unix_socket_that_is_busy_is_waited_for_up_to_the_deadline(
    colour: Colour, unix_path: Path
) -> None:
    with ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(unix_path))
        listener.listen(0)
        sockets.enter_context(socket.socket(socket.AF_UNIX)).connect(str(unix_path))
        deadline = colour.backend.now() + 0.05
        with pytest.raises(TimedOut):
            colour.run(connect_unix(colour.backend, unix_path, deadline=deadline))


def test_a_unix_socket_that_is_not_there_cannot_be_connected_to(
    colour: Colour, unix_path: Path
) -> None:
    with pytest.raises(CouldNotConnect, match="No such file"):
        colour.run(connect_unix(colour.backend, unix_path, deadline=math.inf))
