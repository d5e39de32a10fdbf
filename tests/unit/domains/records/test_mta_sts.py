"""MTA-STS records and policies are read as senders read them (RFC 8461)."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains.records.mta_sts import (
    LONGEST_AGE,
    MTASTSMode,
    build_mta_sts,
    build_mta_sts_policy,
    is_mta_sts,
    mx_patterns,
    read_mta_sts,
    read_mta_sts_policy,
)
from mailcore.errors import ConfigurationError

GOOD = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmx: *.example.net\nmax_age: 604800\n"

LABELS = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
PATTERNS = st.builds(str.__add__, st.sampled_from(["", "*."]), HOSTS)


@pytest.mark.parametrize("text", ["v=STSv1", "v=STSv1;id=1", "v=STSv1 ; id=1"])
def test_a_record_starts_with_its_version(text: str) -> None:
    assert is_mta_sts(text)


@pytest.mark.parametrize(
    "text",
    ["", "v=stsv1; id=1", "v = STSv1; id=1", " v=STSv1; id=1", "v=STSv2; id=1", "id=1; v=STSv1"],
)
def test_anything_else_is_no_record(text: str) -> None:
    assert not is_mta_sts(text)


def test_a_record_has_an_id() -> None:
    record = read_mta_sts("v=STSv1; id=20260101T1;")
    assert (record.id, record.faults, record.unknown, record.repeated) == ("20260101T1", (), (), ())


def test_unknown_and_repeated_fields_of_a_record_are_passed_over() -> None:
    record = read_mta_sts("v=STSv1; x-1.y=z; id=a; id=b")
    assert (record.id, record.faults) == ("a", ())
    assert [tag.name for tag in record.unknown] == ["x-1.y"]
    assert [tag.value for tag in record.repeated] == ["b"]


@pytest.mark.parametrize(
    "text",
    ["v=STSv1", "v=STSv1;", "v=STSv1; ID=1", "v=STSv1; id = 1", "v=STSv1; id=a-b", "v=STSv1; id=" + 33 * "a"],
)  # fmt: skip
def test_a_record_without_a_usable_id_is_at_fault(text: str) -> None:
    assert read_mta_sts(text).faults


def test_a_policy_is_read() -> None:
    policy = read_mta_sts_policy(GOOD)
    assert (policy.mode, policy.max_age) == ("enforce", 604800)
    assert policy.mx == ("mx.example.com", "*.example.net")
    assert (policy.faults, policy.unknown, policy.repeated) == ((), (), ())


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("\n", "\r\n"),
        GOOD.removesuffix("\n"),
        GOOD + "\n\r\n",
        GOOD.replace(": ", ":"),
        GOOD.replace("\n", " \t\n"),
        "".join(reversed(GOOD.splitlines(keepends=True))),
    ],
    ids=["CRLF", "no end", "empty lines", "no space", "space at the end", "any order"],
)
def test_a_policy_may_be_written_in_several_ways(text: str) -> None:
    policy = read_mta_sts_policy(text)
    assert policy.faults == ()
    assert (policy.mode, policy.max_age, len(policy.mx)) == ("enforce", 604800, 2)


def test_of_repeated_lines_the_first_counts() -> None:
    policy = read_mta_sts_policy(f"{GOOD}mode: none\nmax_age: x\n")
    assert (policy.mode, policy.max_age, policy.faults) == ("enforce", 604800, ())
    assert [tag.name for tag in policy.repeated] == ["mode", "max_age"]


def test_unknown_lines_are_passed_over() -> None:
    policy = read_mta_sts_policy(f"{GOOD}x-extra: a b\n")
    assert [(tag.name, tag.value) for tag in policy.unknown] == [("x-extra", "a b")]
    assert policy.faults == ()


@pytest.mark.parametrize(
    ("line", "other", "message"),
    [
        ("version: STSv1\n", "", "there is no version"),
        ("version: STSv1", "version: stsv1", "version 'stsv1' is not STSv1"),
        ("mode: enforce\n", "", "there is no mode"),
        ("mode: enforce", "mode: Enforce", "mode 'Enforce' is not enforce or testing or none"),
        ("mx: mx.example.com\nmx: *.example.net\n", "", "there is no mx"),
        ("mx.example.com", "mx.*.com", "mx 'mx.*.com' is not a host's name, nor “*.” and one"),
        ("mx.example.com", "mx.example.com.", "mx 'mx.example.com.' is not a host's name, nor"),
        ("mx.example.com", "a, b", "mx 'a, b' is not a host's name, nor “*.” and one"),
        ("mx.example.com", "bücher.example", "mx 'bücher.example' is not a host's name, nor"),
        ("max_age: 604800", "", "there is no max_age"),
        ("604800", "1w", "max_age '1w' is not a number of seconds"),
        ("604800", "99999999999", "max_age '99999999999' is not a number of seconds"),
        ("mode: enforce", "mode enforce", "'mode enforce' is no “key: value”"),
        ("mode: enforce", " mode: enforce", "' mode: enforce' is no “key: value”"),
        ("mode: enforce", "mode:", "'mode:' is no “key: value”"),
    ],
)
def test_anything_else_is_a_fault(line: str, other: str, message: str) -> None:
    policy = read_mta_sts_policy(GOOD.replace(line, other))
    assert any(fault.message.startswith(message) for fault in policy.faults)


def test_a_fault_has_its_place() -> None:
    text = GOOD.replace("604800", "week").replace("\n", "\r\n")
    span = read_mta_sts_policy(text).faults[0].span
    assert text[span.start : span.end] == "max_age: week"


def test_the_mode_none_needs_no_mx() -> None:
    assert read_mta_sts_policy("version: STSv1\nmode: none\nmax_age: 86400").faults == ()


@pytest.mark.parametrize(
    ("host", "is_matched"),
    [
        ("mx.example.com", True),
        ("MX.Example.Com", True),
        ("mx.example.com.", True),
        ("a.example.net", True),
        ("a.b.example.net", False),
        ("example.net", False),
        ("example.com", False),
        ("net", False),
    ],
)
def test_a_wildcard_stands_for_the_first_label(host: str, is_matched: bool) -> None:
    assert read_mta_sts_policy(GOOD).matches(host) is is_matched


@given(HOSTS, st.lists(PATTERNS, min_size=1, max_size=3))
def test_a_host_matches_where_its_patterns_are(host: str, mx: list[str]) -> None:
    policy = build_mta_sts_policy(mode="enforce", mx=mx, max_age=86400)
    lower = {pattern.lower() for pattern in mx}
    assert policy.matches(host) == bool(mx_patterns(host) & lower)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    policy = read_mta_sts_policy(text)
    for fault in policy.faults:
        assert 0 <= fault.span.start <= fault.span.end <= len(text)
    record = read_mta_sts(f"v=STSv1;{text}")
    assert record.faults or len(record.id) in range(1, 33)


def test_giant_texts_take_little_time() -> None:
    start = time.perf_counter()
    read_mta_sts_policy("a:" * 500_000 + "\n")
    read_mta_sts_policy("mx: a.example\n" * 20_000 + "x\n" * 100_000)
    read_mta_sts("v=STSv1; " + "id=1;" * 100_000 + "-" * 500_000)
    assert time.perf_counter() - start < 5


@given(st.from_regex(r"[A-Za-z0-9]{1,32}", fullmatch=True))
def test_a_built_record_is_read_again(id: str) -> None:  # noqa: A002 - the record's own word
    record = build_mta_sts(id=id)
    assert record.id == id
    assert read_mta_sts(record.text) == record
    assert (record.faults, record.unknown, record.repeated) == ((), (), ())


@pytest.mark.parametrize("id", ["", "a b", "1;x=2", "1; id=2", "a-b", 33 * "a", "1\n"])
def test_an_impossible_id_is_refused(id: str) -> None:  # noqa: A002 - as above
    with pytest.raises(ConfigurationError, match="1 to 32 letters and digits"):
        build_mta_sts(id=id)


@given(
    st.sampled_from(["enforce", "testing"]),
    st.lists(PATTERNS, min_size=1, max_size=5),
    st.integers(0, LONGEST_AGE),
)
def test_a_built_policy_is_read_again(mode: MTASTSMode, mx: list[str], max_age: int) -> None:
    policy = build_mta_sts_policy(mode=mode, mx=mx, max_age=max_age)
    assert (policy.mode, policy.mx, policy.max_age) == (mode, tuple(mx), max_age)
    assert read_mta_sts_policy(policy.text) == policy
    assert (policy.faults, policy.unknown, policy.repeated) == ((), (), ())


def test_a_policy_of_the_mode_none_is_built_without_mx() -> None:
    assert build_mta_sts_policy(mode="none", max_age=86400).mx == ()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"mode": "strict"}, "mode 'strict'"),
        ({"mx": ()}, "there is no mx"),
        ({"mx": "mx.example.com"}, "a list"),
        ({"mx": ["bücher.example"]}, "mx 'bücher.example'"),
        ({"mx": ["a\nmax_age: 5"]}, "a line end"),
        ({"mx": ["a\nmx: b"]}, "a line end"),
        ({"mx": ["a "]}, "spaces around"),
        ({"max_age": -1}, "max_age '-1'"),
        ({"max_age": LONGEST_AGE + 1}, "at most 31557600"),
    ],
)
def test_an_impossible_policy_is_refused(changes: dict[str, Any], named: str) -> None:
    values: dict[str, Any] = {"mode": "enforce", "mx": ["mx.example.com"], "max_age": 86400}
    with pytest.raises(ConfigurationError, match=named):
        build_mta_sts_policy(**values | changes)
