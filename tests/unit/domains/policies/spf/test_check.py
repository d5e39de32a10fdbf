"""The SPF check: the record, its whole tree, its costs, and what is only not known."""

from typing import Any

import pytest

from mailcore.domains import SPF, CheckResult, DomainChecker, SPFPolicies, Zone
from mailcore.domains.policies.published import FINDING_LIMIT
from mailcore.domains.policies.spf.check import COSTS_SHOWN, SIZE_LIMIT


def check(text: Any, **others: Any) -> CheckResult[SPFPolicies]:
    """Check example.com with that record; the others are below it, `_` being "."."""
    records = {f"{name.replace('_', '.')}.example.com": node for name, node in others.items()}
    own = {} if text is None else {"example.com": {"TXT": text, "A": "192.0.2.1"}}
    zone = Zone({**own, **records})
    return DomainChecker(resolver=zone, checks=[SPF()]).check("example.com").spf


def codes(result: CheckResult[SPFPolicies]) -> list[str]:
    return [finding.code for finding in result.findings]


def lookups(result: CheckResult[SPFPolicies]) -> int:
    assert result.value is not None
    return result.value.lookups


@pytest.mark.parametrize(
    "text", ["v=spf1 -all", "V=SPF1 ~all", "v=spf1 a -all", "v=spf1 ip4:192.0.2.0/24 -all"]
)
def test_a_good_record_is_present_without_findings(text: str) -> None:
    result = check(text)
    assert (result.status, result.findings) == ("present", ())


def test_other_texts_are_passed_over() -> None:
    assert check(["x", "v=spf1 -all", "spf2.0/mfrom -all"]).findings == ()


def test_a_text_beside_the_record_that_is_nearly_one_is_told() -> None:
    result = check(["v=spf1 -all", "v=spf10 a -all"])
    assert (result.status, codes(result)) == ("present", ["spf.near-miss-beside"])
    assert result.findings[0].evidence == ("v=spf10 a -all",)


@pytest.mark.parametrize("text", [None, "x", [], "spf2.0/mfrom -all", "v=DMARC1; p=none"])
def test_no_record_is_absent(text: Any) -> None:
    result = check(text)
    assert (result.status, result.value, codes(result)) == ("absent", None, ["spf.missing"])


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1-all",
        "v=spf2.0/mfrom -all",
        "spf1 a -all",
        "v=spf",
        '"v=spf1 -all"',
        " v=spf1 -all",
        "v = spf1 -all",
        "v spf1 -all",
        "“v=spf1” -all",
        "\ufeffv=spf1 -all",
        "\u200bv=spf1 -all",
        "v=\u00adspf1 -all",
        "v=sfp1 -all",
        "v=psf1 -all",
        "v:spf1 -all",
        "v=spf 1 -all",
        "v= spf1 -all",
    ],
)
def test_a_record_that_is_nearly_one_is_absent(text: str) -> None:
    result = check(text)
    assert (result.status, codes(result)) == ("absent", ["spf.near-miss"])
    assert result.findings[0].evidence == (text,)


def test_several_records_are_an_error() -> None:
    result = check(["v=spf1 -all", "V=spf1 ~all"])
    assert (result.status, codes(result)) == ("invalid", ["spf.several"])


def test_every_fault_has_its_place() -> None:
    text = "v=spf1 moo ip4:1.2.3 -all"
    result = check(text)
    assert (result.status, codes(result)) == ("invalid", ["spf.syntax", "spf.syntax"])
    spans = [finding.span for finding in result.findings]
    assert [text[slice(*span)] for span in spans if span] == ["moo", "ip4:1.2.3"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("v=spf1 +all", "spf.pass-all"),
        ("v=spf1 all", "spf.pass-all"),
        ("v=spf1 ip4:0.0.0.0/0 -all", "spf.pass-all"),
        ("v=spf1 ip6:::/0 -all", "spf.pass-all"),
        ("v=spf1 a/0 -all", "spf.pass-all"),
        ("v=spf1 ?all", "spf.neutral-all"),
        ("v=spf1", "spf.no-all"),
        ("v=spf1 a", "spf.no-all"),
        ("v=spf1 ptr -all", "spf.ptr"),
        ("v=spf1 -all ip4:192.0.2.1", "spf.after-all"),
        ("v=spf1 redirect=b.example.com -all", "spf.after-all"),
        ("v=spf1 ip4:192.0.0.0/8 -all", "spf.range-wide"),
        ("v=spf1 ip6:2001::/16 -all", "spf.range-wide"),
        ("v=spf1 ip4:10.1.0.0/16 -all", "spf.range-private"),
        ("v=spf1 ip6:fd00::/8 -all", "spf.range-private"),
        ("v=spf1 include=b.example.com -all", "spf.mechanism-misspelt"),
        ("v=spf1 a:x..example.com -all", "spf.impossible-name"),
        ("v=spf1 a:gone.example.com -all", "spf.void"),
        ("v=spf1 mx -all", "spf.void"),
        ("v=spf1 exists:gone.example.com -all", "spf.void"),
    ],
)
def test_what_is_unwise_is_found_in_a_record_that_works(text: str, found: str) -> None:
    result = check(text)
    assert (result.status, codes(result)) == ("present", [found])


def test_a_name_that_is_there_whoever_sends_lets_everybody_pass() -> None:
    result = check("v=spf1 exists:b.example.com -all", b={"A": "127.0.0.2"})
    assert (result.status, codes(result)) == ("present", ["spf.pass-all"])
    assert result.findings[0].message == (
        "“exists:b.example.com” lets the whole Internet send for the domain"
    )


def test_so_it_does_in_a_record_that_is_included() -> None:
    included = {"TXT": "v=spf1 exists:b.example.com -all"}
    found = codes(check("v=spf1 include:c.example.com -all", b={"A": "127.0.0.2"}, c=included))
    assert found == ["spf.pass-all"]


@pytest.mark.parametrize(
    "text",
    [
        "v=spf1 -exists:b.example.com ~all",
        "v=spf1 ?exists:b.example.com -all",
        "v=spf1 exists:%{i}.b.example.com -all",
        "v=spf1 -include:c.example.com -all",
        "v=spf1 a:b.example.com -all",
    ],
)
def test_a_name_that_is_there_lets_nobody_else_pass(text: str) -> None:
    included = {"TXT": "v=spf1 exists:b.example.com -all"}
    assert check(text, b={"A": "192.0.2.2"}, c=included).findings == ()


def test_a_name_that_may_be_there_is_only_not_known() -> None:
    result = check("v=spf1 exists:b.example.com -all", b=Zone.FAIL)
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])


@pytest.mark.parametrize("text", ["v=spf1 -ip4:0.0.0.0/0 -all", "v=spf1 ip4:192.0.2.1/16 -all"])
def test_ranges_that_do_no_harm_are_no_findings(text: str) -> None:
    assert check(text).findings == ()


def test_a_private_network_is_wholly_private() -> None:
    assert codes(check("v=spf1 ip4:8.0.0.0/6 -all")) == ["spf.range-wide"]
    assert codes(check("v=spf1 ip4:10.0.0.0/7 -all")) == ["spf.range-wide"]
    assert codes(check("v=spf1 ip4:10.0.0.0/8 -all")) == ["spf.range-private"]


def test_the_terms_after_all_are_not_looked_up() -> None:
    result = check("v=spf1 -all include:gone.example.com")
    assert (result.queries, lookups(result)) == (1, 0)


def test_lookups_are_counted_through_the_whole_tree() -> None:
    result = check(
        "v=spf1 a include:b.example.com include:c.example.com exists:%{i}.example.com -all",
        b={"TXT": "v=spf1 a:example.com redirect=c.example.com"},
        c={"TXT": "v=spf1 a:example.com -all"},
    )
    assert result.value is not None
    assert lookups(result) == 1 + (1 + 1 + 1 + 1) + (1 + 1) + 1
    assert [(policy.domain, policy.lookups) for policy in result.value.policies] == [
        ("example.com", (1, 4, 2, 1, 0)),
        ("b.example.com", (1, 2)),
        ("c.example.com", (1, 0)),
    ]


TEN = " ".join(f"a/{prefix}" for prefix in range(23, 33))


def test_ten_lookups_are_allowed() -> None:
    assert codes(check(f"v=spf1 {TEN} -all")) == []


def test_eleven_lookups_are_an_error_that_says_what_costs_most() -> None:
    result = check(
        f"v=spf1 {TEN} include:b.example.com -all",
        b={"TXT": "v=spf1 a -all", "A": "192.0.2.1"},
    )
    assert (result.status, codes(result)) == ("invalid", ["spf.lookup-limit"])
    assert "12 DNS lookups" in result.findings[0].message
    advice = str(result.findings[0].advice)
    assert advice.count("“") == COSTS_SHOWN
    assert "“include:b.example.com” 2, “a/23” 1" in advice


@pytest.mark.parametrize(("names", "status"), [("ab", "present"), ("abc", "invalid")])
def test_two_void_lookups_are_allowed(names: str, status: str) -> None:
    terms = " ".join(f"a:{name}.example.com" for name in names)
    result = check(f"v=spf1 {terms} -all")
    assert result.status == status
    assert ("spf.void-limit" in codes(result)) is (status == "invalid")


def test_a_name_that_is_void_again_and_again_is_reported_once() -> None:
    result = check(f"v=spf1 {'a:gone.example.com ' * 3}a:gone.example.com/24 -all")
    assert result.value is not None
    assert result.value.void_lookups == 4
    assert codes(result) == ["spf.duplicate-term", "spf.void", "spf.void-limit"]


def test_voids_are_counted_through_the_whole_tree() -> None:
    result = check(
        "v=spf1 mx include:b.example.com redirect=b.example.com",
        b={"TXT": "v=spf1 a:gone.example.com include:c.example.com -all"},
        c={"TXT": "v=spf1 exists:gone.example.com a -all", "A": "192.0.2.1"},
    )
    assert result.value is not None
    assert result.value.void_lookups == 5
    assert [(policy.domain, policy.voids) for policy in result.value.policies] == [
        ("example.com", (1, 2, 2)),
        ("b.example.com", (1, 1, 0)),
        ("c.example.com", (1, 0, 0)),
    ]


def test_an_address_of_either_family_is_not_void() -> None:
    assert check("v=spf1 a:b.example.com -all", b={"AAAA": "2001:db8::1"}).findings == ()


def test_macros_are_not_looked_up() -> None:
    result = check("v=spf1 include:%{d}.example.net a:%{l}.example.net -all")
    assert (result.queries, lookups(result), result.findings) == (1, 2, ())


def test_an_include_without_record_is_an_error() -> None:
    result = check("v=spf1 include:b.example.com -all", b={"TXT": "x"})
    assert (result.status, codes(result)) == ("invalid", ["spf.include-missing"])


def test_a_redirect_without_record_is_an_error() -> None:
    result = check("v=spf1 redirect=gone.example.com")
    assert result.status == "invalid"
    assert "spf.include-missing" in codes(result)


def test_an_include_with_several_records_is_an_error_there() -> None:
    result = check("v=spf1 include:b.example.com -all", b={"TXT": ["v=spf1 a", "v=spf1 b"]})
    assert [(f.code, f.subject) for f in result.findings] == [("spf.several", "b.example.com")]


def test_faults_in_an_included_record_are_found_there() -> None:
    result = check("v=spf1 include:b.example.com -all", b={"TXT": "v=spf1 moo +all"})
    assert (result.status, [(f.code, f.subject) for f in result.findings]) == (
        "invalid",
        [("spf.syntax", "b.example.com"), ("spf.pass-all", "b.example.com")],
    )


@pytest.mark.parametrize(
    "terms",
    [
        "ip4:0.0.0.0/1 ip4:128.0.0.0/1",
        "ip4:0.0.0.0/2 ip4:128.0.0.0/1 mx ip4:64.0.0.0/2",
        "ip6:::/1 ip6:8000::/1",
    ],
)
def test_networks_that_leave_nothing_out_are_the_whole_internet(terms: str) -> None:
    found = check(f"v=spf1 {terms} -all").findings
    (finding,) = (finding for finding in found if finding.code == "spf.pass-all")
    assert "ip" in finding.message


def test_the_message_on_many_networks_stays_short() -> None:
    terms = " ".join(f"ip4:{n << 5 >> 8}.{n << 5 & 255}.0.0/11" for n in range(2048))
    found = check(f"v=spf1 {terms} -all").findings
    (finding,) = (finding for finding in found if finding.code == "spf.pass-all")
    assert "2045 more" in finding.message
    assert len(finding.message) < 250


@pytest.mark.parametrize(
    "terms",
    [
        "ip4:0.0.0.0/1 ip4:128.0.0.0/2",
        "ip4:0.0.0.0/1 -ip4:128.0.0.0/1",
        "ip4:0.0.0.0/1 ip6:8000::/1",
    ],
)
def test_networks_that_leave_something_out_are_not(terms: str) -> None:
    assert "spf.pass-all" not in codes(check(f"v=spf1 {terms} -all"))


@pytest.mark.parametrize("qualifier", "-~?")
@pytest.mark.parametrize("wide", ["+all", "ip4:192.0.0.0/8 -all"])
def test_what_an_included_record_passes_is_no_pass_without_plus(qualifier: str, wide: str) -> None:
    result = check(
        f"v=spf1 {qualifier}include:b.example.com -all",
        b={"TXT": "v=spf1 include:c.example.com -all"},
        c={"TXT": f"v=spf1 {wide}"},
    )
    assert (result.status, result.findings) == ("present", ())


def test_what_is_included_twice_passes_if_it_does_once() -> None:
    result = check(
        "v=spf1 -include:b.example.com redirect=c.example.com",
        b={"TXT": "v=spf1 include:d.example.com -all"},
        c={"TXT": "v=spf1 include:d.example.com -all"},
        d={"TXT": "v=spf1 +all"},
    )
    assert [(f.code, f.subject) for f in result.findings] == [("spf.pass-all", "d.example.com")]


def test_how_an_included_record_ends_does_not_matter() -> None:
    assert check("v=spf1 include:b.example.com -all", b={"TXT": "v=spf1 ?all"}).findings == ()


def test_a_redirect_ends_as_its_target_does() -> None:
    result = check("v=spf1 redirect=b.example.com", b={"TXT": "v=spf1 ?all"})
    assert [(f.code, f.subject) for f in result.findings] == [("spf.neutral-all", "b.example.com")]


def test_a_record_that_includes_itself_is_a_loop() -> None:
    result = check("v=spf1 include:example.com -all")
    assert (result.status, codes(result)) == ("invalid", ["spf.loop"])


def test_a_longer_loop_is_found_at_each_of_its_records() -> None:
    result = check(
        "v=spf1 include:b.example.com -all", b={"TXT": "v=spf1 include:example.com -all"}
    )
    assert [(f.code, f.subject) for f in result.findings] == [
        ("spf.loop", "example.com"),
        ("spf.loop", "b.example.com"),
    ]


def test_more_than_ten_exchanges_are_an_error() -> None:
    names = [f"mx{n}" for n in range(11)]
    result = check(
        "v=spf1 mx:b.example.com -all",
        b={"MX": [f"10 {name}.example.com" for name in names]},
        **{name: {"A": "192.0.2.1"} for name in names},
    )
    assert (result.status, codes(result)) == ("invalid", ["spf.mx-limit"])


def test_exchanges_without_address_are_void_lookups_of_their_term() -> None:
    result = check(
        "v=spf1 mx:b.example.com include:c.example.com -all",
        b={"MX": ["10 d.example.com", "20 e.example.com", "30 f.example.com"]},
        c={"TXT": "v=spf1 mx:b.example.com -all"},
        d={"A": "192.0.2.1"},
    )
    assert result.value is not None
    assert (result.status, result.value.void_lookups) == ("present", 2)  # terms, RFC 7208 4.6.4
    assert codes(result) == ["spf.void-host"] * 4
    assert "e.example.com, which has no address" in result.findings[0].message


def test_what_an_included_record_has_after_all_is_found_there() -> None:
    result = check(
        "v=spf1 include:b.example.com include:c.example.com -all",
        b={"TXT": "v=spf1 -all ip4:192.0.2.0/24"},
        c={"TXT": "v=spf1 redirect=b.example.com ~all"},
    )
    assert [(finding.code, finding.subject) for finding in result.findings] == [
        ("spf.after-all", "b.example.com"),
        ("spf.after-all", "c.example.com"),
    ]


@pytest.mark.parametrize("term", ["mx:b.example.com/0", "a:c.example.com//0", "a:d.example.com/0"])
def test_a_term_that_finds_no_address_of_a_family_lets_nobody_of_it_pass(term: str) -> None:
    result = check(f"v=spf1 {term} -all", b={"MX": "0 ."}, c={"A": "192.0.2.1"})
    assert "spf.pass-all" not in codes(result)


@pytest.mark.parametrize("term", ["mx:b.example.com/0", "a:c.example.com//0", "a:%{d}/0"])
def test_one_that_finds_any_lets_all_of_it_pass(term: str) -> None:
    result = check(
        f"v=spf1 {term} -all", b={"MX": "0 c.example.com"}, c={"A": "192.0.2.1", "AAAA": "::1"}
    )
    assert "spf.pass-all" in codes(result)


def test_a_record_at_the_limits_of_the_standard_is_read_whole() -> None:
    terms = " ".join(f"mx:m{n}.example.com" for n in range(10))
    exchanges = {
        f"m{n}": {"MX": [f"1 h{m}.m{n}.example.com" for m in range(10)]} for n in range(10)
    }
    hosts = {f"h{m}_m{n}": {"A": "192.0.2.1"} for n in range(10) for m in range(10)}
    assert check(f"v=spf1 {terms} -all", **exchanges, **hosts).findings == ()


def test_a_term_that_looks_for_exchanges_where_none_are_meant_to_be_finds_nothing() -> None:
    result = check("v=spf1 mx:b.example.com -all", b={"MX": "0 ."})
    assert result.value is not None
    assert (codes(result), result.value.void_lookups) == (["spf.void"], 0)


def test_an_exchange_of_which_nothing_is_known_leaves_the_record_unknown() -> None:
    result = check("v=spf1 mx:b.example.com -all", b={"MX": "0 d.example.com"}, d=Zone.FAIL)
    assert (result.status, {*codes(result)}) == ("unknown", {"dns.lookup-failed"})


def test_a_failed_lookup_is_unknown_and_not_missing() -> None:
    result = check(Zone.FAIL)
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])


def test_a_failed_lookup_below_leaves_the_rest_known() -> None:
    result = check("v=spf1 include:b.example.com a ?all", b=Zone.FAIL)
    assert (result.status, codes(result)) == ("unknown", ["spf.neutral-all", "dns.lookup-failed"])
    assert lookups(result) == 2


def test_the_tree_is_asked_level_by_level_and_each_name_once() -> None:
    result = check(
        "v=spf1 include:b.example.com include:c.example.com -all",
        b={"TXT": "v=spf1 include:d.example.com -all"},
        c={"TXT": "v=spf1 include:d.example.com -all"},
        d={"TXT": "v=spf1 -all"},
    )
    assert (result.queries, lookups(result), result.findings) == (4, 4, ())


def test_the_value_reads_as_the_record_and_its_cost() -> None:
    assert str(check("v=spf1 a -all").value) == "v=spf1 a -all (1 of 10 lookups)"


def test_a_long_term_is_shown_in_part() -> None:
    result = check(f"v=spf1 {'x' * 500} -all")
    assert len(result.findings[0].message) < 200


def test_texts_that_may_not_fit_a_packet_are_a_notice() -> None:
    fitting = ["v=spf1 -all", "x" * (SIZE_LIMIT - len("example.com") - len("v=spf1 -all"))]
    assert check(fitting).findings == ()
    result = check([*fitting, "x"])
    assert (result.status, codes(result)) == ("present", ["spf.size"])
    assert "451 octets" in result.findings[0].message


def test_the_explanation_has_to_be_one_text() -> None:
    text = "v=spf1 -all exp=why.example.com"
    assert check(text, why={"TXT": "%{i} may not send for %{d}"}).findings == ()
    assert codes(check(text)) == ["spf.explanation-missing"]
    assert codes(check(text, why={"TXT": ["a", "b"]})) == ["spf.explanation-missing"]
    assert check("v=spf1 -all exp=%{d}.example.com").findings == ()


def test_a_record_works_whatever_becomes_of_its_explanation() -> None:
    result = check("v=spf1 -all exp=why.example.com", why=Zone.FAIL)
    assert (result.status, codes(result)) == ("present", ["dns.lookup-failed"])


def test_an_alias_of_aliases_without_end_is_unknown() -> None:
    chain = {f"n{n}": {"CNAME": f"n{n + 1}.example.com"} for n in range(50)}
    result = check("v=spf1 include:n0.example.com a:n0.example.com -all", **chain)
    assert (result.status, {*codes(result)}) == ("unknown", {"dns.lookup-failed"})
    assert result.queries == 4


@pytest.mark.parametrize(
    ("term", "code"),
    [
        ("moo{}", "spf.syntax"),
        ("ip4:10.0.{}.0/24", "spf.range-private"),
        ("x{}=y", "spf.modifier-unknown"),
    ],
)
def test_many_terms_do_not_flood_the_report(term: str, code: str) -> None:
    terms = " ".join(term.format(number) for number in range(200))
    found = codes(check(f"v=spf1 {terms} -all"))
    assert found.count(code) == FINDING_LIMIT


def test_many_records_do_not_flood_the_report_either() -> None:
    names = [f"b{number}" for number in range(20)]
    includes = " ".join(f"include:{name}.example.com" for name in names)
    faulty: Any = {name: {"TXT": "v=spf1 moo1 moo2 moo3 -all"} for name in names}
    assert codes(check(f"v=spf1 {includes} -all", **faulty)).count("spf.syntax") == FINDING_LIMIT


@pytest.mark.parametrize(
    "term",
    [
        "redirect=_spf..example.com",
        "include:_spf..example.com -all",
        f"include:{'a' * 64}.example -all",
    ],
)
def test_a_record_that_leads_to_no_possible_name_is_broken(term: str) -> None:
    result = check(f"v=spf1 {term}")
    assert (result.status, codes(result)[0]) == ("invalid", "spf.target-malformed")


# As big providers published them in 2025 and 2026.
PUBLISHED = {
    "spf.protection.outlook.com": "v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15"
    " ip4:52.102.0.0/16 ip4:52.103.0.0/17 ip4:104.47.0.0/17 ip6:2a01:111:f400::/48 -all",
    "_netblocks.google.com": "v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:74.125.0.0/16"
    " ip4:173.194.0.0/16 ip4:209.85.128.0/17 ~all",
    "_netblocks2.google.com": "v=spf1 ip6:2001:4860:4000::/36 ip6:2404:6800:4000::/36"
    " ip6:2607:f8b0:4000::/36 ip6:2a00:1450:4000::/36 ~all",
    "amazonses.com": "v=spf1 ip4:199.255.192.0/22 ip4:54.240.0.0/18 ip4:69.169.224.0/20 -all",
    "icloud.com": "v=spf1 ip4:17.41.0.0/16 ip4:17.58.0.0/16 ip4:17.142.0.0/15 ~all",
}


@pytest.mark.parametrize("provider", PUBLISHED)
def test_the_records_of_big_providers_are_fine(provider: str) -> None:
    name = provider.partition(".")[0]
    zone = Zone(
        {
            "example.com": {"TXT": f"v=spf1 include:{provider} -all"},
            provider: {"TXT": PUBLISHED[provider]},
        }
    )
    report = DomainChecker(resolver=zone, checks=[SPF()]).check("example.com")
    assert (name, codes(report.spf)) == (name, [])
