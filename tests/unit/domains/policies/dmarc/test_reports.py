"""Reports get only to those who are reachable by mail, and who agreed."""

from typing import Any

import pytest

from mailcore.domains.finding import Finding
from mailcore.domains.policies.dmarc.reports import HOST_LIMIT, inspect_reports
from mailcore.domains.records.dmarc import read_dmarc
from mailcore.net.dns import Query, Zone


def inspect(
    rua: str, organizational: str | None = "example.com", **hosts: Any
) -> tuple[list[Finding], list[str]]:
    """Give what is found for mail.example.com, and the names that were asked."""
    zone = Zone(
        {
            f"mail.example.com._report._dmarc.{host}.example": {"TXT": text}
            for host, text in hosts.items()
        }
    )
    record = read_dmarc(f"v=DMARC1; p=reject; rua={rua}")
    inquiry = inspect_reports("mail.example.com", record, organizational)
    questions = [question for question in next(inquiry) if isinstance(question, Query)]
    answers: Any = {question: zone.lookup(question) for question in questions}
    with pytest.raises(StopIteration) as done:
        inquiry.send(answers)
    return done.value.value, [question.name for question in questions]


def codes(rua: str, organizational: str | None = "example.com", **hosts: Any) -> list[str]:
    return [finding.code for finding in inspect(rua, organizational, **hosts)[0]]


@pytest.mark.parametrize(
    "host", ["example.com", "EXAMPLE.com", "mail.example.com", "reports.example.com"]
)
def test_a_host_of_the_organization_needs_no_consent(host: str) -> None:
    assert inspect(f"mailto:d@{host}") == ([], [])


def test_nor_does_the_domain_of_the_record_itself() -> None:
    assert inspect("mailto:d@mail.example.com", "below.mail.example.com") == ([], [])


def test_a_host_outside_is_asked_for_the_domain_of_the_record() -> None:
    found, asked = inspect("mailto:d@a.example")
    assert [finding.code for finding in found] == ["dmarc.report-unauthorized"]
    assert asked == ["mail.example.com._report._dmarc.a.example"]
    assert "“mail.example.com._report._dmarc.a.example. TXT v=DMARC1”" in str(found[0].advice)


@pytest.mark.parametrize(
    "text", ["v=DMARC1", "v=DMARC1; rua=mailto:e@a.example", ["x", "v=DMARC1;"]]
)
def test_a_host_agrees_with_a_record(text: Any) -> None:
    assert codes("mailto:d@a.example", a=text) == []


@pytest.mark.parametrize("text", ["x", "v=dmarc1", "p=none; v=DMARC1"])
def test_anything_else_is_no_consent(text: str) -> None:
    assert codes("mailto:d@a.example", a=text) == ["dmarc.report-unauthorized"]


def test_a_failed_lookup_is_no_refusal() -> None:
    assert codes("mailto:d@a.example", a=Zone.FAIL) == ["dns.lookup-failed"]


@pytest.mark.parametrize(
    "uri", ["https://a.example/", "mailto:d", "mailto:@a.example", "mailto:d@", "mailto:d@a..b"]
)
def test_what_mail_cannot_be_sent_to_is_found(uri: str) -> None:
    assert inspect(uri)[1] == []
    assert codes(uri) == ["dmarc.report-uri"]


def test_an_address_may_have_a_subject_behind_it() -> None:
    assert inspect("mailto:d@a.example?subject=x@b.example")[1] == [
        "mail.example.com._report._dmarc.a.example"
    ]


def test_a_host_is_asked_once_and_so_many_at_most() -> None:
    rua = ",".join(f"mailto:d@h{number}.example" for number in range(50))
    found, asked = inspect(f"{rua},{rua}")
    assert len(asked) == HOST_LIMIT
    assert found[0].code == "dmarc.report-hosts"
    assert "50 hosts" in found[0].message


def test_where_the_organization_is_not_known_what_is_above_may_be_it() -> None:
    assert codes("mailto:d@example.com", None) == []
    assert codes("mailto:d@a.example", None) == ["dmarc.report-unauthorized"]
