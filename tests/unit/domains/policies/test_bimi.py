"""The BIMI check: the record, and whether DMARC is strict enough for it."""

from typing import Any

import pytest

from mailcore.domains import CheckResult, DomainChecker, Zone
from mailcore.domains.policies.bimi import BIMI, BIMIAssertion
from mailcore.domains.policies.dmarc.check import DMARC
from mailcore.errors import ConfigurationError

LOGO = "https://www.example.com/logo.svg"
GOOD = f"v=BIMI1; l={LOGO}; a=https://www.example.com/logo.pem"
DMARC_RECORD = "v=DMARC1; p=reject; rua=mailto:d@example.com"


def check(
    texts: Any, dmarc: Any = DMARC_RECORD, *, domain: str = "example.com", selector: str = "default"
) -> CheckResult[BIMIAssertion]:
    zone = Zone(
        {f"{selector.lower()}._bimi.{domain}": {"TXT": texts or "else"}}
        | ({"_dmarc.example.com": {"TXT": dmarc}} if dmarc else {})
    )
    report = DomainChecker(resolver=zone, checks=[BIMI(selector)]).check(domain)
    result: CheckResult[BIMIAssertion] = report.results["bimi"]
    return result


def codes(result: CheckResult[BIMIAssertion]) -> list[str]:
    return [finding.code for finding in result.findings]


@pytest.mark.parametrize("domain", ["example.com", "news.example.com"])
def test_a_good_record_is_present_without_findings(domain: str) -> None:
    result = check(["something else", GOOD], domain=domain)
    assert (result.status, result.findings) == ("present", ())
    assert result.value is not None
    assert (result.value.selector, result.value.location) == ("default", LOGO)
    assert str(result.value) == LOGO


def test_a_record_of_another_selector_can_be_checked() -> None:
    result = check([GOOD], selector="Brand")
    assert result.value is not None
    assert result.value.selector == "brand"


@pytest.mark.parametrize("selector", ["", "a b", ".a", "a;"])
def test_an_impossible_selector_is_refused(selector: str) -> None:
    with pytest.raises(ConfigurationError, match="not a selector"):
        BIMI(selector)


def test_no_record_is_absent_and_dmarc_is_not_asked_for() -> None:
    result = check(None, Zone.FAIL)
    assert (result.status, result.value, codes(result)) == ("absent", None, ["bimi.missing"])
    assert result.queries == 1


def test_a_failed_lookup_is_unknown() -> None:
    result = check(Zone.FAIL)
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])


def test_a_name_that_is_too_long_has_no_record() -> None:
    zone = Zone({})
    domain = ".".join(["a" * 60] * 4) + ".example"
    result = DomainChecker(resolver=zone, checks=[BIMI()]).check(domain).results["bimi"]
    assert (result.status, codes(result)) == ("absent", ["bimi.missing", "dns.impossible-name"])


def test_a_domain_may_decline() -> None:
    result = check(["v=BIMI1; l=; a=;"], None)
    assert (result.status, codes(result)) == ("present", ["bimi.declined"])
    assert str(result.value) == "declined"


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([GOOD, GOOD], ["bimi.several"]),
        (["v=BIMI2; l="], ["bimi.near-miss"]),
        (["v=BIMI1;"], ["bimi.syntax", "bimi.no-evidence"]),
        (["v=BIMI1; l=http://example.com/"], ["bimi.syntax", "bimi.no-evidence"]),
    ],
)
def test_a_record_that_does_not_work_is_invalid(texts: list[str], found: list[str]) -> None:
    result = check(texts)
    assert (result.status, codes(result)) == ("invalid", found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"v=BIMI1; l={LOGO}", ["bimi.no-evidence"]),
        (f"{GOOD}; avp=cat", ["bimi.tag-unknown"]),
    ],
)
def test_a_record_that_works_is_present_whatever_else_is_in_it(text: str, found: list[str]) -> None:
    result = check([text])
    assert (result.status, codes(result)) == ("present", found)


@pytest.mark.parametrize(
    ("dmarc", "domain", "obstacle"),
    [
        (None, "example.com", "there is no DMARC record"),
        ("v=DMARC1; p=none", "example.com", "its policy is none"),
        ("v=DMARC1; p=bogus", "example.com", "its policy is none"),
        ("v=DMARC1; p=reject; sp=none", "example.com", "its policy for subdomains is none"),
        ("v=DMARC1; p=reject; sp=none", "a.example.com", "its policy is none"),
        ("v=DMARC1; p=quarantine; t=y", "example.com", "it is only being tried"),
        ([DMARC_RECORD, DMARC_RECORD], "example.com", "there is no DMARC record"),
    ],
)
def test_dmarc_has_to_be_enforced(dmarc: Any, domain: str, obstacle: str) -> None:
    result = check([GOOD], dmarc, domain=domain)
    assert codes(result) == ["bimi.dmarc-not-enforced"]
    assert obstacle in result.findings[0].message


def test_a_failed_lookup_of_dmarc_leaves_it_unknown() -> None:
    result = check([GOOD], Zone.FAIL)
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])
    assert result.value is not None


def test_what_the_dmarc_check_asks_is_asked_once() -> None:
    zone = Zone(
        {"default._bimi.example.com": {"TXT": GOOD}, "_dmarc.example.com": {"TXT": DMARC_RECORD}}
    )
    alone = DomainChecker(resolver=zone, checks=[DMARC()]).check("example.com")
    both = DomainChecker(resolver=zone, checks=[DMARC(), BIMI()]).check("example.com")
    assert both.queries == alone.queries + 1


def test_a_hostile_record_does_not_flood_the_report() -> None:
    assert len(check([f"{GOOD}; " + "x;" * 20_000]).findings) < 50
