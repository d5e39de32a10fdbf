"""What binds an authentication to the TLS connection that it is made over (RFC 5929).

Python's `ssl` knows tls-unique alone, which TLS 1.3 does not have, and of certificates not what they are
signed with: that is read here, and nothing else.
"""

import hashlib

from mailcore.net.backend import Stream
from mailcore.net.tls import TLSStream

__all__ = ["end_point", "tls_end_point", "tls_unique"]

_SEQUENCE, _OBJECT_IDENTIFIER, _CONTEXT_0 = 0x30, 0x06, 0xA0
_LONG_FORM = 0x80
_WEAK = {"md5", "sha1"}  # in whose place SHA-256 is taken (RFC 5929 4.1)
_PSS = bytes.fromhex("2a864886f70d01010a")

# The contents of object identifiers, of signatures and of hashes: RFC 8017 C, RFC 5758 3.
_HASHES = {
    bytes.fromhex(identifier): name
    for identifier, name in {
        "2a864886f70d010104": "md5",
        "2a864886f70d010105": "sha1",
        "2a864886f70d01010b": "sha256",
        "2a864886f70d01010c": "sha384",
        "2a864886f70d01010d": "sha512",
        "2a864886f70d01010e": "sha224",
        "2a8648ce3d0401": "sha1",
        "2a8648ce3d040301": "sha224",
        "2a8648ce3d040302": "sha256",
        "2a8648ce3d040303": "sha384",
        "2a8648ce3d040304": "sha512",
        "2b0e03021a": "sha1",
        "608648016503040201": "sha256",
        "608648016503040202": "sha384",
        "608648016503040203": "sha512",
        "608648016503040204": "sha224",
    }.items()
}


def tls_unique(stream: Stream) -> bytes | None:
    """Give what only this connection has, where that is TLS 1.2 (RFC 5929 3)."""
    if not isinstance(stream, TLSStream) or stream.version != "TLSv1.2":
        return None
    return stream.first_finished


def tls_end_point(stream: Stream) -> bytes | None:
    """Give what only the server's certificate has, where there is one (RFC 5929 4)."""
    return end_point(stream.certificate_der) if isinstance(stream, TLSStream) else None


def end_point(certificate: bytes) -> bytes | None:
    """Give the hash of a certificate (DER) by what it is signed with; None where that is no one hash."""
    try:
        name = _signature_hash(certificate)
    except (IndexError, ValueError):
        return None
    if name is None:
        return None
    return hashlib.new("sha256" if name in _WEAK else name, certificate).digest()


def _signature_hash(certificate: bytes) -> str | None:
    """Find the hash of the signature: the second part of a certificate says it (RFC 5280 4.1)."""
    whole, _ = _take(certificate, _SEQUENCE)
    _, rest = _take(whole, _SEQUENCE)
    algorithm, _ = _take(rest, _SEQUENCE)
    identifier, parameters = _take(algorithm, _OBJECT_IDENTIFIER)
    if identifier != _PSS:
        return _HASHES.get(identifier)
    settings, _ = _take(parameters, _SEQUENCE)
    if settings[:1] != bytes([_CONTEXT_0]):
        return "sha1"  # by default (RFC 8017 A.2.3)
    choice, _ = _take(settings, _CONTEXT_0)
    algorithm, _ = _take(choice, _SEQUENCE)
    identifier, _ = _take(algorithm, _OBJECT_IDENTIFIER)
    return _HASHES.get(identifier)


def _take(data: bytes, tag: int) -> tuple[bytes, bytes]:
    """Give the content of the first element, which has to have that tag, and what follows (X.690 8.1)."""
    length, at = data[1], 2
    if length >= _LONG_FORM:
        at += length - _LONG_FORM
        length = int.from_bytes(data[2:at], "big")
    if data[0] != tag or at + length > len(data):
        raise ValueError("not this element")
    return data[at : at + length], data[at + length :]
