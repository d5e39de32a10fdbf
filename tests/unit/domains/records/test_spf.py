"""The SPF grammar: terms with their parts and places, and faults where something else stands."""

from ipaddress import IPv4Network, IPv6Network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains.records.fault import Span
from mailcore.domains.records.spf import (
    TERM_LIMIT,
    Mechanism,
    Modifier,
    build_spf,
    is_spf,
    read_spf,
)
from mailcore.errors import ConfigurationError


def only(term: str) -> Mechanism | Modifier:
    record = read_spf(f"v=spf1 {term}")
    assert record.faults == ()
    (found,) = record.terms
    return found


@pytest.mark.parametrize("text", ["v=spf1", "v=spf1 -all", "V=SPF1 -all", "v=SpF1 ", "v=spf1  a"])
def test_the_version_is_read_in_any_case(text: str) -> None:
    assert is_spf(text)


@pytest.mark.parametrize(
    "text", ["", "v=spf", "v=spf10", "v=spf1-all", "v=spf1\t-all", " v=spf1", "spf1 -all"]
)
def test_anything_else_is_no_spf_record(text: str) -> None:
    assert not is_spf(text)


@pytest.mark.parametrize(
    ("text", "qualifier", "name", "domain", "network", "prefix4", "prefix6"),
    [
        ("all", "+", "all", None, None, None, None),
        ("-ALL", "-", "all", None, None, None, None),
        ("?a", "?", "a", None, None, None, None),
        ("a/24", "+", "a", None, None, 24, None),
        ("a//64", "+", "a", None, None, None, 64),
        ("a:h.example.com/24//64", "+", "a", "h.example.com", None, 24, 64),
        ("a:foo:bar/baz.example.com", "+", "a", "foo:bar/baz.example.com", None, None, None),
        ("~mx:example.com", "~", "mx", "example.com", None, None, None),
        ("ptr", "+", "ptr", None, None, None, None),
        ("ptr:example.com.", "+", "ptr", "example.com.", None, None, None),
        ("include:_spf.%{d2}", "+", "include", "_spf.%{d2}", None, None, None),
        ("exists:%{i}._spf.%{d}", "+", "exists", "%{i}._spf.%{d}", None, None, None),
        ("exists:%{l1r+-}.%%%_%-.example.com", "+", "exists", None, None, None, None),
        ("ip4:192.0.2.0/24", "+", "ip4", None, "192.0.2.0", 24, None),
        ("ip4:192.0.2.1", "+", "ip4", None, "192.0.2.1", None, None),
        ("ip6:2001:DB8::/32", "+", "ip6", None, "2001:db8::", None, 32),
        ("ip6:::1.1.1.1/0", "+", "ip6", None, "::101:101", None, 0),
    ],
)
def test_a_mechanism_has_its_parts(
    text: str,
    qualifier: str,
    name: str,
    domain: str | None,
    network: str | None,
    prefix4: int | None,
    prefix6: int | None,
) -> None:
    term = only(text)
    assert isinstance(term, Mechanism)
    assert (term.qualifier, term.name, term.network) == (qualifier, name, network)
    assert (term.prefix4, term.prefix6) == (prefix4, prefix6)
    assert term.domain == (text.partition(":")[2] if name == "exists" else domain)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("redirect=_spf.example.com", "redirect", "_spf.example.com"),
        ("EXP=why.%{d}", "exp", "why.%{d}"),
        ("moo.cow-far_out=man:dog/cat", "moo.cow-far_out", "man:dog/cat"),
        ("default=", "default", ""),
    ],
)
def test_a_modifier_is_a_name_and_a_value(text: str, name: str, value: str) -> None:
    term = only(text)
    assert isinstance(term, Modifier)
    assert (term.name, term.value) == (name, value)


@pytest.mark.parametrize(
    "term",
    [
        "moo",
        "-",
        "1up=foo",
        "=all",
        "all.",
        "all:x.example",
        "all/8",
        "a:",
        "a/33",
        "a//129",
        "a/024",
        "a/24/64",
        "a:museum",
        "a:museum.",
        "a:abc.123",
        "a:111.222.33.44",
        "a:example.-com",
        "a:example.com-",
        "a:example.com:8080",
        "a:foo.example.com\0",
        "a:é.example.com",
        "ptr/0",
        "ptr:",
        "include",
        "include:",
        "include:h.example.com/24",
        "exists",
        "exists:%(ir).example.com",
        "exists:foo%.example.com",
        "exists:%{a}.example.com",
        "exists:%{r}.example.com",
        "exists:%{d0}.example.com",
        "exists:%{d}x",
        "ip4",
        "ip4:1.2.3",
        "ip4:1.2.3.4:25",
        "ip4:1.2.3.4/33",
        "ip4:1.2.3.4/032",
        "ip4:1.2.3.4/",
        "ip4:1.2.3.4//32",
        "ip4:2001:db8::1",
        "ip6:1.2.3.4",
        "ip6::CAFE::BABE",
        "ip6:fe80::1%eth0",
        "ip6:::1/129",
        "redirect:example.com",
        "+redirect=example.com",
        "redirect=",
        "redirect=-all",
        "exp=",
        "foo=%abc",
    ],
)
def test_what_the_grammar_does_not_know_is_a_fault(term: str) -> None:
    record = read_spf(f"v=spf1 {term} -all")
    assert [fault.span for fault in record.faults] == [Span(7, 7 + len(term))]
    assert len(record.terms) == 1


@pytest.mark.parametrize("name", ["redirect", "exp"])
def test_redirect_and_exp_are_there_once(name: str) -> None:
    record = read_spf(f"v=spf1 {name}=a.example {name}=b.example")
    (fault,) = record.faults
    assert record.text[slice(*fault.span)] == f"{name}=b.example"


def test_places_are_found_behind_any_number_of_spaces() -> None:
    text = "v=spf1   a  mx   -all "
    assert [text[slice(*term.span)] for term in read_spf(text).terms] == ["a", "mx", "-all"]


def test_a_bare_version_is_a_record_without_terms() -> None:
    record = read_spf("v=spf1")
    assert (record.terms, record.faults) == ((), ())


def test_what_costs_a_lookup() -> None:
    record = read_spf(
        "v=spf1 include:x.y a mx ptr exists:x.y ip4:1.1.1.1 ip6::: redirect=x.y exp=x.y all"
    )
    assert [term.name for term in record.terms if term.costs_lookup] == [
        "include",
        "a",
        "mx",
        "ptr",
        "exists",
        "redirect",
    ]


TERMS = st.lists(
    st.sampled_from(
        ["a", "mx/24", "ip4:192.0.2.1", "moo", "include:%{d}", "x=y", "redirect=a.b", "a:%", "\0"]
    )
)


@given(TERMS)
def test_every_piece_is_a_term_or_a_fault(pieces: list[str]) -> None:
    text = " ".join(["v=spf1", *pieces])
    record = read_spf(text)
    spans = {term.span for term in record.terms} | {fault.span for fault in record.faults}
    assert [text[slice(*span)] for span in sorted(spans)] == pieces


@given(st.text(max_size=80))
def test_no_text_makes_it_raise(text: str) -> None:
    record = read_spf(f"v=spf1 {text}")
    assert record.text == f"v=spf1 {text}"


def test_no_more_terms_are_read_than_there_is_reason_to() -> None:
    record = read_spf("v=spf1" + " a" * (TERM_LIMIT + 50))
    assert len(record.terms) == TERM_LIMIT
    (fault,) = record.faults
    assert fault.span == Span(6 + 2 * TERM_LIMIT + 1, len(record.text))


def test_a_record_is_built_with_the_cheapest_terms_first() -> None:
    record = build_spf(
        include=["_spf.example.net"],
        mx=True,
        a=["www.example.com"],
        ip6=["2001:db8::/32"],
        ip4=["192.0.2.0/24", IPv4Network("198.51.100.0/24")],
        exists=["%{i}.example.org"],
        all="-",
        exp="why.example.com",
    )
    assert record.text == (
        "v=spf1 ip4:192.0.2.0/24 ip4:198.51.100.0/24 ip6:2001:db8::/32 a:www.example.com mx "
        "exists:%{i}.example.org include:_spf.example.net -all exp=why.example.com"
    )
    assert record.faults == ()


def test_terms_are_built_in_an_order_of_ones_own() -> None:
    record = build_spf(terms=["?mx", "-ip4:192.0.2.1"], ip4=["192.0.2.0/24"], redirect="b.example")
    assert record.text == "v=spf1 ?mx -ip4:192.0.2.1 ip4:192.0.2.0/24 redirect=b.example"


def test_a_record_of_nobody_is_built() -> None:
    assert build_spf(all="-").text == "v=spf1 -all"


@pytest.mark.parametrize(
    "arguments",
    [
        {"ip4": ["192.0.2.0/33"]},
        {"ip4": ["2001:db8::1"]},
        {"ip4": "192.0.2.1"},
        {"ip6": ["192.0.2.1"]},
        {"include": ["a.example +all"]},
        {"include": ["a.example\n"]},
        {"include": ["bücher.example"]},
        {"include": [""]},
        {"include": ["_spf..a.example"]},
        {"redirect": f"{'a' * 64}.example"},
        {"terms": [""]},
        {"terms": ["", "a b"]},
        {"terms": ["-all", "a"]},
        {"terms": ["-all"], "redirect": "a.example"},
        {"all": "-", "redirect": "a.example"},
        {"all": "x"},
        {"a": ["example"]},
        {"exp": "%{z}.example"},
    ],
)
def test_what_would_be_no_good_record_is_not_built(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        build_spf(**arguments)


DOMAINS = st.lists(st.sampled_from(["a.example", "_spf.b.example", "%{ir}.c.example"]), max_size=3)


@given(
    st.lists(st.ip_addresses(v=4), max_size=3),
    st.lists(st.ip_addresses(v=6), max_size=3),
    st.booleans() | DOMAINS,
    DOMAINS,
    st.sampled_from([*"+-~?", None]),
)
def test_what_is_built_is_what_is_read(
    four: list[Any], six: list[Any], mx: Any, include: list[str], last: Any
) -> None:
    ip6 = [IPv6Network(address) for address in six]
    record = build_spf(ip4=four, ip6=ip6, mx=mx, include=include, all=last)
    assert read_spf(record.text) == record
    terms: dict[str, list[Mechanism]] = {}
    for term in record.mechanisms:
        terms.setdefault(term.name, []).append(term)
    assert [term.network for term in terms.get("ip4", [])] == [str(address) for address in four]
    assert [term.network for term in terms.get("ip6", [])] == [str(address) for address in six]
    exchanges = [None] if mx is True else mx or []
    assert [term.domain for term in terms.get("mx", [])] == exchanges
    assert [term.domain for term in terms.get("include", [])] == include
    assert [term.qualifier for term in terms.get("all", [])] == ([last] if last else [])


@pytest.mark.parametrize("text", ["v=spf1 -all", "V=SPF1  -ALL "])
def test_a_record_may_be_for_nobody(text: str) -> None:
    assert read_spf(text).is_for_nobody


@pytest.mark.parametrize("terms", ["", "all", "~all", "mx -all", "-all a", "-all x=y", "-all moo"])
def test_any_other_record_may_be_for_somebody(terms: str) -> None:
    assert not read_spf(f"v=spf1 {terms}").is_for_nobody
