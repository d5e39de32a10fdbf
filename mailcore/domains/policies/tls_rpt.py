"""Where a domain wants to be told of mail that could not be sent to it by TLS (RFC 8460)."""

import re
from collections.abc import Iterator

from pydantic import BaseModel

from mailcore.domains.check import CheckResult, Inquiry, ask, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.policies.published import FINDING_LIMIT, Published
from mailcore.domains.records.tls_rpt import TLSRPTRecord, is_tls_rpt, read_tls_rpt
from mailcore.domains.servers.mx import takes_mail

__all__ = ["TLSRPT", "TLSRPTPolicy"]

MISSING = Kind(
    "tls_rpt.missing",
    Severity.NOTICE,
    "there is no TLSRPT record: nobody is told when mail cannot be sent here by TLS",
    "Publish “_smtp._tls.{subject}. TXT v=TLSRPTv1; rua=mailto:…” with an address that is read.",
    "RFC 8460 3",
)
SEVERAL = Kind(
    "tls_rpt.several",
    Severity.ERROR,
    "there are {count} TLSRPT records: senders pass over all of them",
    "Keep one; its rua can name several addresses, with commas between them.",
    "RFC 8460 3",
)
NEAR_MISS = Kind(
    "tls_rpt.near-miss",
    Severity.ERROR,
    "a TXT record here does not start with “v=TLSRPTv1;” and is passed over",
    "Write “v=TLSRPTv1;” at its start, in this case.",
    "RFC 8460 3",
)
SYNTAX = Kind(
    "tls_rpt.syntax",
    Severity.ERROR,
    "{problem}: senders may pass over the whole record",
    "Write it like “v=TLSRPTv1; rua=mailto:tls-reports@example.com”.",
    "RFC 8460 3",
)
NO_REPORTS = Kind(
    "tls_rpt.no-reports",
    Severity.ERROR,
    "the record has no address that reports can be sent to",
    "Add rua=mailto:… with an address that is read, or rua=https:… of a service.",
    "RFC 8460 3",
)
SCHEME = Kind(
    "tls_rpt.scheme",
    Severity.WARNING,
    "reports are sent by mailto and https only, not to “{uri}”",
    "Remove it, or put a mailto or https address in its place.",
    "RFC 8460 3",
)
FIELD_UNKNOWN = Kind(
    "tls_rpt.field-unknown",
    Severity.INFO,
    "there is no field {field}; it is passed over",
    "Look for a typing error, or remove it.",
    "RFC 8460 3",
)

_PUBLISHED = Published(
    is_tls_rpt, re.compile("tls-?rpt", re.IGNORECASE), MISSING, SEVERAL, NEAR_MISS
)


class TLSRPTPolicy(BaseModel, frozen=True):
    """Where the reports go: mailto and https URIs."""

    reports: tuple[str, ...]
    record: TLSRPTRecord

    def __str__(self) -> str:
        return ", ".join(self.reports) or "reports to nobody"


class TLSRPT:
    """Checks the record that says where reports on failed TLS go."""

    name = "tls_rpt"

    def inquire(self, domain: str) -> Inquiry[CheckResult[TLSRPTPolicy]]:
        """Ask for the record, and where there is none, whether it is needed."""
        query = ask(f"_smtp._tls.{domain}", "TXT")
        if isinstance(query, Finding):
            return _PUBLISHED.nothing(domain, [query])
        answers = yield [query]
        text, findings = _PUBLISHED.find(answers[query])
        if text is None:
            is_needed = yield from takes_mail(domain)
            return _PUBLISHED.nothing(domain, findings, is_needed=is_needed)
        record = read_tls_rpt(text)
        findings = list(_judge_record(query.name, record))
        value = TLSRPTPolicy(reports=record.reports, record=record)
        return CheckResult(status=judge(findings), value=value, findings=tuple(findings))


def _judge_record(name: str, record: TLSRPTRecord) -> Iterator[Finding]:
    for fault in record.faults[:FINDING_LIMIT]:
        yield SYNTAX.at(name, problem=fault.message, span=fault.span)
    if not record.reports:
        yield NO_REPORTS.at(name)
    for uri in record.other_schemes[:FINDING_LIMIT]:
        yield SCHEME.at(name, uri=uri[:80], evidence=(uri,))
    for field in record.unknown[:FINDING_LIMIT]:
        yield FIELD_UNKNOWN.at(name, field=field.name, span=field.span)
