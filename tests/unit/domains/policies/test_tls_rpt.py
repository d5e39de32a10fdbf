"""The TLSRPT check: where reports on failed TLS go (RFC 8460)."""

from typing import Any

import pytest

from mailcore.domains import CheckResult, DomainChecker, Zone
from mailcore.domains.policies.tls_rpt import TLSRPT, TLSRPTPolicy

GOOD = "v=TLSRPTv1; rua=mailto:tls@example.com"


def check(texts: Any, domain: str = "example.com") -> CheckResult[TLSRPTPolicy]:
    zone = Zone({f"_smtp._tls.{domain}": {"TXT": texts}} if texts else {})
    report = DomainChecker(resolver=zone, checks=[TLSRPT()]).check(domain)
    result: CheckResult[TLSRPTPolicy] = report.results["tls_rpt"]
    return result


def codes(result: CheckResult[TLSRPTPolicy]) -> list[str]:
    return [finding.code for finding in result.findings]


def test_a_good_record_is_present_without_findings() -> None:
    result = check(["something else", GOOD])
    assert (result.status, result.findings, result.queries) == ("present", (), 1)
    assert result.value is not None
    assert result.value.reports == ("mailto:tls@example.com",)
    assert str(result.value) == "mailto:tls@example.com"


def test_no_record_is_absent() -> None:
    result = check(None)
    assert (result.status, result.value, codes(result)) == ("absent", None, ["tls_rpt.missing"])
    assert "_smtp._tls.example.com. TXT v=TLSRPTv1" in str(result.findings[0].advice)


def test_a_failed_lookup_is_unknown() -> None:
    result = check(Zone.FAIL)
    assert (result.status, result.value, codes(result)) == ("unknown", None, ["dns.lookup-failed"])


def test_a_domain_that_is_too_long_for_the_record_has_none() -> None:
    result = check(None, ".".join(["a" * 60] * 4) + ".example")
    assert (result.status, codes(result)) == ("absent", ["tls_rpt.missing", "dns.impossible-name"])


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([GOOD, GOOD], ["tls_rpt.several"]),
        (["V=TLSRPTV1; rua=mailto:a@example.com"], ["tls_rpt.near-miss"]),
        (["rua=mailto:a@example.com; v=TLSRPTv1"], ["tls_rpt.near-miss"]),
        (["v=TLSRPTv1"], ["tls_rpt.syntax", "tls_rpt.no-reports"]),
        (["v=TLSRPTv1; rua=tls@example.com"], ["tls_rpt.syntax", "tls_rpt.no-reports"]),
        ([f"{GOOD}; rubbish"], ["tls_rpt.syntax"]),
        (["v=TLSRPTv1; rua=http://example.com"], ["tls_rpt.no-reports", "tls_rpt.scheme"]),
    ],
)
def test_a_record_that_does_not_work_is_invalid(texts: list[str], found: list[str]) -> None:
    result = check(texts)
    assert (result.status, codes(result)) == ("invalid", found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{GOOD},http://example.com", ["tls_rpt.scheme"]),
        (f"{GOOD}; ruf=mailto:a@example.com", ["tls_rpt.field-unknown"]),
    ],
)
def test_a_record_that_works_is_present_whatever_else_is_in_it(text: str, found: list[str]) -> None:
    result = check([text])
    assert (result.status, codes(result)) == ("present", found)


def test_a_fault_has_its_place() -> None:
    text = f"{GOOD}; rubbish"
    span = check([text]).findings[0].span
    assert span is not None
    assert text[span.start : span.end] == "rubbish"


def test_a_hostile_record_does_not_flood_the_report() -> None:
    assert len(check(["v=TLSRPTv1; " + "x;" * 20_000]).findings) < 50


def test_a_domain_that_takes_no_mail_needs_no_record() -> None:
    result = DomainChecker(resolver=Zone({"example.com": {"MX": "0 ."}}), checks=[TLSRPT()]).check(
        "example.com"
    )
    assert (result.tls_rpt.status, result.tls_rpt.findings) == ("absent", ())
