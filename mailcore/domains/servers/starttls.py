"""Whether a domain's mail servers take mail by TLS, and show a certificate that holds.

This check connects to the servers, and is made only if it is asked for. It sends no mail. Senders
deliver whatever the certificate (RFC 7435), unless MTA-STS or DANE make them look at it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from pydantic import BaseModel

from mailcore.domains.check import CheckResult, Inquiry, Status, judge
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.servers.mx import MXHost, find_hosts
from mailcore.errors import (
    CertificateExpired,
    CertificateRejected,
    ConfigurationError,
    CouldNotConnect,
    HostnameMismatch,
    MailcoreError,
    ServiceRefused,
    STARTTLSInjected,
    STARTTLSUnavailable,
    TimedOut,
    TLSFailed,
)
from mailcore.net.addresses import host_name, why_unreachable
from mailcore.net.tls import TLS
from mailcore.net.tls_peer import TLSPeer, is_too_old
from mailcore.smtp.probe import TIMEOUT, Probe, Probed

__all__ = ["StartTLS", "StartTLSHost", "StartTLSHosts"]

PROBE_LIMIT = 5  # servers that are connected to
EXPIRY_DAYS = 14  # how long before its end a certificate is worth a warning,
EXPIRY_SHARE = 3  # unless it is one of few days: then what part of its time is left

_OLD_VERSIONS = {"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"}
_REASON_LIMIT = 200  # characters of what a server says

UNREACHABLE = Kind(
    "starttls.unreachable",
    Severity.NOTICE,
    "the server was not reached: {reason}",
    "Try from another network: many let nobody but their own mail servers connect to port 25.",
    "RFC 5321 4.5.4.1",
)
REFUSED = Kind(
    "starttls.refused",
    Severity.NOTICE,
    "this client was turned away: {reason}",
    "Try from a mail server: many refuse addresses that are no mail server's.",
    "RFC 5321 3.1",
)
BROKEN = Kind(
    "starttls.broken",
    Severity.WARNING,
    "the conversation came to no end, at {stage}: {reason}",
    "Check again later; if it stays, look at the server's log.",
    "RFC 5321 4.3.2",
)
MISSING = Kind(
    "starttls.missing",
    Severity.ERROR,
    "the server does not offer STARTTLS: anybody on the way can read the mail",
    "Give the server a certificate, and have it offer STARTTLS.",
    "RFC 3207 4",
)
UNAVAILABLE = Kind(
    "starttls.unavailable",
    Severity.ERROR,
    "STARTTLS is offered and cannot be used: {reason}",
    "Look at the server's log: often it cannot read its certificate or key.",
    "RFC 3207 4",
)
INJECTED = Kind(
    "starttls.injected",
    Severity.ERROR,
    "plain text came in the place of TLS: a fault of the server, or somebody on the way",
    "Update the mail server, and look at what stands before it.",
    "RFC 3207 6",
)
VERSION = Kind(
    "starttls.version",
    Severity.ERROR,
    "the server knows no TLS from 1.2 on: many senders fall back to plain text",
    "Have the server take TLS 1.2 and 1.3, and none before.",
    "RFC 8996 5",
)
HANDSHAKE = Kind(
    "starttls.handshake",
    Severity.ERROR,
    "no private connection came about: {reason}",
    "Look at the server's log, its certificate and its ciphers.",
    "RFC 3207 4",
)
EXPIRED = Kind(
    "starttls.expired",
    Severity.WARNING,
    "the certificate is out of its dates: it has expired, or is not valid yet",
    "Renew it, and have it renewed by itself.",
    "RFC 5280 4.1.2.5",
)
WRONG_NAME = Kind(
    "starttls.wrong-name",
    Severity.WARNING,
    "the certificate is made out to another name",
    "Have one made out to {subject}, the name in the MX record.",
    "RFC 9525 6",
)
UNTRUSTED = Kind(
    "starttls.untrusted",
    Severity.WARNING,
    "senders that look at the certificate reject it: {reason}",
    "Have one by an authority that is widely known, and send its chain; "
    "where DANE vouches for the key, nothing has to be done.",
    "RFC 3207 4.1",
)
EXPIRING = Kind(
    "starttls.expiring",
    Severity.WARNING,
    "the certificate ends in {days} days, on {date}",
    "Renew it, and have it renewed by itself.",
    "RFC 5280 4.1.2.5",
)
IMPOSSIBLE = Kind(
    "starttls.impossible-name",
    Severity.ERROR,
    "this can be no host's name, and in no certificate",
    "Give the server a name of letters, digits and hyphens.",
    "RFC 5321 2.3.5",
)
TOO_MANY = Kind(
    "starttls.too-many",
    Severity.INFO,
    "there are {count} exchanges; the first {limit} were connected to",
    "Keep a few: senders do not try that many either.",
    "RFC 5321 5.1",
)

PRIVATE = Kind(
    "starttls.private",
    Severity.NOTICE,
    "the server has no public address, and was not connected to",
    "Publish its public address; to look at servers of your own network, say private=True.",
    "RFC 6890 2.2",
)

_UNKNOWN = {UNREACHABLE.code, REFUSED.code, BROKEN.code, PRIVATE.code}


class StartTLSHost(BaseModel, frozen=True):
    """What one server did; None and empty stand for what it did not get to.

    `version` is as in "TLSv1.3". `names`, `issuer` and `not_after` (UTC) are those of a certificate that
    holds. `is_verified` is False where there is one that does not. `problem` says what went wrong.
    """

    exchange: str
    is_offered: bool | None = None
    version: str | None = None
    cipher: str | None = None
    is_verified: bool | None = None
    names: tuple[str, ...] = ()
    issuer: str | None = None
    not_after: datetime | None = None
    problem: str | None = None

    def __str__(self) -> str:
        if self.is_offered is False:
            return f"{self.exchange} no STARTTLS"
        return f"{self.exchange} {self.version or self.problem}"


class StartTLSHosts(BaseModel, frozen=True):
    """The servers that were connected to, the most preferred first."""

    hosts: tuple[StartTLSHost, ...]

    def __str__(self) -> str:
        return ", ".join(map(str, self.hosts))


class StartTLS:
    """Connects to the domain's mail servers, and checks their TLS.

    `timeout` is for one server, in seconds. `tls` says whom to trust; a pinned fingerprint would
    judge nothing else, and is refused. `local_name` is what EHLO says: a server may want a name that
    leads back here; by default it is this end's address. Servers with private addresses only are not
    connected to, unless `private` says so: anybody can publish an address of your network.
    """

    name = "starttls"

    def __init__(
        self,
        *,
        timeout: float = TIMEOUT,
        tls: TLS | None = None,
        port: int = 25,
        local_name: str | None = None,
        private: bool = False,
    ) -> None:
        self.timeout: float = timeout
        self.tls: TLS = tls or TLS()
        self.port: int = port
        self.local_name: str | None = local_name
        self.private: bool = private
        if self.tls.fingerprints:
            raise ConfigurationError(
                "certificates are judged here: fingerprints would pass by that"
            )
        self._probe("localhost", ("127.0.0.1",))  # raises for what is wrong with the settings

    def inquire(self, domain: str) -> Inquiry[CheckResult[StartTLSHosts]]:
        """Ask for the servers and their addresses; then connect to all of them."""
        found, findings = yield from find_hosts(domain)
        hosts_found = found if self.private else [_without_private(host) for host in found]
        for host, left in zip(found, hosts_found, strict=True):
            if host.addresses and not left.addresses:
                findings.append(PRIVATE.at(host.exchange))
        reachable = [host for host in hosts_found if host.addresses]
        chosen = reachable[:PROBE_LIMIT]
        if len(reachable) > len(chosen):
            findings.append(TOO_MANY.at(domain, count=len(reachable), limit=PROBE_LIMIT))
        findings.extend(IMPOSSIBLE.at(host.exchange) for host in chosen if not _is_host(host))
        probes = {
            host.exchange: self._probe(host.exchange, host.addresses)
            for host in chosen
            if _is_host(host)
        }
        answers = yield probes.values()
        hosts: list[StartTLSHost] = []
        for exchange, probe in probes.items():
            probed = answers[probe]
            hosts.append(_describe(exchange, probed))
            findings.extend(_judge_host(exchange, probed))
        value = StartTLSHosts(hosts=tuple(hosts)) if hosts else None
        return CheckResult(status=_status(hosts, findings), value=value, findings=tuple(findings))

    def _probe(self, exchange: str, addresses: tuple[str, ...]) -> Probe:
        return Probe(
            exchange,
            addresses,
            port=self.port,
            tls=self.tls,
            timeout=self.timeout,
            local_name=self.local_name,
        )


def _without_private(host: MXHost) -> MXHost:
    public = tuple(one for one in host.addresses if not why_unreachable(one))
    return host.model_copy(update={"addresses": public})


def _is_host(host: MXHost) -> bool:
    try:
        host_name(host.exchange)
    except ConfigurationError:
        return False
    return True


def _status(hosts: list[StartTLSHost], findings: list[Finding]) -> Status:
    """Judge as always, but that a server which was not got at is as unknown as a failed lookup."""
    if any(finding.code in _UNKNOWN for finding in findings):
        return "unknown"
    status = judge(findings)
    is_offered = any(host.is_offered for host in hosts)
    return status if status == "unknown" or is_offered else "absent"


def _describe(exchange: str, probed: Probed) -> StartTLSHost:
    peer, failure = probed.peer, probed.failure
    certificate = peer.certificate if peer else None
    is_rejected = isinstance(failure, CertificateRejected)
    return StartTLSHost(
        exchange=exchange,
        is_offered=probed.offers_starttls,
        version=peer.version if peer else None,
        cipher=peer.cipher if peer else None,
        is_verified=certificate is not None if peer or is_rejected else None,
        names=certificate.names if certificate else (),
        issuer=certificate.issuer if certificate else None,
        not_after=certificate.not_after if certificate else None,
        problem=_reason(failure) if failure else None,
    )


def _judge_host(exchange: str, probed: Probed) -> Iterator[Finding]:
    if probed.failure is not None:
        reason, stage = _reason(probed.failure), probed.failure.stage
        kind = _kind_of(probed.failure)
        yield kind.at(exchange, evidence=(reason,), reason=reason, stage=stage)
    elif probed.peer is None:
        yield MISSING.at(exchange)
    else:
        yield from _judge_peer(exchange, probed.peer, probed.time)


def _kind_of(failure: MailcoreError) -> Kind:  # noqa: PLR0911 - a table
    match failure:
        case CertificateExpired():
            return EXPIRED
        case HostnameMismatch():
            return WRONG_NAME
        case CertificateRejected():
            return UNTRUSTED
        case STARTTLSUnavailable():
            return UNAVAILABLE
        case STARTTLSInjected():
            return INJECTED
        case TLSFailed():
            return VERSION if is_too_old(failure) else HANDSHAKE
        case ServiceRefused():
            return REFUSED
        case CouldNotConnect() | TimedOut(stage="connect"):
            return UNREACHABLE
        case _:
            return BROKEN


def _judge_peer(exchange: str, peer: TLSPeer, time: datetime) -> Iterator[Finding]:
    """Find what is wrong where all went well."""
    if peer.version in _OLD_VERSIONS:
        yield VERSION.at(exchange)
    if peer.certificate is None:
        return
    left = peer.certificate.not_after - time
    whole = peer.certificate.not_after - peer.certificate.not_before
    if left < min(timedelta(days=EXPIRY_DAYS), whole / EXPIRY_SHARE):
        yield EXPIRING.at(exchange, days=left.days, date=f"{peer.certificate.not_after:%Y-%m-%d}")


def _reason(failure: MailcoreError) -> str:
    """Give what went wrong, without the place."""
    return str(failure.args[0])[:_REASON_LIMIT]
