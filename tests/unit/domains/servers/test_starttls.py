"""The STARTTLS check, against real TLS servers on loopback."""

import math
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains import AsyncDomainChecker, CheckResult, DomainChecker, Zone
from mailcore.domains.servers.starttls import PROBE_LIMIT, StartTLS, StartTLSHosts
from mailcore.errors import ConfigurationError
from mailcore.net.tls import TLS
from tests.certificates import Certificates
from tests.colours import Colour
from tests.peers import Close, Conversation, Peer, Silence, SMTPScript, read_line

Records = dict[str, Any]
Start = Callable[[Conversation], Peer]
Serve = Callable[[str | ssl.SSLContext], Peer]

OFFER = b"250-script\r\n250 STARTTLS"
HOST: Records = {"example.com": {"MX": "10 mx.example.com"}, "mx.example.com": {"A": "127.0.0.1"}}


@pytest.fixture(scope="module")
def leaves(certificates: Certificates) -> dict[str, Path]:
    """Give certificates of the exchange, good and bad."""
    return {
        "good": certificates._leaf("mx_good", "mx.example.com", age=-90),
        "expiring": certificates._leaf("mx_expiring", "mx.example.com"),
        "short-lived": certificates._leaf("mx_short_lived", "mx.example.com", born=0),
        "expired": certificates._leaf("mx_expired", "mx.example.com", age=10),
        "wrong name": certificates.good,
        "self-signed": certificates.self_signed,
    }


@pytest.fixture
def serve(peer: Start, certificates: Certificates, leaves: dict[str, Path]) -> Serve:
    """Start SMTP servers that show a certificate, or have a context."""

    def start(what: str | ssl.SSLContext) -> Peer:
        context = certificates.server_context(leaves[what]) if isinstance(what, str) else what

        def converse(client: socket.socket) -> None:
            for answer in (b"220 hi", OFFER):
                client.sendall(answer + b"\r\n")
                read_line(client)
            client.sendall(b"220 go\r\n")
            with suppress(ssl.SSLError), context.wrap_socket(client, server_side=True) as private:
                read_line(private)
                private.sendall(b"221 bye\r\n")

        return peer(converse)

    return start


@pytest.fixture
def check(certificates: Certificates) -> Callable[..., CheckResult[StartTLSHosts]]:
    """Check a domain whose servers all listen at one port."""

    def run(server: Peer | int, records: Records = HOST) -> CheckResult[StartTLSHosts]:
        port = server if isinstance(server, int) else server.port
        checks = [
            StartTLS(port=port, tls=TLS(ca_file=certificates.authority), timeout=2.0, private=True)
        ]
        report = DomainChecker(resolver=Zone(records), checks=checks).check("example.com")
        result: CheckResult[StartTLSHosts] = report.results["starttls"]
        return result

    return run


Check = Callable[..., CheckResult[StartTLSHosts]]


def codes(result: CheckResult[StartTLSHosts]) -> list[str]:
    return [finding.code for finding in result.findings]


def test_a_good_server_is_present_without_findings(check: Check, serve: Serve) -> None:
    result = check(serve("good"))
    assert (result.status, result.findings, result.queries) == ("present", (), 3)
    assert result.value is not None
    (host,) = result.value.hosts
    assert (host.is_offered, host.is_verified, host.problem) == (True, True, None)
    assert (host.version, host.names) == ("TLSv1.3", ("mx.example.com",))
    assert (host.issuer, host.cipher is None) == ("mailcore tests' authority", False)
    assert str(result.value) == "mx.example.com TLSv1.3"
    assert "mx.example.com" in result.value.model_dump_json()


def test_both_colours_check_alike(colour: Colour, certificates: Certificates, serve: Serve) -> None:
    tls = TLS(ca_file=certificates.authority)
    checks = [StartTLS(port=serve("good").port, tls=tls, private=True)]
    if colour.name == "blocking":
        report = DomainChecker(resolver=Zone(HOST), checks=checks).check("example.com")
    else:
        checker = AsyncDomainChecker(resolver=Zone(HOST), checks=checks)
        report = colour.run(checker.check("example.com"))
    assert report.results["starttls"].status == "present"


@pytest.mark.parametrize(
    ("certificate", "found"),
    [
        ("expired", "starttls.expired"),
        ("wrong name", "starttls.wrong-name"),
        ("self-signed", "starttls.untrusted"),
    ],
)
def test_a_certificate_that_does_not_hold_is_a_warning(
    check: Check, serve: Serve, certificate: str, found: str
) -> None:
    result = check(serve(certificate))
    assert (result.status, codes(result)) == ("present", [found])
    assert result.value is not None
    (host,) = result.value.hosts
    assert (host.is_offered, host.is_verified, host.names) == (True, False, ())
    assert host.problem is not None


def test_a_certificate_that_ends_soon_is_a_warning(check: Check, serve: Serve) -> None:
    result = check(serve("expiring"))
    assert (result.status, codes(result)) == ("present", ["starttls.expiring"])
    assert "in 0 days" in result.findings[0].message


def test_a_certificate_of_few_days_is_none(check: Check, serve: Serve) -> None:
    result = check(serve("short-lived"))
    assert (result.status, codes(result)) == ("present", [])


def test_a_server_that_knows_only_old_versions_is_an_error(
    check: Check, serve: Serve, leaves: dict[str, Path]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaves["good"])
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    result = check(serve(context))
    assert (result.status, codes(result)) == ("invalid", ["starttls.version"])


@pytest.mark.parametrize(
    ("answers", "status", "found"),
    [
        ({}, "absent", "starttls.missing"),
        ({"greeting": b"554 5.7.1 go away"}, "unknown", "starttls.refused"),
        ({"greeting": Close}, "unknown", "starttls.broken"),
        ({"greeting": Silence}, "unknown", "starttls.broken"),
        ({"greeting": b"\x1b[31m"}, "unknown", "starttls.broken"),
        ({"EHLO": b"550 not you"}, "unknown", "starttls.refused"),
        ({"EHLO": OFFER, "STARTTLS": b"454 not now"}, "invalid", "starttls.unavailable"),
        ({"EHLO": OFFER, "STARTTLS": b"220 go\r\n250 x"}, "invalid", "starttls.injected"),
    ],
)
def test_every_other_end_is_a_finding(
    check: Check, peer: Start, answers: dict[str, Any], status: str, found: str
) -> None:
    result = check(peer(SMTPScript(**answers)))
    assert (result.status, codes(result)) == (status, [found])
    assert str(result.value).startswith("mx.example.com ")


def test_a_handshake_that_fails_is_an_error(
    check: Check, serve: Serve, leaves: dict[str, Path]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaves["good"])
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # the key is not RSA: nothing fits
    result = check(serve(context))
    assert (result.status, codes(result)) == ("invalid", ["starttls.handshake"])


def test_a_server_that_cannot_be_reached_is_unknown(check: Check) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        result = check(bound.getsockname()[1])
    assert (result.status, codes(result)) == ("unknown", ["starttls.unreachable"])
    assert "another network" in (result.findings[0].advice or "")


def test_one_server_out_of_reach_hides_no_other(check: Check, serve: Serve) -> None:
    records = HOST | {
        "example.com": {"MX": ["10 mx.example.com", "20 away.example.com"]},
        "away.example.com": {"A": "127.0.0.2"},
    }
    result = check(serve("good"), records)
    assert (result.status, codes(result)) == ("unknown", ["starttls.unreachable"])
    assert result.value is not None
    assert [host.is_offered for host in result.value.hosts] == [True, None]


def test_no_more_servers_are_connected_to_than_the_limit(check: Check, peer: Start) -> None:
    names = [f"mx{n}.example.com" for n in range(20)]
    records: Records = {name: {"A": "127.0.0.1"} for name in names}
    records["example.com"] = {"MX": [f"{n} {name}" for n, name in enumerate(names)]}
    server = peer(SMTPScript())
    result = check(server, records)
    assert codes(result) == ["starttls.too-many"] + ["starttls.missing"] * PROBE_LIMIT
    assert server.connections == PROBE_LIMIT


def test_a_name_that_no_certificate_can_have_is_an_error(check: Check) -> None:
    records: Records = {"example.com": {"MX": "10 m!x.example.com"}}
    records["m!x.example.com"] = {"A": "127.0.0.1"}
    result = check(1, records)
    assert (result.status, codes(result)) == ("absent", ["starttls.impossible-name"])


@pytest.mark.parametrize(
    "records",
    [
        {},
        {"example.com": {"MX": "0 ."}},
        {"example.com": {"MX": "10 mx.example.com"}},
    ],
)
def test_without_servers_there_is_nothing_to_connect_to(check: Check, records: Records) -> None:
    result = check(1, records)
    assert (result.status, result.value, result.findings) == ("absent", None, ())


@given(failing=st.sets(st.sampled_from(sorted(HOST)), min_size=1))
def test_a_failed_lookup_is_unknown(failing: set[str]) -> None:
    zone = Zone(HOST | dict.fromkeys(failing, Zone.FAIL))
    report = DomainChecker(resolver=zone, checks=[StartTLS(port=1, private=True)]).check(
        "example.com"
    )
    result = report.results["starttls"]
    assert (result.status, set(codes(result))) == ("unknown", {"dns.lookup-failed"})


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": math.inf},
        {"port": 0},
        {"local_name": "a b"},
        {"tls": TLS(fingerprints="ab" * 32)},
    ],
)
def test_settings_that_cannot_work_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        StartTLS(**options)


def test_a_private_server_is_not_connected_to_unless_it_is_meant() -> None:
    zone = Zone({"example.com": {"MX": "10 mx.example.com"}, "mx.example.com": {"A": "127.0.0.1"}})
    report = DomainChecker(resolver=zone, checks=[StartTLS(port=1)]).check("example.com")
    assert (report.starttls.status, report.starttls.value) == ("unknown", None)
    assert [finding.code for finding in report.findings] == ["starttls.private"]
