"""The DKIM check: keys of given selectors, and nothing claimed about others."""

import base64
from typing import Any

import pytest

from mailcore.domains import DKIM, CheckResult, DKIMKeys, DomainChecker, Zone
from mailcore.errors import ConfigurationError

ED25519 = f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(32)).decode()}"


def rsa(bits: int) -> str:
    """Publish a number of that size as an RSA key: a bare RSAPublicKey (RFC 8017 A.1.1)."""
    modulus = (1 << (bits - 1)).to_bytes(bits // 8 + 1, "big")
    fields = b"\x02\x82" + len(modulus).to_bytes(2, "big") + modulus + b"\x02\x01\x03"
    key = b"\x30\x82" + len(fields).to_bytes(2, "big") + fields
    return f"p={base64.b64encode(key).decode()}"


def check(*selectors: str, **keys: Any) -> CheckResult[DKIMKeys]:
    zone = Zone({f"{name}._domainkey.example.com": {"TXT": key} for name, key in keys.items()})
    return DomainChecker(resolver=zone, checks=[DKIM(selectors)]).check("example.com").dkim


def codes(result: CheckResult[DKIMKeys]) -> list[str]:
    return [finding.code for finding in result.findings]


def test_without_selectors_nothing_is_known() -> None:
    result = check(s1=ED25519)
    assert (result.status, codes(result), result.queries) == ("unknown", ["dkim.no-selectors"], 0)


@pytest.mark.parametrize("key", [ED25519, rsa(2048), rsa(4096)])
def test_a_good_key_is_present_without_findings(key: str) -> None:
    result = check("s1", s1=key)
    assert (result.status, result.findings) == ("present", ())


def test_the_keys_are_values() -> None:
    result = check("s1", "s2", "s3", s1=rsa(2048), s2=ED25519, s3="p=")
    assert result.value is not None
    assert [(key.selector, key.key_type, key.bits) for key in result.value.keys] == [
        ("s1", "rsa", 2048),
        ("s2", "ed25519", 256),
        ("s3", "rsa", None),
    ]
    assert str(result.value) == "s1: rsa 2048, s2: ed25519, s3: revoked"


def test_a_selector_without_a_key_is_absent() -> None:
    result = check("s1")
    assert (result.status, result.value, codes(result)) == ("absent", None, ["dkim.missing"])
    assert result.findings[0].subject == "s1._domainkey.example.com"


def test_one_missing_key_does_not_hide_another() -> None:
    result = check("s1", "s2", s2=ED25519)
    assert (result.status, codes(result)) == ("present", ["dkim.missing"])


def test_a_failed_lookup_is_unknown_and_not_missing() -> None:
    result = check("s1", "s2", s1=Zone.FAIL, s2=ED25519)
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])


def test_a_failed_lookup_beside_a_missing_key_is_unknown() -> None:
    result = check("s1", "s2", s1=Zone.FAIL)
    assert result.status == "unknown"


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (rsa(1024), "present", "dkim.key-weak"),
        (rsa(768), "invalid", "dkim.key-short"),
        ("v=DKIM1; p=", "present", "dkim.revoked"),
        ("v=DKIM1; p=!", "invalid", "dkim.syntax"),
        ("k=new; p=AAAA", "invalid", "dkim.key-type"),
        (f"h=sha1; {rsa(2048)}", "invalid", "dkim.hash"),
        (f"s=other; {rsa(2048)}", "invalid", "dkim.service"),
        (f"t=y; {rsa(2048)}", "present", "dkim.testing"),
        ([ED25519, rsa(2048)], "invalid", "dkim.several"),
    ],
)
def test_what_is_wrong_with_a_key_is_found(key: Any, status: str, code: str) -> None:
    result = check("s1", s1=key)
    assert (result.status, codes(result)) == (status, [code])


@pytest.mark.parametrize("key", [f"h=sha256:sha1; {rsa(2048)}", f"s=email; t=s; {rsa(2048)}"])
def test_limits_that_do_no_harm_are_no_findings(key: str) -> None:
    assert check("s1", s1=key).findings == ()


def test_a_selector_is_asked_once() -> None:
    assert check("s1", "S1", s1=ED25519).queries == 1


def test_a_selector_may_have_several_labels() -> None:
    zone = Zone({"a.b._domainkey.example.com": {"TXT": ED25519}})
    report = DomainChecker(resolver=zone, checks=[DKIM(["a.b"])]).check("example.com")
    assert report.dkim.status == "present"


def test_a_selector_too_long_for_dns_has_no_key_and_hides_no_other() -> None:
    result = check("s" * 64, "s1", s1=ED25519)
    assert (result.status, codes(result)) == ("present", ["dns.impossible-name"])
    assert check("s" * 64).status == "absent"


@pytest.mark.parametrize("selector", ["", "a b", "a@b", ".a", "a.", "-a", "a\n", "ü"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(ConfigurationError):
        DKIM([selector])


def test_one_selector_is_a_list_too() -> None:
    with pytest.raises(ConfigurationError, match="list"):
        DKIM("s1")
