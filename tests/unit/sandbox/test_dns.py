"""The sandbox's DNS server says over the wire what its zone says."""

import asyncio
from collections.abc import Awaitable, Callable

import dns.asyncquery
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import pytest

from mailcore.net.dns import Query
from mailcore.net.dns.zone import Zone
from mailcore.sandbox.dns import HOST, DNSServer

ZONE = Zone(
    {
        "example.com": {"TXT": ['with "quotes" and \\', "bücher"], "MX": ["0 ."]},
        "alias.example.com": {"CNAME": "example.com"},
        "big.example.com": {"TXT": ["x" * 250] * 20 + [f"{n}" * 200 for n in range(10)]},
        "broken.example.com": Zone.FAIL,
        "malformed.example.com": {"SOA": "nonsense"},
    }
)


def ask(name: str, kind: str, *, limit: int | None = None) -> dns.message.Message:
    request = dns.message.make_query(name, kind).to_wire()
    return dns.message.from_wire(DNSServer(ZONE).answer(request, limit=limit))


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("example.com", "MX", dns.rcode.NOERROR),
        ("example.com", "AAAA", dns.rcode.NOERROR),
        ("missing.example.com", "A", dns.rcode.NXDOMAIN),
        ("broken.example.com", "A", dns.rcode.SERVFAIL),
        ("malformed.example.com", "SOA", dns.rcode.SERVFAIL),
    ],
)
def test_each_kind_of_answer_has_its_code(name: str, kind: str, code: dns.rcode.Rcode) -> None:
    assert ask(name, kind).rcode() == code


def test_texts_arrive_octet_by_octet() -> None:
    strings = {rdata.strings[0].decode() for rdata in ask("example.com", "TXT").answer[0]}
    assert strings == {'with "quotes" and \\', "bücher"}


def test_an_alias_comes_with_what_it_leads_to() -> None:
    answer = ask("alias.example.com", "MX").answer
    assert [rrset.to_text().split()[-1] for rrset in answer] == ["example.com.", "."]


def test_an_answer_too_large_for_udp_is_truncated() -> None:
    response = ask("big.example.com", "TXT")
    assert response.flags & dns.flags.TC


def test_the_client_may_allow_more() -> None:
    request = dns.message.make_query("big.example.com", "TXT", use_edns=0, payload=8192)
    response = dns.message.from_wire(DNSServer(ZONE).answer(request.to_wire()))
    assert not response.flags & dns.flags.TC


def test_a_malformed_request_is_answered_as_such() -> None:
    request = dns.message.make_query("example.com", "MX").to_wire()
    response = dns.message.from_wire(DNSServer(ZONE).answer(request[:-3]))
    assert (response.id, response.rcode()) == (
        int.from_bytes(request[:2], "big"),
        dns.rcode.FORMERR,
    )


def test_other_operations_are_not_implemented() -> None:
    request = dns.message.make_query("example.com", "MX")
    request.set_opcode(dns.opcode.STATUS)
    response = dns.message.from_wire(DNSServer(ZONE).answer(request.to_wire()))
    assert response.rcode() == dns.rcode.NOTIMP


def test_other_classes_are_refused() -> None:
    request = dns.message.make_query("version.bind", "TXT", rdclass="CH")
    response = dns.message.from_wire(DNSServer(ZONE).answer(request.to_wire()))
    assert response.rcode() == dns.rcode.REFUSED


@pytest.mark.parametrize("datagram", [b"", b"short", b"\0\0\x80\0" + bytes(8)])
def test_what_is_no_request_is_not_answered(datagram: bytes) -> None:
    assert DNSServer(ZONE).answer(datagram) == b""


def with_server(work: Callable[[DNSServer], Awaitable[None]]) -> None:
    async def serve() -> None:
        server = DNSServer(ZONE)
        await server.start()
        try:
            await work(server)
        finally:
            await server.close()

    asyncio.run(serve())


def test_one_port_serves_udp_and_tcp() -> None:
    async def work(server: DNSServer) -> None:
        request = dns.message.make_query("big.example.com", "TXT")
        udp = await dns.asyncquery.udp(request, HOST, port=server.port, timeout=5)
        tcp = await dns.asyncquery.tcp(request, HOST, port=server.port, timeout=5)
        assert (bool(udp.flags & dns.flags.TC), bool(tcp.flags & dns.flags.TC)) == (True, False)

    with_server(work)


def test_the_server_lists_what_was_asked() -> None:
    async def work(server: DNSServer) -> None:
        request = dns.message.make_query("Example.com", "MX")
        await dns.asyncquery.udp(request, HOST, port=server.port, timeout=5)
        assert server.queries == [Query("example.com", "MX")]

    with_server(work)


def test_the_zone_can_be_exchanged_while_serving() -> None:
    async def work(server: DNSServer) -> None:
        server.zone = Zone({})
        request = dns.message.make_query("example.com", "MX")
        response = await dns.asyncquery.udp(request, HOST, port=server.port, timeout=5)
        assert response.rcode() == dns.rcode.NXDOMAIN

    with_server(work)


def test_closing_ends_connections_that_wait() -> None:
    async def work(server: DNSServer) -> None:
        reader, writer = await asyncio.open_connection(HOST, server.port)
        await asyncio.sleep(0.05)
        await server.close()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()

    with_server(work)


def test_a_server_that_was_never_started_can_be_closed() -> None:
    server = DNSServer(ZONE)
    asyncio.run(server.close())
    assert server.port == 0
