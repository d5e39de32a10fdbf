"""A report prints well, dumps to JSON and back, and has its worst finding first."""

import json
import pickle
import re

import pytest

from mailcore.domains import (
    DANE,
    DKIM,
    DMARC,
    MTASTS,
    MX,
    SPF,
    TLSRPT,
    Check,
    CheckResult,
    DomainChecker,
    DomainReport,
    Severity,
    Zone,
    check_domain,
)

ZONE = Zone(
    {
        "example.com": {"TXT": "v=spf1 include:b.example.com ?all", "MX": "10 mx.example.com"},
        "mx.example.com": {"A": "192.0.2.1"},
        "b.example.com": {"TXT": "v=spf1 mx:example.com -all"},
        "_dmarc.example.com": {"TXT": "v=DMARC1; p=reject; rua=mailto:d@example.com; x=1"},
        "s1._domainkey.example.com": {"TXT": "v=DKIM1; p="},
        "evil.example": {"TXT": "v=spf1 \x1b[31m\r -all"},
    }
)


@pytest.fixture
def report() -> DomainReport:
    return check_domain("example.com", selectors=["s1", "s2"], resolver=ZONE)


def test_the_findings_are_the_worst_first(report: DomainReport) -> None:
    severities = [finding.severity for finding in report.findings]
    assert severities == sorted(severities, reverse=True)
    assert {finding.code for finding in report.findings} >= {
        "spf.neutral-all",
        "dkim.revoked",
        "dkim.missing",
        "dmarc.tag-unknown",
    }


def test_it_can_be_pickled(report: DomainReport) -> None:
    again = pickle.loads(pickle.dumps(report))  # noqa: S301 - our own
    assert again == report
    assert again.model_dump_json() == report.model_dump_json()


def test_the_worst_is_the_greatest_severity(report: DomainReport) -> None:
    assert report.worst is Severity.ERROR


def test_without_findings_the_worst_is_ok() -> None:
    assert DomainReport(domain="example.com").worst is Severity.OK


def test_a_check_that_was_not_made_is_unknown_without_findings() -> None:
    report = DomainChecker(resolver=ZONE, checks=[MX()]).check("example.com")
    assert (report.mx.status, report.spf) == ("present", CheckResult(status="unknown"))


def test_it_prints_as_a_summary_and_findings() -> None:
    checks: list[Check] = [MX(), SPF(), DKIM(["s1"]), DMARC(), TLSRPT()]
    report = DomainChecker(resolver=ZONE, checks=checks).check("example.com")
    assert str(report).splitlines()[:11] == [
        "example.com: error",
        "",
        "  MX      present  10 mx.example.com",
        "  SPF     present  v=spf1 include:b.example.com ?all (2 of 10 lookups)",
        "  DKIM    invalid  s1: revoked",
        "  DMARC   present  reject policy, from example.com",
        "  TLS-RPT absent",
        "",
        "✗ error dkim.revoked  s1._domainkey.example.com",
        "  the key is revoked: mail that is signed with it fails",
        "  → Have the servers sign with another selector, or give the one that they sign with.",
    ]


def test_severities_have_colours_where_they_are_wanted(report: DomainReport) -> None:
    coloured = report.to_text(colour=True)
    assert coloured.startswith("example.com: \x1b[31merror\x1b[0m\n")
    assert "\x1b[33m! warning\x1b[0m spf.neutral-all" in coloured
    assert re.sub(r"\x1b\[[0-9]+m", "", coloured) == str(report)


def test_only_checks_that_were_made_are_results(report: DomainReport) -> None:
    again = DomainReport.model_validate_json(report.model_dump_json())
    assert [*report.results] == ["mx", "spf", "dkim", "dmarc", "mta_sts", "tls_rpt", "bimi"]
    assert again.results == report.results


def test_what_dns_says_cannot_command_the_terminal() -> None:
    printed = str(check_domain("evil.example", resolver=ZONE))
    assert all(character.isprintable() or character == "\n" for character in printed)


def test_json_has_the_statuses_the_findings_and_the_worst(report: DomainReport) -> None:
    data = json.loads(report.model_dump_json())
    assert (data["worst"], data["spf"]["status"]) == ("error", "present")
    assert data["spf"]["findings"][0]["code"] == "spf.neutral-all"


def test_json_reads_back_as_the_same_report(report: DomainReport) -> None:
    assert DomainReport.model_validate_json(report.model_dump_json()) == report


def test_a_report_is_frozen(report: DomainReport) -> None:
    with pytest.raises(ValueError, match="frozen"):
        report.domain = "x"  # type: ignore[misc]  # that it fails is the test


def test_what_two_checks_found_is_there_once() -> None:
    zone = Zone({"example.com": {"MX": Zone.FAIL, "A": "192.0.2.1"}})
    checks: list[Check] = [MX(), MTASTS(), DMARC(), DANE()]
    report = DomainChecker(resolver=zone, checks=checks).check("example.com")
    failed = [finding for finding in report.findings if finding.code == "dns.lookup-failed"]
    assert len(report.mx.findings) == len(report.dane.findings) == len(failed) == 1
