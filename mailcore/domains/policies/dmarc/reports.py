"""Whether DMARC reports get to those whom a record names (RFC 9989 4.7, RFC 9990 4).

A host outside the organization has to say that it takes the domain's reports, or none are sent.
"""

import re

from mailcore.domains.check import Inquiry, ask, failures
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.records.dmarc import DMARCRecord, is_dmarc
from mailcore.errors import ConfigurationError
from mailcore.net.dns import Answer, Lookup, LookupFailed, Query, dns_name

__all__ = ["inspect_reports"]

HOST_LIMIT = 5  # hosts outside the organization that are asked whether they take reports
URI_SHOWN = 80  # characters of a URI in a message

_MAILTO = re.compile(r"mailto:[^@?]++@([^@?]++)(?:\?.*)?", re.IGNORECASE | re.DOTALL)

REPORT_URI = Kind(
    "dmarc.report-uri",
    Severity.WARNING,
    "“{uri}” is no address for mail, and receivers need not know any other way to send reports",
    "Write mailto: and an address.",
    "RFC 9989 4.7",
)
UNAUTHORIZED = Kind(
    "dmarc.report-unauthorized",
    Severity.WARNING,
    "{host} does not say that it takes reports for {source}: receivers send none there",
    "Have “{source}._report._dmarc.{host}. TXT v=DMARC1” published there, or name an address of the "
    "domain's own.",
    "RFC 9990 4",
)
HOSTS_MANY = Kind(
    "dmarc.report-hosts",
    Severity.NOTICE,
    "reports are to go to {count} hosts outside; the first {limit} were looked at",
    "Keep a few.",
    "RFC 9990 4",
)


def inspect_reports(
    source: str, record: DMARCRecord, organizational: str | None
) -> Inquiry[list[Finding]]:
    """Ask the hosts outside the organization whether they take reports for `source`.

    Where the organizational domain is not known, what is above `source` may be of it too.
    """
    subject = f"_dmarc.{source}"
    uris = dict.fromkeys([*record.reports, *record.failure_reports])
    hosts = {uri: _host(uri) for uri in uris}
    findings = [REPORT_URI.at(subject, uri=uri[:URI_SHOWN]) for uri in uris if not hosts[uri]]
    outside = [
        host
        for host in dict.fromkeys(filter(None, hosts.values()))
        if not f".{host}".endswith(f".{organizational or source}")
        if organizational or not source.endswith(f".{host}")
        if host != source
    ]
    if len(outside) > HOST_LIMIT:
        findings.append(HOSTS_MANY.at(subject, count=len(outside), limit=HOST_LIMIT))
    asked = {host: ask(f"{source}._report._dmarc.{host}", "TXT") for host in outside[:HOST_LIMIT]}
    queries = {host: query for host, query in asked.items() if isinstance(query, Query)}
    findings += [finding for finding in asked.values() if isinstance(finding, Finding)]
    answers = yield queries.values()
    for host, query in queries.items():
        answer = answers[query]
        findings.extend(failures([answer]))
        if not isinstance(answer, LookupFailed) and not _is_authorized(answer):
            findings.append(UNAUTHORIZED.at(subject, host=host, source=source))
    return findings


def _is_authorized(answer: Lookup) -> bool:
    return isinstance(answer, Answer) and any(map(is_dmarc, answer.texts))


def _host(uri: str) -> str | None:
    """Give the host that a URI's mail goes to, if it is one for mail."""
    found = _MAILTO.fullmatch(uri)
    try:
        return dns_name(found[1]) if found else None
    except ConfigurationError:
        return None
