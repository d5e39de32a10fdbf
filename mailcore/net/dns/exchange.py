"""Questions to name servers: by UDP, and by TCP where an answer does not fit (RFC 1035 4.2, RFC 7766).

One conversation has many questions under way over few sockets, and waits for all of them at once. A
server that says nothing is asked again, and others in turn; one that gives no answer is not asked again.
dnspython knows the wire.
"""

import dataclasses
import math
import os
import secrets
import socket
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.rcode

from mailcore.net.backend import Backend
from mailcore.net.dns.lookups import Lookup, LookupFailed, Query, answer_to
from mailcore.net.dns.responses import ServerFailed, Unfinished, read_response
from mailcore.net.dns.server import Server
from mailcore.net.dns.zone import CNAME_LIMIT, MAX_TTL

__all__ = ["Exchange"]

BURST_LIMIT = (
    64  # questions asked within BURST_SECONDS: more answers overflow the usual buffer of 212 kB
)
BURST_SECONDS = 0.1  # after which a question without answer makes room for others
UNDER_WAY_LIMIT = 2000  # questions without answer, old and new
RETRY_SECONDS = 0.5  # before a question is asked again; doubled with every round of the servers
TCP_SECONDS = 1.5  # for an answer over TCP, where there are other servers to ask
PORT_USES = (
    256  # questions from one port, after which another makes answers harder to forge (RFC 5452)
)
UDP_PAYLOAD = 1232  # octets that no path fragments: DNS flag day 2020
DATAGRAM_LIMIT = 65535  # octets
ID_COUNT = 65536  # RFC 1035 4.1.1


class Exchange:
    """`Lookups` at name servers. `timeout` is for one question, in seconds, every try included."""

    def __init__(self, backend: Backend, servers: Sequence[Server], *, timeout: float) -> None:
        self._backend = backend
        self._servers = servers
        self._timeout = timeout
        self._waiting: deque[Query] = deque()
        self._under_way: set[_Question] = set()
        self._answered: list[Lookup] = []
        self._ports: dict[Server, _Port] = {}
        self._connections: dict[socket.socket, _Connection] = {}
        self._listening: dict[socket.socket, _Port] = {}
        self._left_at = math.inf

    def ask(self, query: Query) -> None:
        """Take a question on; it goes out when the answers are waited for."""
        self._waiting.append(query)

    async def next(self, *, deadline: float) -> list[Lookup]:
        """Send what is to be sent, and wait for answers; while nobody waited, no time has passed."""
        pause = max(0.0, self._backend.now() - self._left_at)
        for question in self._under_way:
            question.deadline += pause
        readable: Iterable[socket.socket] = [*self._listening]  # what came since the last time
        while True:
            self._receive(readable)
            self._watch_the_clock()
            self._send_waiting()
            if self._answered or not self._under_way or self._backend.now() >= deadline:
                answered, self._answered = self._answered, []
                self._left_at = self._backend.now()
                return answered
            steps = (question.next_step for question in self._under_way)
            until = min(deadline, self._room_at(), *steps)
            readable = await self._backend.ready(
                read=[*self._listening, *self._connections],
                write=[one for one, connection in self._connections.items() if connection.outgoing],
                deadline=until,
            )

    def close(self) -> None:
        """Close every socket."""
        for one in (*self._listening, *self._connections):
            one.close()
        self._listening.clear()
        self._connections.clear()
        self._ports.clear()
        self._under_way.clear()

    def __del__(self) -> None:
        self.close()  # where nobody did: a stream that was left early

    def _send_waiting(self) -> None:
        """Ask as many as there is room for: a server that is silent for some leaves room for others."""
        if not self._waiting:
            return
        room = min(BURST_LIMIT - len(self._burst()), UNDER_WAY_LIMIT - len(self._under_way))
        for _ in range(min(room, len(self._waiting))):
            self._begin(self._waiting.popleft())

    def _burst(self) -> list[float]:
        """Give when those questions began that were asked just now, and are not answered."""
        since = self._backend.now() - BURST_SECONDS
        return [question.begun for question in self._under_way if question.begun > since]

    def _room_at(self) -> float:
        """Give when there is room for more, if that is to be waited for."""
        burst = self._burst() if self._waiting else []
        return min(burst) + BURST_SECONDS if burst else math.inf

    def _begin(self, query: Query) -> None:
        try:
            message = _write(query)
        except dns.exception.DNSException as error:
            self._answered.append(LookupFailed(query, f"no question for DNS: {error}"))
            return
        question = _Question(query, query, message, message.to_wire(), deque(self._servers))
        question.begun = self._backend.now()
        question.deadline = question.begun + self._timeout
        self._under_way.add(question)
        self._send(question)

    def _follow(self, question: "_Question", alias: Unfinished) -> None:
        """Ask for the name that the server only named, as resolvers do and other servers don't."""
        question.aliases += 1
        if question.aliases > CNAME_LIMIT:
            question.problems.clear()
            self._fail(question, f"more than {CNAME_LIMIT} CNAMEs in a row")
            return
        question.asked = Query(alias.canonical_name, question.query.type)
        question.ttl = min(question.ttl, alias.ttl)
        question.rewrite(_write(question.asked))
        question.servers = deque(self._servers)
        question.tries = 0
        self._send(question)

    def _send(self, question: "_Question") -> None:
        """Ask the next server; of those that can't even be asked, none is tried again."""
        while question.servers:
            server = question.servers[0]
            try:
                self._port_to(server).send(question)
            except OSError as error:
                question.give_up(server, _reason(error))
                continue
            question.servers.rotate(-1)
            pause = RETRY_SECONDS * 2 ** (question.tries // len(question.servers))
            question.tries += 1
            question.retry_at = self._backend.now() + pause
            return
        self._fail(
            question, "no name server answered" if self._servers else "there is no name server"
        )

    def _give_up(self, question: "_Question", server: Server, why: str) -> None:
        question.give_up(server, why)
        self._send(question)

    def _port_to(self, server: Server) -> "_Port":
        port = self._ports.get(server)
        if port is not None and port.uses < PORT_USES:
            return port
        if port is not None and not port.questions:
            self._close_port(port)
        port = self._ports[server] = _Port(server)
        self._listening[port.socket] = port
        return port

    def _close_port(self, port: "_Port") -> None:
        self._listening.pop(port.socket, None)
        port.socket.close()

    def _watch_the_clock(self) -> None:
        now = self._backend.now()
        for question in [one for one in self._under_way if one.next_step <= now]:
            if question.deadline <= now:
                self._fail(question, "no answer in time")
            elif connection := question.connection:
                self._drop(connection)
                self._give_up(question, connection.server, "no answer over TCP in time")
            else:
                self._send(question)

    def _receive(self, readable: Iterable[socket.socket]) -> None:
        for one in readable:
            if port := self._listening.get(one):
                self._read_datagrams(port)
            elif connection := self._connections.get(one):
                self._step(connection)

    def _read_datagrams(self, port: "_Port") -> None:
        try:
            while True:
                wire = port.socket.recv(DATAGRAM_LIMIT)
                question = port.questions.get(int.from_bytes(wire[:2], "big"))
                response = question.read(wire) if question else None
                if not question or not response or port.server not in question.servers:
                    continue  # anybody can send a datagram, and answers can come too late
                if response.flags & dns.flags.TC:
                    self._ask_by_tcp(question, port.server)
                else:
                    self._hear(question, port.server, response)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:  # of ICMP, such as that nobody listens there
            for question in {*port.questions.values()}:
                self._give_up(question, port.server, _reason(error))

    def _hear(self, question: "_Question", server: Server, response: dns.message.Message) -> None:
        """Take a whole response."""
        if response.rcode() == dns.rcode.FORMERR and question.message.edns >= 0:
            question.message.use_edns(False)  # which old servers do not know (RFC 6891 7)
            question.rewrite(question.message)
            question.servers.rotate(1)  # back to the one that said so
            self._send(question)
            return
        try:
            self._finish(question, read_response(question.asked, response))
        except Unfinished as alias:
            self._follow(question, alias)
        except ServerFailed as failure:
            self._give_up(question, server, str(failure))

    def _ask_by_tcp(self, question: "_Question", server: Server) -> None:
        if question.connection:
            return  # as the answer to an earlier try said, too
        try:
            connection = _Connection(question, server)
        except OSError as error:
            self._give_up(question, server, _reason(error))
            return
        question.connection = connection
        has_others = len(question.servers) > 1
        question.retry_at = self._backend.now() + TCP_SECONDS if has_others else math.inf
        self._connections[connection.socket] = connection

    def _step(self, connection: "_Connection") -> None:
        """Write and read what can be at once; what the server says there is its last word."""
        question = connection.question
        try:
            wire = connection.step()
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._drop(connection)
            self._give_up(question, connection.server, _reason(error))
            return
        self._drop(connection)
        response = question.read(wire)
        if response is None:
            self._give_up(question, connection.server, "nonsense over TCP")
        elif response.flags & dns.flags.TC:
            self._give_up(question, connection.server, "an answer cut short over TCP")
        else:
            self._hear(question, connection.server, response)

    def _finish(self, question: "_Question", lookup: Lookup) -> None:
        self._answered.append(question.whole(lookup))
        self._under_way.discard(question)
        if question.connection:
            self._drop(question.connection)
        for port, number in question.places:
            del port.questions[number]
            if not port.questions and port is not self._ports.get(port.server):
                self._close_port(port)

    def _fail(self, question: "_Question", otherwise: str) -> None:
        """Give up: what each server said is the reason, or else that nothing was heard."""
        reason = "; ".join(f"{server}: {why}" for server, why in question.problems.items())
        self._finish(question, LookupFailed(question.query, reason or otherwise))

    def _drop(self, connection: "_Connection") -> None:
        connection.question.connection = None
        self._connections.pop(connection.socket, None)
        connection.socket.close()


@dataclass(slots=True, eq=False)
class _Question:
    """A question under way, and where it was sent from."""

    query: Query
    asked: Query  # the same, or where the aliases led
    message: dns.message.QueryMessage
    wire: bytes
    servers: deque[Server]
    aliases: int = 0
    ttl: int = MAX_TTL
    begun: float = -math.inf
    deadline: float = math.inf
    retry_at: float = math.inf
    tries: int = 0
    problems: dict[Server, str] = field(default_factory=dict)
    places: list[tuple["_Port", int]] = field(default_factory=list)
    connection: "_Connection | None" = None

    @property
    def next_step(self) -> float:
        return min(self.deadline, self.retry_at)

    def give_up(self, server: Server, why: str) -> None:
        """Ask this server no more."""
        if server in self.servers:
            self.servers.remove(server)
            self.problems[server] = why

    def rewrite(self, message: dns.message.QueryMessage) -> None:
        """Ask by another message from now on; what answers the one before is passed over."""
        self.message, self.wire = message, message.to_wire()
        for port, number in self.places:
            del port.questions[number]
        self.places.clear()

    def whole(self, lookup: Lookup) -> Lookup:
        """Give the answer to the whole question, of which the last part was answered."""
        if isinstance(lookup, LookupFailed) or self.asked == self.query:
            return answer_to(self.query, lookup)
        return answer_to(self.query, dataclasses.replace(lookup, ttl=min(self.ttl, lookup.ttl)))

    def numbered(self, number: int) -> bytes:
        return number.to_bytes(2, "big") + self.wire[2:]

    def read(self, wire: bytes) -> dns.message.Message | None:
        """Give the response that this is to the question, if it is one."""
        try:
            response = dns.message.from_wire(wire, ignore_trailing=True, continue_on_error=True)
        except (dns.exception.DNSException, ValueError):
            return None
        self.message.id = response.id  # that it was sent with: it was found by it
        return response if self.message.is_response(response) else None


class _Port:
    """A UDP socket that talks to one server, from a port that the system chose at random."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.uses = 0
        self.questions: dict[int, _Question] = {}
        self.socket = socket.socket(server.family, socket.SOCK_DGRAM)
        try:
            self.socket.setblocking(False)
            self.socket.connect(server.sockaddr)
        except BaseException:
            self.socket.close()
            raise

    def send(self, question: _Question) -> None:
        number = secrets.randbelow(ID_COUNT)
        while number in self.questions:
            number = secrets.randbelow(ID_COUNT)
        self.uses += 1
        self.questions[number] = question
        question.places.append((self, number))
        try:
            self.socket.send(question.numbered(number))
        except (BlockingIOError, InterruptedError):
            return  # as if it were lost on the way


class _Connection:
    """One question to one server over TCP, taken on as far as it goes at a time."""

    def __init__(self, question: _Question, server: Server) -> None:
        self.question = question
        self.server = server
        wire = question.numbered(secrets.randbelow(ID_COUNT))
        self.outgoing = len(wire).to_bytes(2, "big") + wire
        self._incoming = bytearray()
        self.socket = socket.socket(server.family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        try:
            self.socket.connect(server.sockaddr)
        except (BlockingIOError, InterruptedError):
            return
        except BaseException:
            self.socket.close()
            raise

    def step(self) -> bytes:
        """Give the response when it is whole; until then, `BlockingIOError`."""
        if failed := self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(failed, os.strerror(failed))
        while self.outgoing:
            self.outgoing = self.outgoing[self.socket.send(self.outgoing) :]
        while (length := self._length()) is None or len(self._incoming) < 2 + length:
            piece = self.socket.recv(DATAGRAM_LIMIT)
            if not piece:
                raise ConnectionResetError("the server closed the connection")
            self._incoming += piece
        return bytes(self._incoming[2 : 2 + length])

    def _length(self) -> int | None:
        has_length = len(self._incoming) >= 2  # noqa: PLR2004 - octets of a length
        return int.from_bytes(self._incoming[:2], "big") if has_length else None


def _write(query: Query) -> dns.message.QueryMessage:
    """Give the question as a message; AD asks to be told whether the answer is validated (RFC 6840 5.7)."""
    flags = dns.flags.RD | dns.flags.AD
    return dns.message.make_query(
        query.name, query.type, flags=flags, use_edns=0, payload=UDP_PAYLOAD
    )


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
