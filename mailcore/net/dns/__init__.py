"""DNS: questions and four kinds of answer, from name servers (`Resolver`) or a table (`Zone`)."""

from mailcore.net.dns.lookups import (
    DNS,
    Answer,
    Batches,
    Lookup,
    LookupFailed,
    Lookups,
    NoData,
    NxDomain,
    Query,
    resolve,
)
from mailcore.net.dns.records import (
    MXRecord,
    Record,
    SRVRecord,
    TLSARecord,
    TXTRecord,
    dns_name,
    read_record,
)
from mailcore.net.dns.resolver import Resolver
from mailcore.net.dns.zone import Failure, Zone

__all__ = [
    "DNS",
    "Answer",
    "Batches",
    "Failure",
    "Lookup",
    "LookupFailed",
    "Lookups",
    "MXRecord",
    "NoData",
    "NxDomain",
    "Query",
    "Record",
    "Resolver",
    "SRVRecord",
    "TLSARecord",
    "TXTRecord",
    "Zone",
    "dns_name",
    "read_record",
    "resolve",
]
