"""What binds an authentication to TLS: the same bytes as the server has."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from mailcore.net.tls_binding import end_point

EC = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: Any, algorithm: Any, rsa_padding: Any = None) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.com")])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
    )
    signed = builder.sign(key, algorithm, rsa_padding=rsa_padding)
    return signed.public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("key", [EC, RSA], ids=["EC", "RSA"])
@pytest.mark.parametrize(
    "algorithm", [hashes.SHA224(), hashes.SHA256(), hashes.SHA384(), hashes.SHA512()]
)
def test_a_certificate_is_hashed_as_it_is_signed(key: Any, algorithm: Any) -> None:
    found = certificate(key, algorithm)
    assert end_point(found) == hashlib.new(algorithm.name, found).digest()


@pytest.mark.parametrize("algorithm", [hashes.SHA256(), hashes.SHA512()])
def test_so_is_one_whose_padding_has_a_hash_of_its_own(algorithm: Any) -> None:
    found = certificate(RSA, algorithm, padding.PSS(padding.MGF1(algorithm), 32))
    assert end_point(found) == hashlib.new(algorithm.name, found).digest()


def test_a_weak_hash_is_not_taken() -> None:
    sha256_oid, sha1_oid = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    found = certificate(RSA, hashes.SHA256()).replace(sha256_oid, sha1_oid)
    assert end_point(found) == hashlib.sha256(found).digest()


def test_a_signature_without_a_hash_binds_nothing() -> None:
    assert end_point(certificate(ed25519.Ed25519PrivateKey.generate(), None)) is None


@given(st.binary(max_size=200))
def test_what_is_no_certificate_binds_nothing(data: bytes) -> None:
    assert end_point(data) is None


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_certificate_does_no_harm(at: int, octet: int) -> None:
    damaged = bytearray(certificate(EC, hashes.SHA256()))
    damaged[at % len(damaged)] = octet
    assert end_point(bytes(damaged)) is None or end_point(bytes(damaged))
