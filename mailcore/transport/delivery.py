"""What can be asked of a message's delivery: to be told of it (RFC 3461), and to have it in time (RFC 2852)."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from mailcore.errors import ConfigurationError
from mailcore.message.value import Value

__all__ = ["DSN", "DeliverBy"]

#: What to be notified of (RFC 3461 4.1).
Event = Literal["success", "failure", "delay"]

#: RFC 3461 4.4: what fits a command line, and comes back in each notification.
ENVELOPE_ID_LIMIT = 100
#: RFC 2852 4: nine digits.
DELIVER_BY_LIMIT = 999_999_999


class DSN(Value):
    """Which delivery status notifications to ask for (RFC 3461).

    `notify` is of what: "success", "failure", "delay"; `()` is never of anything. `returns` is how much
    of the message comes back with a failure, "full" or "headers"; `envelope_id` comes back as it is, in
    ASCII.
    """

    _refused_as: ClassVar[type[ConfigurationError]] = ConfigurationError

    notify: tuple[Event, ...] = ("failure", "delay")
    returns: Literal["full", "headers"] | None = None
    envelope_id: Annotated[
        str | None, Field(min_length=1, max_length=ENVELOPE_ID_LIMIT, pattern=r"^[\x20-\x7e]*$")
    ] = None

    def __init__(
        self,
        *,
        notify: tuple[Event, ...] = ("failure", "delay"),
        returns: Literal["full", "headers"] | None = None,
        envelope_id: str | None = None,
    ) -> None:
        super().__init__(notify=notify, returns=returns, envelope_id=envelope_id)


class DeliverBy(Value):
    """How soon a message has to be delivered, and what becomes of it else (RFC 2852).

    `otherwise` is to "return" it, or to "notify" and go on. With `trace`, those who relay it to a server
    without this extension say so.
    """

    _refused_as: ClassVar[type[ConfigurationError]] = ConfigurationError

    seconds: Annotated[int, Field(ge=-DELIVER_BY_LIMIT, le=DELIVER_BY_LIMIT)]
    otherwise: Literal["return", "notify"] = "return"
    trace: bool = False

    def __init__(
        self,
        *,
        seconds: int,
        otherwise: Literal["return", "notify"] = "return",
        trace: bool = False,
    ) -> None:
        super().__init__(seconds=seconds, otherwise=otherwise, trace=trace)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.otherwise == "return" and self.seconds <= 0:
            raise ConfigurationError(
                'a message can only be returned after a time above 0: give seconds, or otherwise="notify"'
            )
        return self
