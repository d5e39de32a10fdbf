"""Mail for Python programs: compose, send, read, check domains, be told of exceptions.

Names are loaded when they are first used, so that `import mailcore` costs next to nothing.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mailcore import notices
    from mailcore.domains import (
        AsyncDomainChecker,
        DomainChecker,
        DomainReport,
        async_check_domain,
        check_domain,
    )
    from mailcore.errors import MailcoreError
    from mailcore.message import (
        Address,
        Attachment,
        Group,
        Message,
        ReceivedMessage,
        Unsubscribe,
        parse,
    )
    from mailcore.net.proxy import Proxy
    from mailcore.net.tls import TLS
    from mailcore.notices import Notifier
    from mailcore.reply import Reply
    from mailcore.sasl import OAuth2, Password
    from mailcore.secret import Secret
    from mailcore.smtp import (
        AsyncLMTPTransport,
        AsyncSMTPTransport,
        LMTPTransport,
        SMTPTransport,
    )
    from mailcore.transport import (
        DSN,
        AsyncTransport,
        DeliverBy,
        Envelope,
        Partial,
        Receipt,
        Rejected,
        Sent,
        Transport,
        Unknown,
    )
    from mailcore.transports import AsyncMemoryTransport, MemoryTransport

__version__ = "0.1.0.dev0"

__all__ = [
    "DSN",
    "TLS",
    "Address",
    "AsyncDomainChecker",
    "AsyncLMTPTransport",
    "AsyncMemoryTransport",
    "AsyncSMTPTransport",
    "AsyncTransport",
    "Attachment",
    "DeliverBy",
    "DomainChecker",
    "DomainReport",
    "Envelope",
    "Group",
    "LMTPTransport",
    "MailcoreError",
    "MemoryTransport",
    "Message",
    "Notifier",
    "OAuth2",
    "Partial",
    "Password",
    "Proxy",
    "Receipt",
    "ReceivedMessage",
    "Rejected",
    "Reply",
    "SMTPTransport",
    "Secret",
    "Sent",
    "Transport",
    "Unknown",
    "Unsubscribe",
    "async_check_domain",
    "check_domain",
    "notices",
    "parse",
]

_HOMES = {
    "DSN": "mailcore.transport",
    "TLS": "mailcore.net.tls",
    "Address": "mailcore.message",
    "AsyncDomainChecker": "mailcore.domains",
    "AsyncLMTPTransport": "mailcore.smtp",
    "AsyncMemoryTransport": "mailcore.transports",
    "AsyncSMTPTransport": "mailcore.smtp",
    "AsyncTransport": "mailcore.transport",
    "Attachment": "mailcore.message",
    "DeliverBy": "mailcore.transport",
    "DomainChecker": "mailcore.domains",
    "DomainReport": "mailcore.domains",
    "Envelope": "mailcore.transport",
    "Group": "mailcore.message",
    "LMTPTransport": "mailcore.smtp",
    "MailcoreError": "mailcore.errors",
    "MemoryTransport": "mailcore.transports",
    "Message": "mailcore.message",
    "Notifier": "mailcore.notices",
    "OAuth2": "mailcore.sasl",
    "Partial": "mailcore.transport",
    "Password": "mailcore.sasl",
    "Proxy": "mailcore.net.proxy",
    "Receipt": "mailcore.transport",
    "ReceivedMessage": "mailcore.message",
    "Rejected": "mailcore.transport",
    "Reply": "mailcore.reply",
    "SMTPTransport": "mailcore.smtp",
    "Secret": "mailcore.secret",
    "Sent": "mailcore.transport",
    "Transport": "mailcore.transport",
    "Unknown": "mailcore.transport",
    "Unsubscribe": "mailcore.message",
    "async_check_domain": "mailcore.domains",
    "check_domain": "mailcore.domains",
    "parse": "mailcore.message",
}

if not TYPE_CHECKING:

    def __getattr__(name):
        """Load a name of the front door from the room it lives in (PEP 562)."""
        from importlib import import_module  # noqa: PLC0415 - not before it is needed

        if name == "notices":
            return import_module("mailcore.notices")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value

    def __dir__():
        """Show the front door's names, loaded or not."""
        return sorted({*globals(), *__all__})
