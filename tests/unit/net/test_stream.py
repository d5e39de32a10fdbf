import math
import socket
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pytest

from mailcore.errors import ConnectionLost, ProtocolBroken, TimedOut
from mailcore.net.connect import connect_host
from mailcore.net.stream import EXCHANGE_LIMIT, SocketStream
from tests.colours import Colour
from tests.peers import Conversation, Peer, read_to_the_end

Start = Callable[[Conversation], Peer]

# More than the system lets both directions' socket buffers hold together.
PLENTY = bytes(64 * 1024 * 1024)


def connect(colour: Colour, server: Peer) -> SocketStream:
    return colour.run(connect_host(colour.backend, "127.0.0.1", server.port, deadline=math.inf))


def soon(colour: Colour, seconds: float = 5) -> float:
    return colour.backend.now() + seconds


def test_what_is_written_arrives(colour: Colour, peer: Start) -> None:
    received: SimpleQueue[bytes] = SimpleQueue()
    server = peer(lambda client: received.put(read_to_the_end(client)))
    stream = connect(colour, server)
    colour.run(stream.send(b"hello", deadline=soon(colour)))
    stream.abort()
    assert received.get(timeout=5) == b"hello"


def test_what_the_peer_says_is_received(colour: Colour, peer: Start) -> None:
    stream = connect(colour, peer(lambda client: client.sendall(b"220 welcome\r\n")))
    assert colour.run(stream.receive(deadline=soon(colour))) == b"220 welcome\r\n"
    stream.abort()


def test_the_end_of_the_stream_is_empty_bytes(colour: Colour, peer: Start) -> None:
    stream = connect(colour, peer(lambda _: None))
    assert colour.run(stream.receive(deadline=soon(colour))) == b""
    stream.abort()


def test_exchange_reads_while_it_writes_so_that_full_buffers_do_not_deadlock(
    colour: Colour, peer: Start
) -> None:
    """The peer answers each piece before it reads the next one: neither side may stop reading."""

    def echo(client: socket.socket) -> None:
        while piece := client.recv(65536):
            client.sendall(piece[:1024])

    stream = connect(colour, peer(echo))
    received = colour.run(stream.exchange(PLENTY, deadline=soon(colour, 30)))
    assert isinstance(received, bytes)
    stream.abort()


def test_exchange_against_a_peer_that_writes_first_does_not_deadlock(
    colour: Colour, peer: Start
) -> None:
    answer = bytes(900 * 1024)

    def speak_then_listen(client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        client.sendall(answer)
        read_to_the_end(client)

    stream = connect(colour, peer(speak_then_listen))
    received = colour.run(stream.exchange(PLENTY, deadline=soon(colour, 30)))
    while len(received) < len(answer):
        received += colour.run(stream.receive(deadline=soon(colour)))
    assert received == answer
    stream.abort()


def test_a_peer_that_only_talks_is_a_broken_protocol(colour: Colour, peer: Start) -> None:
    def talk(client: socket.socket) -> None:
        client.sendall(bytes(EXCHANGE_LIMIT * 8))

    stream = connect(colour, peer(talk))
    with pytest.raises(ProtocolBroken, match="does not listen"):
        colour.run(stream.exchange(PLENTY, deadline=soon(colour, 30)))
    stream.abort()


def test_the_last_words_of_a_peer_that_stops_listening_are_read(
    colour: Colour, peer: Start
) -> None:
    def refuse(client: socket.socket) -> None:
        client.recv(1000)
        client.sendall(b"552 too much\r\n")
        client.shutdown(socket.SHUT_RDWR)

    stream = connect(colour, peer(refuse))
    assert colour.run(stream.exchange(PLENTY, deadline=soon(colour))) == b"552 too much\r\n"
    with pytest.raises(ConnectionLost):
        colour.run(stream.exchange(b"more", deadline=soon(colour)))
    stream.abort()


def test_a_write_to_a_peer_that_is_gone_without_a_word_is_a_lost_connection(
    colour: Colour, peer: Start
) -> None:
    stream = connect(colour, peer(lambda client: client.shutdown(socket.SHUT_RDWR)))
    with pytest.raises(ConnectionLost):
        colour.run(stream.exchange(PLENTY, deadline=soon(colour)))
    stream.abort()


def test_a_peer_that_closes_its_side_and_stops_reading_ends_the_exchange(
    colour: Colour, peer: Start
) -> None:
    """Its end of the stream is always readable: that must neither spin nor outlast the deadline."""
    done = threading.Event()

    def half_close(client: socket.socket) -> None:
        client.shutdown(socket.SHUT_WR)
        done.wait(30)

    stream = connect(colour, peer(half_close))
    begun = time.process_time()
    with pytest.raises(ConnectionLost):
        colour.run(stream.exchange(PLENTY, deadline=soon(colour, 5)))
    done.set()
    assert time.process_time() - begun < 4
    stream.abort()


def test_a_peer_that_does_not_read_runs_into_the_deadline(colour: Colour, peer: Start) -> None:
    done = threading.Event()

    def ignore(_: socket.socket) -> None:
        done.wait(30)

    stream = connect(colour, peer(ignore))
    with pytest.raises(TimedOut):
        colour.run(stream.exchange(PLENTY, deadline=soon(colour, 0.1)))
    done.set()
    stream.abort()


def test_send_refuses_what_comes_in_meanwhile(
    colour: Colour, peer: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, has_to_wait = colour.backend.ready, threading.Event()

    def ready_later(**asked: Any) -> Any:
        has_to_wait.set()
        return ready(**asked)

    def speak_out_of_turn(client: socket.socket) -> None:
        client.sendall(b"250 unasked\r\n")
        has_to_wait.wait(30)  # a peer that reads meanwhile could take all before that
        read_to_the_end(client)

    monkeypatch.setattr(colour.backend, "ready", ready_later)
    stream = connect(colour, peer(speak_out_of_turn))
    with pytest.raises(ProtocolBroken, match="out of turn"):
        colour.run(stream.send(PLENTY, deadline=soon(colour)))
    stream.abort()


def test_a_silent_peer_runs_into_the_deadline(colour: Colour, peer: Start) -> None:
    stream = connect(colour, peer(read_to_the_end_quietly))
    begun = time.monotonic()
    with pytest.raises(TimedOut):
        colour.run(stream.receive(deadline=soon(colour, 0.05)))
    assert time.monotonic() - begun < 5
    stream.abort()


def test_a_deadline_is_absolute_although_bytes_keep_coming(colour: Colour, peer: Start) -> None:
    def chatter(client: socket.socket) -> None:
        while True:
            client.sendall(b"x" * 65536)

    stream = connect(colour, peer(chatter))
    deadline = soon(colour, 0.1)

    def receive_for_ever() -> None:
        while True:
            colour.run(stream.receive(deadline=deadline))

    with pytest.raises(TimedOut):
        receive_for_ever()
    stream.abort()


def test_pushed_back_bytes_are_received_first(colour: Colour, peer: Start) -> None:
    stream = connect(colour, peer(read_to_the_end_quietly))
    stream.push_back(b"world")
    stream.push_back(b"hello ")
    assert colour.run(stream.receive(deadline=soon(colour))) == b"hello world"
    stream.abort()


def test_a_silent_connection_is_quiet(colour: Colour, peer: Start) -> None:
    stream = connect(colour, peer(read_to_the_end_quietly))
    assert stream.is_quiet()
    stream.abort()


@pytest.mark.parametrize("farewell", [b"", b"421 going\r\n"], ids=["silently", "with 421"])
def test_a_connection_that_the_peer_leaves_is_not_quiet(
    colour: Colour, peer: Start, farewell: bytes
) -> None:
    stream = connect(colour, peer(lambda client: client.sendall(farewell)))
    colour.run(colour.backend.ready(read=[stream._socket], deadline=soon(colour)))
    assert not stream.is_quiet()
    stream.abort()


def test_an_aborted_stream_is_lost_whatever_is_asked_of_it(colour: Colour, peer: Start) -> None:
    stream = connect(colour, peer(read_to_the_end_quietly))
    stream.abort()
    stream.abort()
    assert not stream.is_quiet()
    assert stream.local_address is None
    with pytest.raises(ConnectionLost):
        colour.run(stream.receive(deadline=soon(colour)))


def test_the_local_address_is_this_end(colour: Colour, peer: Start) -> None:
    stream = connect(colour, peer(read_to_the_end_quietly))
    assert stream.local_address == "127.0.0.1"
    stream.abort()


def read_to_the_end_quietly(client: socket.socket) -> None:
    read_to_the_end(client)
