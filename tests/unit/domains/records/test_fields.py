"""Fields after a version are read strictly, and never fail to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains.records.fields import read_fields


def pairs(text: str) -> list[tuple[str, str]]:
    return [(field.name, field.value) for field in read_fields(text)[0]]


def test_fields_come_in_their_order_repeated_ones_too() -> None:
    assert pairs("v=X1; b=1;a=x=y ;b = 2;b=3;") == [("b", "1"), ("a", "x=y"), ("b", "3")]


def test_a_field_has_its_place() -> None:
    text = "v=X1;  name=value ; x=1"
    field = read_fields(text)[0][0]
    assert text[field.span.start : field.span.end] == "name=value"


@pytest.mark.parametrize("text", ["", "v=X1", "v=X1;", "v=X1; ;; \t;"])
def test_there_may_be_none(text: str) -> None:
    assert read_fields(text) == ((), ())


@pytest.mark.parametrize(
    "piece",
    ["name", "name=", "=value", "name =value", "name= value", "na me=x", "ä=1", "a=ä", "_=1"],
)
def test_what_is_no_field_is_a_fault_with_its_place(piece: str) -> None:
    text = f"v=X1; a=1; {piece}; b=2"
    fields, faults = read_fields(text)
    assert [field.name for field in fields] == ["a", "b"]
    assert [text[fault.span.start : fault.span.end] for fault in faults] == [piece]
    assert "is no “name=value”" in faults[0].message


@given(st.text(alphabet="aé=; \t\n\0", max_size=60))
def test_anything_is_read(rest: str) -> None:
    text = f"v=X1;{rest}"
    fields, faults = read_fields(text)
    for span in [field.span for field in fields] + [fault.span for fault in faults]:
        assert text[span.start : span.end].strip(" \t")
    assert len(fields) + len(faults) == sum(bool(piece.strip(" \t")) for piece in rest.split(";"))
