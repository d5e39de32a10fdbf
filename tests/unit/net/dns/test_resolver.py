"""Questions over real sockets, in both colours: four kinds of answer, never mixed up."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from typing import Protocol

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from mailcore.errors import ConfigurationError
from mailcore.net.asynchronous import AsyncioBackend
from mailcore.net.blocking import BlockingBackend
from mailcore.net.dns import (
    DNS,
    IN_FLIGHT_LIMIT,
    Answer,
    Lookup,
    LookupFailed,
    MXRecord,
    Nameservers,
    NoData,
    NxDomain,
    Query,
    Resolver,
    SRVRecord,
    TLSARecord,
    TXTRecord,
    dns_name,
    read_record,
)
from mailcore.net.run import run
from mailcore.net.zone import Zone
from mailcore.sandbox.dns import HOST, DNSServer

ZONE = Zone(
    {
        "example.com": {
            "TXT": [["v=spf1 ", "-all"]],
            "MX": ["10 MX1.example.com", "0 ."],
            "A": ["192.0.2.1"],
            "AAAA": ["2001:DB8::0:1"],
            "CAA": '0 issue "ca.example"',
        },
        "alias.example.com": {"CNAME": "example.com"},
        "dangling.example.com": {"CNAME": "missing.example.com"},
        "big.example.com": {"TXT": [f"{n:03}" * 80 for n in range(30)]},
        "broken.example.com": Zone.FAIL,
        "_25._tcp.example.com": {"TLSA": f"3 1 1 {'ab' * 32}", "SRV": "0 1 25 example.com"},
        "1.2.0.192.in-addr.arpa": {"PTR": "example.com"},
        r"odd\046name\032\"here.example.com": {"A": "192.0.2.9"},
        **{f"host{n}.example.com": {"A": f"192.0.2.{n}"} for n in range(200)},
    }
)


class Colour(Protocol):
    def __call__(self, resolver: DNS, *queries: Query) -> list[Lookup]: ...


def resolve_blocking(resolver: DNS, *queries: Query) -> list[Lookup]:
    return run(resolver.resolve(BlockingBackend(), queries))


def resolve_asyncio(resolver: DNS, *queries: Query) -> list[Lookup]:
    return asyncio.run(resolver.resolve(AsyncioBackend(), queries))


@pytest.fixture(params=[resolve_blocking, resolve_asyncio], ids=["blocking", "asyncio"])
def resolve(request: pytest.FixtureRequest) -> Colour:
    colour: Colour = request.param
    return colour


@pytest.fixture(scope="module")
def server() -> Iterator[DNSServer]:
    loop = asyncio.new_event_loop()
    server = DNSServer(ZONE)
    loop.run_until_complete(server.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield server
    asyncio.run_coroutine_threadsafe(server.close(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def resolver(server: DNSServer) -> Resolver:
    return Resolver([server.address], timeout=2)


def answer(found: Sequence[Lookup]) -> Answer:
    (only,) = found
    assert isinstance(only, Answer)
    return only


@pytest.mark.parametrize(
    ("name", "kind", "result"),
    [
        ("example.com", "A", Answer),
        ("alias.example.com", "A", Answer),
        ("example.com", "SRV", NoData),
        ("alias.example.com", "SRV", NoData),
        ("com", "A", NoData),
        ("missing.example.com", "A", NxDomain),
        ("dangling.example.com", "A", NxDomain),
        ("broken.example.com", "A", LookupFailed),
    ],
)
def test_every_outcome_is_what_it_is(
    resolve: Colour, resolver: Resolver, name: str, kind: str, result: type[Lookup]
) -> None:
    (found,) = resolve(resolver, Query(name, kind))
    assert type(found) is result


@pytest.mark.parametrize(
    "query",
    [
        Query("example.com", "TXT"),
        Query("example.com", "MX"),
        Query("example.com", "AAAA"),
        Query("example.com", "CAA"),
        Query("alias.example.com", "CNAME"),
        Query("alias.example.com", "A"),
        Query("dangling.example.com", "A"),
        Query("missing.example.com", "A"),
        Query("_25._tcp.example.com", "TLSA"),
        Query("_25._tcp.example.com", "SRV"),
        Query("1.2.0.192.in-addr.arpa", "PTR"),
        Query(r"odd\046name\032\"here.example.com", "A"),
    ],
    ids=str,
)
def test_the_wire_says_what_the_zone_says(
    resolve: Colour, resolver: Resolver, query: Query
) -> None:
    (found,) = resolve(resolver, query)
    expected = ZONE.lookup(query)
    assert type(found) is type(expected)
    assert not isinstance(found, LookupFailed)
    assert not isinstance(expected, LookupFailed)
    assert (found.query, found.canonical_name) == (query, expected.canonical_name)
    if isinstance(found, Answer) and isinstance(expected, Answer):
        assert set(found.records) == set(expected.records)
        assert found.ttl == expected.ttl


def test_an_answer_too_large_for_udp_comes_over_tcp(resolve: Colour, resolver: Resolver) -> None:
    found = answer(resolve(resolver, Query("big.example.com", "TXT")))
    assert len(found.records) == 30


def test_a_batch_keeps_its_order(resolve: Colour, resolver: Resolver) -> None:
    queries = [Query(f"host{n}.example.com", "A") for n in range(200)]
    found = resolve(resolver, *queries)
    assert [lookup.query for lookup in found] == queries
    assert all(isinstance(lookup, Answer) for lookup in found)


def test_a_failure_leaves_the_rest_of_its_batch_alone(resolve: Colour, resolver: Resolver) -> None:
    names = ["broken.example.com", "example.com", "missing.example.com"]
    found = resolve(resolver, *(Query(name, "A") for name in names))
    assert [type(lookup) for lookup in found] == [LookupFailed, Answer, NxDomain]


def test_an_empty_batch_asks_nothing(resolve: Colour) -> None:
    assert resolve(Resolver(["127.0.0.1:1"])) == []


def test_an_unknown_type_is_a_failed_lookup(resolve: Colour, resolver: Resolver) -> None:
    (found,) = resolve(resolver, Query("example.com", "NONSENSE"))
    assert isinstance(found, LookupFailed)


def test_the_next_server_is_asked_where_one_fails(resolve: Colour, server: DNSServer) -> None:
    with other_server(lambda query: refuse(query, dns.rcode.REFUSED)) as broken:
        found = resolve(Resolver([broken, server.address]), Query("example.com", "A"))
    assert answer(found).texts == ("192.0.2.1",)


def test_silence_is_a_failed_lookup(resolve: Colour) -> None:
    with other_server(lambda _: None) as silent:
        (found,) = resolve(Resolver([silent], timeout=0.2), Query("example.com", "A"))
    assert found == LookupFailed(Query("example.com", "A"), "no answer in time")


@pytest.mark.parametrize(
    "code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTIMP, dns.rcode.YXDOMAIN]
)
def test_an_error_code_is_a_failed_lookup(resolve: Colour, code: dns.rcode.Rcode) -> None:
    with other_server(lambda query: refuse(query, code)) as broken:
        (found,) = resolve(Resolver([broken], timeout=2), Query("example.com", "A"))
    assert isinstance(found, LookupFailed)


def test_the_reason_names_the_server_and_its_code(resolve: Colour, server: DNSServer) -> None:
    (found,) = resolve(Resolver([server.address]), Query("broken.example.com", "A"))
    assert isinstance(found, LookupFailed)
    assert "SERVFAIL" in found.reason
    assert HOST in found.reason


def test_garbage_is_a_failed_lookup(resolve: Colour) -> None:
    with other_server(lambda query: query.to_wire()[:2] + b"\xff" * 30) as broken:
        (found,) = resolve(Resolver([broken], timeout=0.2), Query("example.com", "A"))
    assert isinstance(found, LookupFailed)


def test_a_referral_is_a_failed_lookup(resolve: Colour) -> None:
    def refer(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.authority.append(dns.rrset.from_text("com.", 60, "IN", "NS", "a.ns.example."))
        return response.to_wire()

    with other_server(refer) as delegating:
        (found,) = resolve(Resolver([delegating]), Query("example.com", "A"))
    assert isinstance(found, LookupFailed)


def test_the_time_to_live_of_an_absence_is_the_zones(resolve: Colour) -> None:
    def deny(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.NXDOMAIN)
        soa = dns.rrset.from_text("example.com.", 900, "IN", "SOA", "ns. root. 1 2 3 4 300")
        response.authority.append(soa)
        return response.to_wire()

    with other_server(deny) as denying:
        (found,) = resolve(Resolver([denying]), Query("www.example.com", "A"))
    assert found == NxDomain(Query("www.example.com", "A"), "www.example.com", 300)


class Serving:
    """One UDP socket that answers as a test says."""

    def __init__(self, respond: "Respond") -> None:
        self._respond = respond
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> str:
        self._thread.start()
        return f"{HOST}:{self._socket.getsockname()[1]}"

    def __exit__(self, *exc: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            request, client = self._socket.recvfrom(4096)
            if not request:
                return
            response = self._respond(dns.message.from_wire(request))
            if response is not None:
                self._socket.sendto(response, client)


class Respond(Protocol):
    def __call__(self, query: dns.message.Message, /) -> bytes | None: ...


def other_server(respond: Respond) -> Serving:
    return Serving(respond)


def refuse(query: dns.message.Message, code: dns.rcode.Rcode) -> bytes:
    response = dns.message.make_response(query)
    response.set_rcode(code)
    return response.to_wire()


def test_no_more_than_the_limit_are_in_flight() -> None:
    class Counting(AsyncioBackend):
        running = most = 0

        async def resolve(self, query: Query, nameservers: Nameservers) -> Lookup:  # noqa: ARG002 - only counted
            self.running += 1
            self.most = max(self.most, self.running)
            await asyncio.sleep(0)
            self.running -= 1
            return LookupFailed(query, "counted")

    async def count() -> int:
        backend = Counting()
        queries = [Query(f"host{n}.example", "A") for n in range(3 * IN_FLIGHT_LIMIT)]
        await Resolver(["127.0.0.1"]).resolve(backend, queries)
        return backend.most

    assert asyncio.run(count()) == IN_FLIGHT_LIMIT


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("127.0.0.1:5300", ("127.0.0.1", 5300)),
        ("::1", ("::1", 53)),
        ("[::1]", ("::1", 53)),
        ("[::1]:5300", ("::1", 5300)),
        ("2001:DB8::53", ("2001:db8::53", 53)),
    ],
)
def test_a_name_server_is_an_address_and_perhaps_a_port(
    text: str, address: tuple[str, int]
) -> None:
    assert Resolver([text]).nameservers.addresses == (address,)


@pytest.mark.parametrize(
    "text",
    ["", "ns.example.com", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "[::1"],
)
def test_anything_else_is_no_name_server(text: str) -> None:
    with pytest.raises(ConfigurationError):
        Resolver([text, "127.0.0.1"])


def test_one_name_server_is_a_list_too() -> None:
    with pytest.raises(ConfigurationError, match="list"):
        Resolver("127.0.0.1")


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
def test_a_lookup_takes_some_time_but_not_for_ever(timeout: float) -> None:
    with pytest.raises(ConfigurationError):
        Resolver(timeout=timeout)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("_dmarc.Bücher.example", "_dmarc.xn--bcher-kva.example"),
        ("bücher。example", "xn--bcher-kva.example"),
        (".", "."),
        ("", "."),
        (r"a\"b\.c.example", r"a\"b\.c.example".replace('\\"', '"')),
        ("a b.example", r"a\032b.example"),
        ("x" * 63 + ".example", "x" * 63 + ".example"),
    ],
)
def test_a_name_has_one_form(text: str, name: str) -> None:
    assert dns_name(text) == name
    assert dns_name(name) == name


@pytest.mark.parametrize(
    "text",
    ["a..b", ".example.com", "x" * 64 + ".com", ".".join(["x" * 49] * 6), "ü" * 64, "ü..example"],
)
def test_what_cannot_be_a_name_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        dns_name(text)


def test_a_query_is_in_the_one_form() -> None:
    assert Query("EXAMPLE.com.", "txt") == Query("example.com", "TXT")


def test_octets_that_are_no_utf8_are_kept() -> None:
    assert str(TXTRecord((b"caf\xe9",))) == "café"


def test_a_character_may_lie_across_two_segments() -> None:
    assert str(TXTRecord((b"caf\xc3", b"\xa9"))) == "café"


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        ("MX", MXRecord(10, "mx.example.com")),
        ("MX", MXRecord(0, ".")),
        ("SRV", SRVRecord(0, 1, 993, "imap.example.com")),
        ("TLSA", TLSARecord(3, 1, 1, b"\x01\x02")),
        ("TXT", TXTRecord((b"v=spf1 -all",))),
        ("A", "192.0.2.1"),
    ],
)
def test_a_record_reads_its_own_text(
    kind: str, record: MXRecord | SRVRecord | TLSARecord | TXTRecord | str
) -> None:
    assert read_record(kind, str(record)) == record
