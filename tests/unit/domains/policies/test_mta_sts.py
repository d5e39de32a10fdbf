"""The MTA-STS check: the record, and the policy from a real HTTPS server (RFC 8461)."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from mailcore.domains import MX, AsyncDomainChecker, CheckResult, DomainChecker, Zone
from mailcore.domains.policies.mta_sts import MTASTS, POLICY_LIMIT, MTASTSDeployment
from mailcore.errors import ConfigurationError
from mailcore.net.http import HTTPS
from tests.certificates import Certificates
from tests.colours import Colour
from tests.peers import Conversation, Peer

Serve = Callable[..., Peer]
Fetching = Callable[..., CheckResult[MTASTSDeployment]]

RECORD = "v=STSv1; id=20260101"
POLICY = "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 604800\n"
MAIL: dict[str, Any] = {"example.com": {"MX": "10 mx.example.com"}}
ANNOUNCED: dict[str, Any] = {**MAIL, "_mta-sts.example.com": {"TXT": RECORD}}
HOST = {"mta-sts.example.com": {"A": "127.0.0.1"}}


def check(records: Any, *, https: HTTPS | None = None) -> CheckResult[MTASTSDeployment]:
    checks = [MTASTS(fetch=https is not None, https=https, private=True)]
    report = DomainChecker(resolver=Zone(records), checks=checks).check("example.com")
    result: CheckResult[MTASTSDeployment] = report.results["mta_sts"]
    return result


def codes(result: CheckResult[MTASTSDeployment]) -> list[str]:
    return [finding.code for finding in result.findings]


# The record alone


def test_a_good_record_is_present_without_findings() -> None:
    result = check({"_mta-sts.example.com": {"TXT": ["something else", RECORD]}})
    assert (result.status, result.findings, result.queries) == ("present", (), 1)
    assert result.value is not None
    assert result.value.record is not None
    assert (result.value.record.id, result.value.policy) == ("20260101", None)
    assert str(result.value) == "id 20260101"


def test_the_record_may_be_an_alias_of_a_providers() -> None:
    records = {
        "_mta-sts.example.com": {"CNAME": "sts.example.net"},
        "sts.example.net": {"TXT": RECORD},
    }
    assert check(records).status == "present"


def test_no_record_is_absent() -> None:
    result = check({})
    assert (result.status, result.value, codes(result)) == ("absent", None, ["mta_sts.missing"])


def test_a_domain_that_takes_no_mail_needs_no_record() -> None:
    result = check({"example.com": {"MX": "0 ."}})
    assert (result.status, result.findings, result.queries) == ("absent", (), 2)


def test_a_failed_lookup_is_unknown() -> None:
    result = check({"_mta-sts.example.com": Zone.FAIL})
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])


def test_a_domain_that_is_too_long_for_the_record_has_none() -> None:
    domain = ".".join(["a" * 60] * 4) + ".example"
    result = DomainChecker(resolver=Zone({}), checks=[MTASTS(fetch=True)]).check(domain)
    assert result.results["mta_sts"].status == "absent"


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ([RECORD, "v=STSv1; id=2"], ["mta_sts.several"]),
        (["v=stsv1; id=1"], ["mta_sts.near-miss"]),
        (["id=1; v=STSv1"], ["mta_sts.near-miss"]),
        (["v=STSv1"], ["mta_sts.syntax"]),
        (["v=STSv1; id=2026-01-01"], ["mta_sts.syntax"]),
    ],
)
def test_a_record_that_does_not_work_is_invalid(texts: list[str], found: list[str]) -> None:
    result = check({"_mta-sts.example.com": {"TXT": texts}})
    assert (result.status, codes(result)) == ("invalid", found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{RECORD}; x=y", ["mta_sts.field-unknown"]),
        (f"{RECORD}; id=2", ["mta_sts.field-repeated"]),
    ],
)
def test_a_record_that_works_is_present_whatever_else_is_in_it(text: str, found: list[str]) -> None:
    result = check({"_mta-sts.example.com": {"TXT": text}})
    assert (result.status, codes(result)) == ("present", found)


def test_a_hostile_record_does_not_flood_the_report() -> None:
    text = "v=STSv1; " + "id=1;" * 3000 + "x=y;" * 3000 + "-;" * 3000
    assert len(check({"_mta-sts.example.com": {"TXT": text}}).findings) < 100


# The policy


@pytest.fixture
def good(certificates: Certificates) -> Path:
    """A certificate of the policy's host."""
    return certificates._leaf("policy_host", "mta-sts.example.com")


@pytest.fixture
def serve(peer: Callable[[Conversation], Peer], certificates: Certificates, good: Path) -> Serve:
    """Start HTTPS servers that give one answer to everything."""

    def start(
        policy: str | bytes = POLICY,
        *,
        status: int = 200,
        content_type: str = "text/plain",
        certificate: Path | None = None,
    ) -> Peer:
        context = certificates.server_context(certificate or good)
        body = policy if isinstance(policy, bytes) else policy.encode()
        head = f"HTTP/1.1 {status} Some\r\nContent-Type: {content_type}\r\n"
        answer = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

        def converse(client: socket.socket) -> None:
            with suppress(ssl.SSLError), context.wrap_socket(client, server_side=True) as private:
                while not private.recv(65536).endswith(b"\r\n\r\n"):
                    pass
                private.sendall(answer)

        return peer(converse)

    return start


@pytest.fixture
def fetching(certificates: Certificates) -> Fetching:
    """Check a zone, with the policy of a server."""

    def run(server: Peer, records: Any = None) -> CheckResult[MTASTSDeployment]:
        https = HTTPS(ca_file=certificates.authority, port=server.port, timeout=10)
        return check({**HOST, **(ANNOUNCED if records is None else records)}, https=https)

    return run


def test_a_good_policy_is_present_without_findings(serve: Serve, fetching: Fetching) -> None:
    result = fetching(serve())
    assert (result.status, result.findings) == ("present", ())
    assert result.value is not None
    assert result.value.policy is not None
    assert (result.value.policy.mode, result.value.policy.max_age) == ("enforce", 604800)
    assert str(result.value) == "id 20260101, mode enforce, mx mx.example.com"


def test_both_colours_fetch(colour: Colour, serve: Serve, certificates: Certificates) -> None:
    https = HTTPS(ca_file=certificates.authority, port=serve().port)
    kind = DomainChecker if colour.name == "blocking" else AsyncDomainChecker
    checker = colour.blocking(
        kind(
            resolver=Zone({**HOST, **ANNOUNCED}),
            checks=[MTASTS(fetch=True, https=https, private=True)],
        )
    )
    result = checker.check("example.com").results["mta_sts"]
    assert (result.status, result.findings) == ("present", ())


def test_the_exchanges_are_those_of_the_mx_check(serve: Serve, certificates: Certificates) -> None:
    zone = Zone({**HOST, **ANNOUNCED, "mx.example.com": {"A": "192.0.2.1"}})
    https = HTTPS(ca_file=certificates.authority, port=serve().port)
    alone = DomainChecker(resolver=zone, checks=[MX()]).check("example.com")
    both = DomainChecker(
        resolver=zone, checks=[MX(), MTASTS(fetch=True, https=https, private=True)]
    )
    assert both.check("example.com").queries == alone.queries + 3  # the record, and two addresses


def test_a_host_without_address_serves_no_policy() -> None:
    result = check(ANNOUNCED, https=HTTPS())
    assert (result.status, codes(result)) == ("invalid", ["mta_sts.host-missing"])


def test_nor_does_one_that_leads_nowhere() -> None:
    result = check({**ANNOUNCED, "mta-sts.example.com": {"CNAME": "gone.example"}}, https=HTTPS())
    found = ["mta_sts.host-missing", "dns.alias-dangling"]
    assert (result.status, codes(result)) == ("invalid", found)


def test_a_host_that_cannot_be_looked_up_is_unknown() -> None:
    result = check({**ANNOUNCED, "mta-sts.example.com": Zone.FAIL}, https=HTTPS())
    assert (result.status, set(codes(result))) == ("unknown", {"dns.lookup-failed"})


def test_a_server_that_cannot_be_reached_is_unknown() -> None:
    with socket.socket() as bound:  # nobody listens
        bound.bind(("127.0.0.1", 0))
        result = check({**HOST, **ANNOUNCED}, https=HTTPS(port=bound.getsockname()[1]))
    assert (result.status, codes(result)) == ("unknown", ["mta_sts.policy-unreachable"])
    assert "connection refused" in result.findings[0].message


@pytest.mark.parametrize("status", [103, 408, 429, 500, 503])
def test_a_server_in_trouble_is_unknown(serve: Serve, fetching: Fetching, status: int) -> None:
    result = fetching(serve(status=status))
    assert (result.status, codes(result)) == ("unknown", ["mta_sts.policy-unreachable"])


@pytest.mark.parametrize("certificate", ["wrong_host", "expired", "self_signed"])
def test_a_bad_certificate_is_invalid(
    serve: Serve, fetching: Fetching, certificates: Certificates, certificate: str
) -> None:
    result = fetching(serve(certificate=getattr(certificates, certificate)))
    assert (result.status, codes(result)) == ("invalid", ["mta_sts.policy-tls"])


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "mta_sts.policy-refused"),
        (204, "mta_sts.policy-refused"),
        (301, "mta_sts.policy-redirected"),
        (307, "mta_sts.policy-redirected"),
    ],
)
def test_any_other_answer_is_invalid(
    serve: Serve, fetching: Fetching, status: int, code: str
) -> None:
    result = fetching(serve(status=status))
    assert (result.status, codes(result)) == ("invalid", [code])
    assert str(status) in result.findings[0].message


def test_a_policy_that_is_too_large_is_invalid(serve: Serve, fetching: Fetching) -> None:
    result = fetching(serve(bytes(POLICY_LIMIT + 1)))
    assert (result.status, codes(result)) == ("invalid", ["mta_sts.policy-refused"])


@pytest.mark.parametrize("content_type", ["text/html", ""])
def test_a_media_type_that_is_not_plain_text_is_told_of(
    serve: Serve, fetching: Fetching, content_type: str
) -> None:
    result = fetching(serve(content_type=content_type))
    assert (result.status, codes(result)) == ("present", ["mta_sts.content-type"])


@pytest.mark.parametrize(
    "policy", ["", "<!doctype html>", POLICY.replace("enforce", "strict"), b"\xff\xfe"]
)
def test_what_is_no_policy_is_invalid(
    serve: Serve, fetching: Fetching, policy: str | bytes
) -> None:
    result = fetching(serve(policy))
    assert (result.status, set(codes(result))) == ("invalid", {"mta_sts.policy-syntax"})


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (POLICY.replace("enforce", "testing"), ["mta_sts.mode-testing"]),
        (POLICY.replace("enforce", "none"), ["mta_sts.mode-none"]),
        (POLICY.replace("604800", "86399"), ["mta_sts.max-age-short"]),
        (POLICY.replace("604800", "31557601"), ["mta_sts.max-age-long"]),
        (f"{POLICY}x: y\n", ["mta_sts.field-unknown"]),
        (f"{POLICY}mode: none\n", ["mta_sts.field-repeated"]),
        (f"{POLICY}mx: *.example.org\n", ["mta_sts.pattern-unused"]),
    ],
)
def test_a_policy_that_works_is_present_whatever_else_is_in_it(
    serve: Serve, fetching: Fetching, policy: str, found: list[str]
) -> None:
    result = fetching(serve(policy))
    assert (result.status, codes(result)) == ("present", found)


def test_an_exchange_that_no_pattern_covers_gets_no_mail(serve: Serve, fetching: Fetching) -> None:
    records = {**ANNOUNCED, "example.com": {"MX": ["10 mx.example.com", "20 backup.example.net"]}}
    result = fetching(serve(), records)
    assert (result.status, codes(result)) == ("invalid", ["mta_sts.mx-refused"])
    assert result.findings[0].subject == "backup.example.net"


def test_in_the_mode_testing_it_gets_its_mail_for_now(serve: Serve, fetching: Fetching) -> None:
    records = {**ANNOUNCED, "example.com": {"MX": ["10 mx.example.com", "20 backup.example.net"]}}
    result = fetching(serve(POLICY.replace("enforce", "testing")), records)
    assert (result.status, codes(result)) == (
        "present",
        ["mta_sts.mode-testing", "mta_sts.mx-uncovered"],
    )


def test_without_mx_records_mail_goes_to_the_domain(serve: Serve, fetching: Fetching) -> None:
    records = {**ANNOUNCED, "example.com": {"A": "192.0.2.1"}}
    result = fetching(serve(POLICY.replace("mx.example.com", "example.com")), records)
    assert (result.status, codes(result)) == ("present", [])


def test_a_domain_that_takes_no_mail_has_nothing_to_compare(
    serve: Serve, fetching: Fetching
) -> None:
    result = fetching(serve(), {**ANNOUNCED, "example.com": {"MX": "0 ."}})
    assert (result.status, codes(result)) == ("present", [])


def test_exchanges_that_cannot_be_looked_up_leave_it_unknown(
    serve: Serve, fetching: Fetching
) -> None:
    result = fetching(serve(), {**ANNOUNCED, "example.com": {"MX": Zone.FAIL}})
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])


def test_a_policy_that_no_record_announces_is_told_of(serve: Serve, fetching: Fetching) -> None:
    result = fetching(serve(), MAIL)
    assert (result.status, codes(result)) == (
        "absent",
        ["mta_sts.missing", "mta_sts.policy-unannounced"],
    )
    assert result.value is not None
    assert result.value.policy is not None
    assert str(result.value).startswith("no record, mode enforce")


@pytest.mark.parametrize("records", [MAIL, {**MAIL, "mta-sts.example.com": Zone.FAIL}])
def test_without_a_record_nobody_minds_the_policys_host(records: Any) -> None:
    result = check(records, https=HTTPS())
    assert (result.status, codes(result)) == ("absent", ["mta_sts.missing"])


def test_a_page_that_is_no_policy_is_nobodys_matter_without_a_record(
    serve: Serve, fetching: Fetching
) -> None:
    result = fetching(serve("<html>"), MAIL)
    assert (result.status, result.value, codes(result)) == ("absent", None, ["mta_sts.missing"])


def test_a_hostile_policy_does_not_flood_the_report(serve: Serve, fetching: Fetching) -> None:
    lines = "".join(f"mx: {number}.example\nx: y\nmode: none\n" for number in range(2000))
    exchanges = [f"10 {number}.example.net" for number in range(1000)]
    result = fetching(serve(POLICY + lines), {**ANNOUNCED, "example.com": {"MX": exchanges}})
    assert len(result.findings) < 200


def test_nothing_is_fetched_from_a_private_address() -> None:
    zone = Zone({**ANNOUNCED, "mta-sts.example.com": {"A": ["10.0.0.5", "127.0.0.1"]}})
    checker = DomainChecker(resolver=zone, checks=[MTASTS(fetch=True)])
    result = checker.check("example.com").mta_sts
    assert result.status == "unknown"
    (finding,) = [one for one in result.findings if one.code == "mta_sts.policy-unreachable"]
    assert "no public address" in finding.message


def test_what_cannot_fetch_says_so_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="ca_file"):
        MTASTS(fetch=True, https=HTTPS(ca_file=tmp_path / "missing.pem"))
