"""A failed lookup leaves a result unknown, whatever else was found."""

import pytest

from mailcore.domains.check import CheckResult, Status, failures, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.net.dns import LookupFailed, NoData, NxDomain, Query

QUERY = Query("example.com", "MX")
FAILED = failures([LookupFailed(QUERY, "SERVFAIL")])
ERROR = [Kind("x.error", Severity.ERROR, "", "").at("example.com")]
WARNING = [Kind("x.warning", Severity.WARNING, "", "").at("example.com")]


@pytest.mark.parametrize(
    ("findings", "status"),
    [
        ([], "present"),
        (WARNING, "present"),
        (ERROR, "invalid"),
        (FAILED, "unknown"),
        (ERROR + FAILED, "unknown"),
    ],
)
def test_the_status_follows_from_the_findings(findings: list[Finding], status: Status) -> None:
    assert judge(findings) == status


def test_only_failed_lookups_are_failures() -> None:
    absent = NoData(QUERY, "example.com", 60), NxDomain(QUERY, "example.com", 60)
    assert failures(absent) == []


def test_a_failure_names_what_was_asked_and_why_there_is_no_answer() -> None:
    (finding,) = FAILED
    assert finding.subject == "example.com"
    assert finding.message == "the MX lookup gave no answer: SERVFAIL"


def test_a_result_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        CheckResult[str](status="absent").status = "present"  # type: ignore[misc]  # that it fails is the test
