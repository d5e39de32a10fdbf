"""TLSRPT records are read and built as RFC 8460 has them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains.records.tls_rpt import build_tls_rpt, is_tls_rpt, read_tls_rpt
from mailcore.errors import ConfigurationError

MAIL = "mailto:tls-reports@example.com"
WEB = "https://reports.example.com/tls?domain=example.com"

NAMES = st.from_regex(r"[a-z0-9%&=.-]{1,12}", fullmatch=True)
URIS = st.builds("mailto:{}@{}".format, NAMES, NAMES) | st.builds(
    "https://{}/{}".format, NAMES, NAMES
)


@pytest.mark.parametrize("text", ["v=TLSRPTv1", "v=TLSRPTv1;rua=x", "v=TLSRPTv1 ; rua=x"])
def test_a_record_starts_with_its_version(text: str) -> None:
    assert is_tls_rpt(text)


@pytest.mark.parametrize(
    "text", ["", "v=tlsrptv1;", " v=TLSRPTv1;", "v=TLSRPTv12;", "rua=x; v=TLSRPTv1"]
)
def test_anything_else_is_no_record(text: str) -> None:
    assert not is_tls_rpt(text)


@pytest.mark.parametrize(
    "text",
    [
        f"v=TLSRPTv1; rua={MAIL},{WEB}",
        f"v=TLSRPTv1;rua={MAIL} , {WEB};",
        f"v=TLSRPTv1; rua={MAIL}; rua={WEB}",
    ],
)
def test_reports_go_to_all_addresses(text: str) -> None:
    record = read_tls_rpt(text)
    assert record.reports == (MAIL, WEB)
    assert (record.other_schemes, record.unknown, record.faults) == ((), (), ())


def test_addresses_of_other_schemes_are_apart() -> None:
    record = read_tls_rpt(f"v=TLSRPTv1; rua=http://example.com/,{MAIL},ftp:x")
    assert record.reports == (MAIL,)
    assert record.other_schemes == ("http://example.com/", "ftp:x")
    assert record.faults == ()


def test_unknown_fields_are_passed_over() -> None:
    record = read_tls_rpt(f"v=TLSRPTv1; RUA=x; rua={MAIL}")
    assert [tag.name for tag in record.unknown] == ["RUA"]
    assert (record.reports, record.faults) == ((MAIL,), ())


@pytest.mark.parametrize(
    "rua",
    ["tls@example.com", "mailto:", "mailto:tls", "mailto:@x", "mailto:tls@", "https:/x", "https:///x", "mailto:a@b!10m", "mailto:a b@c", "x"],
)  # fmt: skip
def test_what_is_no_address_is_a_fault_with_its_place(rua: str) -> None:
    text = f"v=TLSRPTv1; rua={rua}"
    record = read_tls_rpt(text)
    assert (record.reports, record.other_schemes) == ((), ())
    assert [text[fault.span.start : fault.span.end] for fault in record.faults] == [f"rua={rua}"]


@pytest.mark.parametrize("text", ["v=TLSRPTv1", "v=TLSRPTv1;", "v=TLSRPTv1; x=y"])
def test_a_record_without_rua_is_at_fault(text: str) -> None:
    assert [fault.message for fault in read_tls_rpt(text).faults] == ["there is no rua"]


@given(st.text(max_size=100))
def test_any_text_is_read(text: str) -> None:
    record = read_tls_rpt(f"v=TLSRPTv1;rua={text}")
    assert record.faults or record.reports or record.other_schemes


def test_giant_texts_take_little_time() -> None:
    start = time.perf_counter()
    read_tls_rpt("v=TLSRPTv1; rua=" + "mailto:a@b," * 50_000)
    read_tls_rpt("v=TLSRPTv1; rua=mailto:" + "a" * 500_000)
    assert time.perf_counter() - start < 5


@given(st.lists(URIS, min_size=1, max_size=4))
def test_a_built_record_is_read_again(reports: list[str]) -> None:
    record = build_tls_rpt(reports=reports)
    assert record.reports == tuple(reports)
    assert read_tls_rpt(record.text) == record
    assert (record.faults, record.unknown, record.other_schemes) == ((), (), ())


@pytest.mark.parametrize(
    ("reports", "named"),
    [
        ([], "at least one"),
        (MAIL, "a list"),
        (["http://example.com/"], "http://example.com/"),
        (["a@example.com"], "a@example.com"),
        (["mailto:a@example.com,mailto:b@example.com"], "mailto:a@example.com,"),
        (["mailto:a@example.com; x=y"], "x=y"),
        (["mailto:a@example.com\n"], "mailto:"),
    ],
)
def test_impossible_addresses_are_refused(reports: list[str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        build_tls_rpt(reports=reports)
