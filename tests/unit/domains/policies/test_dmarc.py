"""The DMARC check: the walk up the tree, and the policy that it finds (RFC 9989)."""

from typing import Any

import pytest

from mailcore.domains import DMARC, CheckResult, DMARCPolicy, DomainChecker, Zone
from mailcore.domains.dmarc import tree_walk

GOOD = "v=DMARC1; p=reject; rua=mailto:d@example.com"


def check(domain: str, records: dict[str, Any]) -> CheckResult[DMARCPolicy]:
    zone = Zone({f"_dmarc.{name}": {"TXT": text} for name, text in records.items()})
    return DomainChecker(resolver=zone, checks=[DMARC()]).check(domain).dmarc


def codes(result: CheckResult[DMARCPolicy]) -> list[str]:
    return [finding.code for finding in result.findings]


def test_a_good_record_is_present_without_findings() -> None:
    result = check("example.com", {"example.com": GOOD})
    assert (result.status, result.findings) == ("present", ())
    assert result.value is not None
    assert (result.value.policy, result.value.source) == ("reject", "example.com")
    assert result.value.organizational_domain == "example.com"


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ("com", ["com"]),
        ("a.example.com", ["a.example.com", "example.com", "com"]),
        (
            "g.f.e.d.c.b.a",
            ["g.f.e.d.c.b.a", "f.e.d.c.b.a", "e.d.c.b.a", "d.c.b.a", "c.b.a", "b.a", "a"],
        ),
        (
            "a.b.c.d.e.f.g.h.i.j.mail.example.com",
            [
                "a.b.c.d.e.f.g.h.i.j.mail.example.com",
                "g.h.i.j.mail.example.com",
                "h.i.j.mail.example.com",
                "i.j.mail.example.com",
                "j.mail.example.com",
                "mail.example.com",
                "example.com",
                "com",
            ],
        ),
        (
            "h.g.f.e.d.c.b.a",
            [
                "h.g.f.e.d.c.b.a",
                "g.f.e.d.c.b.a",
                "f.e.d.c.b.a",
                "e.d.c.b.a",
                "d.c.b.a",
                "c.b.a",
                "b.a",
                "a",
            ],
        ),
    ],
)
def test_the_walk_asks_eight_names_at_most(domain: str, names: list[str]) -> None:
    assert tree_walk(domain) == names


def test_a_subdomain_inherits() -> None:
    result = check("a.example.com", {"example.com": GOOD})
    assert (result.status, codes(result)) == ("present", ["dmarc.inherited"])
    assert result.value is not None
    assert (result.value.source, result.value.policy) == ("example.com", "reject")


def test_a_misspelt_record_of_its_own_is_told_of_although_another_holds() -> None:
    records = {"sub.example.com": "v=dmarc1; p=reject", "example.com": GOOD}
    result = check("sub.example.com", records)
    assert "dmarc.near-miss" in codes(result)
    assert result.value is not None
    assert result.value.source == "example.com"


def test_a_subdomain_inherits_the_policy_for_subdomains() -> None:
    result = check("a.example.com", {"example.com": f"{GOOD}; sp=quarantine"})
    assert result.value is not None
    assert result.value.policy == "quarantine"


def test_a_domains_own_policy_comes_first() -> None:
    records = {"a.example.com": f"{GOOD}; sp=none", "example.com": "v=DMARC1; p=none"}
    result = check("a.example.com", records)
    assert result.value is not None
    assert (result.value.policy, result.value.source) == ("reject", "a.example.com")
    assert result.value.organizational_domain == "example.com"


def test_the_record_highest_up_is_the_organizations() -> None:
    records = {"b.example.com": "v=DMARC1; p=none", "example.com": GOOD}
    result = check("a.b.example.com", records)
    assert result.value is not None
    assert (result.value.organizational_domain, result.value.source) == ("example.com",) * 2


def test_a_record_may_say_that_the_organization_ends_there() -> None:
    records = {"b.example.com": f"{GOOD}; psd=n", "example.com": "v=DMARC1; p=none"}
    result = check("a.b.example.com", records)
    assert result.value is not None
    assert result.value.organizational_domain == "b.example.com"


def test_below_a_public_suffix_is_the_organization() -> None:
    records = {"co.example": "v=DMARC1; p=none; psd=y", "shop.co.example": GOOD}
    result = check("a.shop.co.example", records)
    assert result.value is not None
    assert result.value.organizational_domain == "shop.co.example"
    assert result.value.source == "shop.co.example"


def test_a_public_suffix_has_a_policy_for_those_without() -> None:
    result = check("a.shop.co.example", {"co.example": f"{GOOD}; psd=y; sp=quarantine"})
    assert result.value is not None
    assert (result.value.policy, result.value.source) == ("quarantine", "co.example")
    assert result.value.organizational_domain == "shop.co.example"


def test_no_record_anywhere_is_absent() -> None:
    result = check("a.example.com", {})
    assert (result.status, result.value, codes(result)) == ("absent", None, ["dmarc.missing"])


def test_other_texts_at_the_name_are_passed_over() -> None:
    result = check("example.com", {"example.com": ["v=spf1 -all", GOOD]})
    assert (result.status, result.findings) == ("present", ())


def test_several_records_are_all_passed_over() -> None:
    result = check("example.com", {"example.com": [GOOD, "v=DMARC1; p=none"]})
    assert (result.status, result.value, codes(result)) == ("invalid", None, ["dmarc.several"])


def test_the_walk_goes_on_over_several_records() -> None:
    result = check(
        "a.example.com", {"a.example.com": [GOOD, "v=DMARC1; p=none"], "example.com": GOOD}
    )
    assert result.value is not None
    assert result.value.source == "example.com"


def test_several_records_above_the_one_that_holds_do_not_matter() -> None:
    result = check("a.example.com", {"a.example.com": GOOD, "example.com": [GOOD, GOOD + "; t=y"]})
    assert (result.status, result.findings) == ("present", ())


def test_several_records_below_the_one_that_holds_are_an_error() -> None:
    result = check("a.example.com", {"a.example.com": [GOOD, GOOD + "; t=y"], "example.com": GOOD})
    assert (result.status, codes(result)) == ("invalid", ["dmarc.several", "dmarc.inherited"])


@pytest.mark.parametrize("text", ["google-dmarc-verification=abc", "v=dmarc1; p=none", "v=DMARC10"])
def test_no_text_beside_a_record_that_holds_matters(text: str) -> None:
    result = check("example.com", {"example.com": [GOOD, text]})
    assert (result.status, result.findings) == ("present", ())


def test_a_text_that_was_never_meant_to_be_a_record_is_no_near_miss() -> None:
    result = check("example.com", {"example.com": "google-dmarc-verification=abc"})
    assert (result.status, codes(result)) == ("absent", ["dmarc.missing"])


def test_a_public_suffix_is_its_own_organization() -> None:
    result = check("co.example", {"co.example": f"{GOOD}; psd=y"})
    assert (result.status, result.findings) == ("present", ())
    assert result.value is not None
    assert result.value.organizational_domain == "co.example"


LONG = f"{'.'.join(['a' * 63] * 3)}.{'b' * 53}.test"  # 250 octets: "_dmarc." does not fit before it


def test_a_domain_too_long_for_a_record_of_its_own_has_none() -> None:
    result = check(LONG, {})
    assert (result.status, codes(result)) == ("absent", ["dmarc.missing", "dns.impossible-name"])


def test_a_domain_too_long_for_a_record_of_its_own_inherits() -> None:
    result = check(LONG, {LONG.partition(".")[2]: GOOD})
    assert (result.status, codes(result)) == ("present", ["dns.impossible-name", "dmarc.inherited"])


def test_a_record_in_the_wrong_case_is_passed_over() -> None:
    result = check("example.com", {"example.com": "v=dmarc1; p=reject"})
    assert (result.status, result.value, codes(result)) == ("invalid", None, ["dmarc.near-miss"])


@pytest.mark.parametrize(
    ("text", "status", "found"),
    [
        ("v=DMARC1; p=none; rua=mailto:d@e.fr", "present", ["dmarc.policy-none"]),
        ("v=DMARC1; p=reject", "present", ["dmarc.no-reports"]),
        (
            "v=DMARC1; p=bogus; rua=mailto:d@e.fr",
            "present",
            ["dmarc.policy-assumed", "dmarc.syntax"],
        ),
        ("v=DMARC1; rua=mailto:d@e.fr", "present", ["dmarc.policy-assumed"]),
        ("v=DMARC1", "invalid", ["dmarc.no-policy"]),
        (f"{GOOD}; t=y", "present", ["dmarc.testing"]),
        (f"{GOOD}; sp=none", "present", ["dmarc.subdomains-weaker"]),
        (f"{GOOD}; np=quarantine", "present", ["dmarc.subdomains-weaker"]),
        (f"{GOOD}; pct=50; ri=1", "present", ["dmarc.tag-removed", "dmarc.tag-removed"]),
        (f"{GOOD}; x=1", "present", ["dmarc.tag-unknown"]),
        (f"{GOOD}; adkim=x; nonsense", "present", ["dmarc.syntax", "dmarc.syntax"]),
    ],
)
def test_what_is_wrong_with_a_record_is_found(text: str, status: str, found: list[str]) -> None:
    result = check("example.com", {"example.com": text})
    assert (result.status, codes(result)) == (status, found)


def test_a_finding_has_its_place_in_the_record() -> None:
    text = f"{GOOD}; pct=50"
    result = check("example.com", {"example.com": text})
    span = result.findings[0].span
    assert span is not None
    assert text[slice(*span)] == "pct=50"


def test_a_failed_lookup_is_unknown() -> None:
    result = check("example.com", {"example.com": Zone.FAIL})
    assert (result.status, result.value, codes(result)) == ("unknown", None, ["dns.lookup-failed"])


def test_a_failed_lookup_does_not_let_a_higher_record_hold() -> None:
    result = check("a.example.com", {"a.example.com": Zone.FAIL, "example.com": GOOD})
    assert (result.status, result.value) == ("unknown", None)


def test_a_failed_lookup_above_leaves_only_the_organization_unknown() -> None:
    result = check("a.example.com", {"a.example.com": GOOD, "example.com": Zone.FAIL})
    assert (result.status, codes(result)) == ("present", ["dmarc.organization-unknown"])
    assert result.value is not None
    assert (result.value.policy, result.value.organizational_domain) == ("reject", None)


def test_a_failed_lookup_behind_the_end_of_the_walk_does_not_matter() -> None:
    result = check("example.com", {"example.com": f"{GOOD}; psd=n", "com": Zone.FAIL})
    assert (result.status, result.findings) == ("present", ())
