"""What keeps a DKIM key from being used is found in its record."""

import base64

import pytest

from mailcore.domains.policies.dkim.keys import judge_keys
from mailcore.domains.records.dkim import read_dkim_key

ED25519 = f"v=DKIM1; k=ed25519; p={base64.b64encode(bytes(32)).decode()}"


def rsa(bits: int) -> str:
    """Publish a number of that size as an RSA key: a bare RSAPublicKey (RFC 8017 A.1.1)."""
    modulus = (1 << (bits - 1)).to_bytes(bits // 8 + 1, "big")
    fields = b"\x02\x82" + len(modulus).to_bytes(2, "big") + modulus + b"\x02\x01\x03"
    key = b"\x30\x82" + len(fields).to_bytes(2, "big") + fields
    return f"p={base64.b64encode(key).decode()}"


def codes(*texts: str) -> list[str]:
    return [
        finding.code
        for finding in judge_keys("s1.example", [*map(read_dkim_key, texts)], is_used=True)
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (rsa(768), "dkim.key-short"),
        (rsa(1024), "dkim.key-weak"),
        (rsa(2040), "dkim.key-weak"),
        (rsa(4104), "dkim.key-large"),
        ("v=DKIM1; p=", "dkim.revoked"),
        ("v=DKIM1; p=!", "dkim.syntax"),
        ("v=DKIM1", "dkim.syntax"),
        ("k=new; p=AAAA", "dkim.key-type"),
        (f"h=sha1; {rsa(2048)}", "dkim.hash"),
        (f"s=other; {rsa(2048)}", "dkim.service"),
        (f"t=y; {rsa(2048)}", "dkim.testing"),
        (f"t=s; {rsa(2048)}", "dkim.strict"),
    ],
)
def test_what_is_wrong_with_a_key_is_found(text: str, code: str) -> None:
    assert codes(text) == [code]


@pytest.mark.parametrize(
    "text", [ED25519, rsa(2048), rsa(4096), f"h=sha256:sha1; {rsa(2048)}", f"s=email; {rsa(2048)}"]
)
def test_a_good_key_is_no_finding(text: str) -> None:
    assert codes(text) == []


def test_one_selector_has_one_key() -> None:
    assert codes(ED25519, rsa(2048)) == ["dkim.several"]


def test_a_fault_has_its_place_in_the_record() -> None:
    (finding,) = judge_keys("s1.example", [read_dkim_key("v=DKIM1; p=!")], is_used=True)
    assert finding.span is not None
    assert tuple(finding.span) == (9, 12)
