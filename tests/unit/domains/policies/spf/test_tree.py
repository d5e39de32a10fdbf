"""A tree of SPF records is followed as far as its limits, whoever wrote it."""

import time
from typing import Any

import pytest

from mailcore.domains import SPF, CheckResult, DomainChecker, SPFPolicies, Zone
from mailcore.domains.policies.spf.tree import (
    LEVEL_LIMIT,
    QUERY_LIMIT,
    TERMS_LIMIT,
    active_terms,
    target,
)
from mailcore.domains.records.spf import TERM_LIMIT, read_spf

SECONDS = 3.0  # of work, for what anybody can publish


def check(records: dict[str, Any]) -> CheckResult[SPFPolicies]:
    zone = Zone({name: {"TXT": text} for name, text in records.items()})
    return DomainChecker(resolver=zone, checks=[SPF()]).check("n0.example").spf


def codes(result: CheckResult[SPFPolicies]) -> set[str]:
    return {finding.code for finding in result.findings}


def test_a_chain_is_followed_to_a_limit() -> None:
    chain = {f"n{n}.example": f"v=spf1 include:n{n + 1}.example -all" for n in range(100)}
    result = check(chain)
    assert result.value is not None
    assert len(result.value.policies) == LEVEL_LIMIT
    assert codes(result) == {"spf.lookup-limit", "spf.too-many-records"}


def test_a_wide_record_is_followed_to_a_limit() -> None:
    terms = " ".join(f"include:m{n}.example" for n in range(1000))
    result = check({"n0.example": f"v=spf1 {terms} -all"})
    assert result.queries == QUERY_LIMIT + 1
    assert "spf.too-many-records" in codes(result)


def test_records_that_share_their_includes_are_counted_and_not_multiplied() -> None:
    doubling = {
        f"n{n}.example": f"v=spf1 include:n{n + 1}.example include:n{n + 1}.example -all"
        for n in range(10)
    }
    result = check({**doubling, "n10.example": "v=spf1 -all"})
    assert result.value is not None
    assert result.value.lookups == 2**11 - 2
    assert result.queries == 11


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("v=spf1 a mx -all", ["a", "mx", "all"]),
        ("v=spf1 a all mx redirect=b.example", ["a", "all"]),
        ("v=spf1 redirect=b.example a exp=c.example", ["a", "redirect"]),
        ("v=spf1", []),
    ],
)
def test_what_an_evaluation_can_reach(text: str, names: list[str]) -> None:
    assert [term.name for term in active_terms(read_spf(text))] == names


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("a", "example.com"),
        ("a:B.example.", "b.example"),
        ("a:%{d}", None),
        ("a:x..example", None),
        ("redirect=b.example", "b.example"),
    ],
)
def test_a_term_looks_a_name_up(term: str, name: str | None) -> None:
    (read,) = read_spf(f"v=spf1 {term}").terms
    assert target("example.com", read) == name


def test_a_record_of_many_terms_costs_bounded_work() -> None:
    for terms in ("a " * 10_000, "moo " * 10_000, "ip4:10.0.0.1 " * 10_000, "x" * 1_000_000):
        before = time.process_time()
        result = check({"n0.example": f"v=spf1 {terms} -all"})
        assert time.process_time() - before < SECONDS
        assert result.status == "invalid"
        assert result.queries <= QUERY_LIMIT + 1


def test_many_records_of_many_terms_cost_bounded_work() -> None:
    wide = " ".join(f"include:n{n}.example" for n in range(TERM_LIMIT))
    before = time.process_time()
    result = check({f"n{n}.example": f"v=spf1 {wide} -all" for n in range(300)})
    assert time.process_time() - before < SECONDS
    assert result.queries <= QUERY_LIMIT + 1
    assert result.value is not None
    assert sum(len(policy.record.terms) for policy in result.value.policies) <= 2 * TERMS_LIMIT


def test_records_that_all_include_one_another_cost_bounded_work() -> None:
    everybody = " ".join(f"include:n{n}.example" for n in range(190))
    before = time.process_time()
    result = check({f"n{n}.example": f"v=spf1 {everybody} -all" for n in range(190)})
    assert time.process_time() - before < SECONDS
    assert "spf.loop" in codes(result)


def test_a_long_way_through_the_records_needs_no_deep_stack() -> None:
    everybody = " ".join(f"include:n{n}.example" for n in range(1, 190))
    chain = {f"n{n}.example": f"v=spf1 include:n{n + 1}.example -all" for n in range(1, 190)}
    result = check({"n0.example": f"v=spf1 {everybody} -all", **chain})
    assert result.value is not None
    assert result.value.lookups == sum(range(2, 191))
