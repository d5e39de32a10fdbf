"""The DANE check: what a validating resolver vouches for, and what SMTP senders can use (RFC 7672)."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains import MX, CheckResult, DomainChecker, Zone
from mailcore.domains.servers.dane import DANE, RECORD_LIMIT, DANEHosts
from mailcore.domains.servers.mx import HOST_LIMIT
from mailcore.net.backend import Backend
from mailcore.net.dns import DNS, Batches, Lookup, Lookups, Query

Records = dict[str, Any]

DIGEST = "ab" * 32
GOOD = f"3 1 1 {DIGEST}"
HOST: Records = {"example.com": {"MX": "10 mx.example.com"}, "mx.example.com": {"A": "192.0.2.1"}}
TWO_HOSTS: Records = {
    "example.com": {"MX": ["10 a.example.com", "20 b.example.com"]},
    "a.example.com": {"A": "192.0.2.1"},
    "b.example.com": {"A": "192.0.2.2"},
    "_25._tcp.a.example.com": {"TLSA": GOOD},
}


def with_tlsa(*records: str) -> Records:
    return HOST | {"_25._tcp.mx.example.com": {"TLSA": records}}


def check(records: Mapping[str, Any] | DNS, *, signed: bool = True) -> CheckResult[DANEHosts]:
    dns = Zone(records, is_authenticated=signed) if isinstance(records, Mapping) else records
    report = DomainChecker(resolver=dns, checks=[DANE()]).check("example.com")
    result: CheckResult[DANEHosts] = report.results["dane"]
    return result


def codes(result: CheckResult[DANEHosts]) -> list[str]:
    return [finding.code for finding in result.findings]


class PartlySigned:
    """A validating resolver to which some names are signed and others are not."""

    def __init__(self, records: Records, *, unsigned: set[tuple[str, str]]) -> None:
        self._signed = Zone(records, is_authenticated=True)
        self._other = Zone(records)
        self._unsigned = unsigned

    def lookups(self, backend: Backend) -> Lookups:
        del backend

        async def answer(queries: Any) -> list[Lookup]:
            return [self._zone(query).lookup(query) for query in queries]

        return Batches(answer)

    def _zone(self, query: Query) -> Zone:
        return self._other if (query.name, query.type) in self._unsigned else self._signed


def test_good_records_are_present_without_findings() -> None:
    result = check(with_tlsa(GOOD))
    assert (result.status, result.findings, result.queries) == ("present", (), 4)
    assert result.value is not None
    (host,) = result.value.hosts
    assert (host.exchange, host.is_authenticated) == ("mx.example.com", True)
    assert [str(record) for record in host.records] == [GOOD]
    assert str(result.value) == "mx.example.com 3 1 1"


@pytest.mark.parametrize("record", [f"2 0 1 {DIGEST}", f"2 1 2 {'ab' * 64}", f"3 1 2 {'ab' * 64}"])
def test_every_form_that_senders_use_is_fine(record: str) -> None:
    assert check(with_tlsa(record)).findings == ()


def test_the_value_can_be_dumped_to_json() -> None:
    result = check(with_tlsa(GOOD))
    assert result.value is not None
    assert DIGEST in result.value.model_dump_json()


def test_no_records_are_absent() -> None:
    result = check(HOST)
    assert (result.status, codes(result)) == ("absent", ["dane.missing"])
    assert str(result.value) == "mx.example.com none"


@pytest.mark.parametrize("records", [{}, {"example.com": {"MX": "0 ."}}])
def test_a_domain_that_takes_no_mail_has_no_records(records: Records) -> None:
    result = check(records)
    assert (result.status, result.value, result.findings) == ("absent", None, ())


def test_a_domain_without_mx_records_is_its_own_exchange() -> None:
    result = check({"example.com": {"A": "192.0.2.1"}, "_25._tcp.example.com": {"TLSA": GOOD}})
    assert (result.status, result.findings) == ("present", ())


def test_records_that_nobody_vouches_for_are_unknown() -> None:
    result = check(with_tlsa(GOOD), signed=False)
    assert (result.status, codes(result)) == ("unknown", ["dane.insecure"])
    assert result.value is not None
    assert result.value.hosts[0].is_authenticated is False


def test_a_name_of_records_that_leads_nowhere_is_told() -> None:
    result = check(HOST | {"_25._tcp.mx.example.com": {"CNAME": "gone.example"}})
    assert (result.status, codes(result)) == ("absent", ["dane.missing", "dns.alias-dangling"])


def test_no_records_are_absent_with_any_resolver() -> None:
    assert check(HOST, signed=False).status == "absent"


@pytest.mark.parametrize(
    ("unsigned", "status", "found"),
    [
        (("_25._tcp.mx.example.com", "TLSA"), "invalid", "dane.unsigned"),
        (("mx.example.com", "A"), "invalid", "dane.address-unsigned"),
        (("example.com", "MX"), "present", "dane.mx-unsigned"),
    ],
)
def test_a_part_that_is_not_signed_is_found(
    unsigned: tuple[str, str], status: str, found: str
) -> None:
    result = check(PartlySigned(with_tlsa(GOOD), unsigned={unsigned}))
    assert (result.status, codes(result)) == (status, [found])


def test_an_exchange_without_records_beside_others_is_found() -> None:
    result = check(TWO_HOSTS)
    assert (result.status, codes(result)) == ("present", ["dane.partial"])
    assert result.findings[0].subject == "b.example.com"
    assert str(result.value) == "a.example.com 3 1 1; b.example.com none"


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (f"0 0 1 {DIGEST}", "dane.usage"),
        (f"1 1 1 {DIGEST}", "dane.usage"),
        (f"4 1 1 {DIGEST}", "dane.parameters"),
        (f"255 1 1 {DIGEST}", "dane.parameters"),
        (f"3 2 1 {DIGEST}", "dane.parameters"),
        (f"3 1 3 {DIGEST}", "dane.parameters"),
        ("3 1 1 abcd", "dane.length"),
        (f"3 1 2 {DIGEST}", "dane.length"),
        ("3 1 0", "dane.length"),
    ],
)
def test_records_that_senders_cannot_use_are_invalid(record: str, found: str) -> None:
    result = check(with_tlsa(record))
    assert (result.status, codes(result)) == ("invalid", [found, "dane.unusable"])


def test_a_record_that_cannot_be_used_beside_a_good_one_is_a_warning() -> None:
    result = check(with_tlsa(GOOD, f"1 1 1 {DIGEST}"))
    assert (result.status, codes(result)) == ("present", ["dane.usage"])
    assert result.findings[0].evidence == (f"1 1 1 {DIGEST}",)


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (f"3 1 0 {'30' * 300}", "dane.full"),
        (f"2 0 0 {'30' * 300}", "dane.full"),
        (f"3 0 1 {DIGEST}", "dane.renewal"),
    ],
)
def test_a_record_that_is_a_burden_is_a_notice(record: str, found: str) -> None:
    result = check(with_tlsa(record))
    assert (result.status, codes(result)) == ("present", [found])
    assert len(result.findings[0].message) < 200


# Aliases (RFC 7672 2.2.2)

ALIASED: Records = {
    "example.com": {"MX": "10 mx.example.com"},
    "mx.example.com": {"CNAME": "host.example.net"},
    "host.example.net": {"A": "192.0.2.1"},
}


def test_the_records_at_the_end_of_an_alias_come_first() -> None:
    result = check(
        ALIASED
        | {
            "_25._tcp.host.example.net": {"TLSA": GOOD},
            "_25._tcp.mx.example.com": {"TLSA": f"3 1 1 {'00' * 32}"},
        }
    )
    assert result.value is not None
    assert [str(record) for record in result.value.hosts[0].records] == [GOOD]


def test_an_alias_may_have_the_records_itself() -> None:
    result = check(ALIASED | {"_25._tcp.mx.example.com": {"TLSA": GOOD}})
    assert (result.status, result.findings) == ("present", ())


def test_a_failure_at_the_end_of_an_alias_is_unknown() -> None:
    zones = {"_25._tcp.host.example.net": Zone.FAIL, "_25._tcp.mx.example.com": {"TLSA": GOOD}}
    assert check(ALIASED | zones).status == "unknown"


def test_an_alias_to_a_zone_that_is_not_signed_keeps_its_own_records() -> None:
    records = ALIASED | {"_25._tcp.mx.example.com": {"TLSA": GOOD}}
    result = check(PartlySigned(records, unsigned={("mx.example.com", "A")}))
    assert (result.status, result.findings) == ("present", ())


# Failures and bounds


@pytest.mark.parametrize("name", ["example.com", "mx.example.com", "_25._tcp.mx.example.com"])
def test_a_failed_lookup_is_unknown_and_nothing_is_missing(name: str) -> None:
    result = check(with_tlsa(GOOD) | {name: Zone.FAIL})
    assert result.status == "unknown"
    assert "dns.lookup-failed" in codes(result)
    assert not {"dane.missing", "dane.partial"} & set(codes(result))


@given(failing=st.sets(st.sampled_from(sorted({*TWO_HOSTS, "_25._tcp.b.example.com"})), min_size=1))
def test_whatever_fails_is_unknown(failing: set[str]) -> None:
    result = check(TWO_HOSTS | dict.fromkeys(failing, Zone.FAIL))
    assert result.status == "unknown"
    assert "dane.missing" not in codes(result)


def test_an_exchange_whose_name_is_too_long_has_no_records() -> None:
    name = ".".join(["a" * 60] * 4) + ".example"
    result = check({"example.com": {"MX": f"10 {name}"}, name: {"A": "192.0.2.1"}})
    assert (result.status, codes(result)) == ("absent", ["dane.missing", "dns.impossible-name"])


def test_hostile_records_cost_bounded_queries_and_findings() -> None:
    names = [f"mx{n}.example.com" for n in range(100)]
    bad = [f"9 9 9 {n:04x}" for n in range(100)]
    records: Records = {f"_25._tcp.{name}": {"TLSA": bad} for name in names}
    records["example.com"] = {"MX": [f"10 {name}" for name in names]}
    result = check(records)
    assert result.queries == 1 + 3 * HOST_LIMIT
    assert len(result.findings) <= HOST_LIMIT * (RECORD_LIMIT + 2)


def test_it_asks_the_same_questions_as_the_mx_check() -> None:
    zone = Zone(with_tlsa(GOOD), is_authenticated=True)
    report = DomainChecker(resolver=zone, checks=[MX(), DANE()]).check("example.com")
    assert report.queries == 4
