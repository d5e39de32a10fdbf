"""Of the texts at a name at most one is the record; what stands in the way is told."""

import re

import pytest

from mailcore.domains.finding import Kind, Severity
from mailcore.domains.policies.published import FINDING_LIMIT, Published, bounded
from mailcore.net.dns import Answer, Lookup, LookupFailed, NoData, NxDomain, Query, TXTRecord

MISSING = Kind("x.missing", Severity.NOTICE, "none", "Publish one.")
SEVERAL = Kind("x.several", Severity.ERROR, "{count} of them", "Keep one.")
NEAR_MISS = Kind("x.near-miss", Severity.ERROR, "nearly", "Correct it.")
PUBLISHED = Published(
    lambda text: text.startswith("v=X1"),
    re.compile("x1", re.IGNORECASE),
    MISSING,
    SEVERAL,
    NEAR_MISS,
)

QUERY = Query("_x.example.com", "TXT")


def answer(*texts: str) -> Answer:
    records = tuple(TXTRecord.of(text) for text in texts)
    return Answer(QUERY, records, canonical_name=QUERY.name, ttl=60)


def test_the_record_is_found_among_other_texts() -> None:
    assert PUBLISHED.find(answer("else", "v=X1; a", "v=x1; old")) == ("v=X1; a", [])


def test_several_records_are_none() -> None:
    text, findings = PUBLISHED.find(answer("v=X1; a", "v=X1; b"))
    assert text is None
    assert [(one.code, one.evidence) for one in findings] == [("x.several", ("v=X1; a", "v=X1; b"))]
    assert PUBLISHED.nothing("example.com", findings).status == "invalid"


def test_a_text_that_is_nearly_one_is_told_of() -> None:
    text, findings = PUBLISHED.find(answer("else", "V=x1; a"))
    assert text is None
    assert [(one.code, one.subject) for one in findings] == [("x.near-miss", "_x.example.com")]
    assert PUBLISHED.nothing("example.com", findings).status == "invalid"


def test_an_alias_of_a_name_that_does_not_exist_is_told_of() -> None:
    lookup = NxDomain(QUERY, canonical_name="gone.example", ttl=60)
    _, findings = PUBLISHED.find(lookup)
    result = PUBLISHED.nothing("example.com", findings)
    assert result.status == "absent"
    assert [one.code for one in result.findings] == ["x.missing", "dns.alias-dangling"]
    assert "gone.example" in result.findings[1].message


def test_not_every_text_of_many_is_told_of() -> None:
    _, findings = PUBLISHED.find(answer(*["x1"] * (FINDING_LIMIT + 1)))
    assert len(findings) == FINDING_LIMIT


@pytest.mark.parametrize(
    "lookup",
    [
        answer("else"),
        NoData(QUERY, canonical_name=QUERY.name, ttl=60),
        NxDomain(QUERY, canonical_name=QUERY.name, ttl=60),
    ],
)
def test_no_record_is_absent(lookup: Lookup) -> None:
    text, findings = PUBLISHED.find(lookup)
    assert (text, findings) == (None, [])
    result = PUBLISHED.nothing("example.com", findings)
    assert result.status == "absent"
    assert [(one.code, one.subject) for one in result.findings] == [("x.missing", "example.com")]


def test_a_record_that_is_not_needed_is_absent_without_a_word() -> None:
    result = PUBLISHED.nothing("example.com", [], is_needed=False)
    assert (result.status, result.findings) == ("absent", ())


def test_a_failed_lookup_is_unknown() -> None:
    text, findings = PUBLISHED.find(LookupFailed(QUERY, "SERVFAIL"))
    assert text is None
    result = PUBLISHED.nothing("example.com", findings)
    assert (result.status, [one.code for one in result.findings]) == (
        "unknown",
        ["dns.lookup-failed"],
    )


def test_of_each_kind_the_first_findings_are_kept() -> None:
    many = [SEVERAL.at("example.com", count=number) for number in range(FINDING_LIMIT + 1)]
    other = MISSING.at("example.com")
    assert bounded([*many, other]) == (*many[:FINDING_LIMIT], other)
