"""Who a message is from and to, as the transport is told, whatever its headers say (RFC 5321 2.3.1)."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, field_validator

from mailcore.message import Address, Message, ReceivedAddress, check_addr_spec

__all__ = ["Envelope"]

#: One address in any of its shapes.
Mailbox = str | Address | ReceivedAddress


class Envelope(BaseModel, frozen=True, extra="forbid"):
    """Who it is from and to, as the transport is told: what the headers say plays no part.

    `mail_from` is where bounces go, `""` for none (RFC 5321 4.5.5); `recipients` are addr-specs,
    without doubles. Domains are A-labels, as the wire wants them.
    """

    mail_from: str
    recipients: tuple[str, ...]

    def __init__(self, *, mail_from: Mailbox, recipients: Mailbox | Iterable[Mailbox]) -> None:
        super().__init__(
            mail_from=_addr_spec(mail_from) if mail_from else "",
            recipients=_addr_specs(recipients),
        )

    @field_validator("mail_from")
    @classmethod
    def _check_mail_from(cls, value: str) -> str:
        return _addr_spec(value) if value else ""

    @field_validator("recipients")
    @classmethod
    def _check_recipients(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _addr_specs(value)

    @classmethod
    def of(cls, message: Message) -> "Envelope":
        """Give the envelope that a message's own headers ask for."""
        return cls(mail_from=message.envelope_sender, recipients=message.recipients)


def _addr_specs(addresses: Any) -> tuple[str, ...]:
    many = (addresses,) if isinstance(addresses, Mailbox) else addresses
    return tuple(dict.fromkeys(_addr_spec(address) for address in many))


def _addr_spec(address: Mailbox) -> str:
    return check_addr_spec(address if isinstance(address, str) else address.addr_spec)
