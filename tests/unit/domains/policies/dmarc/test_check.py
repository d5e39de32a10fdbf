"""The DMARC check: the walk up the tree, and the policy that it finds (RFC 9989)."""

from typing import Any

import pytest

from mailcore.domains import DMARC, CheckResult, DMARCPolicy, DomainChecker, Zone
from mailcore.domains.policies.dmarc.check import PolicyFound, find_policy, tree_walk
from mailcore.domains.policies.published import FINDING_LIMIT
from mailcore.net.dns import Query

GOOD = "v=DMARC1; p=reject; rua=mailto:d@example.com"
OTHERS = "v=DMARC1; p=reject; rua=mailto:d@co.example"


def check(domain: str, records: dict[str, Any], *existing: str) -> CheckResult[DMARCPolicy]:
    """Check a domain; the records are at "_dmarc." and their names."""
    zone = Zone(
        {
            **{f"_dmarc.{name}": {"TXT": text} for name, text in records.items()},
            **{name: {"A": "192.0.2.1"} for name in existing},
        }
    )
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
    result = check("a.shop.co.example", {"co.example": f"{OTHERS}; psd=y; sp=quarantine"})
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
    own = "v=DMARC1; p=reject; rua=mailto:d@a.example.com"
    result = check("a.example.com", {"a.example.com": own, "example.com": [GOOD, GOOD + "; t=y"]})
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


@pytest.mark.parametrize(
    "text", ["v=DMARC; p=none", "v=DMARC 1; p=none", "p=reject; rua=mailto:a@b.c"]
)
def test_a_text_that_was_meant_to_be_a_record_is_one_nearly(text: str) -> None:
    assert codes(check("example.com", {"example.com": text})) == ["dmarc.near-miss"]


def test_a_record_that_an_alias_leads_to_in_vain_is_told() -> None:
    zone = Zone({"_dmarc.example.com": {"CNAME": "gone.example"}})
    result = DomainChecker(resolver=zone, checks=[DMARC()]).check("example.com").dmarc
    assert (result.status, codes(result)) == ("absent", ["dmarc.missing", "dns.alias-dangling"])


def test_a_public_suffix_is_its_own_organization() -> None:
    result = check("co.example", {"co.example": f"{OTHERS}; psd=y"})
    assert (result.status, codes(result)) == ("present", ["dmarc.public-suffix"])
    assert result.value is not None
    assert result.value.organizational_domain == "co.example"


LONG = f"{'.'.join(['a' * 63] * 3)}.{'b' * 53}.test"  # 250 octets: "_dmarc." does not fit before it


def test_a_domain_too_long_for_a_record_of_its_own_has_none() -> None:
    result = check(LONG, {})
    assert (result.status, codes(result)) == ("absent", ["dmarc.missing", "dns.impossible-name"])


def test_a_domain_too_long_for_a_record_of_its_own_inherits() -> None:
    source = LONG.partition(".")[2]
    result = check(LONG, {source: f"v=DMARC1; p=reject; rua=mailto:d@{source}"})
    assert (result.status, codes(result)) == ("present", ["dns.impossible-name", "dmarc.inherited"])


def test_a_record_in_the_wrong_case_is_passed_over() -> None:
    result = check("example.com", {"example.com": "v=dmarc1; p=reject"})
    assert (result.status, result.value, codes(result)) == ("invalid", None, ["dmarc.near-miss"])


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


def test_a_name_that_does_not_exist_has_the_policy_for_such_names() -> None:
    records = {"example.com": f"{GOOD}; sp=none; np=reject"}
    missing = check("gone.example.com", records, "example.com")
    assert missing.value is not None
    assert missing.value.policy == "reject"
    assert "dmarc.nonexistent" in codes(missing)
    existing = check("here.example.com", records, "here.example.com")
    assert existing.value is not None
    assert existing.value.policy == "none"
    assert "dmarc.nonexistent" not in codes(existing)


def test_whether_a_domain_exists_is_asked_only_where_that_matters() -> None:
    assert check("a.example.com", {"example.com": f"{GOOD}; np=none"}).queries == 4
    assert check("a.example.com", {"example.com": GOOD}).queries == 3
    assert check("example.com", {"example.com": f"{GOOD}; np=none"}).queries == 2


def test_whether_a_domain_exists_may_be_unknown() -> None:
    zone = Zone(
        {"_dmarc.example.com": {"TXT": f"{GOOD}; np=none"}, "a.example.com": {"MX": Zone.FAIL}}
    )
    result = DomainChecker(resolver=zone, checks=[DMARC()]).check("a.example.com").dmarc
    assert (result.status, codes(result)[0]) == ("unknown", "dns.lookup-failed")


def test_reports_to_a_host_outside_need_its_consent() -> None:
    record = "v=DMARC1; p=reject; rua=mailto:d@reports.example"
    result = check("example.com", {"example.com": record})
    assert (result.status, codes(result)) == ("present", ["dmarc.report-unauthorized"])
    zone = Zone(
        {
            "_dmarc.example.com": {"TXT": record},
            "*._report._dmarc.reports.example": {"TXT": "v=DMARC1"},
        }
    )
    agreed = DomainChecker(resolver=zone, checks=[DMARC()]).check("example.com").dmarc
    assert (agreed.status, agreed.findings, agreed.queries) == ("present", (), 3)


# RFC 9989 B.4: the records that there are, whose they are, and what is asked.
BANK = {
    "bank.example": "v=DMARC1; p=none; psd=y",
    "giant.bank.example": "v=DMARC1; p=reject",
}
SIGNING = {"example.com": "v=DMARC1; p=reject", "signing.example.com": "v=DMARC1; p=reject"}


@pytest.mark.parametrize(
    ("records", "domain", "organization", "source", "queries"),
    [
        (SIGNING, "example.com", "example.com", "example.com", 2),
        (SIGNING, "signing.example.com", "example.com", "signing.example.com", 3),
        (SIGNING, "a.b.c.d.e.f.g.h.i.j.k.example.com", "example.com", "example.com", 8),
        (BANK, "giant.bank.example", "giant.bank.example", "giant.bank.example", 3),
        (BANK, "mail.giant.bank.example", "giant.bank.example", "giant.bank.example", 4),
        (BANK, "mail.mega.bank.example", "mega.bank.example", "bank.example", 4),
    ],
)
def test_the_walks_of_the_standards_examples_end_where_they_do(
    records: dict[str, str], domain: str, organization: str, source: str, queries: int
) -> None:
    result = check(domain, records)
    assert result.value is not None
    assert (result.value.organizational_domain, result.value.source) == (organization, source)
    assert result.queries == queries


def test_a_record_at_the_domain_itself_is_misplaced() -> None:
    zone = Zone({"example.com": {"TXT": ["v=spf1 -all", "v=DMARC1; p=reject"]}})
    result = DomainChecker(resolver=zone, checks=[DMARC()]).check("example.com").dmarc
    assert result.status == "absent"
    assert [finding.code for finding in result.findings] == ["dmarc.missing", "dmarc.misplaced"]


def test_the_policy_for_subdomains_of_a_subdomain_is_needless_and_not_weaker() -> None:
    records = {"mail.example.com": f"{GOOD}; sp=none", "example.com": GOOD}
    assert codes(check("mail.example.com", records)) == ["dmarc.tag-needless"]


def test_many_addresses_for_reports_do_not_flood_the_report() -> None:
    uris = ",".join(f"x:{number}" for number in range(9000))
    found = codes(check("example.com", {"example.com": f"v=DMARC1; p=reject; rua={uris}"}))
    assert found == ["dmarc.report-uri"] * FINDING_LIMIT


@pytest.mark.parametrize("name", ["_dmarc.example.com", "example.com"])
def test_many_texts_do_not_flood_the_report(name: str) -> None:
    texts = [f"{'V' if name[0] == '_' else 'v'}=DMARC1; n={number}" for number in range(1000)]
    zone = Zone({name: {"TXT": texts}})
    result = DomainChecker(resolver=zone, checks=[DMARC()]).check("example.com").dmarc
    assert len(result.findings) <= FINDING_LIMIT + 1


# What other checks share


def find(domain: str, records: dict[str, Any]) -> PolicyFound:
    """Give the policy for a domain as another check gets it."""
    zone = Zone({f"_dmarc.{name}": {"TXT": text} for name, text in records.items()})
    inquiry = find_policy(domain)
    questions = [question for question in next(inquiry) if isinstance(question, Query)]
    answers: Any = {question: zone.lookup(question) for question in questions}
    with pytest.raises(StopIteration) as done:
        inquiry.send(answers)
    found: PolicyFound = done.value.value
    return found


def test_the_policy_is_found_by_the_walk_alone() -> None:
    found = find("a.example.com", {"example.com": f"{GOOD}; sp=none"})
    assert found.policy is not None
    assert (found.policy.policy, found.policy.source) == ("none", "example.com")
    assert (found.findings, found.failed) == ([], [])


def test_a_lookup_that_failed_above_the_policy_is_told_of() -> None:
    found = find("a.example.com", {"a.example.com": GOOD, "example.com": Zone.FAIL})
    assert found.policy is not None
    assert found.policy.organizational_domain is None
    assert (found.findings, [one.subject for one in found.failed]) == ([], ["_dmarc.example.com"])


def test_where_it_is_not_known_whether_a_domain_exists_its_policy_is_not_either() -> None:
    record = "v=DMARC1; p=none; np=reject; rua=mailto:d@example.com"
    zone = Zone(
        {"_dmarc.example.com": {"TXT": record}, "nx.example.com": {"MX": Zone.FAIL}},
    )
    result = DomainChecker(resolver=zone, checks=[DMARC()]).check("nx.example.com").dmarc
    assert result.status == "unknown"
    assert "dmarc.policy-none" not in codes(result)
    assert result.value is not None
    assert result.value.policy is None
    assert str(result.value) == "an unknown policy, from example.com"


def test_what_is_being_tried_is_told_by_the_tag_that_holds() -> None:
    record = "v=DMARC1; p=reject; sp=quarantine; t=y; rua=mailto:d@example.com"
    result = check("s.example.com", {"example.com": record}, "s.example.com")
    (finding,) = (finding for finding in result.findings if finding.code == "dmarc.testing")
    assert "act as with sp=none" in finding.message


def test_names_that_are_not_in_lower_case_are_told_and_read() -> None:
    result = check("example.com", {"example.com": "v=DMARC1; P=reject; RUA=mailto:d@example.com"})
    assert (result.status, codes(result)) == ("present", ["dmarc.tag-case", "dmarc.tag-case"])
    assert "P is not in lower case" in result.findings[0].message
