"""TLS as one layer over `ssl.MemoryBIO`, for both colours.

Because the layer is our own, nothing that came in before the handshake can be read as if it had come
after it, and certificates, host names and versions are judged alike everywhere.
"""

import hashlib
import ssl
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mailcore.errors import (
    CertificateExpired,
    CertificateRejected,
    CertificateUntrusted,
    ConfigurationError,
    ConnectionLost,
    FingerprintMismatch,
    HostnameMismatch,
    MailcoreError,
    ProtocolBroken,
    STARTTLSInjected,
    TLSFailed,
)
from mailcore.net.addresses import host_name
from mailcore.net.backend import Stream, Waitable
from mailcore.secret import Secret

__all__ = ["TLS", "TLSStream", "start_tls", "upgrade_to_tls"]

WRITE_BYTES = 64 * 1024
READ_BYTES = 256 * 1024

# OpenSSL's X509_V_ERR_* codes.
_EXPIRED = {9, 10}  # not yet valid, no longer valid
_UNTRUSTED = {2, 18, 19, 20, 21}  # no issuer, or one's own
_WRONG_NAME = {62, 64}  # host name, IP address

# The content types that a TLS record can begin with (RFC 8446 5.1).
_RECORD_TYPES = range(20, 24)


@dataclass(frozen=True, kw_only=True)
class TLS:
    """How to be sure of the server: by default its chain, its name, and TLS 1.2 or newer.

    `ca_file` adds authorities of your own in place of the system's. `client_certificate` (PEM, with
    `client_key` if that is apart) says who we are. `fingerprints` pins certificates by SHA-256: one of
    them is trusted as it is, whatever its chain, name and dates, and no other. `server_hostname` is the
    name to expect where it is not the host's. `verify=False` trusts anyone on the way; for experiments.
    `context` replaces all that with your own `ssl.SSLContext`; `fingerprints` are then checked besides.
    """

    context: ssl.SSLContext | None = None
    ca_file: str | Path | None = None
    client_certificate: str | Path | None = None
    client_key: str | Path | None = None
    client_key_password: Secret | None = None
    fingerprints: Collection[str] = frozenset()
    server_hostname: str | None = None
    verify: bool = True

    def __post_init__(self) -> None:
        pins = {self.fingerprints} if isinstance(self.fingerprints, str) else self.fingerprints
        object.__setattr__(self, "fingerprints", frozenset(_fingerprint(pin) for pin in pins))
        if self.client_key_password is not None:
            object.__setattr__(self, "client_key_password", Secret(self.client_key_password))
        if self.server_hostname is not None:
            host_name(self.server_hostname)
        if self.client_key and not self.client_certificate:
            raise ConfigurationError("a client_key needs its client_certificate")
        if self.context is not None and (
            self.ca_file or self.client_certificate or not self.verify
        ):
            raise ConfigurationError("an SSLContext of your own says everything: give only that")

    def load(self) -> None:
        """Read the files that are named; raises `ConfigurationError` if one cannot be used."""
        _ = self.effective_context

    @cached_property
    def effective_context(self) -> ssl.SSLContext:
        """The context to use, made once; raises `ConfigurationError` if a file cannot be used."""
        if self.context is not None:
            return self.context
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            context.hostname_checks_common_name = False  # RFC 9525 2
            if self.client_certificate is not None:
                password = self.client_key_password
                context.load_cert_chain(
                    self.client_certificate,
                    self.client_key,
                    password=password.reveal if password else None,
                )
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"a certificate file cannot be used: {error}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.fingerprints or not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _fingerprint(text: str) -> str:
    digits = text.replace(":", "").replace(" ", "").lower()
    if len(digits) != hashlib.sha256().digest_size * 2 or not set(digits) <= set(
        "0123456789abcdef"
    ):
        raise ConfigurationError("a fingerprint is the SHA-256 of a certificate: 64 hex digits")
    return digits


async def start_tls(raw: Stream, tls: TLS, host: str, *, deadline: float) -> "TLSStream":
    """Make the stream private, to the named host and nobody else; raises `TLSFailed` and its kinds."""
    no_tls = TLSFailed(
        "the server does not speak TLS on this port", hint="Is it the port for STARTTLS?"
    )
    return await _start(raw, tls, host, no_tls, deadline)


async def upgrade_to_tls(raw: Stream, tls: TLS, host: str, *, deadline: float) -> "TLSStream":
    """Start TLS in the middle of a conversation; plain text in the place of TLS is an attack."""
    injected = STARTTLSInjected("the server spoke before the TLS handshake", host=raw.host)
    if not raw.is_quiet() and await raw.receive(deadline=deadline):
        raw.abort()
        raise injected
    return await _start(raw, tls, host, injected, deadline)


async def _start(
    raw: Stream, tls: TLS, host: str, plain_text: TLSFailed, deadline: float
) -> "TLSStream":
    """Shake hands; `plain_text` is the error where the other side does not speak TLS."""
    stream: TLSStream | None = None
    try:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        # A certificate has no scope: that only says by which link the address is reached (RFC 4007).
        name = host_name(tls.server_hostname or host).rstrip(".").partition("%")[0]
        wrapped = tls.effective_context.wrap_bio(incoming, outgoing, server_hostname=name)
        stream = TLSStream(raw, wrapped, incoming, outgoing)
        await stream.handshake(deadline=deadline)
        _check_fingerprint(wrapped, tls.fingerprints)
    except BaseException as error:
        raw.abort()
        if isinstance(error, TLSFailed) and stream is not None and stream.heard_plain_text:
            raise plain_text.locate(host=raw.host, stage="TLS") from error
        if isinstance(error, MailcoreError):
            error.locate(host=raw.host, stage="TLS")
        raise
    return stream


class TLSStream:
    """A `Stream` over another one, encrypted."""

    def __init__(
        self,
        raw: Stream,
        wrapped: ssl.SSLObject,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
    ) -> None:
        self._raw = raw
        self._ssl = wrapped
        self._incoming = incoming
        self._outgoing = outgoing
        self._failure: ssl.SSLError | None = None
        self._has_heard = False
        self.heard_plain_text: bool = False

    @property
    def host(self) -> str:
        """Whom it leads to."""
        return self._raw.host

    @property
    def local_address(self) -> str | None:
        """This end's IP address."""
        return self._raw.local_address

    @property
    def version(self) -> str | None:
        """The TLS version agreed on, as in "TLSv1.3"."""
        return self._ssl.version()

    @property
    def cipher(self) -> str | None:
        """The cipher suite agreed on."""
        found = self._ssl.cipher()
        return found[0] if found else None

    @property
    def first_finished(self) -> bytes | None:
        """The first Finished message of the handshake, as TLS 1.2 and older have it."""
        return self._ssl.get_channel_binding("tls-unique")

    @property
    def certificate_der(self) -> bytes:
        """The other's certificate as it is; nothing where there is none."""
        return self._ssl.getpeercert(binary_form=True) or b""

    @property
    def certificate(self) -> dict[str, Any] | None:
        """What `ssl` tells of the other's certificate, where it was verified; None before that."""
        return self._ssl.getpeercert() or None

    async def handshake(self, *, deadline: float) -> None:
        """Agree on keys, and see who the other is."""
        while True:
            try:
                self._ssl.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush(deadline)
                await self._feed(deadline)
            except ssl.SSLError as error:
                await self._say_why(deadline)
                raise _explain(error) from error
            else:
                await self._flush(deadline)
                return

    async def send(self, data: bytes | memoryview, *, deadline: float) -> None:
        """Write all of `data`."""
        if received := await self.exchange(data, deadline=deadline):
            raise ProtocolBroken(f"the peer spoke out of turn: {received[:40]!r}", host=self.host)

    async def receive(self, *, deadline: float) -> bytes:
        """Give what has come in; `b""` at the end of the stream."""
        while (received := self._decrypt()) is None:
            await self._flush(deadline)
            await self._feed(deadline)
        return received

    async def exchange(self, data: bytes | memoryview, *, deadline: float) -> bytes:
        """Write all of `data`, and give what came in meanwhile."""
        received = b""
        view = memoryview(data)
        try:
            for start in range(0, len(view), WRITE_BYTES):
                await self._encrypt(view[start : start + WRITE_BYTES], deadline)
                received += self._decrypt() or b""
        except (ConnectionLost, TLSFailed):
            if not received:
                raise
        return received

    async def close(self, *, deadline: float) -> None:
        """Say close_notify, without waiting for the peer's, then close."""
        with suppress(ssl.SSLError):  # it wants to read the peer's close_notify; ours is written
            self._ssl.unwrap()
        try:
            with suppress(MailcoreError):  # the peer may have gone first
                await self._flush(deadline)
        finally:
            self._raw.abort()

    def abort(self) -> None:
        """Close the socket now."""
        self._raw.abort()

    def is_quiet(self) -> bool:
        """Tell whether the peer has said nothing since, not even that it is going."""
        return self._raw.is_quiet()

    @property
    def waitable(self) -> Waitable:
        """What to wait on until it is quiet no more: what has come in is decrypted at once."""
        return self._raw.waitable

    async def _encrypt(self, piece: memoryview, deadline: float) -> None:
        while True:
            try:
                self._ssl.write(piece)
            except ssl.SSLWantReadError:  # TLS 1.2 renegotiation
                await self._flush(deadline)
                await self._feed(deadline)
            except ssl.SSLError as error:
                raise self._broken(error) from error
            else:
                await self._flush(deadline)
                return

    def _decrypt(self) -> bytes | None:
        """Give all plain text at hand: `b""` is the end of the stream, None is nothing yet."""
        if self._failure is not None:
            raise self._broken(self._failure) from self._failure
        pieces = []
        try:
            while piece := self._ssl.read(READ_BYTES):
                pieces.append(piece)
        except ssl.SSLWantReadError:
            return b"".join(pieces) or None
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            pass
        except ssl.SSLError as error:
            self._failure = error
            if not pieces:
                raise self._broken(error) from error
        return b"".join(pieces)

    async def _flush(self, deadline: float) -> None:
        while data := self._outgoing.read():
            if received := await self._raw.exchange(data, deadline=deadline):
                self._incoming.write(received)

    async def _feed(self, deadline: float) -> None:
        if received := await self._raw.receive(deadline=deadline):
            if not self._has_heard:
                self._has_heard = True
                self.heard_plain_text = received[0] not in _RECORD_TYPES
            self._incoming.write(received)
        else:
            self._incoming.write_eof()

    async def _say_why(self, deadline: float) -> None:
        """Send the alert that explains a failed handshake, if the peer still listens."""
        with suppress(MailcoreError):
            await self._flush(deadline)

    def _broken(self, error: ssl.SSLError) -> MailcoreError:
        """Give the error of a session that ended: an alert is the peer's word on TLS itself."""
        if "ALERT" in (error.reason or ""):
            return TLSFailed(f"the server ended TLS: {_reason(error)}", host=self.host)
        return ConnectionLost(f"the TLS connection broke: {_reason(error)}", host=self.host)


def _check_fingerprint(wrapped: ssl.SSLObject, pins: Collection[str]) -> None:
    if not pins:
        return
    certificate = wrapped.getpeercert(binary_form=True) or b""
    found = hashlib.sha256(certificate).hexdigest()
    if found not in pins:
        raise FingerprintMismatch(
            f"the server's certificate has the fingerprint {found}, not a pinned one"
        )


def _explain(error: ssl.SSLError) -> TLSFailed:
    """Give the error of ours that a failed handshake is."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return TLSFailed(f"the TLS handshake failed: {_reason(error)}")
    code, message = error.verify_code, error.verify_message
    if code in _EXPIRED:
        return CertificateExpired(f"the server's certificate is out of its dates: {message}")
    if code in _UNTRUSTED:
        return CertificateUntrusted(f"the server's certificate is not trusted: {message}")
    if code in _WRONG_NAME:
        return HostnameMismatch(f"the server's certificate is another's: {message}")
    return CertificateRejected(f"the server's certificate does not hold: {message}")


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or error.strerror or "connection closed").replace("_", " ").lower()
