"""What is wrong with an SPF record by itself is found term by term."""

import pytest

from mailcore.domains.policies.spf.terms import TERM_SHOWN, judge_end, judge_record, term_text
from mailcore.domains.policies.spf.tree import SPFTree
from mailcore.domains.records.spf import read_spf


def codes(terms: str, *, passes: bool = True) -> list[str]:
    record = read_spf(f"v=spf1 {terms}")
    return [finding.code for finding in judge_record("example.com", record, passes=passes)]


def ends(terms: str) -> list[str]:
    tree = SPFTree({"example.com": read_spf(f"v=spf1 {terms}")})
    return [finding.code for finding in judge_end("example.com", tree)]


@pytest.mark.parametrize(
    "terms",
    [
        "a a",
        "a ?a",
        "a a:EXAMPLE.com.",
        "mx/32 mx//128",
        "ip4:192.0.2.1 ip4:192.0.2.1/32",
        "include:b.example include:B.example",
        "exists:%{i}.B.example exists:%{i}.b.example",
    ],
)
def test_a_term_that_looks_at_the_same_as_another_is_a_duplicate(terms: str) -> None:
    assert codes(f"{terms} -all") == ["spf.duplicate-term"]


@pytest.mark.parametrize(
    "terms", ["a mx", "a a/24", "a a:b.example", "ip4:192.0.2.1 ip4:192.0.2.2"]
)
def test_terms_that_look_at_something_else_are_no_duplicates(terms: str) -> None:
    assert codes(f"{terms} -all") == []


def test_duplicates_are_counted_and_reported_once() -> None:
    record = read_spf("v=spf1 a a mx a -all")
    (finding,) = judge_record("example.com", record, passes=True)
    assert finding.message == "“a” is there 3 times: only the first can match"
    assert finding.span is not None
    assert finding.span.start == len("v=spf1 a a mx ")


def test_what_is_never_reached_is_no_duplicate() -> None:
    assert codes("a -all a") == ["spf.after-all"]


@pytest.mark.parametrize(
    "network",
    ["10.0.0.0/8", "100.64.0.1", "169.254.1.1", "192.168.1.0/24", "224.0.0.1", "0.0.0.0/8"],
)
def test_networks_that_no_receiver_sees_are_noticed(network: str) -> None:
    assert codes(f"ip4:{network} -all") == ["spf.range-private"]
    assert codes(f"-ip4:{network} ~all") == []


@pytest.mark.parametrize("term", ["+all", "ip4:0.0.0.0/0", "ip6:::/0"])
def test_who_lets_everybody_pass_matters_where_it_counts(term: str) -> None:
    assert codes(term) == ["spf.pass-all"]
    assert codes(term, passes=False) == []


@pytest.mark.parametrize("name", ["ra=postmaster", "rp=50", "rr=all", "exp=b.example"])
def test_modifiers_of_the_standards_are_known(name: str) -> None:
    assert codes(f"-all {name}") == []


def test_other_modifiers_are_noticed() -> None:
    assert codes("-all x=y") == ["spf.modifier-unknown"]


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ("-all", []),
        ("~all", []),
        ("?all", ["spf.neutral-all"]),
        ("a", ["spf.no-all"]),
    ],
)
def test_a_record_says_what_becomes_of_other_servers(terms: str, found: list[str]) -> None:
    assert ends(terms) == found


@pytest.mark.parametrize(("terms", "count"), [("-all a mx", 2), ("redirect=b.example -all", 1)])
def test_what_no_mail_gets_to_is_found(terms: str, count: int) -> None:
    assert codes(terms, passes=False) == ["spf.after-all"] * count


def test_a_long_term_is_cut() -> None:
    record = read_spf(f"v=spf1 exists:{'x' * 100}.example")
    assert len(term_text(record, record.terms[0])) == TERM_SHOWN + 1
