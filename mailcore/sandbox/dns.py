"""A small DNS server over a `Zone`, on a loopback port, for UDP and TCP.

What the zone says goes over the wire as a resolver would say it: answers too large for UDP are
truncated, so that the client comes back over TCP, and failures are SERVFAIL.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from mailcore.errors import ConfigurationError
from mailcore.net.dns import Answer, LookupFailed, NxDomain, Query, Record, TXTRecord
from mailcore.net.dns.zone import Zone

__all__ = ["DNSServer"]

HOST = "127.0.0.1"
HEADER = 12  # octets, RFC 1035 4.1.1
RESPONSE_BIT = 0x80  # of the third octet, RFC 1035 4.1.1
UDP_LIMIT = 512  # octets without EDNS, RFC 1035 4.2.1
TCP_LIMIT = 65535  # octets, RFC 1035 4.2.2
BIND_TRIES = 20  # a port that is free for TCP can be taken for UDP


class DNSServer:
    """Serves `zone`, which can be exchanged at any time; `queries` lists what was asked."""

    def __init__(self, zone: Zone) -> None:
        self.zone: Zone = zone
        self.queries: list[Query] = []
        self.port: int = 0
        self._datagrams: asyncio.DatagramTransport | None = None
        self._streams: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()

    @property
    def address(self) -> str:
        """Where to ask, as `Resolver` takes it."""
        return f"{HOST}:{self.port}"

    async def start(self) -> None:
        """Open one port for UDP and TCP, in the running event loop."""
        for _ in range(BIND_TRIES):
            streams = await asyncio.start_server(self._serve, HOST, 0)
            port = streams.sockets[0].getsockname()[1]
            try:
                datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: _Datagrams(self), local_addr=(HOST, port)
                )
            except OSError:
                streams.close()
                continue
            self._datagrams, self._streams, self.port = datagrams, streams, port
            return
        raise OSError(f"no port of {HOST} is free for both UDP and TCP")

    async def close(self) -> None:
        """Close the port and every connection."""
        if self._datagrams is None or self._streams is None:
            return
        self._datagrams.close()
        self._streams.close()
        for connection in self._connections:
            connection.close()
        await self._streams.wait_closed()

    def answer(self, request: bytes, *, limit: int | None = None) -> bytes:
        """Give the response to a request in wire form; empty for what is no request.

        `limit` is the transport's in octets; without it, the one for UDP that the client asks for.
        """
        if len(request) < HEADER or request[2] & RESPONSE_BIT:
            return b""
        try:
            query = dns.message.from_wire(request)
        except dns.exception.DNSException:
            return _format_error(request)
        response = dns.message.make_response(query, recursion_available=True)
        response.set_rcode(self._fill(response))
        size = limit or max(query.payload, UDP_LIMIT)
        return response.to_wire(max_size=size, prefer_truncation=True)

    def _fill(self, response: dns.message.Message) -> dns.rcode.Rcode:
        """Put the records in, and give the code that goes with them."""
        if response.opcode() != dns.opcode.QUERY:
            return dns.rcode.NOTIMP
        if len(response.question) != 1 or response.question[0].rdclass != dns.rdataclass.IN:
            return dns.rcode.REFUSED
        question = response.question[0]
        try:
            query = Query(question.name.to_text(), dns.rdatatype.to_text(question.rdtype))
            self.queries.append(query)
            found = self.zone.lookup(query)
            if isinstance(found, LookupFailed):
                return dns.rcode.SERVFAIL
            if found.canonical_name != query.name:
                alias = _rrset(question.name, "CNAME", [found.canonical_name], found.ttl)
                response.answer.append(alias)
            if isinstance(found, Answer):
                owner = dns.name.from_text(found.canonical_name)
                response.answer.append(_rrset(owner, query.type, found.records, found.ttl))
        except (ConfigurationError, dns.exception.DNSException):
            return dns.rcode.SERVFAIL
        return dns.rcode.NXDOMAIN if isinstance(found, NxDomain) else dns.rcode.NOERROR

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one TCP connection, until the client leaves."""
        self._connections.add(writer)
        try:
            while True:
                length = int.from_bytes(await reader.readexactly(2), "big")
                response = self.answer(await reader.readexactly(length), limit=TCP_LIMIT)
                writer.write(len(response).to_bytes(2, "big") + response)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self._connections.discard(writer)
            writer.close()


class _Datagrams(asyncio.DatagramProtocol):
    """The UDP side: one datagram in, one out."""

    def __init__(self, server: DNSServer) -> None:
        self._server = server

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # what asyncio passes
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        if response := self._server.answer(data):
            self._transport.sendto(response, addr)


def _format_error(request: bytes) -> bytes:
    response = dns.message.Message(id=int.from_bytes(request[:2], "big"))
    response.flags |= dns.flags.QR
    response.set_rcode(dns.rcode.FORMERR)
    return response.to_wire()


def _rrset(owner: dns.name.Name, kind: str, records: Iterable[Record], ttl: int) -> dns.rrset.RRset:
    return dns.rrset.from_rdata_list(owner, ttl, [_rdata(kind, record) for record in records])


def _rdata(kind: str, record: Record) -> dns.rdata.Rdata:
    text = _quote(record) if isinstance(record, TXTRecord) else str(record)
    return dns.rdata.from_text("IN", kind, text, origin=dns.name.root, relativize=False)


def _quote(record: TXTRecord) -> str:
    """Give a text in presentation form, every octet escaped (RFC 1035 5.1)."""
    segments = ("".join(f"\\{octet:03}" for octet in segment) for segment in record.segments)
    return " ".join(f'"{segment}"' for segment in segments)
