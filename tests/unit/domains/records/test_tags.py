"""Tag lists are read with their positions, and never raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains.records.fault import Span
from mailcore.domains.records.tags import TAG_LIMIT, Tag, read_tags, write_tags
from mailcore.errors import ConfigurationError


def test_tags_have_names_values_and_places() -> None:
    tags, faults = read_tags("v=DMARC1; p = none ;")
    assert tags == (Tag("v", "DMARC1", Span(0, 8)), Tag("p", "none", Span(10, 18)))
    assert faults == ()


def test_a_value_may_have_equals_signs_and_be_empty() -> None:
    tags, _ = read_tags("p=YQ==;n=")
    assert [tag.value for tag in tags] == ["YQ==", ""]


def test_the_first_of_two_tags_counts() -> None:
    tags, faults = read_tags("p=a; p=b")
    assert [tag.value for tag in tags] == ["a"]
    assert [fault.span for fault in faults] == [Span(5, 8)]


def test_what_is_no_tag_is_a_fault() -> None:
    tags, faults = read_tags("p=a; nonsense; 1=b; =c")
    assert len(tags) == 1
    assert [fault.span for fault in faults] == [Span(5, 13), Span(15, 18), Span(20, 22)]


def test_names_are_case_sensitive() -> None:
    tags, faults = read_tags("p=a; P=b")
    assert ([tag.name for tag in tags], faults) == (["p", "P"], ())


@given(st.text(alphabet=st.sampled_from("ab1_=; \t\x00é"), max_size=60))
def test_a_place_is_where_the_tag_is(text: str) -> None:
    tags, faults = read_tags(text)
    for tag in tags:
        piece = text[slice(*tag.span)]
        assert piece.startswith(tag.name)
        assert piece.endswith(tag.value)
    for fault in faults:
        assert text[slice(*fault.span)].strip() != ""


def test_no_more_tags_are_read_than_there_is_reason_to() -> None:
    text = ";".join(f"a{number}=" for number in range(TAG_LIMIT + 50))
    tags, faults = read_tags(text)
    assert len(tags) == TAG_LIMIT
    assert [text[slice(*fault.span)].partition(";")[0] for fault in faults] == [f"a{TAG_LIMIT}="]


def test_tags_are_written_as_they_are_read() -> None:
    text = write_tags([("v", "DMARC1"), ("n", "a note = 1"), ("p", "")])
    assert text == "v=DMARC1; n=a note = 1; p="
    assert [(tag.name, tag.value) for tag in read_tags(text)[0]] == [
        ("v", "DMARC1"),
        ("n", "a note = 1"),
        ("p", ""),
    ]


@pytest.mark.parametrize("value", ["a;b", " a", "a ", "a\r\nb", "a\0", "é", "\t"])
def test_a_value_that_would_not_come_back_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match="the tag n"):
        write_tags([("n", value)])


@given(st.dictionaries(st.from_regex("[a-z]{1,3}", fullmatch=True), st.text(max_size=20)))
def test_what_is_written_is_read_as_it_was_given(tags: dict[str, str]) -> None:
    try:
        text = write_tags(tags.items())
    except ConfigurationError:
        return
    read, faults = read_tags(text)
    assert {tag.name: tag.value for tag in read} == tags
    assert faults == ()
