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
    from mailcore.smtp import AsyncSMTPTransport, SMTPTransport
    from mailcore.transport import AsyncTransport, Envelope, Receipt, Transport
    from mailcore.transports import AsyncMemoryTransport, MemoryTransport

__version__ = "0.1.0.dev0"

__all__ = [
    "TLS",
    "Address",
    "AsyncDomainChecker",
    "AsyncMemoryTransport",
    "AsyncSMTPTransport",
    "AsyncTransport",
    "Attachment",
    "DomainChecker",
    "DomainReport",
    "Envelope",
    "Group",
    "MailcoreError",
    "MemoryTransport",
    "Message",
    "Notifier",
    "OAuth2",
    "Password",
    "Proxy",
    "Receipt",
    "ReceivedMessage",
    "Reply",
    "SMTPTransport",
    "Secret",
    "Transport",
    "Unsubscribe",
    "async_check_domain",
    "check_domain",
    "notices",
    "parse",
]

_HOMES = {
    "TLS": "mailcore.net.tls",
    "Address": "mailcore.message",
    "AsyncDomainChecker": "mailcore.domains",
    "AsyncMemoryTransport": "mailcore.transports",
    "AsyncSMTPTransport": "mailcore.smtp",
    "AsyncTransport": "mailcore.transport",
    "Attachment": "mailcore.message",
    "DomainChecker": "mailcore.domains",
    "DomainReport": "mailcore.domains",
    "Envelope": "mailcore.transport",
    "Group": "mailcore.message",
    "MailcoreError": "mailcore.errors",
    "MemoryTransport": "mailcore.transports",
    "Message": "mailcore.message",
    "Notifier": "mailcore.notices",
    "OAuth2": "mailcore.sasl",
    "Password": "mailcore.sasl",
    "Proxy": "mailcore.net.proxy",
    "Receipt": "mailcore.transport",
    "ReceivedMessage": "mailcore.message",
    "Reply": "mailcore.reply",
    "SMTPTransport": "mailcore.smtp",
    "Secret": "mailcore.secret",
    "Transport": "mailcore.transport",
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
