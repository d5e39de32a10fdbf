"""What is wrong with a DMARC record by itself is found tag by tag."""

import pytest

from mailcore.domains.finding import Finding
from mailcore.domains.policies.dmarc.record import TAG_SHOWN, judge_record
from mailcore.domains.records.dmarc import read_dmarc

GOOD = "v=DMARC1; p=reject; rua=mailto:d@example.com"


def judge(text: str, organizational: str | None = "example.com") -> list[Finding]:
    record = read_dmarc(text)
    return [*judge_record("example.com", record, record.policy, organizational)]


def codes(text: str, organizational: str | None = "example.com") -> list[str]:
    return [finding.code for finding in judge(text, organizational)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (GOOD, []),
        (
            f"{GOOD}; sp=quarantine; np=quarantine",
            ["dmarc.subdomains-weaker"] * 2 + ["dmarc.tag-needless"],
        ),
        ("v=DMARC1; p=none; rua=mailto:d@example.com", ["dmarc.policy-none"]),
        ("v=DMARC1; p=reject", ["dmarc.no-reports"]),
        ("v=DMARC1; p=x; rua=mailto:d@example.com", ["dmarc.policy-assumed", "dmarc.syntax"]),
        ("v=DMARC1; rua=mailto:d@example.com", ["dmarc.policy-assumed"]),
        ("v=DMARC1", ["dmarc.no-policy"]),
        (f"{GOOD}; t=y", ["dmarc.testing"]),
        (f"{GOOD}; p=none", ["dmarc.policy-ambiguous", "dmarc.tag-repeated"]),
        (f"{GOOD}; sp=none; sp=none", ["dmarc.policy-ambiguous", "dmarc.tag-repeated"]),
        (f"{GOOD}; rua=mailto:e@example.com", ["dmarc.tag-repeated"]),
        (f"{GOOD}; sp=none", ["dmarc.subdomains-weaker"]),
        (f"{GOOD}; np=quarantine", ["dmarc.subdomains-weaker"]),
        (f"{GOOD}; pct=50; ri=1", ["dmarc.tag-removed", "dmarc.tag-removed"]),
        (f"{GOOD}; x=1", ["dmarc.tag-unknown"]),
        (f"{GOOD}; adkim=x; nonsense", ["dmarc.syntax", "dmarc.syntax"]),
        (f"{GOOD}; adkim=s; aspf=s; psd=n", []),
        (f"{GOOD}; ruf=mailto:d@example.com; fo=1:d:s", []),
    ],
)
def test_what_is_wrong_with_a_record_is_found(text: str, found: list[str]) -> None:
    assert codes(text) == found


@pytest.mark.parametrize(
    "tag", ["adkim=r", "aspf=R", "psd=u", "t=n", "fo=0", "fo=1", "sp=reject", "np=reject"]
)
def test_a_tag_that_changes_nothing_is_told_of(tag: str) -> None:
    text = f"{GOOD}; {tag}"
    (finding,) = judge(text)
    assert finding.code == "dmarc.tag-needless"
    assert finding.span is not None
    assert text[slice(*finding.span)] == tag


@pytest.mark.parametrize(
    ("policies", "told"),
    [
        ("p=quarantine", "act as with p=none"),
        ("p=none; sp=reject", "act as with sp=quarantine"),
        ("p=none; np=quarantine", "act as with np=none"),
        ("p=reject; sp=quarantine", "act as with p=quarantine"),
    ],
)
def test_testing_lowers_whatever_is_above_none(policies: str, told: str) -> None:
    found = judge(f"v=DMARC1; {policies}; t=y; rua=mailto:d@example.com")
    (finding,) = (finding for finding in found if finding.code == "dmarc.testing")
    assert told in finding.message
    assert "dmarc.tag-needless" not in [finding.code for finding in found]


def test_testing_says_what_it_makes_of_the_policy() -> None:
    (finding,) = judge(f"{GOOD}; t=y")
    assert "p=quarantine" in finding.message
    assert codes("v=DMARC1; p=none; t=y; rua=mailto:d@example.com") == [
        "dmarc.policy-none",
        "dmarc.tag-needless",
    ]


def test_the_policy_for_subdomains_counts_at_the_organization_alone() -> None:
    assert codes(f"{GOOD}; sp=reject; np=reject", "example") == ["dmarc.tag-needless"] * 2
    assert codes(f"{GOOD}; sp=none; np=none", "example") == ["dmarc.tag-needless"] * 2


def test_where_the_organization_is_not_known_nothing_is_said_of_that_policy() -> None:
    assert codes(f"{GOOD}; np=none; sp=quarantine", None) == []


def test_the_policy_for_subdomains_counts_at_a_public_suffix() -> None:
    text = f"{GOOD}; psd=y; sp=none"
    assert codes(text, "other.example.com") == ["dmarc.subdomains-weaker"]


def test_a_long_tag_is_cut() -> None:
    (finding,) = judge(f"{GOOD}; {'x' * 500}=1")
    assert len(finding.message) < TAG_SHOWN + 60
