"""A failed lookup leaves unknown what depends on it: nothing is called missing that nobody looked at."""

from collections.abc import Callable
from typing import Any

import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains import (
    BIMI,
    DANE,
    DKIM,
    DMARC,
    MTASTS,
    MX,
    SPF,
    TLSRPT,
    Autodiscovery,
    Check,
    CheckResult,
    DomainChecker,
    DomainReport,
    FCrDNS,
    Resolver,
    Severity,
    Zone,
)
from mailcore.net.backend import Backend
from mailcore.net.dns import Batches, Lookup, LookupFailed, Lookups, Query
from tests.name_servers import Respond, Serving, refuse, truncate

DOMAIN = "example.com"
CHECKS: list[Check] = [
    MX(),
    SPF(),
    DKIM(["s1"]),
    DMARC(),
    MTASTS(),
    TLSRPT(),
    BIMI(),
    DANE(),
    FCrDNS(),
    Autodiscovery(),
]
KEY = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
GOOD = Zone(
    {
        DOMAIN: {
            "MX": ["10 mx1.example.com", "20 mx2.example.com"],
            "TXT": "v=spf1 include:other.example a:www.example.com mx ?exists:x.example exp=why.example -all",
        },
        "other.example": {"TXT": "v=spf1 ip4:192.0.2.0/24 redirect=more.example"},
        "more.example": {"TXT": "v=spf1 ip4:198.51.100.0/24 -all"},
        "why.example": {"TXT": "because"},
        "www.example.com": {"A": "192.0.2.80"},
        "x.example": {"A": "127.0.0.2"},
        "mx1.example.com": {"A": "192.0.2.1", "AAAA": "2001:db8::1"},
        "mx2.example.com": {"A": "192.0.2.2"},
        "1.2.0.192.in-addr.arpa": {"PTR": "mx1.example.com"},
        "2.2.0.192.in-addr.arpa": {"PTR": "mx2.example.com"},
        f"1.{'0.' * 23}8.b.d.0.1.0.0.2.ip6.arpa": {"PTR": "mx1.example.com"},
        "_25._tcp.mx1.example.com": {"TLSA": f"3 1 1 {'ab' * 32}"},
        "_25._tcp.mx2.example.com": {"TLSA": f"3 1 1 {'cd' * 32}"},
        "s1._domainkey.example.com": {"TXT": KEY},
        "_dmarc.example.com": {"TXT": "v=DMARC1; p=reject; rua=mailto:d@elsewhere.example"},
        "example.com._report._dmarc.elsewhere.example": {"TXT": "v=DMARC1"},
        "_mta-sts.example.com": {"TXT": "v=STSv1; id=1"},
        "_smtp._tls.example.com": {"TXT": "v=TLSRPTv1; rua=mailto:d@example.com"},
        "default._bimi.example.com": {"TXT": "v=BIMI1; l=https://example.com/logo.svg"},
        "_imaps._tcp.example.com": {"SRV": "0 1 993 mx1.example.com"},
        "_submissions._tcp.example.com": {"SRV": "0 1 465 mx1.example.com"},
    },
    is_authenticated=True,
)

# As large providers have it: hosts that are aliases, keys at selectors that nobody gave, and what is asked
# of names that do not exist.
HOSTED = Zone(
    {
        "shop.example.com": {
            "MX": ["10 mx1.example.com", "20 mx2.example.com"],
            "TXT": "v=spf1 include:spf.host.example -all",
        },
        "spf.host.example": {"TXT": "v=spf1 ip4:192.0.2.0/24 -all"},
        "mx1.example.com": {"CNAME": "in1.host.example"},
        "mx2.example.com": {"CNAME": "in2.host.example"},
        "in1.host.example": {"A": "192.0.2.1", "AAAA": "2001:db8::1"},
        "in2.host.example": {"A": "192.0.2.2"},
        "_25._tcp.in1.host.example": {"TLSA": f"3 1 1 {'ab' * 32}"},
        "_25._tcp.in2.host.example": {"TLSA": f"3 1 1 {'cd' * 32}"},
        "selector1._domainkey.shop.example.com": {"CNAME": "selector1.keys.host.example"},
        "selector1.keys.host.example": {"TXT": KEY},
        "google._domainkey.shop.example.com": {"TXT": KEY},
        "_dmarc.example.com": {"TXT": "v=DMARC1; p=reject; np=none; rua=mailto:d@example.com"},
        "_mta-sts.shop.example.com": {"CNAME": "_mta-sts.host.example"},
        "_mta-sts.host.example": {"TXT": "v=STSv1; id=1"},
        "default._bimi.example.com": {"TXT": "v=BIMI1; l=https://example.com/logo.svg"},
    },
    is_authenticated=True,
)

#: What says less, rather than something wrong: it is not about what the lookup was for.
LESS = {"dns.lookup-failed", "dmarc.organization-unknown"}


class Failing:
    """A zone, where some lookups fail; it writes down what is asked."""

    def __init__(self, zone: Zone, fails: Callable[[Query], bool]) -> None:
        self.asked: set[Query] = set()
        self._zone = zone
        self._fails = fails

    def lookups(self, backend: Backend) -> Lookups:  # noqa: ARG002 - nothing is waited for
        return Batches(self._answer)

    async def _answer(self, queries: Any) -> list[Lookup]:
        self.asked.update(queries)
        return [
            LookupFailed(query, "as the test has it")
            if self._fails(query)
            else self._zone.lookup(query)
            for query in queries
        ]


def check(fails: Callable[[Query], bool]) -> tuple[DomainReport, list[Query]]:
    dns = Failing(GOOD, fails)
    report = DomainChecker(resolver=dns, checks=CHECKS).check(DOMAIN)
    return report, sorted(dns.asked, key=str)


REPORT, ASKED = check(lambda _: False)


def check_hosted(fails: Callable[[Query], bool]) -> tuple[DomainReport, list[Query]]:
    """Check the hosted domain, without knowing its selectors."""
    dns = Failing(HOSTED, fails)
    checks = [DKIM() if one.name == "dkim" else one for one in CHECKS]
    report = DomainChecker(resolver=dns, checks=checks).check("shop.example.com")
    return report, sorted(dns.asked, key=str)


HOSTED_REPORT, HOSTED_ASKED = check_hosted(lambda _: False)


def warnings(report: DomainReport) -> set[tuple[str, str]]:
    return {
        (name, finding.code)
        for name, result in report.results.items()
        for finding in result.findings
        if finding.severity >= Severity.WARNING and finding.code not in LESS
    }


def errors(result: CheckResult[Any]) -> set[str]:
    found = result.findings
    return {finding.code for finding in found if finding.severity >= Severity.WARNING} - LESS


def test_the_good_zone_is_good() -> None:
    assert {name: result.status for name, result in REPORT.results.items()} == {
        check.name: "present" for check in CHECKS
    }
    assert all(not errors(result) for name, result in REPORT.results.items() if name != "dkim")


def test_where_all_lookups_fail_all_is_unknown() -> None:
    report, _ = check(lambda _: True)
    assert {result.status for result in report.results.values()} == {"unknown"}
    assert {finding.code for finding in report.findings} == {"dns.lookup-failed"}


@pytest.mark.parametrize("query", ASKED, ids=str)
def test_a_failed_lookup_makes_nothing_missing_or_wrong(query: Query) -> None:
    report, _ = check(lambda asked: asked == query)
    for name, result in report.results.items():
        assert result.status in {"present", "unknown"}, name
        assert errors(result) <= errors(REPORT.results[name]), name
    if "_domainkey" not in query.name:  # by which more keys are looked for, beside the given one's
        assert any(finding.code in LESS for finding in report.findings)


@given(st.sets(st.sampled_from(ASKED), min_size=1))
def test_failed_lookups_make_nothing_missing_or_wrong(failing: set[Query]) -> None:
    report, _ = check(failing.__contains__)
    for name, result in report.results.items():
        assert result.status in {"present", "unknown"}, name
        assert errors(result) <= errors(REPORT.results[name]), name


@pytest.mark.parametrize("query", HOSTED_ASKED, ids=str)
def test_a_failed_lookup_warns_of_nothing_that_is_not_so(query: Query) -> None:
    report, _ = check_hosted(lambda asked: asked == query)
    assert warnings(report) <= warnings(HOSTED_REPORT)
    for name, result in report.results.items():
        assert result.status in {"unknown", HOSTED_REPORT.results[name].status}


@given(st.sets(st.sampled_from(HOSTED_ASKED)))
def test_failed_lookups_warn_of_nothing_that_is_not_so(failing: set[Query]) -> None:
    report, _ = check_hosted(lambda asked: asked in failing)
    assert warnings(report) <= warnings(HOSTED_REPORT)


def refer(query: dns.message.Message) -> bytes:
    response = dns.message.make_response(query)
    response.authority.append(dns.rrset.from_text("com.", 60, "IN", "NS", "a.ns.example."))
    return response.to_wire()


@pytest.mark.parametrize(
    "respond",
    [
        lambda query: refuse(query, dns.rcode.SERVFAIL),
        lambda query: refuse(query, dns.rcode.REFUSED),
        lambda _: None,
        truncate,
        refer,
    ],
    ids=["SERVFAIL", "REFUSED", "timeout", "truncation", "lame"],
)
def test_every_failure_of_a_server_leaves_every_check_unknown(respond: Respond) -> None:
    with Serving(respond) as server:
        resolver = Resolver([server.address], timeout=0.3)
        report = DomainChecker(resolver=resolver, checks=CHECKS).check(DOMAIN)
    assert {result.status for result in report.results.values()} == {"unknown"}
    assert {finding.code for finding in report.findings} == {"dns.lookup-failed"}
