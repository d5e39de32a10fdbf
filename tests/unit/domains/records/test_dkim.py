"""DKIM key records, and the size of the keys in them."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains.records.dkim import (
    build_dkim_key,
    is_dkim_key,
    read_dkim_key,
    rsa_bits,
)
from mailcore.errors import ConfigurationError


def element(tag: int, contents: bytes) -> bytes:
    """Encode one DER element (X.690 8.1)."""
    if len(contents) < 0x80:
        return bytes([tag, len(contents)]) + contents
    length = len(contents).to_bytes(4, "big").lstrip(b"\0")
    return bytes([tag, 0x80 | len(length)]) + length + contents


def rsa_key(bits: int, *, bare: bool = False) -> bytes:
    modulus = element(2, b"\0" + (1 << (bits - 1) | 1).to_bytes((bits + 7) // 8, "big"))
    key = element(0x30, modulus + element(2, b"\1\0\1"))
    algorithm = element(0x30, element(6, bytes.fromhex("2a864886f70d010101")) + b"\5\0")
    return key if bare else element(0x30, algorithm + element(3, b"\0" + key))


def published(key: bytes) -> str:
    return base64.b64encode(key).decode()


@pytest.mark.parametrize("bits", [512, 768, 1024, 2048, 4096])
@pytest.mark.parametrize("bare", [False, True])
def test_the_size_of_an_rsa_key_is_read(bits: int, *, bare: bool) -> None:
    assert rsa_bits(rsa_key(bits, bare=bare)) == bits


def outcome(der: bytes) -> int | type[Exception]:
    try:
        return rsa_bits(der)
    except ValueError:
        return ValueError


@given(st.binary(max_size=200))
def test_octets_are_an_rsa_key_or_a_value_error(der: bytes) -> None:
    assert outcome(der) is ValueError or der[0] == 0x30


@given(st.integers(0, 290), st.integers(0, 255))
def test_a_damaged_key_has_a_size_or_is_a_value_error(place: int, octet: int) -> None:
    key = bytearray(rsa_key(2048))
    key[place] = octet
    size = outcome(bytes(key))
    assert size is ValueError or isinstance(size, int)


@pytest.mark.parametrize("length", range(0, 294, 7))
def test_a_key_that_is_cut_short_is_a_value_error(length: int) -> None:
    assert outcome(rsa_key(2048)[:length]) is ValueError


@pytest.mark.parametrize("octets", [0x7F, 0x80, 0x81])
def test_a_length_of_one_octet_or_more_is_read(octets: int) -> None:
    modulus = element(2, b"\1" + bytes(octets - 1))
    key = element(0x30, modulus + element(2, b"\3"))
    assert rsa_bits(key) == 8 * octets - 7


def test_an_indefinite_length_is_no_length_of_0x80() -> None:
    modulus = b"\2\x80" + bytes([1] * 0x80)  # X.690 10.1: DER has only definite ones
    assert outcome(element(0x30, modulus + element(2, b"\3"))) is ValueError


def test_a_plain_key_has_the_defaults() -> None:
    record = read_dkim_key(f"p={published(rsa_key(2048))}")
    assert (record.version, record.key_type, record.bits) == ("DKIM1", "rsa", 2048)
    assert (record.hashes, record.services, record.flags) == (None, ("*",), ())
    assert (record.is_for_mail, record.is_testing, record.is_revoked) == (True, False, False)
    assert record.faults == ()


def test_every_tag_has_its_place() -> None:
    record = read_dkim_key(
        f"v=DKIM1; h=sha1:SHA256; k=RSA; n=notes; s=email; t=y:s; p={published(rsa_key(1024))}"
    )
    assert (record.hashes, record.services, record.flags) == (
        ("sha1", "sha256"),
        ("email",),
        ("y", "s"),
    )
    assert (record.notes, record.bits, record.key_type) == ("notes", 1024, "rsa")
    assert record.is_testing


def test_spaces_in_the_key_do_not_matter() -> None:
    text = published(rsa_key(2048))
    assert read_dkim_key(f"p={text[:40]} \t{text[40:]}").bits == 2048


def test_an_ed25519_key_is_its_32_octets() -> None:
    record = read_dkim_key(f"v=DKIM1; k=ed25519; p={published(bytes(range(32)))}")
    assert (record.bits, record.key, record.faults) == (256, bytes(range(32)), ())


def test_an_empty_key_is_revoked() -> None:
    record = read_dkim_key("v=DKIM1; p=")
    assert (record.is_revoked, record.bits, record.faults) == (True, None, ())


def test_a_key_of_an_unknown_type_is_not_looked_into() -> None:
    record = read_dkim_key("k=new; p=AAAA")
    assert (record.key_type, record.bits, record.faults) == ("new", None, ())


@pytest.mark.parametrize(
    "text",
    [
        "v=DKIM1",
        "v=DKIM1; p=***",
        "v=DKIM1; p=abc",
        "v=DKIM1; p=AAAA",
        "v=DKIM2; p=",
        "p=; v=DKIM1",
        "v=DKIM1; p=; p=",
        f"v=DKIM1; k=ed25519; p={published(bytes(44))}",
        "v=spf1 -all",
        "",
    ],
)
def test_a_key_that_cannot_be_used_has_a_fault(text: str) -> None:
    record = read_dkim_key(text)
    assert len(record.faults) >= 1
    assert not record.is_revoked


@pytest.mark.parametrize(("services", "mail"), [("email", True), ("x:*", True), ("x", False)])
def test_a_key_says_what_it_is_for(services: str, *, mail: bool) -> None:
    assert read_dkim_key(f"s={services}; p=").is_for_mail is mail


@given(st.text(max_size=80))
def test_no_text_makes_it_raise(text: str) -> None:
    assert read_dkim_key(text).text == text


@pytest.mark.parametrize("text", ["v=DKIM1; p=", "p=", "v=dkim1", "k=rsa; p=x", "v=DKIM1; k=rsa"])
def test_a_text_may_be_meant_as_a_key(text: str) -> None:
    assert is_dkim_key(text)


@pytest.mark.parametrize("text", ["", "v=spf1 -all", "v=DMARC1; p=none", "google-site=x", "k=rsa"])
def test_a_text_may_be_something_else(text: str) -> None:
    assert not is_dkim_key(text)


ED25519 = bytes(range(32))
ED25519_INFO = bytes.fromhex("302a300506032b6570032100") + ED25519


def pem(der: bytes, label: str = "PUBLIC KEY") -> str:
    lines = base64.encodebytes(der).decode()
    return f"-----BEGIN {label}-----\n{lines}-----END {label}-----\n"


@pytest.mark.parametrize(
    "key", [rsa_key(2048), pem(rsa_key(2048)), pem(rsa_key(2048)).replace("\n", "\r\n").encode()]
)
def test_an_rsa_key_is_published_as_it_is(key: Any) -> None:
    record = build_dkim_key(key)
    assert record.text == f"v=DKIM1; k=rsa; p={published(rsa_key(2048))}"
    assert (record.bits, record.faults) == (2048, ())


@pytest.mark.parametrize("key", [ED25519_INFO, pem(ED25519_INFO)])
def test_of_an_ed25519_key_the_32_octets_are_published(key: Any) -> None:
    record = build_dkim_key(key)
    assert record.text == f"v=DKIM1; k=ed25519; p={published(ED25519)}"
    assert record.key == ED25519


def test_no_key_revokes_the_one_that_was_there() -> None:
    assert build_dkim_key(None).is_revoked


def test_a_key_is_published_with_its_limits() -> None:
    record = build_dkim_key(
        ED25519_INFO,
        hashes=["sha256"],
        services=["email"],
        flags=["y", "s"],
        notes="rotates in May",
    )
    assert record.text.startswith(
        "v=DKIM1; k=ed25519; h=sha256; s=email; t=y:s; n=rotates in May; p="
    )
    assert read_dkim_key(record.text) == record


def private_keys() -> list[Any]:
    number = element(2, b"\5")
    pkcs1 = element(0x30, element(2, b"\0") + number * 8)
    algorithm = element(0x30, element(6, bytes.fromhex("2a864886f70d010101")) + b"\5\0")
    pkcs8 = element(0x30, element(2, b"\0") + algorithm + element(4, pkcs1))
    ed25519 = bytes.fromhex("302e020100300506032b657004220420") + ED25519
    return [
        pkcs1,
        pkcs8,
        ed25519,
        pem(pkcs1, "RSA PRIVATE KEY"),
        pem(pkcs8, "PRIVATE KEY"),
        pem(ed25519, "PRIVATE KEY").encode(),
        pem(pkcs8),
    ]


@pytest.mark.parametrize("key", private_keys())
def test_a_private_key_is_not_published_nor_shown(key: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        build_dkim_key(key)
    assert published(ED25519)[:20] not in str(caught.value)


@pytest.mark.parametrize(
    "key",
    [b"", b"x", "x", rsa_key(2048)[:-1], pem(b"x"), pem(rsa_key(2048), "CERTIFICATE"), bytes(33)],
)
def test_what_is_no_public_key_is_refused(key: Any) -> None:
    with pytest.raises(ConfigurationError):
        build_dkim_key(key)


@pytest.mark.parametrize(
    "arguments",
    [
        {"hashes": []},
        {"hashes": ["SHA256"]},
        {"services": ["a;b"]},
        {"services": []},
        {"flags": ["y:s"]},
        {"notes": "a; p="},
        {"notes": "a\nb"},
    ],
)
def test_what_a_key_record_cannot_say_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        build_dkim_key(ED25519_INFO, **arguments)


@given(
    st.binary(min_size=32, max_size=32),
    st.none() | st.just(("sha256",)) | st.just(("sha1", "sha256")),
    st.sampled_from([("*",), ("email",), ("email", "x-other")]),
    st.sampled_from([(), ("y",), ("y", "s")]),
)
def test_what_is_built_is_what_is_read(
    key: bytes, hashes: Any, services: tuple[str, ...], flags: tuple[str, ...]
) -> None:
    der = ED25519_INFO[:-32] + key
    record = build_dkim_key(der, hashes=hashes, services=services, flags=flags)
    assert read_dkim_key(record.text) == record
    assert (record.key, record.hashes) == (key, hashes)
    assert (record.services, record.flags, record.faults) == (services, flags, ())


def test_bare_octets_may_be_a_private_key_and_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        build_dkim_key(ED25519)
