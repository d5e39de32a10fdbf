"""Saying who one is: credentials, and the SASL mechanisms that carry them (RFC 4422).

The same for SMTP, IMAP and POP3; nothing here does I/O.
"""

from mailcore.sasl.channel import Channel
from mailcore.sasl.choice import choose
from mailcore.sasl.credentials import (
    Anonymous,
    Credentials,
    External,
    OAuth2,
    Password,
    TokenSource,
)
from mailcore.sasl.mechanisms import Mechanism

__all__ = [
    "Anonymous",
    "Channel",
    "Credentials",
    "External",
    "Mechanism",
    "OAuth2",
    "Password",
    "TokenSource",
    "choose",
]
