"""The DKIM check: given selectors, likely ones, and nothing claimed about others."""

import base64
from typing import Any

import pytest

from mailcore.domains import DKIM, CheckResult, DKIMKeys, DomainChecker, Zone
from mailcore.domains.policies.dkim.check import GUESS_LIMIT
from mailcore.domains.policies.published import FINDING_LIMIT
from mailcore.errors import ConfigurationError

ED25519 = f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(32)).decode()}"


def rsa(bits: int) -> str:
    """Publish a number of that size as an RSA key: a bare RSAPublicKey (RFC 8017 A.1.1)."""
    modulus = (1 << (bits - 1)).to_bytes(bits // 8 + 1, "big")
    fields = b"\x02\x82" + len(modulus).to_bytes(2, "big") + modulus + b"\x02\x01\x03"
    key = b"\x30\x82" + len(fields).to_bytes(2, "big") + fields
    return f"p={base64.b64encode(key).decode()}"


GOOD = rsa(2048)


def check(*selectors: str, **keys: Any) -> CheckResult[DKIMKeys]:
    """Look at the keys of these selectors, and at no others."""
    zone = Zone({f"{name}._domainkey.example.com": {"TXT": key} for name, key in keys.items()})
    checks = [DKIM(selectors, guess=False)]
    return DomainChecker(resolver=zone, checks=checks).check("example.com").dkim


def guess(records: dict[str, Any], *selectors: str) -> CheckResult[DKIMKeys]:
    """Look at likely selectors too; the records are at example.com, and at selectors of it."""
    zone = Zone(
        {
            "example.com": {"A": "192.0.2.1"},
            **{
                name if "example" in name else f"{name}._domainkey.example.com": node
                for name, node in records.items()
            },
        }
    )
    return DomainChecker(resolver=zone, checks=[DKIM(selectors)]).check("example.com").dkim


def selectors(result: CheckResult[DKIMKeys]) -> list[str]:
    return [key.selector for key in result.value.keys] if result.value else []


def codes(result: CheckResult[DKIMKeys]) -> list[str]:
    return [finding.code for finding in result.findings]


def test_without_selectors_nothing_is_known_if_none_are_guessed() -> None:
    result = check(s1=ED25519)
    assert (result.status, codes(result), result.queries) == ("unknown", ["dkim.no-selectors"], 0)


@pytest.mark.parametrize("key", [rsa(2048), rsa(4096)])
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


def test_a_selector_without_a_key_says_nothing_of_others() -> None:
    result = check("s1")
    assert (result.status, result.value, codes(result)) == ("unknown", None, ["dkim.missing"])
    assert result.findings[0].subject == "s1._domainkey.example.com"


def test_one_missing_key_does_not_hide_another() -> None:
    result = check("s1", "s2", s2=GOOD)
    assert (result.status, codes(result)) == ("present", ["dkim.missing"])


def test_a_failed_lookup_is_unknown_and_not_missing() -> None:
    result = check("s1", "s2", s1=Zone.FAIL, s2=GOOD)
    assert (result.status, codes(result)) == ("unknown", ["dns.lookup-failed"])


def test_a_failed_lookup_beside_a_missing_key_is_unknown() -> None:
    result = check("s1", "s2", s1=Zone.FAIL)
    assert result.status == "unknown"


def test_ed25519_alone_is_noticed() -> None:
    assert codes(check("s1", s1=ED25519)) == ["dkim.only-ed25519"]
    assert codes(check("s1", "s2", s1=ED25519, s2=ED25519)) == ["dkim.only-ed25519"]
    assert codes(check("s1", "s2", s1=ED25519, s2=GOOD)) == []
    assert codes(check("s1", "s2", s1=ED25519, s2="p=")) == ["dkim.revoked", "dkim.only-ed25519"]


def test_an_alias_that_leads_nowhere_is_missing_and_named() -> None:
    result = guess({"s1": {"CNAME": "s1.provider.example"}}, "s1")
    assert (result.status, codes(result)) == ("unknown", ["dkim.missing"])
    assert result.findings[0].evidence == ("s1.provider.example",)


def test_a_selector_is_asked_once() -> None:
    assert check("s1", "S1", s1=ED25519).queries == 1


def test_a_selector_may_have_several_labels() -> None:
    zone = Zone({"a.b._domainkey.example.com": {"TXT": ED25519}})
    checks = [DKIM(["a.b"], guess=False)]
    report = DomainChecker(resolver=zone, checks=checks).check("example.com")
    assert report.dkim.status == "present"


def test_a_selector_too_long_for_dns_has_no_key_and_hides_no_other() -> None:
    result = check("s" * 64, "s1", s1=GOOD)
    assert (result.status, codes(result)) == ("present", ["dns.impossible-name"])
    assert check("s" * 64).status == "unknown"


@pytest.mark.parametrize("selector", ["", "a b", "a@b", ".a", "a.", "-a", "a\n", "ü"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(ConfigurationError):
        DKIM([selector])


def test_one_selector_is_a_list_too() -> None:
    with pytest.raises(ConfigurationError, match="list"):
        DKIM("s1")


def test_a_name_that_does_not_exist_proves_that_there_is_no_key() -> None:
    result = guess({})
    assert (result.status, codes(result), result.queries) == ("absent", ["dkim.none"], 3)


@pytest.mark.parametrize(
    "node", [{"MX": "0 ."}, {"TXT": "v=spf1 -all"}, {"TXT": ["x", "V=SPF1  -ALL "]}]
)
def test_a_domain_that_sends_no_mail_needs_no_key(node: dict[str, Any]) -> None:
    result = guess({"example.com": node})
    assert (result.status, result.findings) == ("absent", ())


@pytest.mark.parametrize(
    "node",
    [
        {"MX": "10 mx.example.com"},
        {"MX": ["0 .", "10 mx.example.com"]},
        {"TXT": "v=spf1 mx -all"},
        {"TXT": "v=spf1 ~all"},
        {"TXT": "v=spf1 -all x=y"},
        {"TXT": "v=spf1 -all moo"},
        {"TXT": ["v=spf1 -all", "v=spf1 mx -all"]},
    ],
)
def test_a_domain_that_may_send_mail_needs_a_key(node: dict[str, Any]) -> None:
    result = guess({"example.com": node})
    assert (result.status, codes(result)) == ("absent", ["dkim.none"])


@pytest.mark.parametrize(
    "node", [{"MX": Zone.FAIL}, {"TXT": Zone.FAIL}, {"MX": "0 .", "TXT": Zone.FAIL}]
)
def test_whether_a_domain_needs_a_key_may_be_unknown(node: dict[str, Any]) -> None:
    assert "dkim.none" not in codes(guess({"example.com": node}))


def test_where_selectors_are_given_nothing_else_is_asked_after_that() -> None:
    result = guess({}, "mine")
    assert (result.status, codes(result), result.queries) == ("absent", ["dkim.missing"], 2)


def test_where_keys_may_be_and_none_is_found_nothing_is_known() -> None:
    result = guess({"x23": {"TXT": GOOD}})
    assert (result.status, result.value, codes(result)) == ("unknown", None, ["dkim.not-found"])
    assert result.queries == 1 + 2 + GUESS_LIMIT
    assert len(result.findings[0].evidence) == GUESS_LIMIT


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ({"example.com": {"MX": "1 smtp.google.com"}}, ["google"]),
        ({"example.com": {"MX": "0 example-com.mail.protection.outlook.com"}}, ["selector2"]),
        ({"example.com": {"TXT": "v=spf1 include:_spf.protonmail.ch ~all"}}, ["protonmail3"]),
        ({"example.com": {"TXT": "v=spf1 redirect=spf.messagingengine.com"}}, ["fm2"]),
        ({"example.com": {"TXT": ["x", "v=spf1 include:u1.wl.sendgrid.net -all"]}}, ["s2"]),
        ({}, ["default", "mail"]),
    ],
)
def test_keys_are_found_where_the_providers_have_them(
    records: dict[str, Any], found: list[str]
) -> None:
    result = guess({**records, **{name: {"TXT": GOOD} for name in found}, "x23": {"TXT": ED25519}})
    assert (result.status, selectors(result), result.findings) == ("present", found, ())


def test_a_key_may_be_an_alias() -> None:
    records = {
        "google": {"CNAME": "key.provider.example"},
        "key.provider.example": {"TXT": GOOD},
    }
    assert selectors(guess(records)) == ["google"]


def test_a_likely_alias_that_leads_nowhere_is_told_of_and_proves_nothing() -> None:
    result = guess({"selector1": {"CNAME": "selector1.provider.example"}})
    assert (result.status, codes(result)) == ("unknown", ["dkim.dangling", "dkim.not-found"])


def test_likely_selectors_are_tried_beside_those_given() -> None:
    result = guess({"mine": {"TXT": GOOD}, "default": {"TXT": GOOD}}, "mine")
    assert (selectors(result), result.findings) == (["mine", "default"], ())
    assert result.queries == 1 + 1 + 2 + GUESS_LIMIT


def test_a_given_selector_without_key_is_missing_whatever_else_is_found() -> None:
    result = guess({"default": {"TXT": GOOD}}, "mine")
    assert (result.status, codes(result), selectors(result)) == (
        "present",
        ["dkim.missing"],
        ["default"],
    )


def test_a_wrong_selector_hides_no_key_that_is_found_without_it() -> None:
    names = [f"mine{number}" for number in range(GUESS_LIMIT + 3)]
    for records in ({"google": {"TXT": GOOD}}, {"k1": {"TXT": GOOD}}):
        assert selectors(guess(records, *names)) == selectors(guess(records)) != []


@pytest.mark.parametrize("given", [[], ["wrong"]])
def test_that_there_is_no_key_is_proved_by_the_name_above_alone(given: list[str]) -> None:
    elsewhere = {"20240101": {"TXT": GOOD}}  # where nobody looks
    assert guess(elsewhere, *given).status == "unknown"
    assert guess({}, *given).status == "absent"


def test_a_wildcard_for_web_sites_is_no_dangling_key() -> None:
    web = {"*.example.com": {"CNAME": "web.host.example"}, "web.host.example": {"A": "192.0.2.1"}}
    assert codes(guess(web)) == ["dkim.not-found"]


@pytest.mark.parametrize(
    "text",
    [
        f"v=DKIM1\\; k=rsa\\; {GOOD}",
        f"v=DKIM1 k=rsa {GOOD}",
        f"v=DKIM1, k=rsa, {GOOD}",
        f"k=rsa; t=s; {GOOD.removeprefix('p=')}",
        f'"v=DKIM1; {GOOD}"',
    ],
)
def test_a_broken_key_at_a_likely_selector_is_found(text: str) -> None:
    result = guess({"google": {"TXT": text}})
    assert result.status == "invalid"
    assert "dkim.syntax" in codes(result)


@pytest.mark.parametrize("text", ["v=spf1 -all", "v=DMARC1; p=none", "anything"])
def test_a_wildcard_does_not_look_like_keys(text: str) -> None:
    result = guess({"*.example.com": {"TXT": text}})
    assert (result.status, result.value, codes(result)) == ("unknown", None, ["dkim.not-found"])


def test_a_wildcard_of_a_key_is_one_key() -> None:
    result = guess({"*": {"TXT": "v=DKIM1; p="}})
    assert (selectors(result), codes(result)) == (["*"], ["dkim.wildcard", "dkim.retired"])


@pytest.mark.parametrize(
    ("given", "status", "found"),
    [
        ([], "unknown", ["dkim.retired"]),
        (["google"], "invalid", ["dkim.revoked"]),
        (["x"], "unknown", ["dkim.missing", "dkim.retired"]),
    ],
)
def test_a_revoked_key_is_a_fault_only_where_it_is_used(
    given: list[str], status: str, found: list[str]
) -> None:
    result = guess({"google": {"TXT": "v=DKIM1; p="}}, *given)
    assert (result.status, codes(result)) == (status, found)


def test_a_revoked_key_beside_one_that_works_leaves_that_one() -> None:
    result = guess({"google": {"TXT": "v=DKIM1; p="}, "x": {"TXT": GOOD}}, "google", "x")
    assert (result.status, codes(result)) == ("present", ["dkim.revoked"])


def test_a_dname_leaves_no_key_dangling() -> None:
    vendor = {
        "_domainkey.example.com": {"DNAME": "dkim.vendor.example"},
        "google.dkim.vendor.example": {"TXT": GOOD},
    }
    result = guess(vendor)
    assert (selectors(result), codes(result)) == (["google"], [])


def test_a_lookup_that_failed_is_no_selector_without_key() -> None:
    result = guess(dict.fromkeys(("google", "s1", "k1"), Zone.FAIL) | {"20240101": {"TXT": GOOD}})
    (finding,) = (finding for finding in result.findings if finding.code == "dkim.not-found")
    assert {"google", "s1", "k1"}.isdisjoint(finding.evidence)
    assert len(finding.evidence) == GUESS_LIMIT - 3
    every = dict.fromkeys(finding.evidence, Zone.FAIL)
    failed = guess(every | dict.fromkeys(("google", "s1", "k1"), Zone.FAIL) | {"x": {"TXT": GOOD}})
    assert set(codes(failed)) == {"dns.lookup-failed"}


def test_several_aliases_of_a_provider_that_lead_nowhere_are_told() -> None:
    records = {f"s{n}": {"CNAME": f"s{n}.provider.example"} for n in (1, 2)}
    assert codes(guess(records)) == ["dkim.dangling", "dkim.dangling", "dkim.not-found"]


@pytest.mark.parametrize("name", ["_domainkey.example.com", "example.com", "google", "s1"])
def test_any_lookup_that_fails_leaves_the_rest_unknown(name: str) -> None:
    records = {"default": {"TXT": GOOD}, name: Zone.FAIL}
    result = guess(records)
    assert result.status == "unknown"
    assert "dns.lookup-failed" in codes(result)


def test_a_domain_too_long_for_any_key_has_none() -> None:
    long = ".".join(["a" * 60] * 4)
    report = DomainChecker(resolver=Zone({long: {"A": "192.0.2.1"}}), checks=[DKIM()]).check(long)
    assert report.dkim.status == "absent"
    assert codes(report.dkim) == ["dns.impossible-name"]


def test_many_records_at_one_selector_do_not_flood_the_report() -> None:
    result = check("s1", "s2", s1=[f"p=!; n={number}" for number in range(1000)], s2="p=!")
    assert codes(result) == ["dkim.several"] + ["dkim.syntax"] * (FINDING_LIMIT + 1)
