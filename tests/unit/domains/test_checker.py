"""Checks run side by side in both colours: rounds of questions, each asked once."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest

from mailcore.domains import (
    DKIM,
    DMARC,
    MX,
    SPF,
    AsyncDomainChecker,
    CheckResult,
    DomainChecker,
    DomainReport,
    Inquiry,
    Zone,
    async_check_domain,
    check_domain,
)
from mailcore.domains.check import Check
from mailcore.errors import ConfigurationError
from mailcore.net.backend import Backend
from mailcore.net.dns import Answer, Batches, Lookup, Lookups, Query

RECORDS: dict[str, Any] = {
    "example.com": {"TXT": "v=spf1 mx -all", "MX": "10 mx.example.com"},
    "mx.example.com": {"A": "192.0.2.1"},
    "_dmarc.example.com": {"TXT": "v=DMARC1; p=reject; rua=mailto:d@example.com"},
    "xn--bcher-kva.example": {"TXT": "v=spf1 -all"},
}


def test_a_domain_as_long_as_dns_allows_is_checked() -> None:
    longest = ".".join(["a" * 63] * 3 + ["b" * 61])
    zone = Zone({longest: {"TXT": "v=spf1 -all", "MX": "0 ."}})
    report = check_domain(longest, selectors=["s1"], resolver=zone)
    assert (report.mx.status, report.spf.status) == ("present", "present")
    assert (report.dkim.status, report.dmarc.status) == ("absent", "absent")


class Recording:
    """A zone that writes down the batches that it is asked."""

    def __init__(self) -> None:
        self.zone = Zone(RECORDS)
        self.batches: list[list[Query]] = []

    def lookups(self, backend: Backend) -> Lookups:  # noqa: ARG002 - nothing is waited for
        return Batches(self.answer)

    async def answer(self, queries: Sequence[Query]) -> list[Lookup]:
        self.batches.append([*queries])
        return [self.zone.lookup(query) for query in queries]


def check_blocking(domain: str, **options: Any) -> DomainReport:
    return DomainChecker(**options).check(domain)


def check_asyncio(domain: str, **options: Any) -> DomainReport:
    return asyncio.run(AsyncDomainChecker(**options).check(domain))


Colour = Callable[..., DomainReport]
both = pytest.mark.parametrize("check", [check_blocking, check_asyncio])


@both
def test_the_questions_of_all_checks_go_out_together(check: Colour) -> None:
    dns = Recording()
    check("example.com", resolver=dns, checks=[MX(), SPF(), DKIM(["s1"], guess=False), DMARC()])
    assert {
        Query("example.com", "MX"),
        Query("example.com", "TXT"),
        Query("s1._domainkey.example.com", "TXT"),
        Query("_dmarc.example.com", "TXT"),
        Query("_dmarc.com", "TXT"),
    } <= set(dns.batches[0])


@both
def test_no_question_is_asked_twice(check: Colour) -> None:
    dns = Recording()
    report = check("example.com", resolver=dns)
    asked = [query for batch in dns.batches for query in batch]
    assert len(asked) == len(set(asked)) == report.queries
    assert (report.mx.queries, report.spf.queries, report.dmarc.queries) == (3, 4, 2)


@both
def test_the_time_is_taken(check: Colour) -> None:
    report = check("example.com", resolver=Zone(RECORDS))
    assert 0 < report.mx.elapsed < 10


@both
def test_the_colours_find_the_same(check: Colour) -> None:
    report = check("example.com", resolver=Zone(RECORDS))
    assert [(name, result.status) for name, result in report.results.items()] == [
        ("mx", "present"),
        ("spf", "present"),
        ("dkim", "absent"),
        ("dmarc", "present"),
        ("mta_sts", "absent"),
        ("tls_rpt", "absent"),
        ("bimi", "absent"),
    ]


@both
@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("Bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_is_read_in_any_form(check: Colour, text: str, domain: str) -> None:
    report = check(text, resolver=Zone(RECORDS))
    assert (report.domain, report.spf.status) == (domain, "present")


@both
@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "a..b",
        "a@example.com",
        "example.com/",
        "exa mple.com",
        "example.com\n",
        "192.0.2.1",
        "-a.example",
        "x" * 64 + ".example",
        "*.example.com",
        "https://example.com",
    ],
)
def test_what_is_no_domain_is_refused(check: Colour, text: str) -> None:
    with pytest.raises(ConfigurationError):
        check(text, resolver=Zone(RECORDS))


class Names:
    """A check of one's own: who serves the domain."""

    name = "ns"

    def inquire(self, domain: str) -> Inquiry[CheckResult[tuple[str, ...]]]:
        yield []
        query = Query(domain, "NS")
        answer = (yield [query])[query]
        assert isinstance(answer, Answer)
        return CheckResult(status="present", value=answer.texts)


@both
def test_a_check_of_ones_own_is_among_the_others(check: Colour) -> None:
    zone = Zone({"example.com": {"NS": ["a.ns.example", "b.ns.example"]}})
    report = check("example.com", resolver=zone, checks=[Names()])
    assert report.others["ns"].value == ("a.ns.example", "b.ns.example")
    assert (report.results["ns"].queries, report.mx.status) == (1, "unknown")


def test_two_checks_of_one_name_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        DomainChecker(checks=[MX(), MX()])


def test_without_checks_nothing_is_asked() -> None:
    checks: Iterable[Check] = []
    dns = Recording()
    report = DomainChecker(resolver=dns, checks=checks).check("example.com")
    assert (dns.batches, report.findings) == ([], ())


def test_a_checker_can_be_used_again() -> None:
    checker = DomainChecker(resolver=Zone(RECORDS))
    first, second = checker.check("example.com"), checker.check("example.com")
    assert first.findings == second.findings


def test_the_short_form_checks_all_and_takes_selectors() -> None:
    report = check_domain("example.com", selectors=["s1"], resolver=Zone(RECORDS))
    assert (report.mx.status, report.dkim.status) == ("present", "absent")


def test_the_short_form_has_an_async_twin() -> None:
    report = asyncio.run(
        async_check_domain("example.com", selectors=["s1"], resolver=Zone(RECORDS))
    )
    assert (report.mx.status, report.dkim.status) == ("present", "absent")


def test_every_failed_lookup_is_unknown_and_nothing_is_absent() -> None:
    prefixes = ("", "_dmarc.", "_domainkey.", "s1._domainkey.", "_mta-sts.", "_smtp._tls.")
    names = [f"{prefix}example.com" for prefix in (*prefixes, "default._bimi.")]
    failing: dict[str, Any] = dict.fromkeys(names, Zone.FAIL)
    report = check_domain("example.com", selectors=["s1"], resolver=Zone(failing))
    assert {result.status for result in report.results.values()} == {"unknown"}
    assert {finding.code for finding in report.findings} == {"dns.lookup-failed"}
