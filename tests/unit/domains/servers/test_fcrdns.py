"""The check of reverse names: they are there, and lead back (RFC 8601 3)."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains import CheckResult, DomainChecker, Zone
from mailcore.domains.servers.fcrdns import ADDRESS_LIMIT, NAME_LIMIT, FCrDNS, FCrDNSAddresses
from mailcore.errors import ConfigurationError

Records = dict[str, Any]

POINTER = "1.2.0.192.in-addr.arpa"
GOOD: Records = {
    "example.com": {"MX": "10 mx.example.com"},
    "mx.example.com": {"A": "192.0.2.1"},
    POINTER: {"PTR": "mx.example.com"},
}


def check(
    records: Records, *, addresses: Iterable[str] | None = None
) -> CheckResult[FCrDNSAddresses]:
    checks = [FCrDNS(addresses=addresses)]
    report = DomainChecker(resolver=Zone(records), checks=checks).check("example.com")
    result: CheckResult[FCrDNSAddresses] = report.results["fcrdns"]
    return result


def codes(result: CheckResult[FCrDNSAddresses]) -> list[str]:
    return [finding.code for finding in result.findings]


def named(name: str, address: str = "192.0.2.1") -> Records:
    """Give a domain whose exchange's address has a name that leads back."""
    return GOOD | {POINTER: {"PTR": name}, name: {"A": address}}


def test_a_name_that_leads_back_is_present_without_findings() -> None:
    result = check(GOOD)
    assert (result.status, result.findings, result.queries) == ("present", (), 4)
    assert result.value is not None
    (found,) = result.value.addresses
    assert (found.address, found.names, found.is_confirmed) == (
        "192.0.2.1",
        ("mx.example.com",),
        True,
    )
    assert str(result.value) == "192.0.2.1 mx.example.com"


def test_ipv6_addresses_have_names_too() -> None:
    pointer = "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa"
    records = {
        "example.com": {"MX": "10 mx.example.com"},
        "mx.example.com": {"AAAA": "2001:db8::1"},
        pointer: {"PTR": "mx.example.com"},
    }
    assert (check(records).status, check(records).findings) == ("present", ())


def test_addresses_without_a_name_are_absent() -> None:
    result = check({name: node for name, node in GOOD.items() if name != POINTER})
    assert (result.status, codes(result)) == ("absent", ["fcrdns.missing"])
    assert POINTER in (result.findings[0].advice or "")
    assert str(result.value) == "192.0.2.1 no name"


@pytest.mark.parametrize(
    "records",
    [
        {POINTER: {"PTR": "other.example.net"}},
        {POINTER: {"PTR": "other.example.net"}, "other.example.net": {"A": "192.0.2.9"}},
    ],
)
def test_a_name_that_does_not_lead_back_is_invalid(records: Records) -> None:
    result = check(GOOD | records)
    assert (result.status, codes(result)) == ("invalid", ["fcrdns.unconfirmed"])
    assert "other.example.net. A 192.0.2.1" in (result.findings[0].advice or "")


def test_one_address_of_two_without_a_name_is_invalid() -> None:
    result = check(GOOD | {"mx.example.com": {"A": ["192.0.2.1", "192.0.2.2"]}})
    assert (result.status, codes(result)) == ("invalid", ["fcrdns.missing"])


def test_several_names_are_a_notice_if_one_leads_back() -> None:
    result = check(GOOD | {POINTER: {"PTR": ["a.example.com", "mx.example.com"]}})
    assert (result.status, codes(result)) == ("present", ["fcrdns.several"])


def test_a_name_may_be_an_alias() -> None:
    records = {
        POINTER: {"CNAME": "1.customer.example.net"},
        "1.customer.example.net": {"PTR": "mx.example.com"},
    }
    assert check(GOOD | records).status == "present"


@pytest.mark.parametrize(
    "name",
    [
        "192-0-2-1.example.net",
        "static.1.2.0.192.example.net",
        "host192.0.2.1.example.net",
        "c0000201.example.net",
        "192-000-002-001.example.net",
        "a.dynamic.example.net",
        "dyn7.example.net",
        "p5b.dip0.example.net",
    ],
)
def test_a_name_that_anybody_gets_is_a_notice(name: str) -> None:
    result = check(named(name))
    assert (result.status, codes(result)) == ("present", ["fcrdns.generic"])


@pytest.mark.parametrize(
    "name",
    ["mail-2.example.net", "mx01.eur05.example.net", "dynamics.example.net", "pooled.example.net"],
)
def test_other_names_are_fine(name: str) -> None:
    assert check(named(name)).findings == ()


def test_an_ipv6_address_in_a_name_is_a_notice() -> None:
    pointer = "1." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa"
    name = "2001-0db8-0000-0000-0000-0000-0000-0001.example.net"
    records = {pointer: {"PTR": name}, name: {"AAAA": "2001:db8::1"}}
    assert codes(check(records, addresses=["2001:db8::1"])) == ["fcrdns.generic"]


# Given addresses


def test_given_addresses_are_checked_in_the_place_of_the_exchanges() -> None:
    result = check(GOOD, addresses=["192.0.2.2"])
    assert (result.status, codes(result), result.queries) == ("absent", ["fcrdns.missing"], 1)


def test_given_addresses_are_read_in_any_form() -> None:
    assert FCrDNS(addresses=["2001:DB8:0::1", "2001:db8::1"]).addresses == ("2001:db8::1",)


@pytest.mark.parametrize("addresses", ["192.0.2.1", ["mx.example.com"], ["192.0.2"], ["fe80::1%a"]])
def test_what_is_no_address_is_refused(addresses: Any) -> None:
    with pytest.raises(ConfigurationError):
        FCrDNS(addresses=addresses)


# Failures and bounds


@pytest.mark.parametrize("records", [{}, {"example.com": {"MX": "0 ."}}])
def test_a_domain_without_servers_is_absent(records: Records) -> None:
    result = check(records)
    assert (result.status, result.value, result.findings) == ("absent", None, ())


@given(failing=st.sets(st.sampled_from(sorted(GOOD)), min_size=1))
def test_whatever_fails_is_unknown_and_nothing_is_missing(failing: set[str]) -> None:
    result = check(GOOD | dict.fromkeys(failing, Zone.FAIL))
    assert (result.status, set(codes(result))) == ("unknown", {"dns.lookup-failed"})


def test_a_failed_way_back_leaves_it_open() -> None:
    records = {POINTER: {"PTR": "other.example.net"}, "other.example.net": Zone.FAIL}
    result = check(GOOD | records)
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])
    assert result.value is not None
    assert result.value.addresses[0].is_confirmed is None


def test_an_address_with_many_names_is_confirmed_by_the_first_ten_or_not_at_all() -> None:
    names = [f"n{number}.example.net" for number in range(NAME_LIMIT)]
    result = check(GOOD | {POINTER: {"PTR": [*names, "mx.example.com"]}})
    assert (result.status, codes(result)[0]) == ("invalid", "fcrdns.unconfirmed")
    assert result.value is not None
    assert result.value.addresses[0].is_confirmed is False


def test_hostile_zones_cost_bounded_queries() -> None:
    addresses = [f"192.0.2.{n}" for n in range(100)]
    names = [f"n{n}.example.net" for n in range(100)]
    records: Records = {f"{n}.2.0.192.in-addr.arpa": {"PTR": names} for n in range(100)}
    records["example.com"] = {"MX": "10 mx.example.com"}
    records["mx.example.com"] = {"A": addresses}
    result = check(records)
    assert codes(result)[0] == "fcrdns.too-many"
    assert result.queries <= 3 + ADDRESS_LIMIT * (1 + NAME_LIMIT)
    assert len(result.findings) <= 1 + 2 * ADDRESS_LIMIT


def test_any_of_ten_names_can_confirm_an_address() -> None:
    names = [f"n{number}.example" for number in range(9)]
    zone = Zone(
        {
            "example.com": {"MX": "10 mx.example.com"},
            "mx.example.com": {"A": "192.0.2.1"},
            "1.2.0.192.in-addr.arpa": {"PTR": [*names, "mx.example.com"]},
        }
    )
    result = DomainChecker(resolver=zone, checks=[FCrDNS()]).check("example.com").fcrdns
    assert result.status == "present"
