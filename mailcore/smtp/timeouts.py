"""How long a server may take over each step."""

from dataclasses import dataclass, fields
from typing import Self

from mailcore.errors import ConfigurationError

__all__ = ["Timeouts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds for each phase of a session; each is for the whole step, however its bytes trickle.

    In blocking code the system's name lookup, a part of `connect`, keeps its own time.

    The defaults are those of RFC 5321 4.5.3.2, where it has one.
    """

    connect: float = 30
    tls: float = 30
    greeting: float = 300
    command: float = 300
    data_start: float = 120
    data_block: float = 180
    data_end: float = 600
    quit: float = 5

    def __post_init__(self) -> None:
        if not all(getattr(self, field.name) > 0 for field in fields(self)):
            raise ConfigurationError("a timeout is a number of seconds above 0")

    def of(self, stage: str) -> float:
        """Give how long the answer to a command may take, or to a part of the message."""
        match stage:
            case "DATA":
                return self.data_start
            case "BDAT":
                return self.data_block
            case "end of data":
                return self.data_end
        return self.command

    def at_most(self, seconds: float) -> Self:
        """Give the same, with no phase longer than so many seconds."""
        return type(self)(
            **{field.name: min(seconds, getattr(self, field.name)) for field in fields(self)}
        )
