"""What a TLS handshake agreed on, and the certificate that came with it, as values."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mailcore.errors import TLSFailed
from mailcore.net.tls import TLSStream

__all__ = ["Certificate", "TLSPeer", "is_too_old", "read_peer"]

# OpenSSL's words: the server offers only what is older than this end takes, or says so itself.
_TOO_OLD = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "WRONG_SSL_VERSION"}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate: for which names and addresses, by whom, since and until when (UTC)."""

    names: tuple[str, ...]
    issuer: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class TLSPeer:
    """The other end of a TLS connection: `version` is as in "TLSv1.3".

    `certificate` is None where it was not verified: then it says nothing about who that is.
    """

    version: str
    cipher: str
    certificate: Certificate | None


def read_peer(stream: TLSStream) -> TLSPeer:
    """Give what is known of the other end after the handshake."""
    found = stream.certificate
    return TLSPeer(
        version=stream.version or "",
        cipher=stream.cipher or "",
        certificate=_read_certificate(found) if found else None,
    )


def is_too_old(error: TLSFailed) -> bool:
    """Tell whether a handshake failed because the server knows only old versions of TLS."""
    return getattr(error.__cause__, "reason", None) in _TOO_OLD


def _read_certificate(found: dict[str, Any]) -> Certificate:
    """Read what `ssl` gives for a certificate that was verified."""
    issuer = dict(pair for part in found.get("issuer", ()) for pair in part)
    words = dict.fromkeys(issuer.get(key) for key in ("organizationName", "commonName"))
    since, until = (ssl.cert_time_to_seconds(found[end]) for end in ("notBefore", "notAfter"))
    return Certificate(
        names=tuple(name for _, name in found.get("subjectAltName", ())),
        issuer=" ".join(word for word in words if word),
        not_before=datetime.fromtimestamp(since, UTC),
        not_after=datetime.fromtimestamp(until, UTC),
    )
