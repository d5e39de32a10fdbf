"""What goes on between a transport and its servers, for logs and for a look at what is wrong.

`str(event)` is a line of a trace. No event holds a password, a token or a message's content.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from mailcore.errors import MailcoreError
from mailcore.reply import Reply

__all__ = ["Closed", "Connected", "Event", "Heard", "Hook", "Said", "Secured", "guarded"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection came about."""

    host: str

    def __str__(self) -> str:
        return f"{self.host} -- connected"


@dataclass(frozen=True, slots=True)
class Secured:
    """A connection became private: `version` and `cipher` are those of its TLS."""

    host: str
    version: str | None
    cipher: str | None

    def __str__(self) -> str:
        return f"{self.host} -- {self.version} {self.cipher}"


@dataclass(frozen=True, slots=True)
class Said:
    """A command, secrets left out, or, as "(… bytes)", content."""

    host: str
    command: str

    def __str__(self) -> str:
        return f"{self.host} C: {self.command}"


@dataclass(frozen=True, slots=True)
class Heard:
    """A reply."""

    host: str
    reply: Reply

    def __str__(self) -> str:
        return f"{self.host} S: {self.reply}"


@dataclass(frozen=True, slots=True)
class Closed:
    """A connection is gone, for a reason or by our own leave."""

    host: str
    error: MailcoreError | None = None

    def __str__(self) -> str:
        return f"{self.host} -- closed" + (f": {self.error.args[0]}" if self.error else "")


#: What goes on, in the order in which it does.
Event = Connected | Secured | Said | Heard | Closed
Hook = Callable[[Event], object]


def guarded(hook: Callable[[T], object]) -> Callable[[T], None]:
    """Give a hook that cannot fail: what it raises is logged, as the mail that it is told of is what counts."""

    def call(told: T) -> None:
        try:
            hook(told)
        except Exception:
            from logging import getLogger  # noqa: PLC0415 - where all is well it costs nothing

            getLogger("mailcore.smtp").exception("a hook failed")

    return call
