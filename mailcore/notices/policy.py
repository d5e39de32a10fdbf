"""How often notices are mailed, and how much is kept and told: every limit of this room, by name."""

from dataclasses import dataclass, fields

from mailcore.errors import ConfigurationError

__all__ = ["Policy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When to send mail, in seconds and numbers.

    The first exception of each kind is mailed at once, for `burst` kinds; another one may be each
    `burst_refill` seconds. All else goes into a digest, `digest_after` seconds after the first
    exception that no mail has told of. No more than `mails_an_hour` go out in any hour, except for
    what `flush` and `close` send.

    What could not be sent is tried again after `digest_after` seconds, then after twice as long each
    time, up to `longest_wait`; after `attempts` failures in a row it is kept until the next exception,
    or until `flush`, `close` or the end of the process.

    `max_issues` kinds of exceptions are told apart at a time; more are only counted. A mail describes
    up to `max_described` of them, in at most `max_text` characters.

    Raises `ConfigurationError` for what is no number above 0; those typed int are whole ones.
    """

    digest_after: float = 60
    burst: int = 5
    burst_refill: float = 300
    mails_an_hour: int = 12
    attempts: int = 6
    longest_wait: float = 3600
    max_issues: int = 1000
    max_described: int = 20
    max_text: int = 64_000

    def __post_init__(self) -> None:
        for field in fields(self):
            kinds, what = ((int, float), "number") if field.type is float else (int, "whole number")
            value = getattr(self, field.name)
            if not isinstance(value, kinds) or isinstance(value, bool) or not value > 0:
                raise ConfigurationError(f"{field.name} is a {what} above 0, not {value!r}")
