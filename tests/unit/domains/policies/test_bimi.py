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
    texts: Any,
    dmarc: Any = DMARC_RECORD,
    *,
    domain: str = "example.com",
    selector: str = "default",
    asked: str = "",
) -> CheckResult[BIMIAssertion]:
    """Check a domain, or the one that is `asked` for, with these texts for a selector of it."""
    zone = Zone(
        {f"{selector.lower()}._bimi.{domain}": {"TXT": texts or "else"}}
        | ({"_dmarc.example.com": {"TXT": dmarc}} if dmarc else {})
    )
    report = DomainChecker(resolver=zone, checks=[BIMI(selector)]).check(asked or domain)
    result: CheckResult[BIMIAssertion] = report.results["bimi"]
    return result


def codes(result: CheckResult[BIMIAssertion]) -> list[str]:
    return [finding.code for finding in result.findings]


def test_where_it_is_not_known_which_policy_holds_nothing_is_known() -> None:
    zone = Zone(
        {
            "default._bimi.example.com": {"TXT": GOOD},
            "_dmarc.example.com": {"TXT": "v=DMARC1; p=none; np=reject; rua=mailto:d@example.com"},
            "nx.example.com": {"MX": Zone.FAIL},
        }
    )
    result = DomainChecker(resolver=zone, checks=[BIMI()]).check("nx.example.com").results["bimi"]
    assert result.status == "unknown"
    assert "bimi.dmarc-not-enforced" not in codes(result)


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


@pytest.mark.parametrize("dmarc", [DMARC_RECORD, None])
def test_no_record_is_absent(dmarc: Any) -> None:
    result = check(None, dmarc)
    assert (result.status, result.value, codes(result)) == ("absent", None, ["bimi.missing"])
    assert result.queries == 3


def test_a_domain_inherits_the_record_of_its_organizational_domain() -> None:
    result = check([GOOD], domain="example.com", asked="a.news.example.com")
    assert (result.status, codes(result)) == ("present", ["bimi.inherited"])
    assert result.value is not None
    assert (result.value.source, result.value.location) == ("example.com", LOGO)


def test_a_record_between_them_is_not_inherited() -> None:
    result = check([GOOD], domain="news.example.com", asked="a.news.example.com")
    assert (result.status, codes(result)) == ("absent", ["bimi.missing"])


def test_a_record_for_another_selector_is_not_inherited() -> None:
    zone = Zone(
        {"default._bimi.example.com": {"TXT": GOOD}, "_dmarc.example.com": {"TXT": DMARC_RECORD}}
    )
    report = DomainChecker(resolver=zone, checks=[BIMI("brand")]).check("news.example.com")
    assert report.results["bimi"].status == "absent"


def test_what_an_organizational_domain_declines_is_declined() -> None:
    result = check(["v=BIMI1; l=; a="], asked="news.example.com")
    assert codes(result) == ["bimi.inherited", "bimi.declined"]


@pytest.mark.parametrize(
    ("own", "found"),
    [
        ("v=BIMI2; l=", ["bimi.near-miss", "bimi.inherited"]),
        ("v=BIMI1; l=; a=", ["bimi.declined"]),
        ([GOOD, GOOD], ["bimi.several"]),
        (Zone.FAIL, ["dns.lookup-failed"]),
    ],
)
def test_only_what_is_no_record_lets_another_hold(own: Any, found: list[str]) -> None:
    zone = Zone(
        {
            "default._bimi.news.example.com": {"TXT": own},
            "default._bimi.example.com": {"TXT": GOOD},
            "_dmarc.example.com": {"TXT": DMARC_RECORD},
        }
    )
    result = DomainChecker(resolver=zone, checks=[BIMI()]).check("news.example.com").bimi
    assert codes(result) == found


def test_where_the_organization_is_not_known_it_is_not_known_what_is_inherited() -> None:
    result = check(None, Zone.FAIL, asked="news.example.com")
    assert (result.status, result.value, codes(result)) == ("unknown", None, ["dns.lookup-failed"])


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
        ("v=DMARC1; p=none; sp=reject", "a.example.com", "its policy is none"),
        ("v=DMARC1; p=quarantine; t=y", "example.com", "it is only being tried"),
        ("v=DMARC1; p=quarantine; pct=50", "example.com", "a part of the mail, pct=50"),
        ("v=DMARC1; p=quarantine; pct=50", "a.example.com", "a part of the mail, pct=50"),
        ([DMARC_RECORD, DMARC_RECORD], "example.com", "there is no DMARC record"),
    ],
)
def test_dmarc_has_to_be_enforced(dmarc: Any, domain: str, obstacle: str) -> None:
    result = check([GOOD], dmarc, domain=domain)
    assert codes(result) == ["bimi.dmarc-not-enforced"]
    assert obstacle in result.findings[0].message


@pytest.mark.parametrize(
    ("dmarc", "found"),
    [
        ("v=DMARC1; p=reject", []),
        ("v=DMARC1; p=none", ["bimi.dmarc-not-enforced"]),
        ("v=DMARC1; p=reject; sp=none", ["bimi.dmarc-not-enforced"]),
        ("v=DMARC1; p=quarantine; pct=20", ["bimi.dmarc-not-enforced"]),
        ("v=DMARC1; p=quarantine; pct=100", []),
        ("v=DMARC1; p=reject; pct=20", []),
        (Zone.FAIL, ["dns.lookup-failed"]),
    ],
)
def test_the_organizational_domain_has_to_enforce_dmarc_too(dmarc: Any, found: list[str]) -> None:
    zone = Zone(
        {
            "default._bimi.news.example.com": {"TXT": GOOD},
            "_dmarc.news.example.com": {"TXT": DMARC_RECORD},
            "_dmarc.example.com": {"TXT": dmarc},
        }
    )
    result = DomainChecker(resolver=zone, checks=[BIMI()]).check("news.example.com").bimi
    assert codes(result) == found
    assert result.queries == 1 + 3


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


def test_a_foreign_text_at_a_subdomain_keeps_nobody_from_the_organizations_record() -> None:
    zone = Zone(
        {
            "default._bimi.sub.example.com": {"TXT": "verification=bimi-abc"},
            "default._bimi.example.com": {"TXT": "v=BIMI1; l=https://example.com/l.svg"},
            "_dmarc.example.com": {"TXT": "v=DMARC1; p=reject"},
        }
    )
    result = DomainChecker(resolver=zone, checks=[BIMI()]).check("sub.example.com").bimi
    assert result.status == "present"
