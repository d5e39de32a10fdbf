"""Certificates made for one run of the tests: by an authority of their own, good and bad."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass
class _Signed:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Certificates:
    """Paths of PEM files: `authority`, and certificates with their keys."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = _sign("mailcore tests' authority", issuer=None, is_authority=True)
        self.authority = self._write("authority", self._authority, with_key=False)
        self.good = self._leaf("good", "localhost")
        self.wrong_host = self._leaf("wrong_host", "elsewhere.example")
        self.expired = self._leaf("expired", "localhost", age=10)
        self.client = self._leaf("client", "somebody")
        common_name = _sign("localhost", issuer=self._authority, has_names=False)
        self.common_name = self._write("common_name", common_name)
        self.self_signed = self._write("self_signed", _sign("localhost", issuer=None))

    def server_context(self, certificate: Path, *, wants_client: bool = False) -> ssl.SSLContext:
        """Give a server's context that shows a certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        if wants_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.authority)
        return context

    def fingerprint(self, certificate: Path) -> str:
        """Give a certificate's SHA-256."""
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        return loaded.fingerprint(hashes.SHA256()).hex()

    def _leaf(self, name: str, host: str, *, age: int = 0, born: int = 30) -> Path:
        return self._write(name, _sign(host, issuer=self._authority, age=age, born=born))

    def _write(self, name: str, signed: _Signed, *, with_key: bool = True) -> Path:
        path = self._folder / f"{name}.pem"
        key = signed.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        pem = signed.certificate.public_bytes(serialization.Encoding.PEM)
        path.write_bytes(pem + key if with_key else pem)
        return path


def _sign(
    host: str,
    *,
    issuer: _Signed | None,
    age: int = 0,
    born: int = 30,
    is_authority: bool = False,
    has_names: bool = True,
) -> _Signed:
    """Make a key and a certificate for it; `age` is how many days ago it expired, `born` was issued."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    signer = issuer.key if issuer else key
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - born * DAY)
        .not_valid_after(now - age * DAY if age else now + DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .add_extension(_usage(is_authority=is_authority), critical=True)
    )
    if not is_authority and has_names:
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if host == "localhost":
            names.append(x509.IPAddress(ip_address("127.0.0.1")))
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return _Signed(builder.sign(signer, hashes.SHA256()), key)


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
