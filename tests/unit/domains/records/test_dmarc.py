"""DMARC records are read as leniently as RFC 9989 has it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains.records.dmarc import is_dmarc, read_dmarc

RUA = "rua=mailto:d@example.com"


@pytest.mark.parametrize("text", ["v=DMARC1", "v=DMARC1;p=none", "v = DMARC1 ; p=none"])
def test_a_record_starts_with_its_version(text: str) -> None:
    assert is_dmarc(text)


@pytest.mark.parametrize(
    "text", ["", "v=dmarc1; p=none", "v=DMARC1 p=none", "p=none; v=DMARC1", " v=DMARC1", "v=DMARC2"]
)
def test_anything_else_is_no_dmarc_record(text: str) -> None:
    assert not is_dmarc(text)


def test_every_tag_has_its_place() -> None:
    record = read_dmarc(
        "v=DMARC1; p=Reject; sp=quarantine; np=none; adkim=s; aspf=S; fo=1:d; psd=n; t=y; "
        "rua=mailto:a@example.com, mailto:b@example.com!10m; ruf=mailto:c@example.com"
    )
    assert record.policy == "reject"
    assert (record.subdomain_policy, record.nonexistent_policy) == ("quarantine", "none")
    assert (record.dkim_alignment, record.spf_alignment) == ("strict", "strict")
    assert record.failure_options == ("1", "d")
    assert (record.psd, record.testing) == ("n", True)
    assert record.reports == ("mailto:a@example.com", "mailto:b@example.com")
    assert record.failure_reports == ("mailto:c@example.com",)
    assert record.faults == ()


def test_tags_that_are_not_there_have_their_defaults() -> None:
    record = read_dmarc("v=DMARC1; p=none")
    assert (record.subdomain_policy, record.nonexistent_policy) == (None, None)
    assert (record.dkim_alignment, record.spf_alignment) == ("relaxed", "relaxed")
    assert (record.failure_options, record.psd, record.testing) == (("0",), "u", False)


@pytest.mark.parametrize("tag", ["", "p=bogus;", "p=;", "p=reject; sp=bogus;", "p=reject; np=x;"])
def test_an_unusable_policy_is_none_where_somebody_gets_reports(tag: str) -> None:
    record = read_dmarc(f"v=DMARC1; {tag} {RUA}")
    assert (record.policy, record.is_policy_assumed) == ("none", True)


@pytest.mark.parametrize("tag", ["", "p=bogus;", "p=reject; sp=bogus;"])
def test_an_unusable_policy_asks_for_nothing_otherwise(tag: str) -> None:
    record = read_dmarc(f"v=DMARC1; {tag}")
    assert (record.policy, record.is_policy_assumed) == (None, False)


@pytest.mark.parametrize(
    "tag", ["adkim=x", "aspf=", "fo=2", "psd=yes", "t=1", "rua=example.com", "ruf=mailto:"]
)
def test_a_wrong_tag_counts_as_not_there(tag: str) -> None:
    record = read_dmarc(f"v=DMARC1; p=reject; {tag}")
    assert record.policy == "reject"
    assert [record.text[slice(*fault.span)] for fault in record.faults] == [tag]


def test_tags_of_the_old_dmarc_are_listed() -> None:
    record = read_dmarc("v=DMARC1; p=none; pct=50; rf=afrf; ri=3600")
    assert [tag.name for tag in record.removed] == ["pct", "rf", "ri"]
    assert record.faults == ()


def test_unknown_tags_are_listed() -> None:
    record = read_dmarc("v=DMARC1; p=none; x=1")
    assert [tag.name for tag in record.unknown] == ["x"]


def test_the_order_of_tags_does_not_matter() -> None:
    assert read_dmarc(f"v=DMARC1; {RUA}; p=reject").policy == "reject"


def test_the_good_addresses_of_a_list_count() -> None:
    record = read_dmarc("v=DMARC1; p=none; rua=a@example.com,mailto:b@example.com")
    assert record.reports == ("mailto:b@example.com",)
    assert len(record.faults) == 1


@given(st.text(max_size=80))
def test_no_text_makes_it_raise(text: str) -> None:
    assert read_dmarc(f"v=DMARC1;{text}").text == f"v=DMARC1;{text}"
