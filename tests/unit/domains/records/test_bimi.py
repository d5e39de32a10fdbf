"""BIMI assertion records are read and built as the draft has them."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains.records.bimi import BIMIAvatar, build_bimi, is_bimi, read_bimi
from mailcore.errors import ConfigurationError

LOGO = "https://www.example.com/logo.svg"
PROOF = "https://www.example.com:8443/logo.pem?a=b"

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
PATHS = st.from_regex(r"[a-zA-Z0-9/=?%.~-]{0,12}", fullmatch=True)
URLS = st.builds("https://{}.{}/{}".format, LABELS, LABELS, PATHS)


@pytest.mark.parametrize("text", ["v=BIMI1", "v=BIMI1;l=", "v = bimi1 ; l="])
def test_a_record_starts_with_its_version(text: str) -> None:
    assert is_bimi(text)


@pytest.mark.parametrize("text", ["", " v=BIMI1;", "v=BIMI2;", "v=BIMI1 l=", "l=; v=BIMI1"])
def test_anything_else_is_no_record(text: str) -> None:
    assert not is_bimi(text)


def test_a_record_has_a_logo_and_evidence() -> None:
    record = read_bimi(f"v=BIMI1; l={LOGO}; a={PROOF}; avp=personal")
    assert (record.location, record.evidence, record.avatar) == (LOGO, PROOF, "personal")
    assert (record.unknown, record.faults, record.is_declined) == ((), (), False)


def test_evidence_may_be_left_out() -> None:
    record = read_bimi(f"v=BIMI1; l={LOGO}")
    assert (record.evidence, record.avatar, record.faults) == ("", "brand", ())


@pytest.mark.parametrize("text", ["v=BIMI1; l=; a=;", "v=BIMI1; l="])
def test_an_empty_location_declines(text: str) -> None:
    record = read_bimi(text)
    assert (record.is_declined, record.faults) == (True, ())


def test_what_nobody_knows_is_passed_over() -> None:
    record = read_bimi(f"v=BIMI1; l={LOGO}; avp=cat; x=y")
    assert [tag.name for tag in record.unknown] == ["avp", "x"]
    assert (record.avatar, record.faults) == ("brand", ())


@pytest.mark.parametrize(
    ("tags", "place"),
    [
        ("l=http://example.com/logo.svg", "l=http://example.com/logo.svg"),
        ("l=logo.svg", "l=logo.svg"),
        ("l=https://localhost/logo.svg", "l=https://localhost/logo.svg"),
        ("l=https://127.0.0.1/logo.svg", "l=https://127.0.0.1/logo.svg"),
        ("l=https://-a.example/logo.svg", "l=https://-a.example/logo.svg"),
        ("l=https://a.example/l,https://b.example/l", "l=https://a.example/l,https://b.example/l"),
        (f"l={LOGO}; a=self", "a=self"),
        (f"l=; a={PROOF}", f"a={PROOF}"),
        (f"l={LOGO}; l={LOGO}", f"l={LOGO}"),
    ],
)
def test_what_cannot_be_used_is_a_fault_with_its_place(tags: str, place: str) -> None:
    text = f"v=BIMI1; {tags}"
    faults = read_bimi(text).faults
    assert [text[fault.span.start : fault.span.end] for fault in faults] == [place]


def test_a_record_without_location_is_at_fault() -> None:
    record = read_bimi("v=BIMI1;")
    assert [fault.message for fault in record.faults] == ["there is no location, l="]
    assert not record.is_declined


@given(st.text(max_size=100))
def test_any_text_is_read(text: str) -> None:
    record = read_bimi(f"v=BIMI1; l={text}")
    assert record.faults or record.is_declined or record.location.lower().startswith("https://")


def test_giant_texts_take_little_time() -> None:
    start = time.perf_counter()
    read_bimi("v=BIMI1; l=https://" + "a." * 250_000)
    read_bimi("v=BIMI1; l=https://" + "a" * 500_000)
    assert time.perf_counter() - start < 5


@given(URLS, st.just("") | URLS, st.sampled_from(["brand", "personal"]))
def test_a_built_record_is_read_again(location: str, evidence: str, avatar: BIMIAvatar) -> None:
    record = build_bimi(location=location, evidence=evidence, avatar=avatar)
    assert (record.location, record.evidence, record.avatar) == (location, evidence, avatar)
    assert read_bimi(record.text) == record
    assert (record.faults, record.unknown) == ((), ())


def test_a_record_without_logo_declines() -> None:
    assert build_bimi().is_declined
    assert build_bimi().text == "v=BIMI1; l=; a=;"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"location": "http://example.com/"}, "http://example.com/"),
        ({"location": LOGO + ";x=y"}, "x=y"),
        ({"location": LOGO + "\n"}, "https URLs"),
        ({"location": LOGO, "evidence": "self"}, "self"),
        ({"evidence": PROOF}, "needs the location"),
        ({"location": LOGO, "avatar": "cat"}, "cat"),
    ],
)
def test_impossible_records_are_refused(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        build_bimi(**values)


def test_a_record_may_be_for_some_local_parts() -> None:
    record = read_bimi("v=BIMI1; l=; a=; lps=brand-")
    assert (record.is_declined, record.unknown, record.faults) == (True, (), ())
