"""The check of the SRV records that mail programs look for (RFC 6186, RFC 8314)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains import CheckResult, DomainChecker, Zone
from mailcore.domains.servers.autodiscovery import (
    RECORD_LIMIT,
    TARGET_LIMIT,
    Autodiscovery,
    MailServices,
)

Records = dict[str, Any]

SERVERS: Records = {
    "imap.example.com": {"A": "192.0.2.1"},
    "smtp.example.com": {"A": "192.0.2.2", "AAAA": "2001:db8::2"},
}
IMAPS = {"_imaps._tcp.example.com": {"SRV": "0 1 993 imap.example.com"}}
SUBMISSIONS = {"_submissions._tcp.example.com": {"SRV": "0 1 465 smtp.example.com"}}
GOOD: Records = SERVERS | IMAPS | SUBMISSIONS


def check(records: Records, domain: str = "example.com") -> CheckResult[MailServices]:
    report = DomainChecker(resolver=Zone(records), checks=[Autodiscovery()]).check(domain)
    result: CheckResult[MailServices] = report.results["autodiscovery"]
    return result


def codes(result: CheckResult[MailServices]) -> list[str]:
    return [finding.code for finding in result.findings]


def test_good_records_are_present_without_findings() -> None:
    result = check(GOOD)
    assert (result.status, result.findings, result.queries) == ("present", (), 14)
    assert str(result.value) == "imaps imap.example.com:993, submissions smtp.example.com:465"


def test_servers_are_in_the_order_in_which_they_are_tried() -> None:
    records = GOOD | {
        "_imaps._tcp.example.com": {
            "SRV": [
                "10 1 993 c.example.com",
                "0 1 993 b.example.com",
                "0 5 993 imap.example.com",
            ]
        },
        "b.example.com": {"A": "192.0.2.3"},
        "c.example.com": {"A": "192.0.2.3"},
    }
    value = check(records).value
    assert value is not None
    assert [server.host for server in value.servers if server.service == "imaps"] == [
        "imap.example.com",
        "b.example.com",
        "c.example.com",
    ]


def test_no_records_are_absent() -> None:
    result = check({})
    assert (result.status, result.value, codes(result)) == (
        "absent",
        None,
        ["autodiscovery.missing"],
    )


def test_names_that_lead_nowhere_are_told_once() -> None:
    alias = {"CNAME": "gone.example"}
    result = check({"_imaps._tcp.example.com": alias, "autodiscover.example.com": alias})
    assert codes(result).count("dns.alias-dangling") == 2
    assert result.status == "absent"


def test_hosts_for_configuration_are_in_the_value() -> None:
    records = {
        "autoconfig.example.com": {"CNAME": "autoconfig.example.net"},
        "autoconfig.example.net": {"A": "192.0.2.7"},
    }
    result = check(records)
    assert result.value is not None
    assert (result.status, result.value.hosts) == ("absent", ("autoconfig",))


def test_a_service_may_be_said_not_to_be_offered() -> None:
    result = check(GOOD | {"_pop3._tcp.example.com": {"SRV": "0 0 0 ."}})
    assert (result.status, result.findings) == ("present", ())
    assert result.value is not None
    assert result.value.not_offered == ("pop3",)
    assert str(result.value).endswith("no pop3")


def test_a_service_is_offered_or_not() -> None:
    records = {"_imaps._tcp.example.com": {"SRV": ["0 0 0 .", "0 1 993 imap.example.com"]}}
    result = check(GOOD | records)
    assert (result.status, codes(result)) == ("invalid", ["autodiscovery.not-offered-with-others"])


@pytest.mark.parametrize(
    ("service", "port", "private"),
    [("imap", 143, "imaps"), ("pop3", 110, "pop3s"), ("submission", 587, "submissions")],
)
def test_a_service_that_begins_in_the_clear_alone_is_a_notice(
    service: str, port: int, private: str
) -> None:
    records = SERVERS | (SUBMISSIONS if service != "submission" else IMAPS)
    records |= {f"_{service}._tcp.example.com": {"SRV": f"0 1 {port} imap.example.com"}}
    result = check(records)
    assert (result.status, codes(result)) == ("present", ["autodiscovery.tls-missing"])
    assert f"_{private}._tcp.example.com. SRV" in (result.findings[0].advice or "")


@pytest.mark.parametrize(
    ("records", "advice"), [(IMAPS, "_submissions._tcp"), (SUBMISSIONS, "_imaps._tcp")]
)
def test_reading_without_sending_is_a_notice_and_the_other_way_round(
    records: Records, advice: str
) -> None:
    result = check(SERVERS | records)
    assert (result.status, codes(result)) == ("present", ["autodiscovery.half"])
    assert advice in (result.findings[0].advice or "")


def test_an_unusual_port_is_a_notice() -> None:
    records = {"_imaps._tcp.example.com": {"SRV": "0 1 9993 imap.example.com"}}
    result = check(GOOD | records)
    assert (result.status, codes(result)) == ("present", ["autodiscovery.port"])


@pytest.mark.parametrize(
    ("node", "found"),
    [
        ({}, "autodiscovery.target-missing"),
        ({"gone.example.com": {"TXT": "x"}}, "autodiscovery.no-address"),
    ],
)
def test_a_server_without_address_is_an_error(node: Records, found: str) -> None:
    records = {"_imaps._tcp.example.com": {"SRV": "0 1 993 gone.example.com"}}
    result = check(GOOD | records | node)
    assert (result.status, codes(result)) == ("invalid", [found])
    assert result.findings[0].subject == "_imaps._tcp.example.com"


def test_a_server_is_no_alias() -> None:
    result = check(GOOD | {"imap.example.com": {"CNAME": "smtp.example.com"}})
    assert (result.status, codes(result)) == ("present", ["autodiscovery.alias"])


def test_a_server_of_two_services_is_looked_at_once() -> None:
    records = {"_submissions._tcp.example.com": {"SRV": "0 1 465 gone.example.com"}}
    records |= {"_imaps._tcp.example.com": {"SRV": "0 1 993 gone.example.com"}}
    result = check(records)
    assert (result.queries, codes(result)) == (12, ["autodiscovery.target-missing"])


# Failures and bounds


@given(failing=st.sets(st.sampled_from(sorted({*GOOD, "autoconfig.example.com"})), min_size=1))
def test_whatever_fails_is_unknown_and_nothing_is_missing(failing: set[str]) -> None:
    result = check(GOOD | dict.fromkeys(failing, Zone.FAIL))
    assert (result.status, set(codes(result))) == ("unknown", {"dns.lookup-failed"})


def test_a_failed_lookup_hides_no_other_service() -> None:
    records: Records = {f"_{one}._tcp.example.com": Zone.FAIL for one in ("imaps", "submissions")}
    records |= {"_imap._tcp.example.com": {"SRV": "0 1 143 imap.example.com"}}
    result = check(SERVERS | records)
    assert (result.status, set(codes(result))) == ("unknown", {"dns.lookup-failed"})
    assert str(result.value) == "imap imap.example.com:143"


def test_a_domain_that_is_too_long_has_none() -> None:
    domain = ".".join(["a" * 60] * 4) + ".example"
    result = check({}, domain)
    assert result.status == "absent"
    assert set(codes(result)) == {"autodiscovery.missing", "dns.impossible-name"}


def test_hostile_zones_cost_bounded_queries() -> None:
    many = [f"{n} 1 1 n{n}.example.com" for n in range(200)]
    services = ("imap", "imaps", "pop3", "pop3s", "submission", "submissions")
    result = check({f"_{name}._tcp.example.com": {"SRV": many} for name in services})
    assert "autodiscovery.too-many" in codes(result)
    assert result.queries <= 8 + 2 * TARGET_LIMIT
    assert len(result.findings) <= 1 + 6 * RECORD_LIMIT + TARGET_LIMIT


def test_tls_that_is_said_not_to_be_offered_is_missing() -> None:
    zone = Zone(
        {
            "_imap._tcp.example.com": {"SRV": "0 1 143 mail.example.com"},
            "_imaps._tcp.example.com": {"SRV": "0 0 0 ."},
            "mail.example.com": {"A": "192.0.2.1"},
            "autoconfig.example.com": {"AAAA": "2001:db8::1"},
        }
    )
    checker = DomainChecker(resolver=zone, checks=[Autodiscovery()])
    result = checker.check("example.com").autodiscovery
    assert "autodiscovery.tls-missing" in [finding.code for finding in result.findings]
    assert result.value is not None
    assert result.value.hosts == ("autoconfig",)
