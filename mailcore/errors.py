"""Everything that can go wrong, by cause: one class for each decision that a caller can take.

    MailcoreError
    ├── ConfigurationError          the call is wrong: mend the program (a ValueError)
    │   ├── InvalidAddress          not an address that mail can be sent to
    │   ├── InvalidHeader           a header, file name or id that cannot be written
    │   └── InvalidMessage          fields that do not make a mail
    ├── CouldNotConnect             no connection came about (an OSError)
    │   ├── HostNotFound            the name does not exist or has no address
    │   └── ProxyRefused            the proxy would not pass the connection on
    ├── ConnectionLost              the connection broke (an OSError)
    ├── ResolutionFailed            DNS gave no answer: unknown, not "no" (an OSError)
    ├── TLSFailed                   no private connection to the right server (an OSError)
    │   ├── CertificateRejected     the chain does not hold
    │   │   ├── CertificateExpired      out of its dates
    │   │   ├── CertificateUntrusted    self-signed, or from an unknown authority
    │   │   ├── HostnameMismatch        made out to another name
    │   │   └── FingerprintMismatch     not the pinned one
    │   ├── STARTTLSUnavailable     STARTTLS is not offered, or was stripped on the way
    │   └── STARTTLSInjected        bytes came in before the handshake
    ├── TimedOut                    a deadline passed (a TimeoutError)
    ├── AuthenticationFailed        the credentials were not accepted
    ├── Refused                     the server said no
    │   ├── SenderRefused           to MAIL FROM
    │   ├── RecipientsRefused       to every RCPT TO
    │   ├── PartiallyRefused        to some: the others were sent to, and the receipt says which
    │   ├── ContentRefused          to the message itself, its size included
    │   └── ServiceRefused          to the client as such
    ├── Throttled                   too much or too fast: later
    ├── ProtocolBroken              an answer that the protocol does not know
    ├── Unsupported                 asked for, and not offered by the server
    └── OutcomeUnknown              handed over, and no answer: it may have been delivered

Each error says what happened in `str(error)` and where in its fields. All can be pickled.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NotRequired, Self, TypedDict, Unpack

from mailcore.reply import EnhancedCode, Reply

if TYPE_CHECKING:
    from mailcore.transport import Receipt

__all__ = [
    "AuthenticationFailed",
    "CertificateExpired",
    "CertificateRejected",
    "CertificateUntrusted",
    "ConfigurationError",
    "ConnectionLost",
    "ContentRefused",
    "CouldNotConnect",
    "ErrorFields",
    "FingerprintMismatch",
    "HostNotFound",
    "HostnameMismatch",
    "InvalidAddress",
    "InvalidHeader",
    "InvalidMessage",
    "MailcoreError",
    "OutcomeUnknown",
    "PartiallyRefused",
    "ProtocolBroken",
    "ProxyRefused",
    "RecipientsRefused",
    "Refused",
    "ResolutionFailed",
    "STARTTLSInjected",
    "STARTTLSUnavailable",
    "SenderRefused",
    "ServiceRefused",
    "TLSFailed",
    "Throttled",
    "TimedOut",
    "Unsupported",
]


class ErrorFields(TypedDict):
    """What every error can say beside its message."""

    host: NotRequired[str | None]
    stage: NotRequired[str | None]
    command: NotRequired[str | None]
    reply: NotRequired[Reply | None]
    recipient: NotRequired[str | None]
    retryable: NotRequired[bool | None]
    retry_after: NotRequired[float | None]
    hint: NotRequired[str | None]
    hint_url: NotRequired[str | None]


class MailcoreError(Exception):
    """What every error of mailcore is.

    `host` and `stage` say where, `command` what was asked (secrets left out), `reply` what the server
    answered, `recipient` whom it concerns. `retryable` says whether the same call can succeed later,
    `retry_after` in how many seconds at the earliest. `hint` and `hint_url` say what to do; the hint
    is also a note of the traceback.
    """

    retryable: bool = False

    def __init__(self, message: str, **fields: Unpack[ErrorFields]) -> None:
        super().__init__(message)
        self.host: str | None = fields.get("host")
        self.stage: str | None = fields.get("stage")
        self.command: str | None = fields.get("command")
        self.reply: Reply | None = fields.get("reply")
        self.recipient: str | None = fields.get("recipient")
        self.retry_after: float | None = fields.get("retry_after")
        self.hint: str | None = None
        self.hint_url: str | None = None
        retryable = fields.get("retryable")
        if retryable is None and self.reply is not None:
            retryable = self.reply.is_transient
        if retryable is not None:
            self.retryable = retryable
        if hint := fields.get("hint"):
            self.advise(hint, url=fields.get("hint_url"))

    @property
    def code(self) -> int | None:
        """The reply's three digits, if a server answered."""
        return self.reply.code if self.reply else None

    @property
    def enhanced_code(self) -> EnhancedCode | None:
        """The reply's enhanced status code, if it has one (RFC 3463)."""
        return self.reply.enhanced_code if self.reply else None

    def advise(self, hint: str, *, url: str | None = None) -> Self:
        """Add what to do about it, as fields and as a note of the traceback."""
        self.hint, self.hint_url = hint, url
        self.add_note(f"Hint: {hint}" + (f" See {url}" if url else ""))
        return self

    def locate(
        self, *, host: str | None = None, stage: str | None = None, command: str | None = None
    ) -> Self:
        """Fill in where it happened, unless that was known better further down."""
        self.host = self.host or host
        self.stage = self.stage or stage
        self.command = self.command or command
        return self

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.host, self.stage) if part)
        return f"{where}: {self.args[0]}" if where else str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.args, self.__dict__)


def _restore(
    kind: type[MailcoreError], args: tuple[Any, ...], state: dict[str, Any]
) -> MailcoreError:
    """Unpickle an error of any signature."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(MailcoreError, ValueError):
    """The call is wrong and will stay wrong: an impossible argument or setting."""


class InvalidAddress(ConfigurationError):
    """Not an address that mail can be sent to."""


class InvalidHeader(ConfigurationError):
    """A header, file name or id that cannot be written: CR, LF, NUL, or not a name."""


class InvalidMessage(ConfigurationError):
    """Fields that do not make a mail."""


class CouldNotConnect(MailcoreError, OSError):
    """No connection came about: refused, unreachable, or no address answered."""

    retryable = True


class HostNotFound(CouldNotConnect):
    """The host's name does not exist, or has no address."""

    retryable = False


class ProxyRefused(CouldNotConnect):
    """The proxy would not pass the connection on."""

    retryable = False


class ConnectionLost(MailcoreError, OSError):
    """The connection broke: closed by the peer, or reset."""

    retryable = True


class ResolutionFailed(MailcoreError, OSError):
    """DNS gave no answer. Nothing is known: that is not the same as a name that does not exist."""

    retryable = True


class TLSFailed(MailcoreError, OSError):
    """No private connection to the right server came about."""


class CertificateRejected(TLSFailed):
    """The server's certificate does not hold."""


class CertificateExpired(CertificateRejected):
    """The certificate is out of its dates."""


class CertificateUntrusted(CertificateRejected):
    """The certificate is self-signed, or from an authority that is not trusted here."""


class HostnameMismatch(CertificateRejected):
    """The certificate is made out to another name (RFC 9525)."""


class FingerprintMismatch(CertificateRejected):
    """The certificate is not one of those pinned."""


class STARTTLSUnavailable(TLSFailed):
    """STARTTLS was required and is not offered: the server lacks it, or somebody stripped it."""


class STARTTLSInjected(TLSFailed):
    """Bytes came in before the TLS handshake: somebody on the way tries to speak for the server."""


class TimedOut(MailcoreError, TimeoutError):
    """A deadline passed."""

    retryable = True


class AuthenticationFailed(MailcoreError):
    """The credentials were not accepted, or no mechanism fits."""


class Refused(MailcoreError):
    """The server said no; `reply` says it in its words."""


class SenderRefused(Refused):
    """MAIL FROM was refused."""


class RecipientsRefused(Refused):
    """Every recipient was refused: nothing was sent. `rejected` has each one's reply."""

    def __init__(
        self, message: str, *, rejected: Mapping[str, Reply], **fields: Unpack[ErrorFields]
    ) -> None:
        super().__init__(message, **fields)
        self.rejected: Mapping[str, Reply] = rejected


class PartiallyRefused(Refused):
    """Some recipients were refused; the message was sent to the others. `receipt` has both lists.

    Never `retryable`: the same call would deliver twice to those accepted. Send to
    `receipt.rejected` alone.
    """

    def __init__(self, message: str, *, receipt: "Receipt", **fields: Unpack[ErrorFields]) -> None:
        super().__init__(message, **fields)
        self.receipt: Receipt = receipt


class ContentRefused(Refused):
    """The message itself was refused: its content, or its size."""


class ServiceRefused(Refused):
    """The server does not serve this client: at its greeting, EHLO, or by closing down (421)."""


class Throttled(MailcoreError):
    """Too much or too fast: later. `retry_after` says when, if that is known."""

    retryable = True


class ProtocolBroken(MailcoreError):
    """The server's answer is not one that the protocol knows."""


class Unsupported(MailcoreError):
    """Something was asked for that the server does not offer; nothing was sent."""


class OutcomeUnknown(MailcoreError):
    """The message was handed over and no answer came: it may have been delivered, or not.

    Sending it again may deliver it twice; nothing here ever does that by itself.
    """
