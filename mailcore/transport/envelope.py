"""Who a message is from and to, as the transport is told, whatever its headers say (RFC 5321 2.3.1).

And what is asked for beside: notifications of its delivery, TLS all the way, a time, a priority.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from mailcore.errors import ConfigurationError
from mailcore.message import Address, Message, ReceivedAddress, check_addr_spec
from mailcore.message.refusal import refusal
from mailcore.transport.delivery import DSN, DeliverBy

__all__ = ["Envelope"]

#: One address in any of its shapes.
Mailbox = str | Address | ReceivedAddress


#: RFC 4865 5: nine digits.
HOLD_LIMIT = 999_999_999


class Envelope(BaseModel, frozen=True, extra="forbid"):
    """Who it is from and to, as the transport is told: what the headers say plays no part.

    `mail_from` is where bounces go, `""` for none (RFC 5321 4.5.5); `recipients` are addr-specs,
    without doubles. Domains are A-labels, as the wire wants them.

    What else is asked for is never dropped in silence: a server that does not offer it is an
    `Unsupported`. `require_tls` is TLS on every hop, or no delivery (RFC 8689); `hold_for` seconds, or
    `hold_until` a time with its zone, is when to send it on (RFC 4865); `priority` is from -9 to 9
    (RFC 6710); `binary` bytes go out as they are, lines or not (RFC 3030).
    """

    mail_from: str
    recipients: tuple[str, ...]
    dsn: DSN | None = None
    require_tls: bool = False
    deliver_by: DeliverBy | None = None
    hold_for: Annotated[int | None, Field(gt=0, le=HOLD_LIMIT)] = None
    hold_until: AwareDatetime | None = None
    priority: Annotated[int | None, Field(ge=-9, le=9)] = None
    binary: bool = False

    def __init__(
        self,
        *,
        mail_from: Mailbox,
        recipients: Mailbox | Iterable[Mailbox],
        dsn: DSN | None = None,
        require_tls: bool = False,
        deliver_by: DeliverBy | None = None,
        hold_for: int | None = None,
        hold_until: datetime | None = None,
        priority: int | None = None,
        binary: bool = False,
    ) -> None:
        try:
            super().__init__(
                mail_from=_addr_spec(mail_from) if mail_from else "",
                recipients=_addr_specs(recipients),
                dsn=dsn,
                require_tls=require_tls,
                deliver_by=deliver_by,
                hold_for=hold_for,
                hold_until=hold_until,
                priority=priority,
                binary=binary,
            )
        except ValidationError as failure:
            raise refusal(failure, ConfigurationError) from None

    @property
    def asks_for_more(self) -> bool:
        """Whether anything is asked for beside the delivery."""
        held = self.hold_for or self.hold_until
        asked = self.dsn or self.require_tls or self.deliver_by or held or self.binary
        return bool(asked) or self.priority is not None

    @field_validator("mail_from")
    @classmethod
    def _check_mail_from(cls, value: str) -> str:
        return _addr_spec(value) if value else ""

    @field_validator("recipients")
    @classmethod
    def _check_recipients(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _addr_specs(value)

    @field_validator("hold_until")
    @classmethod
    def _in_utc(cls, value: datetime | None) -> datetime | None:
        return value and value.astimezone(UTC)

    @model_validator(mode="after")
    def _check_hold(self) -> Self:
        if self.hold_for is not None and self.hold_until is not None:
            raise ConfigurationError("a message is held for a time or until one: give one of them")
        return self

    @classmethod
    def of(cls, message: Message) -> "Envelope":
        """Give the envelope that a message's own headers ask for."""
        return cls(mail_from=message.envelope_sender, recipients=message.recipients)


def _addr_specs(addresses: Any) -> tuple[str, ...]:
    many = (addresses,) if isinstance(addresses, Mailbox) else addresses
    return tuple(dict.fromkeys(_addr_spec(address) for address in many))


def _addr_spec(address: Mailbox) -> str:
    return check_addr_spec(address if isinstance(address, str) else address.addr_spec)
