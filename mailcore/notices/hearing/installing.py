"""`install`: one line at the start of a program, and it tells of what nobody caught."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from mailcore.errors import ConfigurationError
from mailcore.message import Address
from mailcore.notices.exceptions.snapshot import Severity
from mailcore.notices.hearing.hooks import Hooks
from mailcore.notices.notifier import CLOSE_SECONDS, Notifier
from mailcore.notices.policy import Policy, Route
from mailcore.notices.recorder import Key
from mailcore.notices.scrubbing import Scrubber
from mailcore.transport import Transport
from mailcore.transports import transport_from_environment

__all__ = ["install", "uninstall"]

LOG_LINES = 50
"""Lines of the log that are kept, if nothing else is said."""


def install(
    transport: Transport | None = None,
    *,
    to: str | Address | Iterable[str | Address],
    app: str,
    from_: str | Address | None = None,
    policy: Policy | None = None,
    routes: Mapping[Severity, Route] | None = None,
    key: Key | None = None,
    state: str | Path | None = None,
    spool: str | Path | bool = True,
    scrubber: Scrubber | None = None,
    interpreter: bool = True,
    threads: bool = True,
    event_loops: bool = True,
    finalisers: bool = True,
    log_level: int | None = logging.ERROR,
    log_lines: int = LOG_LINES,
    sigterm: bool = False,
) -> Notifier:
    """Give a notifier that hears by itself of exceptions that nobody caught, and of log records.

    It hears what ends the `interpreter`, `threads` and tasks of asyncio's `event_loops`, what fails in
    `finalisers`, and log records of `log_level` and above; what it tells of has the last `log_lines` of
    the log with it. With `sigterm` it mails what is left when the process is asked to end. Hooks that
    were there before are called first. No logger gets a handler: logging is set up, before or after, as
    without it. Installed again, it takes the place of the one before.

    Without a transport it is the one of the environment, MAILCORE_URL (`transport_from_environment`). All
    else is as for `Notifier`.

    In a forked process it begins anew; one that is spawned installs for itself. Exceptions in futures
    are heard only by who asks for their results: `guard` the function that is submitted.
    """
    _check_level(log_level)
    if not (isinstance(log_lines, int) and log_lines >= 0):
        raise ConfigurationError(f"log_lines is a number of lines, not {log_lines!r}")
    uninstall()
    notifier = Notifier(
        transport or transport_from_environment(),
        to=to,
        app=app,
        from_=from_,
        policy=policy,
        routes=routes,
        key=key,
        state=state,
        spool=spool,
        scrubber=scrubber,
    )
    names = (scrubber or Scrubber()).secret_names
    hooks = Hooks(notifier._report, notifier._log, secret_names=names)  # noqa: SLF001 - the same room's
    if sigterm:
        hooks.hook_sigterm()
    if interpreter:
        hooks.hook_interpreter()
    if threads:
        hooks.hook_threads()
    if finalisers:
        hooks.hook_finalisers()
    if log_level is not None:
        hooks.hook_logging(log_level, without=None if event_loops else "asyncio")
    if event_loops and (log_level is None or log_level > logging.ERROR):
        hooks.hook_event_loops()
    if log_lines:  # after the others: what is told is no line of the log yet
        notifier._recorder.log_tail = hooks.hook_log_tail(log_lines)  # noqa: SLF001 - as above
    _installed.append((notifier, hooks))
    return notifier


def uninstall(timeout: float = CLOSE_SECONDS) -> None:
    """Take the hooks back, and close the notifier; where none is installed, nothing is done."""
    while _installed:
        notifier, hooks = _installed.pop()
        hooks.uninstall()
        notifier.close(timeout)


_installed: list[tuple[Notifier, Hooks]] = []


def _check_level(level: object) -> None:
    is_level = isinstance(level, int) and not isinstance(level, bool)
    if level is not None and not is_level:
        raise ConfigurationError(f"log_level is a number such as logging.ERROR, not {level!r}")
