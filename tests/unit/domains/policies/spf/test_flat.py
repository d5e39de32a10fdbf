"""A flat SPF record lets pass what the original does, and says what it could not make flat."""

import time
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailcore.domains.policies.spf.flat import NETWORK_LIMIT, FlatSPF, inquire_flat
from mailcore.domains.policies.spf.tree import QUERY_LIMIT
from mailcore.domains.records.spf import TERM_LIMIT, Mechanism, read_spf
from mailcore.errors import ConfigurationError, ResolutionFailed
from mailcore.net.dns import Answer, Query, Zone

SECONDS = 3.0  # of work, for what anybody can publish


def flatten(records: dict[str, Any], **others: Any) -> FlatSPF:
    """Flatten n0's record; the others are hosts."""
    zone = Zone(
        {
            **{f"{name}.example": {"TXT": text} for name, text in records.items()},
            **{f"{name}.example": node for name, node in others.items()},
        }
    )
    inquiry = inquire_flat("n0.example")
    questions = [*next(inquiry)]
    while True:
        answers: Any = {
            query: zone.lookup(query) for query in questions if isinstance(query, Query)
        }
        try:
            questions = [*inquiry.send(answers)]
        except StopIteration as done:
            flat: FlatSPF = done.value
            return flat


def codes(flat: FlatSPF) -> list[str]:
    return [finding.code for finding in flat.findings]


def test_names_are_replaced_by_addresses() -> None:
    flat = flatten(
        {
            "n1": "v=spf1 ip4:198.51.100.0/24 include:n2.example ~all",
            "n2": "v=spf1 ip6:2001:db8::/32 ?all",
        },
        www={"A": "192.0.2.1", "AAAA": "2001:db9::1"},
        mail={"A": ["192.0.2.8", "192.0.2.9"]},
        n0={"TXT": "v=spf1 mx a:www.example include:n1.example -all", "MX": "1 mail.example"},
    )
    assert str(flat) == (
        "v=spf1 ip4:192.0.2.1 ip4:192.0.2.8/31 ip4:198.51.100.0/24 "
        "ip6:2001:db8::/32 ip6:2001:db9::1 -all"
    )
    assert codes(flat) == ["spf.flat-stale"]
    assert flat.ttl == 3600
    assert "3600 seconds" in flat.findings[0].message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=spf1 ip4:192.0.2.0/25 ip4:192.0.2.128/25 -all", "v=spf1 ip4:192.0.2.0/24 -all"),
        ("v=spf1 ip4:192.0.2.1/24 ip4:192.0.2.7 ~all", "v=spf1 ip4:192.0.2.0/24 ~all"),
        (
            "v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 ?all",
            "v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 ?all",
        ),
        ("v=spf1 ?a:h.example a:h.example/31", "v=spf1 ?ip4:192.0.2.1 ip4:192.0.2.0/31"),
        ("v=spf1 a:h.example -all a:h.example", "v=spf1 ip4:192.0.2.1 -all"),
        ("v=spf1 ~include:n1.example -all", "v=spf1 ~ip4:198.51.100.1 -all"),
        ("v=spf1 a:h.example redirect=n1.example", "v=spf1 ip4:192.0.2.1 ip4:198.51.100.1 ?all"),
        ("v=spf1 a:gone.example -all", "v=spf1 -all"),
        ("v=spf1 a:h.example -all exp=n2.example", "v=spf1 ip4:192.0.2.1 -all exp=n2.example"),
    ],
)
def test_the_order_of_qualifiers_stays(text: str, expected: str) -> None:
    flat = flatten(
        {"n0": text, "n1": "v=spf1 ip4:198.51.100.1 ?all", "n2": "why"}, h={"A": "192.0.2.1"}
    )
    assert str(flat) == expected
    assert "spf.flat-kept" not in codes(flat)


@pytest.mark.parametrize(
    "term",
    [
        "exists:%{i}.example",
        "ptr",
        "a:%{d}",
        "include:%{d}.example",
        "include:exists.example",
        "include:excludes.example",
        "include:all.example",
        "include:broken.example",
        "include:gone.example",
        "include:n0.example",
        "include:several.example",
        "mx:many.example",
        "a:a..example",
    ],
)
def test_what_is_no_list_of_addresses_stays_as_it_is(term: str) -> None:
    flat = flatten(
        {
            "n0": f"v=spf1 ip4:192.0.2.1 {term} a:h.example -all",
            "exists": "v=spf1 exists:%{i}.example -all",
            "excludes": "v=spf1 -ip4:192.0.2.1 ip4:192.0.2.0/24 -all",
            "all": "v=spf1 +all",
            "broken": "v=spf1 moo -all",
            "several": ["v=spf1 -all", "v=spf1 ~all"],
        },
        h={"A": "192.0.2.2"},
        many={"MX": [f"1 m{number}.example" for number in range(11)]},
    )
    assert str(flat) == f"v=spf1 ip4:192.0.2.1 {term} ip4:192.0.2.2 -all"
    assert codes(flat) == ["spf.flat-stale", "spf.flat-kept"]
    assert term in flat.findings[1].message


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ("v=spf1 redirect=n1.example exp=why.example", "v=spf1 a:h.example -all"),
        ("v=spf1 redirect=n1.example", "v=spf1 a:h.example -all exp=why.example"),
        ("v=spf1 redirect=n1.example", "v=spf1 exists:%{d}.example -all"),
        ("v=spf1 redirect=n1.example", "v=spf1 redirect=n0.example"),
        ("v=spf1 redirect=gone.example", ""),
    ],
)
def test_a_redirect_to_more_than_addresses_stays(own: str, other: str) -> None:
    flat = flatten({"n0": own, "n1": other}, h={"A": "192.0.2.2"})
    assert str(flat) == own
    assert codes(flat) == ["spf.flat-kept"]


def test_a_record_that_is_flat_does_not_go_stale() -> None:
    assert flatten({"n0": "v=spf1 ip4:192.0.2.1 -all"}).findings == ()


def test_a_long_record_is_warned_of() -> None:
    addresses = [f"192.0.2.{number}" for number in range(0, 100, 2)]
    flat = flatten({"n0": "v=spf1 a:h.example -all"}, h={"A": addresses})
    assert codes(flat) == ["spf.flat-stale", "spf.flat-long"]


@pytest.mark.parametrize("name", ["n0", "n1", "h", "mail"])
def test_a_failed_lookup_gives_no_record(name: str) -> None:
    records = {"n0": "v=spf1 a:h.example mx:m.example include:n1.example -all", "n1": "v=spf1 -all"}
    hosts = {"h": {"A": "192.0.2.1"}, "m": {"MX": "1 mail.example"}, "mail": {"A": "192.0.2.2"}}
    flatten(records, **hosts)
    with pytest.raises(ResolutionFailed, match=f"{name}.example"):
        flatten(records, **{**hosts, name: Zone.FAIL})


@pytest.mark.parametrize(
    "own",
    ["x", ["v=spf1 -all", "v=spf1 ~all"], "v=spf1 moo -all"],
)
def test_what_is_no_record_that_works_is_refused(own: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"n0\.example"):
        flatten({"n0": own})


def test_a_tree_without_end_is_refused() -> None:
    chain = {f"n{n}": f"v=spf1 include:n{n + 1}.example -all" for n in range(50)}
    with pytest.raises(ConfigurationError, match="more than"):
        flatten(chain)
    wide = " ".join(f"a:h{n}.example" for n in range(QUERY_LIMIT))
    with pytest.raises(ConfigurationError, match="more than"):
        flatten({"n0": f"v=spf1 {wide} -all"})


def test_includes_of_includes_cost_bounded_work() -> None:
    doubling = {f"n{n}": f"v=spf1{f' include:n{n + 1}.example' * 10} -all" for n in range(10)}
    before = time.process_time()
    assert str(flatten({**doubling, "n10": "v=spf1 -all"})) == "v=spf1 -all"
    with pytest.raises(ConfigurationError, match=f"more than {NETWORK_LIMIT}"):
        flatten({**doubling, "n10": "v=spf1 ip4:192.0.2.1 -all"})
    assert time.process_time() - before < SECONDS


def test_more_addresses_than_a_record_has_room_for_are_refused() -> None:
    many = " ".join(f"ip4:10.{n // 100}.{n % 100}.1" for n in range(TERM_LIMIT - 1))
    more = "v=spf1 ip4:192.0.2.1 ip4:192.0.2.3 -all"
    with pytest.raises(ConfigurationError, match="no record has room"):
        flatten({"n0": f"v=spf1 include:n1.example {many}", "n1": more})


# A receiver, as far as the records below need one (RFC 7208 4 and 5).
RESULTS = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


def evaluate(zone: Zone, text: str, ip: str, depth: int = 0) -> str:
    record = read_spf(text)
    for term in record.mechanisms:
        if term.name == "include":
            below = published(zone, str(term.domain))
            if below is None or depth > 8:
                return "permerror"
            result = evaluate(zone, below, ip, depth + 1)
            if result == "permerror":
                return result
            matches = result == "pass"
        else:
            matches = term.name == "all" or any(
                ip_address(ip) in ip_network(network, strict=False)
                for network in listed(zone, term)
            )
        if matches:
            return RESULTS[term.qualifier]
    redirect = record.modifier("redirect")
    if redirect is None:
        return "neutral"
    below = published(zone, redirect.value)
    if below is None or depth > 8:
        return "permerror"
    return evaluate(zone, below, ip, depth + 1)


def listed(zone: Zone, term: Mechanism) -> list[str]:
    prefix = 32 if term.prefix4 is None else term.prefix4
    if term.name == "ip4":
        return [f"{term.network}/{prefix}"]
    answer = zone.lookup(Query(str(term.domain), "A"))
    return [f"{text}/{prefix}" for text in answer.texts] if isinstance(answer, Answer) else []


def published(zone: Zone, domain: str) -> str | None:
    answer = zone.lookup(Query(domain, "TXT"))
    return answer.texts[0] if isinstance(answer, Answer) else None


ADDRESSES = [*map(str, ip_network("10.0.0.0/30")), "192.0.2.1"]
INCLUDES = st.sampled_from(
    [f"{sign}include:n{n}.example" for sign in ("", "-") for n in (1, 2, 3, 4)]
)
MECHANISMS = st.builds(
    "{}{}".format,
    st.sampled_from(["", "", "-", "?"]),
    st.sampled_from(
        [f"ip4:{address}/{prefix}" for address in ADDRESSES for prefix in (31, 32)]
        + [f"a:h{number}.example{prefix}" for number in (0, 1, 2) for prefix in ("", "/31")]
    ),
)
ENDS = st.sampled_from(
    ["", "all", "-all", "~all", "?all", "redirect=n1.example", "redirect=n2.example"]
)
RECORDS = st.builds(
    lambda terms, end: " ".join(filter(None, ["v=spf1", *terms, end])),
    st.lists(INCLUDES | MECHANISMS, max_size=4),
    ENDS,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(RECORDS, min_size=4, max_size=4))
def test_a_flat_record_gives_every_address_what_the_original_does(texts: list[str]) -> None:
    records = {f"n{number}": text for number, text in enumerate(texts)}
    hosts = {f"h{number}": {"A": f"10.0.0.{number}"} for number in range(2)}
    flat = flatten(records, **hosts)
    zone = Zone(
        {
            **{f"{name}.example": {"TXT": text} for name, text in records.items()},
            **{f"{name}.example": node for name, node in hosts.items()},
        }
    )
    for address in ADDRESSES:
        original = evaluate(zone, texts[0], address)
        assert evaluate(zone, flat.record.text, address) == original


def test_what_other_modifiers_say_is_said_once() -> None:
    flat = flatten(
        {
            "n0": "v=spf1 foo=bar redirect=n1.example",
            "n1": "v=spf1 ip4:192.0.2.1 -all foo=bar",
        }
    )
    assert str(flat) == "v=spf1 ip4:192.0.2.1 -all foo=bar"
