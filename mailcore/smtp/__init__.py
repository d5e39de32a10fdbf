"""Sending by SMTP (RFC 5321) and LMTP (RFC 2033): `conversation`, `sending` over many, and the public pairs."""

from mailcore.smtp.lmtp import AsyncLMTPTransport, LMTPTransport
from mailcore.smtp.transport import AsyncSMTPTransport, SMTPTransport

__all__ = ["AsyncLMTPTransport", "AsyncSMTPTransport", "LMTPTransport", "SMTPTransport"]
