"""What a response says, as a lookup or as a failure of its server."""

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rrset
import dns.update
import pytest

from mailcore.net.dns import Answer, MXRecord, NoData, NxDomain, Query, TXTRecord
from mailcore.net.dns.responses import ServerFailed, read_rdata, read_response

QUERY = Query("example.com", "MX")


def response(*records: tuple[str, ...]) -> dns.message.QueryMessage:
    query = dns.message.make_query("example.com", "MX")
    made = dns.message.make_response(query, recursion_available=True)
    made.answer.extend(dns.rrset.from_text(name, 60, "IN", *rest) for name, *rest in records)
    received = dns.message.from_wire(made.to_wire())
    assert isinstance(received, dns.message.QueryMessage)
    return received


def test_records_are_an_answer() -> None:
    found = read_response(QUERY, response(("example.com.", "MX", "10 MX.example.com.")))
    assert found == Answer(QUERY, (MXRecord(10, "mx.example.com"),), "example.com", 60)


def test_aliases_lead_to_the_canonical_name() -> None:
    found = read_response(
        QUERY,
        response(("example.com.", "CNAME", "b.example."), ("b.example.", "MX", "10 mx.example.")),
    )
    assert isinstance(found, Answer)
    assert found.canonical_name == "b.example"


def test_nothing_is_no_data() -> None:
    assert isinstance(read_response(QUERY, response()), NoData)


def test_no_such_name_is_said() -> None:
    nothing = response()
    nothing.set_rcode(dns.rcode.NXDOMAIN)
    assert isinstance(read_response(QUERY, nothing), NxDomain)


@pytest.mark.parametrize("code", [dns.rcode.NOERROR, dns.rcode.NXDOMAIN])
def test_nothing_from_who_neither_serves_nor_looks_up_is_no_answer(code: dns.rcode.Rcode) -> None:
    nothing = response()
    nothing.set_rcode(code)
    nothing.flags &= ~dns.flags.RA
    with pytest.raises(ServerFailed, match="does not serve this name"):
        read_response(QUERY, nothing)


def test_a_validated_answer_is_authenticated() -> None:
    validated = response(("example.com.", "MX", "10 mx.example.com."))
    validated.flags |= dns.flags.AD
    found = read_response(QUERY, validated)
    assert isinstance(found, Answer)
    assert found.is_authenticated


def test_an_error_is_the_servers() -> None:
    failed = response()
    failed.set_rcode(dns.rcode.SERVFAIL)
    with pytest.raises(ServerFailed, match="SERVFAIL"):
        read_response(QUERY, failed)


def test_what_answers_no_question_is_no_answer() -> None:
    with pytest.raises(ServerFailed, match="answers no question"):
        read_response(QUERY, dns.update.UpdateMessage("example.com"))


def test_a_text_keeps_its_segments() -> None:
    rdata = dns.rdata.from_text("IN", "TXT", r'"a" "b\255"')
    assert read_rdata("TXT", rdata) == TXTRecord((b"a", b"b\xff"))


def test_what_has_no_class_here_is_text() -> None:
    rdata = dns.rdata.from_text("IN", "CAA", '0 issue "ca.example"')
    assert read_rdata("CAA", rdata) == '0 issue "ca.example"'
