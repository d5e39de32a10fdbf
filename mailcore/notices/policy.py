"""How often notices are mailed, and how much is kept and told: every limit of this room, by name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from mailcore.errors import ConfigurationError
from mailcore.message import Address

__all__ = ["Policy", "QuietHours", "Route"]

_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The time of day when only what is critical is mailed; it may go past midnight.

    `start` and `end` are such as "22:00", in `timezone`, or in that of the machine if there is none.
    Raises `ConfigurationError` for what is no time of day.
    """

    start: str
    end: str
    timezone: tzinfo | None = None

    def __post_init__(self) -> None:
        if _read_time(self.start) == _read_time(self.end):
            raise ConfigurationError("quiet hours begin and end at different times")

    def seconds_left(self, moment: datetime) -> float:
        """Give how long it is quiet from a moment on; 0 if it is not."""
        here = moment.astimezone(self.timezone)
        start, end = _read_time(self.start), _read_time(self.end)
        now = here.timetz().replace(tzinfo=None)
        is_quiet = start <= now < end if start < end else not end <= now < start
        if not is_quiet:
            return 0.0
        until = here.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
        return (until - here).total_seconds() % timedelta(days=1).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When to send mail, in seconds and numbers.

    The first exception of each kind is mailed at once, for `burst` kinds; another one may be each
    `burst_refill` seconds. All else goes into digests. One is due `digest_after` seconds after the
    first exception that no mail has told of: there is a wait for each digest in a row, of which the
    last goes on; after `calm_after` seconds without any exception they begin anew. No more than
    `mails_an_hour` and `mails_a_day` go out, except for what `flush` and `close` send.

    In `quiet_hours` only critical exceptions are mailed. What was not seen for `resolved_after` seconds
    is told to be over, unless that is None; when it comes back, it is new.

    What could not be sent is tried again after the first `digest_after`, then after twice as long each
    time, up to `longest_wait`, for as long as the process lives; and by `flush`, `close` and its end.

    `max_issues` kinds of exceptions are told apart at a time; more are only counted. A mail describes
    up to `max_described` of them, in at most `max_text` characters.

    Raises `ConfigurationError` for what is no number above 0; those typed int are whole ones.
    """

    digest_after: float | tuple[float, ...] = (60, 300, 1800, 7200, 21600)
    calm_after: float = 1800
    burst: int = 5
    burst_refill: float = 300
    mails_an_hour: int = 12
    mails_a_day: int = 60
    quiet_hours: QuietHours | None = None
    resolved_after: float | None = 86400
    longest_wait: float = 3600
    max_issues: int = 1000
    max_described: int = 20
    max_text: int = 64_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            match field.name:
                case "quiet_hours":
                    _check_quiet_hours(value)
                case "resolved_after" if value is None:
                    pass
                case "digest_after" if isinstance(value, tuple) and value:
                    for wait in value:
                        _check_number(field.name, wait)
                case name:
                    _check_number(name, value, is_whole=field.type is int)

    @classmethod
    def calm(cls) -> "Policy":
        """Give the default: one bug is nine mails a day, and ten thousand of them thirteen an hour."""
        return cls()

    @classmethod
    def immediate(cls) -> "Policy":
        """Give one that mails each kind at once, and the others of it within a minute."""
        return cls(
            digest_after=60, burst=1000, burst_refill=1, mails_an_hour=1000, mails_a_day=10_000
        )

    @classmethod
    def digest(cls, every: str | float) -> "Policy":
        """Give one that mails only digests: `every` is seconds, or such as "30m", "1h" and "1d"."""
        return cls(digest_after=_read_duration(every), burst=0)

    def quiet_left(self, moment: datetime) -> float:
        """Give for how many seconds it is quiet from a moment on; 0 if it is not."""
        return self.quiet_hours.seconds_left(moment) if self.quiet_hours else 0.0

    @property
    def waits(self) -> tuple[float, ...]:
        """The waits for the digests in a row."""
        return self.digest_after if isinstance(self.digest_after, tuple) else (self.digest_after,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where the exceptions of one severity go, and how often; what is None is the notifier's own."""

    to: str | Address | Iterable[str | Address] | None = None
    policy: Policy | None = None

    def __post_init__(self) -> None:
        if self.policy is not None and not isinstance(self.policy, Policy):
            raise ConfigurationError(f"policy is a Policy(...), not {self.policy!r}")


def _check_number(name: str, value: Any, *, is_whole: bool = False) -> None:
    kinds, what = (int, "whole number") if is_whole else ((int, float), "number")
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    if is_number and (value > 0 or (name == "burst" and value == 0)):
        return
    raise ConfigurationError(f"{name} is a {what} above 0, not {value!r}")


def _check_quiet_hours(value: object) -> None:
    if value is not None and not isinstance(value, QuietHours):
        raise ConfigurationError(
            f'quiet_hours are such as QuietHours("22:00", "7:00"), not {value!r}'
        )


def _read_time(text: object) -> time:
    found = _TIME.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ConfigurationError(f'a time of day is such as "22:00", not {text!r}')
    return time(int(found[1]), int(found[2]))


def _read_duration(text: str | float) -> float:
    """Read "30m", or seconds."""
    if not isinstance(text, str):
        return text
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ConfigurationError(
            f'a time is seconds, or such as "30m", "1h" and "1d", not {text!r}'
        )
    return float(found[1]) * _SECONDS[found[2]]
