"""DMARC records are read as leniently as RFC 9989 has it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains.records.dmarc import build_dmarc, is_dmarc, read_dmarc
from mailcore.errors import ConfigurationError

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
    "tag",
    [
        "adkim=x",
        "aspf=",
        "fo=2",
        "fo=0:1",
        "fo=d:d",
        "psd=yes",
        "t=1",
        "rua=example.com",
        "ruf=mailto:",
    ],
)
def test_a_wrong_tag_counts_as_not_there(tag: str) -> None:
    record = read_dmarc(f"v=DMARC1; p=reject; {tag}")
    assert record.policy == "reject"
    assert [record.text[slice(*fault.span)] for fault in record.faults] == [tag]


def test_tags_of_the_old_dmarc_are_listed() -> None:
    record = read_dmarc("v=DMARC1; p=none; pct=50; rf=afrf; ri=3600")
    assert [tag.name for tag in record.removed] == ["pct", "rf", "ri"]
    assert record.faults == ()


def test_all_tags_are_kept_with_their_places() -> None:
    record = read_dmarc("v=DMARC1; p=none; pct=1; x=1")
    assert [record.text[slice(*tag.span)] for tag in record.tags] == [
        "v=DMARC1",
        "p=none",
        "pct=1",
        "x=1",
    ]


def test_unknown_tags_are_listed() -> None:
    record = read_dmarc("v=DMARC1; p=none; x=1")
    assert [tag.name for tag in record.unknown] == ["x"]


@pytest.mark.parametrize(
    "text",
    [
        "V=DMARC1; P=reject; RUA=mailto:d@example.com",
        "V = DMARC1;p=reject;rua=mailto:d@example.com",
    ],
)
def test_the_case_of_names_does_not_matter(text: str) -> None:
    assert is_dmarc(text)
    record = read_dmarc(text)
    assert (record.policy, record.reports) == ("reject", ("mailto:d@example.com",))
    assert (record.faults, record.unknown) == ((), ())


def test_a_name_in_two_cases_is_there_twice() -> None:
    record = read_dmarc("v=DMARC1; p=reject; P=none")
    assert (record.policy, record.is_policy_ambiguous, len(record.faults)) == (None, True, 1)


def test_the_order_of_tags_does_not_matter() -> None:
    assert read_dmarc(f"v=DMARC1; {RUA}; p=reject").policy == "reject"


def test_the_good_addresses_of_a_list_count() -> None:
    record = read_dmarc("v=DMARC1; p=none; rua=a@example.com,mailto:b@example.com")
    assert record.reports == ("mailto:b@example.com",)
    (fault,) = record.faults
    assert fault.message == "rua has a part that is no URI, “a@example.com”"


def test_an_empty_part_of_a_list_is_a_fault() -> None:
    (fault,) = read_dmarc("v=DMARC1; p=none; ruf=mailto:b@example.com,").faults
    assert fault.message == "ruf has an empty part"


@given(st.text(max_size=80))
def test_no_text_makes_it_raise(text: str) -> None:
    assert read_dmarc(f"v=DMARC1;{text}").text == f"v=DMARC1;{text}"


def test_a_record_is_built_without_what_holds_anyway() -> None:
    record = build_dmarc(policy="reject", reports=["mailto:d@example.com"])
    assert record.text == "v=DMARC1; p=reject; rua=mailto:d@example.com"


def test_a_record_is_built_of_all_that_it_can_say() -> None:
    record = build_dmarc(
        policy="reject",
        subdomain_policy="quarantine",
        nonexistent_policy="reject",
        dkim_alignment="strict",
        spf_alignment="strict",
        reports=["mailto:a@example.com", "https://example.com/"],
        failure_reports=["mailto:b@example.com"],
        failure_options=["1", "d"],
        psd="n",
        testing=True,
    )
    assert record.text == (
        "v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=s; aspf=s; "
        "rua=mailto:a@example.com,https://example.com/; ruf=mailto:b@example.com; fo=1:d; psd=n; t=y"
    )
    assert record.faults == ()


@pytest.mark.parametrize(
    "arguments",
    [
        {"policy": "bogus"},
        {"subdomain_policy": "bogus"},
        {"dkim_alignment": "bogus"},
        {"reports": ["d@example.com"]},
        {"reports": "mailto:d@example.com"},
        {"reports": ["mailto:d@example.com!10m"]},
        {"reports": ["mailto:d@example.com;p=none"]},
        {"reports": ["mailto:d@example.com,mailto:e@example.com"]},
        {"failure_reports": ["mailto:d@example.com\r\n"]},
        {"failure_options": ["0", "1"]},
        {"failure_options": []},
        {"psd": "x"},
    ],
)
def test_what_a_record_cannot_say_is_not_built(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        build_dmarc(**{"policy": "reject", **arguments})


POLICIES = st.sampled_from(["none", "quarantine", "reject"])
ALIGNMENTS = st.sampled_from(["relaxed", "strict"])
URIS = st.lists(st.sampled_from(["mailto:a@example.com", "mailto:b@example.net?subject=x"]))


@given(
    st.fixed_dictionaries(
        {"policy": POLICIES},
        optional={
            "subdomain_policy": POLICIES,
            "nonexistent_policy": POLICIES,
            "dkim_alignment": ALIGNMENTS,
            "spf_alignment": ALIGNMENTS,
            "reports": URIS,
            "failure_reports": URIS,
            "failure_options": st.sampled_from([("0",), ("1", "d", "s"), ("s",)]),
            "psd": st.sampled_from("ynu"),
            "testing": st.booleans(),
        },
    )
)
def test_what_is_built_is_what_is_read(arguments: dict[str, Any]) -> None:
    record = build_dmarc(**arguments)
    assert read_dmarc(record.text) == record
    assert record.faults == ()
    given_back = {name: getattr(record, name) for name in arguments}
    assert given_back == {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in arguments.items()
    }
