"""A report prints well, dumps to JSON and back, and has its worst finding first."""

import json

import pytest

from mailcore.domains import (
    MX,
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
    assert {finding.code for finding in report.findings} == {
        "spf.neutral-all",
        "dkim.revoked",
        "dkim.missing",
        "dmarc.tag-unknown",
    }


def test_the_worst_is_the_greatest_severity(report: DomainReport) -> None:
    assert report.worst is Severity.ERROR


def test_without_findings_the_worst_is_ok() -> None:
    assert DomainReport(domain="example.com").worst is Severity.OK


def test_a_check_that_was_not_made_is_unknown_without_findings() -> None:
    report = DomainChecker(resolver=ZONE, checks=[MX()]).check("example.com")
    assert (report.mx.status, report.spf) == ("present", CheckResult(status="unknown"))


def test_it_prints_as_a_summary_and_findings() -> None:
    report = check_domain("example.com", selectors=["s1"], resolver=ZONE)
    assert str(report).splitlines()[:10] == [
        "example.com: warning",
        "",
        "  MX     present  10 mx.example.com",
        "  SPF    present  v=spf1 include:b.example.com ?all (2 of 10 lookups)",
        "  DKIM   present  s1: revoked",
        "  DMARC  present  reject policy, from example.com",
        "",
        "! warning spf.neutral-all  example.com",
        "  “?all” says nothing about servers that are not listed",
        "  → End the record with -all, or with ~all while it is being tried.",
    ]


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
