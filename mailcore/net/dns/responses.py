"""What a name server's response says: dnspython's messages as our lookups.

dnspython takes a tenth of a second to load, so that this module is loaded with the first question.
"""

from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from mailcore.errors import ConfigurationError
from mailcore.net.dns.lookups import Answer, Lookup, NoData, NxDomain, Query
from mailcore.net.dns.records import TEXT_TYPES, Record, TXTRecord, dns_name, read_record

__all__ = ["ServerFailed", "Unfinished", "read_rdata", "read_response"]


_NOT_ENTITLED = "it does not serve this name, nor looks it up"


class ServerFailed(Exception):
    """A server gave no answer to a question; another one might."""


class Unfinished(Exception):
    """A response leads to another name, and says nothing about that one: it has to be asked for."""

    def __init__(self, canonical_name: str, ttl: int) -> None:
        super().__init__(f"an alias of {canonical_name}, of which the server tells nothing")
        self.canonical_name = canonical_name
        self.ttl = ttl


def read_response(query: Query, response: dns.message.Message) -> Lookup:
    """Give what a response says.

    Raises `ServerFailed` for an error and for what is no answer, `Unfinished` for an alias alone.
    """
    code = response.rcode()
    if code not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        raise ServerFailed(_describe(response))
    if not isinstance(response, dns.message.QueryMessage):
        raise ServerFailed("a response that answers no question")
    try:
        return _read(query, response)
    except (dns.exception.DNSException, ConfigurationError) as error:
        raise ServerFailed(f"a response that can't be read: {error}") from error


def read_rdata(kind: str, rdata: Any) -> Record:
    """Give a record of dnspython's as ours."""
    if kind in TEXT_TYPES:
        return TXTRecord(tuple(rdata.strings))
    return read_record(kind, rdata.to_text())


def _read(query: Query, response: dns.message.QueryMessage) -> Lookup:
    chain = response.resolve_chaining()
    name, ttl = dns_name(chain.canonical_name.to_text()), chain.minimum_ttl
    # Only of TLSA can a part be read alone: what is wrong with a record there is its own affair.
    if response.errors and not (chain.answer and query.type == "TLSA"):
        raise ServerFailed(f"a response that can't be read: {response.errors[0].exception}")
    if chain.answer is not None:
        records = tuple(read_rdata(query.type, rdata) for rdata in chain.answer)
        is_authenticated = bool(response.flags & dns.flags.AD)
        return Answer(query, records, name, ttl, is_authenticated)
    kinds = {rrset.rdtype for rrset in response.authority}
    # A negative answer without the zone's SOA is worth what its sender is (RFC 2308 2.1, 2.2).
    is_entitled = bool(response.flags & (dns.flags.AA | dns.flags.RA))
    if response.rcode() == dns.rcode.NXDOMAIN:
        if not is_entitled and dns.rdatatype.SOA not in kinds:
            raise ServerFailed(_NOT_ENTITLED)
        return NxDomain(query, canonical_name=name, ttl=ttl)
    if dns.rdatatype.SOA in kinds:
        return NoData(query, canonical_name=name, ttl=ttl)
    if chain.cnames:
        raise Unfinished(name, ttl)
    if not response.flags & dns.flags.AA and dns.rdatatype.NS in kinds:
        raise ServerFailed("it only refers to other servers")
    if not is_entitled:
        raise ServerFailed(_NOT_ENTITLED)
    return NoData(query, canonical_name=name, ttl=ttl)


def _describe(response: dns.message.Message) -> str:
    """Give the code, and why, where the server says it (RFC 8914)."""
    code = dns.rcode.to_text(response.rcode())
    reasons = ", ".join(error.to_text() for error in response.extended_errors())
    return f"{code} ({reasons})" if reasons else code
