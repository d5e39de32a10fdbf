"""The MX check: null, implicit, aliased, unreachable, and what is only not known."""

from collections.abc import Mapping
from typing import Any

import pytest

from mailcore.domains import MX, CheckResult, DomainChecker, MXHosts, Zone
from mailcore.domains.policies.published import FINDING_LIMIT
from mailcore.domains.servers.mx import HOST_LIMIT, exchanges, is_null
from mailcore.net.dns import MXRecord, Query


def check(records: Mapping[str, Any]) -> CheckResult[MXHosts]:
    return DomainChecker(resolver=Zone(records), checks=[MX()]).check("example.com").mx


def codes(result: CheckResult[MXHosts]) -> list[str]:
    return [finding.code for finding in result.findings]


def with_host(*addresses: str, kind: str = "A") -> dict[str, Any]:
    return {"example.com": {"MX": "10 mx.example.com"}, "mx.example.com": {kind: addresses}}


def test_hosts_are_in_the_order_of_preference_with_their_addresses() -> None:
    result = check(
        {
            "example.com": {"MX": ["20 b.example.com", "10 a.example.com"]},
            "a.example.com": {"A": "192.0.2.1", "AAAA": "2001:db8::1"},
            "b.example.com": {"A": "192.0.2.2"},
        }
    )
    assert result.value is not None
    assert [(host.exchange, host.addresses) for host in result.value.hosts] == [
        ("a.example.com", ("192.0.2.1", "2001:db8::1")),
        ("b.example.com", ("192.0.2.2",)),
    ]
    assert (result.status, result.findings) == ("present", ())
    assert str(result.value) == "10 a.example.com, 20 b.example.com"


def test_a_null_mx_says_that_no_mail_is_taken() -> None:
    result = check({"example.com": {"MX": "0 ."}})
    assert result.value is not None
    assert (result.status, result.value.is_null, codes(result)) == ("present", True, ["mx.null"])


def test_a_null_mx_has_the_preference_zero() -> None:
    result = check({"example.com": {"MX": "10 ."}})
    assert codes(result) == ["mx.null", "mx.null-preference"]


def test_a_null_mx_stands_alone() -> None:
    records = with_host("192.0.2.1") | {"example.com": {"MX": ["0 .", "10 mx.example.com"]}}
    result = check(records)
    assert (result.status, codes(result)) == ("invalid", ["mx.null-with-others"])


@pytest.mark.parametrize("kind", [{"A": "192.0.2.1"}, {"AAAA": "2001:db8::1"}])
def test_an_address_stands_in_for_missing_mx_records(kind: dict[str, str]) -> None:
    result = check({"example.com": kind})
    assert result.value is not None
    assert (result.status, result.value.is_implicit, codes(result)) == (
        "absent",
        True,
        ["mx.implicit"],
    )


def test_a_domain_without_mx_and_address_takes_no_mail() -> None:
    result = check({"example.com": {"TXT": "x"}})
    assert (result.status, result.value, codes(result)) == ("absent", None, ["mx.missing"])


def test_a_domain_may_not_exist() -> None:
    result = check({})
    assert (result.status, codes(result)) == ("absent", ["mx.domain-missing"])


def test_a_domain_may_be_an_alias_of_one_that_does_not_exist() -> None:
    result = check({"example.com": {"CNAME": "gone.example.net"}})
    assert (result.status, codes(result)) == ("absent", ["mx.alias-dangling"])
    assert "gone.example.net, which does not exist" in result.findings[0].message


def test_an_exchange_may_be_an_alias_of_a_name_that_does_not_exist() -> None:
    result = check(
        {
            "example.com": {"MX": "10 mx.example.com"},
            "mx.example.com": {"CNAME": "gone.example.net"},
        }
    )
    assert (result.status, codes(result)) == ("invalid", ["mx.alias", "mx.alias-dangling"])


def test_an_exchange_that_does_not_exist_is_an_error() -> None:
    result = check({"example.com": {"MX": "10 gone.example.com"}})
    assert (result.status, codes(result)) == ("invalid", ["mx.host-missing"])


def test_an_exchange_without_address_is_an_error() -> None:
    result = check({"example.com": {"MX": "10 mx.example.com"}, "mx.example.com": {"TXT": "x"}})
    assert (result.status, codes(result)) == ("invalid", ["mx.no-address"])


def test_an_exchange_is_no_alias() -> None:
    result = check(
        {
            "example.com": {"MX": "10 alias.example.com"},
            "alias.example.com": {"CNAME": "host.example.net"},
            "host.example.net": {"A": "192.0.2.1"},
        }
    )
    assert (result.status, codes(result)) == ("present", ["mx.alias"])
    assert "host.example.net" in result.findings[0].message


@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("A", "10.1.2.3"),
        ("A", "127.0.0.1"),
        ("A", "100.64.0.1"),
        ("A", "172.31.255.255"),
        ("A", "192.168.0.1"),
        ("A", "169.254.1.1"),
        ("A", "0.0.0.0"),
        ("A", "224.0.0.1"),
        ("AAAA", "::1"),
        ("AAAA", "fd00::1"),
        ("AAAA", "fe80::1"),
    ],
)
def test_an_address_that_the_internet_cannot_reach_is_an_error(kind: str, address: str) -> None:
    result = check(with_host(address, kind=kind))
    assert (result.status, codes(result)) == ("invalid", ["mx.address-private"])


@pytest.mark.parametrize("address", ["192.0.2.1", "8.8.8.8", "172.32.0.1", "100.128.0.1"])
def test_other_addresses_are_fine(address: str) -> None:
    assert check(with_host(address)).findings == ()


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_an_address_is_no_exchange(address: str) -> None:
    result = check({"example.com": {"MX": f"10 {address}"}})
    assert (result.status, codes(result)) == ("invalid", ["mx.address-literal"])


def test_an_exchange_is_listed_once() -> None:
    records = with_host("192.0.2.1")
    records["example.com"] = {"MX": ["10 mx.example.com", "20 MX.example.com"]}
    result = check(records)
    assert (result.status, codes(result)) == ("present", ["mx.duplicate"])


def test_no_more_hosts_are_looked_up_than_the_limit() -> None:
    records: dict[str, Any] = {f"mx{n}.example.com": {"A": "192.0.2.1"} for n in range(50)}
    records["example.com"] = {"MX": [f"10 mx{n}.example.com" for n in range(50)]}
    result = check(records)
    assert (codes(result), result.queries) == (["mx.too-many"], 61)


def test_a_failed_lookup_is_unknown() -> None:
    result = check({"example.com": Zone.FAIL})
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])


def test_a_failed_address_lookup_is_unknown_and_not_missing() -> None:
    result = check({"example.com": {"MX": "10 mx.example.com"}, "mx.example.com": Zone.FAIL})
    assert result.status == "unknown"
    assert set(codes(result)) == {"dns.lookup-failed"}
    assert result.value is not None


def test_one_failed_family_leaves_the_other_known() -> None:
    result = check(
        {
            "example.com": {"MX": "10 mx.example.com"},
            "mx.example.com": {"A": Zone.FAIL, "AAAA": "2001:db8::1"},
        }
    )
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])
    assert result.value is not None
    assert result.value.hosts[0].addresses == ("2001:db8::1",)


def test_a_failed_address_lookup_leaves_an_implicit_mx_unknown() -> None:
    result = check({"example.com": {"TXT": "x", "A": Zone.FAIL}})
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])


def test_many_addresses_do_not_flood_the_report() -> None:
    result = check(with_host(*(f"10.0.{high}.{low}" for high in range(4) for low in range(250))))
    assert codes(result) == ["mx.address-private"] * FINDING_LIMIT
    assert result.value is not None
    assert len(result.value.hosts[0].addresses) == 1000


# What other checks share


@pytest.mark.parametrize(
    ("records", "null"),
    [
        ({"example.com": {"MX": ["0 .", "10 ."]}}, True),
        ({"example.com": {"MX": ["0 .", "10 mx.example.com"]}}, False),
        ({"example.com": {"TXT": "x"}}, False),
        ({}, False),
        ({"example.com": Zone.FAIL}, False),
    ],
)
def test_only_null_mx_records_say_that_no_mail_is_taken(
    records: dict[str, Any], *, null: bool
) -> None:
    assert is_null(Zone(records).lookup(Query("example.com", "MX"))) is null


def test_exchanges_are_given_once_each_the_most_preferred_first() -> None:
    records = ["30 a.example.com", "20 b.example.com", "10 A.example.com", "0 .", "5 192.0.2.1"]
    lookup = Zone({"example.com": {"MX": records}}).lookup(Query("example.com", "MX"))
    assert exchanges(lookup) == [MXRecord(10, "a.example.com"), MXRecord(20, "b.example.com")]


def test_no_more_exchanges_are_given_than_the_limit() -> None:
    records = {"example.com": {"MX": [f"10 mx{n}.example.com" for n in range(50)]}}
    assert len(exchanges(Zone(records).lookup(Query("example.com", "MX")))) == HOST_LIMIT


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ({"example.com": {"TXT": "x"}}, [MXRecord(0, "example.com")]),
        ({}, []),
        ({"example.com": Zone.FAIL}, []),
    ],
)
def test_without_mx_records_a_domain_that_exists_is_its_own_exchange(
    records: dict[str, Any], found: list[MXRecord]
) -> None:
    assert exchanges(Zone(records).lookup(Query("example.com", "MX"))) == found
