"""Questions over real sockets, in both colours: four kinds of answer, never mixed up, and none lost."""

import gc
import math
import time
from collections.abc import Iterator, Sequence

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from mailcore.net.dns import (
    Answer,
    Lookup,
    LookupFailed,
    NoData,
    NxDomain,
    Query,
    Resolver,
    Zone,
    resolve,
)
from mailcore.net.dns.exchange import BURST_LIMIT, BURST_SECONDS, PORT_USES, Exchange
from mailcore.sandbox.dns import HOST, DNSServer
from tests.colours import Colour
from tests.name_servers import Respond, Serving, refuse, serve, truncate

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
        **{f"host{n}.example.com": {"A": f"192.0.2.{n % 256}"} for n in range(600)},
    }
)
ADDRESS = Query("example.com", "A")


@pytest.fixture(scope="module")
def server() -> Iterator[DNSServer]:
    with serve(ZONE) as server:
        yield server


@pytest.fixture
def resolver(server: DNSServer) -> Resolver:
    return Resolver([server.address], timeout=5)


def ask(colour: Colour, resolver: Resolver, *queries: Query) -> list[Lookup]:
    return colour.run(resolve(resolver, colour.backend, queries))


def answer(found: Sequence[Lookup]) -> Answer:
    (only,) = found
    assert isinstance(only, Answer)
    return only


def failure(found: Sequence[Lookup]) -> str:
    (only,) = found
    assert isinstance(only, LookupFailed)
    return only.reason


def respond(query: dns.message.Message) -> bytes:
    response = dns.message.make_response(query)
    response.answer.append(dns.rrset.from_text("example.com.", 60, "IN", "A", "192.0.2.1"))
    return response.to_wire()


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
    colour: Colour, resolver: Resolver, name: str, kind: str, result: type[Lookup]
) -> None:
    (found,) = ask(colour, resolver, Query(name, kind))
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
def test_the_wire_says_what_the_zone_says(colour: Colour, resolver: Resolver, query: Query) -> None:
    (found,) = ask(colour, resolver, query)
    expected = ZONE.lookup(query)
    assert type(found) is type(expected)
    assert not isinstance(found, LookupFailed)
    assert not isinstance(expected, LookupFailed)
    assert (found.query, found.canonical_name) == (query, expected.canonical_name)
    if isinstance(found, Answer) and isinstance(expected, Answer):
        assert set(found.records) == set(expected.records)
        assert found.ttl == expected.ttl


def test_an_answer_too_large_for_udp_comes_over_tcp(colour: Colour, resolver: Resolver) -> None:
    found = answer(ask(colour, resolver, Query("big.example.com", "TXT")))
    assert len(found.records) == 30


def test_many_large_answers_come_side_by_side(colour: Colour, resolver: Resolver) -> None:
    queries = [
        Query("big.example.com", "TXT"),
        *(Query(f"host{n}.example.com", "A") for n in range(9)),
    ]
    found = ask(colour, resolver, *queries)
    assert [lookup.query for lookup in found] == queries
    assert all(isinstance(lookup, Answer) for lookup in found)


def test_a_batch_keeps_its_order(colour: Colour, resolver: Resolver) -> None:
    queries = [Query(f"host{n}.example.com", "A") for n in range(600)]
    found = ask(colour, resolver, *queries)
    assert [lookup.query for lookup in found] == queries
    assert all(isinstance(lookup, Answer) for lookup in found)


def test_a_failure_leaves_the_rest_of_its_batch_alone(colour: Colour, resolver: Resolver) -> None:
    names = ["broken.example.com", "example.com", "missing.example.com"]
    found = ask(colour, resolver, *(Query(name, "A") for name in names))
    assert [type(lookup) for lookup in found] == [LookupFailed, Answer, NxDomain]


def test_an_empty_batch_asks_nothing(colour: Colour) -> None:
    assert ask(colour, Resolver(["127.0.0.1:1"])) == []


def test_an_unknown_type_is_a_failed_lookup(colour: Colour, resolver: Resolver) -> None:
    assert "type is unknown" in failure(ask(colour, resolver, Query("example.com", "NONSENSE")))


def test_the_next_server_is_asked_where_one_fails(colour: Colour, server: DNSServer) -> None:
    with Serving(lambda query: refuse(query, dns.rcode.REFUSED)) as broken:
        found = ask(colour, Resolver([broken.address, server.address]), ADDRESS)
    assert answer(found).texts == ("192.0.2.1",)


def test_the_next_server_is_asked_where_nobody_listens(colour: Colour, server: DNSServer) -> None:
    found = ask(colour, Resolver(["127.0.0.1:1", server.address]), ADDRESS)
    assert answer(found).texts == ("192.0.2.1",)


def test_the_next_server_is_asked_where_one_is_silent(colour: Colour, server: DNSServer) -> None:
    with Serving(lambda _: None) as silent:
        found = ask(colour, Resolver([silent.address, server.address]), ADDRESS)
    assert answer(found).texts == ("192.0.2.1",)


def test_a_lost_question_is_asked_again(colour: Colour) -> None:
    lost = iter([True, False])
    with Serving(lambda query: None if next(lost) else respond(query)) as forgetful:
        found = ask(colour, Resolver([forgetful.address]), ADDRESS)
    assert answer(found).texts == ("192.0.2.1",)
    assert forgetful.asked == 2


def test_silence_is_a_failed_lookup(colour: Colour) -> None:
    with Serving(lambda _: None) as silent:
        start = time.monotonic()
        found = ask(colour, Resolver([silent.address], timeout=0.2), ADDRESS)
    assert found == [LookupFailed(ADDRESS, "no answer in time")]
    assert 0.2 <= time.monotonic() - start < 2


def test_where_nobody_listens_nobody_is_waited_for(colour: Colour) -> None:
    start = time.monotonic()
    reason = failure(ask(colour, Resolver(["127.0.0.1:1"]), ADDRESS))
    assert reason == "127.0.0.1:1: connection refused"
    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "code",
    [
        dns.rcode.SERVFAIL,
        dns.rcode.REFUSED,
        dns.rcode.NOTIMP,
        dns.rcode.FORMERR,
        dns.rcode.YXDOMAIN,
    ],
)
def test_an_error_code_is_a_failed_lookup(colour: Colour, code: dns.rcode.Rcode) -> None:
    with Serving(lambda query: refuse(query, code)) as broken:
        reason = failure(ask(colour, Resolver([broken.address], timeout=2), ADDRESS))
    assert reason == f"{broken.address}: {dns.rcode.to_text(code)}"


def test_the_reason_that_a_server_gives_is_told(colour: Colour) -> None:
    def explain(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.SERVFAIL)
        response.use_edns(options=[dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS, "bad chain")])
        return response.to_wire()

    with Serving(explain) as broken:
        reason = failure(ask(colour, Resolver([broken.address]), ADDRESS))
    assert "SERVFAIL" in reason
    assert "bad chain" in reason


def test_the_reason_names_every_server(colour: Colour, server: DNSServer) -> None:
    query = Query("broken.example.com", "A")
    reason = failure(ask(colour, Resolver(["127.0.0.1:1", server.address]), query))
    assert reason == f"127.0.0.1:1: connection refused; {HOST}:{server.port}: SERVFAIL"


@pytest.mark.parametrize(
    "forge",
    [
        lambda query: query.to_wire()[:2] + b"\xff" * 30,
        lambda query: respond(query)[:20],
        lambda _: b"",
        lambda query: respond(dns.message.make_query("other.example", "A", id=query.id)),
        lambda query: query.to_wire(),
    ],
    ids=["nonsense", "cut", "empty", "another question", "no response"],
)
def test_what_is_no_answer_to_the_question_is_passed_over(colour: Colour, forge: Respond) -> None:
    with Serving(forge) as broken:
        reason = failure(ask(colour, Resolver([broken.address], timeout=0.2), ADDRESS))
    assert reason == "no answer in time"


def test_a_referral_is_a_failed_lookup(colour: Colour) -> None:
    def refer(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.authority.append(dns.rrset.from_text("com.", 60, "IN", "NS", "a.ns.example."))
        return response.to_wire()

    with Serving(refer) as delegating:
        reason = failure(ask(colour, Resolver([delegating.address]), ADDRESS))
    assert "refers to other servers" in reason


def test_aliases_in_a_circle_are_a_failed_lookup(colour: Colour) -> None:
    def circle(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        for here, there in [("example.com.", "a.example."), ("a.example.", "example.com.")]:
            response.answer.append(dns.rrset.from_text(here, 60, "IN", "CNAME", there))
        return response.to_wire()

    with Serving(circle) as confused:
        reason = failure(ask(colour, Resolver([confused.address]), ADDRESS))
    assert "can't be read" in reason


def test_the_time_to_live_of_an_absence_is_the_zones(colour: Colour) -> None:
    def deny(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.NXDOMAIN)
        soa = dns.rrset.from_text("example.com.", 900, "IN", "SOA", "ns. root. 1 2 3 4 300")
        response.authority.append(soa)
        return response.to_wire()

    with Serving(deny) as denying:
        (found,) = ask(colour, Resolver([denying.address]), Query("www.example.com", "A"))
    assert found == NxDomain(Query("www.example.com", "A"), "www.example.com", 300)


def test_a_truncated_answer_is_never_taken_for_the_whole(colour: Colour) -> None:
    with Serving(truncate, respond_by_tcp=lambda _: None) as cut:
        reason = failure(ask(colour, Resolver([cut.address], timeout=2), ADDRESS))
    assert reason == f"{cut.address}: the server closed the connection"


def test_nonsense_over_tcp_is_a_failed_lookup(colour: Colour) -> None:
    with Serving(truncate, respond_by_tcp=lambda _: b"\xff" * 30) as broken:
        reason = failure(ask(colour, Resolver([broken.address], timeout=2), ADDRESS))
    assert reason == f"{broken.address}: nonsense over TCP"


def test_after_failing_over_tcp_the_next_server_is_asked(colour: Colour, server: DNSServer) -> None:
    with Serving(truncate, respond_by_tcp=lambda _: None) as cut:
        found = ask(colour, Resolver([cut.address, server.address]), ADDRESS)
    assert answer(found).texts == ("192.0.2.1",)


def test_a_validated_answer_says_so(colour: Colour) -> None:
    def validate(query: dns.message.Message) -> bytes:
        assert query.flags & dns.flags.AD  # the question asks to be told (RFC 6840 5.7)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AD
        response.answer.append(dns.rrset.from_text("example.com.", 60, "IN", "A", "192.0.2.1"))
        return response.to_wire()

    with Serving(validate) as validating, Serving(respond) as plain:
        assert answer(ask(colour, Resolver([validating.address]), ADDRESS)).is_authenticated
        assert not answer(ask(colour, Resolver([plain.address]), ADDRESS)).is_authenticated


def test_no_more_than_the_limit_are_asked_in_one_go(colour: Colour) -> None:
    with Serving(lambda _: None) as silent:
        lookups = Resolver([silent.address], timeout=5).lookups(colour.backend)
        for number in range(3 * BURST_LIMIT):
            lookups.ask(Query(f"host{number}.example", "A"))
        colour.run(lookups.next(deadline=colour.backend.now() + BURST_SECONDS / 2))
        time.sleep(BURST_SECONDS)
        assert silent.asked == BURST_LIMIT
        lookups.close()


def test_a_server_that_is_silent_for_many_names_answers_for_the_others_soon(colour: Colour) -> None:
    def respond_to_good(query: dns.message.Message) -> bytes | None:
        return respond(query) if "example.com" in str(query.question[0].name) else None

    with Serving(respond_to_good) as server:
        lookups = Resolver([server.address], timeout=5).lookups(colour.backend)
        for number in range(3 * BURST_LIMIT):
            lookups.ask(Query(f"host{number}.example", "A"))
        lookups.ask(ADDRESS)
        begun = colour.backend.now()
        (found,) = colour.run(lookups.next(deadline=begun + 4))
        lookups.close()
    assert isinstance(found, Answer)
    assert colour.backend.now() - begun < 3


def test_the_port_is_changed_after_some_questions(colour: Colour) -> None:
    with Serving(lambda query: refuse(query, dns.rcode.NXDOMAIN)) as counting:
        queries = [Query(f"host{n}.example", "A") for n in range(PORT_USES + 1)]
        ask(colour, Resolver([counting.address]), *queries)
    assert len(counting.clients) == 2


def test_at_the_deadline_there_are_no_answers(colour: Colour) -> None:
    with Serving(lambda _: None) as silent:
        lookups = Resolver([silent.address]).lookups(colour.backend)
        lookups.ask(ADDRESS)
        assert colour.run(lookups.next(deadline=colour.backend.now() + 0.05)) == []
        lookups.close()


def test_an_answer_that_came_while_nobody_waited_is_there(colour: Colour) -> None:
    with Serving(respond) as server:
        lookups = Resolver([server.address], timeout=0.3).lookups(colour.backend)
        lookups.ask(ADDRESS)
        assert colour.run(lookups.next(deadline=colour.backend.now())) == []
        time.sleep(0.5)
        assert answer(colour.run(lookups.next(deadline=colour.backend.now()))).texts == (
            "192.0.2.1",
        )
        lookups.close()


def test_nothing_is_waited_for_where_nothing_was_asked(colour: Colour) -> None:
    lookups = Resolver(["127.0.0.1:1"]).lookups(colour.backend)
    assert colour.run(lookups.next(deadline=colour.backend.now() + 60)) == []
    lookups.close()


def test_an_answer_cut_short_over_tcp_is_a_failed_lookup(colour: Colour) -> None:
    with Serving(truncate, respond_by_tcp=truncate) as cut:
        reason = failure(ask(colour, Resolver([cut.address], timeout=2), ADDRESS))
    assert reason == f"{cut.address}: an answer cut short over TCP"


def test_a_server_that_is_silent_over_tcp_is_left_for_the_next(
    colour: Colour, server: DNSServer
) -> None:
    def hang(query: dns.message.Message) -> None:
        del query
        time.sleep(3)

    with Serving(truncate, respond_by_tcp=hang) as silent:
        start = time.monotonic()
        found = ask(colour, Resolver([silent.address, server.address]), ADDRESS)
        assert time.monotonic() - start < 2.5
    assert answer(found).texts == ("192.0.2.1",)


def test_a_server_that_does_not_know_edns_is_asked_without(colour: Colour) -> None:
    def refuse_edns(query: dns.message.Message) -> bytes:
        return refuse(query, dns.rcode.FORMERR) if query.edns >= 0 else respond(query)

    with Serving(refuse_edns) as old:
        found = ask(colour, Resolver([old.address]), ADDRESS)
    assert answer(found).texts == ("192.0.2.1",)


def lead_on(query: dns.message.Message) -> bytes:
    """Know only aliases: each name is one of the name without its first label."""
    response = dns.message.make_response(query)
    name = query.question[0].name
    if len(name.labels) > 3:
        response.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", str(name.parent())))
    else:
        response.flags |= dns.flags.AA
        response.answer.append(dns.rrset.from_text(name, 900, "IN", "A", "192.0.2.1"))
    return response.to_wire()


def test_an_alias_that_a_server_does_not_follow_is_followed(colour: Colour) -> None:
    query = Query("a.b.example.com", "A")
    with Serving(lead_on) as authority:
        found = ask(colour, Resolver([authority.address]), query)
    assert answer(found) == Answer(query, ("192.0.2.1",), "example.com", 60)


def test_aliases_without_end_are_a_failed_lookup(colour: Colour) -> None:
    query = Query(".".join(["a"] * 60) + ".example.com", "A")
    with Serving(lead_on) as authority:
        reason = failure(ask(colour, Resolver([authority.address]), query))
    assert "CNAMEs in a row" in reason


def test_an_empty_answer_of_who_neither_serves_nor_looks_up_is_none(colour: Colour) -> None:
    with Serving(lambda query: dns.message.make_response(query).to_wire()) as lame:
        reason = failure(ask(colour, Resolver([lame.address]), ADDRESS))
    assert "does not serve this name" in reason


def test_sockets_that_are_used_up_are_closed(colour: Colour) -> None:
    with Serving(lambda query: refuse(query, dns.rcode.NXDOMAIN)) as server:
        lookups = Resolver([server.address]).lookups(colour.backend)
        assert isinstance(lookups, Exchange)
        for n in range(2 * PORT_USES + 1):
            lookups.ask(Query(f"host{n}.example", "A"))
            colour.run(lookups.next(deadline=math.inf))
        assert len(lookups._listening) == 1
        lookups.close()


def test_while_nobody_waits_no_time_passes(colour: Colour) -> None:
    lost = iter([True, False])
    with Serving(lambda query: None if next(lost) else respond(query)) as forgetful:
        lookups = Resolver([forgetful.address], timeout=0.8).lookups(colour.backend)
        lookups.ask(ADDRESS)
        assert colour.run(lookups.next(deadline=colour.backend.now() + 0.1)) == []
        time.sleep(1)
        assert answer(colour.run(lookups.next(deadline=math.inf))).texts == ("192.0.2.1",)
        lookups.close()


def test_what_is_left_early_is_closed_in_the_end(colour: Colour) -> None:
    with Serving(lambda _: None) as silent:
        lookups = Resolver([silent.address]).lookups(colour.backend)
        lookups.ask(ADDRESS)
        colour.run(lookups.next(deadline=colour.backend.now() + 0.05))
        del lookups
        gc.collect()  # a socket that is left open would be a warning, and an error
    assert silent.asked == 1


def test_of_tlsa_records_those_that_can_be_read_are_given(colour: Colour) -> None:
    def answer_oddly(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        kinds = [f"3 1 1 {'ab' * 32}", f"3 1 1 {'cd' * 32}"]
        name = query.question[0].name
        response.answer.append(dns.rrset.from_text_list(name, 60, "IN", "TLSA", kinds))
        return response.to_wire().replace(b"\x03\x01\x01\xcd", b"\x03\x01\x02\xcd")

    with Serving(answer_oddly) as server:
        found = ask(colour, Resolver([server.address]), Query("_25._tcp.mx.example", "TLSA"))
    assert answer(found).texts == (f"3 1 1 {'ab' * 32}",)


def test_a_response_that_cannot_be_read_is_not_waited_for(colour: Colour) -> None:
    with Serving(lambda query: respond(query)[:-2]) as broken:
        start = time.monotonic()
        reason = failure(ask(colour, Resolver([broken.address]), ADDRESS))
        assert time.monotonic() - start < 2
    assert "can't be read" in reason


def test_a_late_answer_to_a_question_with_edns_does_not_end_the_one_without(
    colour: Colour,
) -> None:
    asked: list[int] = []

    def refuse_edns(query: dns.message.Message) -> bytes | None:
        asked.append(query.edns)
        if query.edns >= 0:
            return refuse(query, dns.rcode.FORMERR)
        return respond(query) if asked.count(-1) > 1 else None  # the first one is lost

    with Serving(refuse_edns) as old:
        found = ask(colour, Resolver([old.address], timeout=5), ADDRESS)
    assert answer(found).texts == ("192.0.2.1",)
