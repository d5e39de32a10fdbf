"""Saying who one is: credentials, and the SASL mechanisms that carry them (RFC 4422).

The same for SMTP, IMAP and POP3; nothing here does I/O.
"""

from mailcore.sasl.credentials import Password
from mailcore.sasl.mechanisms import Mechanism, choose

__all__ = ["Mechanism", "Password", "choose"]
