"""Sending by SMTP (RFC 5321): `codec` (bytes and values), `session` (the conversation), `transport`."""

from mailcore.smtp.transport import AsyncSMTPTransport, SMTPTransport

__all__ = ["AsyncSMTPTransport", "SMTPTransport"]
