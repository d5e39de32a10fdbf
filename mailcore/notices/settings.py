"""What a notifier is told when it is made, checked at once: later nobody would hear of it."""

from collections.abc import Callable, Iterable, Mapping
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

from mailcore.errors import ConfigurationError
from mailcore.message import Address, Message
from mailcore.notices.complaints import complain
from mailcore.notices.exceptions.snapshot import Severity
from mailcore.notices.keeping.spool import default_folder
from mailcore.notices.policy import Policy, Route
from mailcore.notices.scrubbing import Scrubber
from mailcore.transport import Transport

__all__ = [
    "Outlet",
    "check_app",
    "check_callable",
    "check_transport",
    "find_spool",
    "read_outlets",
    "read_scrubber",
    "read_state",
]

APP_LIMIT = 60
"""Characters of a program's name."""

F = TypeVar("F", bound=Callable[..., Any])


class Outlet(NamedTuple):
    """How the mails of some severities look, from whom and to whom, and how often they go out."""

    route: str
    template: Message
    policy: Policy


def check_transport(transport: Transport) -> Transport:
    """Give a transport that blocks."""
    send: object = getattr(transport, "send", None)
    if not callable(send):
        raise ConfigurationError("the transport has no send: give one such as SMTPTransport(...)")
    if iscoroutinefunction(send):
        raise ConfigurationError(
            f"{type(transport).__name__} is asynchronous, and a notifier mails in a thread of its own:"
            " give it the blocking transport of the same name without Async"
        )
    return transport


def check_app(app: object) -> str:
    """Give the name of a program."""
    if isinstance(app, str) and app.strip() and app.isprintable() and len(app) <= APP_LIMIT:
        return app
    raise ConfigurationError(f"app is a name of 1 to {APP_LIMIT} printable characters, not {app!r}")


def check_callable(name: str, function: F) -> F:
    """Give what can be called."""
    if not callable(function):
        raise ConfigurationError(f"{name} is a function, not {function!r}")
    return function


def read_outlets(
    transport: Transport,
    from_: str | Address | None,
    to: str | Address | Iterable[str | Address],
    policy: Policy | None,
    routes: Mapping[Severity, Route] | None,
) -> dict[Severity, Outlet]:
    """Give for each severity where it goes; those without a route share one outlet."""
    sender = from_ or getattr(transport, "account", None)
    if sender is None:
        raise ConfigurationError("the transport doesn't tell its account: say from_=")
    own = Outlet("", _template(sender, to), _read_policy(policy))
    severities: tuple[Severity, ...] = get_args(Severity)
    outlets = dict.fromkeys(severities, own)
    for severity, route in (routes or {}).items():
        if severity not in outlets or not isinstance(route, Route):
            raise ConfigurationError(
                f"routes are a Route(...) for each of {', '.join(outlets)}, not {severity!r}: {route!r}"
            )
        template = own.template if route.to is None else _template(sender, route.to)
        outlets[severity] = Outlet(severity, template, route.policy or own.policy)
    return outlets


def read_scrubber(scrubber: object) -> Scrubber:
    """Give the scrubber, or the usual one."""
    if scrubber is not None and not isinstance(scrubber, Scrubber):
        raise ConfigurationError(f"scrubber is a Scrubber(...), not a {type(scrubber).__name__}")
    return scrubber or Scrubber()


def find_spool(spool: object) -> Path | None:
    """Give the folder for what is not mailed yet; None if there is to be none, or can't be."""
    match spool:
        case True:
            try:
                return default_folder()
            except RuntimeError as error:  # a user without a home, as in some containers
                complain("there is no spool: what is not mailed in time will be lost", error)
                return None
        case False:
            return None
        case str() | Path():
            return Path(spool).absolute()
    raise ConfigurationError(f"spool is a folder, True or False, not {spool!r}")


def read_state(state: str | Path | None) -> Path | None:
    """Give the file of what processes share; what is wrong with it is told at once."""
    if state is None:
        return None
    if not isinstance(state, str | Path):
        raise ConfigurationError(f"state is a file, not {state!r}")
    path = Path(state).absolute()
    if path.is_dir() or not path.parent.is_dir():
        raise ConfigurationError(f"state is a file in a folder that is there, not {path}")
    return path


def _read_policy(policy: object) -> Policy:
    if policy is not None and not isinstance(policy, Policy):
        raise ConfigurationError(f"policy is a Policy(...), not {policy!r}")
    return policy or Policy()


def _template(from_: str | Address, to: str | Address | Iterable[str | Address]) -> Message:
    """Give the message that every notice is made from; it shows at once what is wrong with it."""
    template = Message(from_=from_, to=to)
    if not template.recipients:
        raise ConfigurationError("to needs an address at least")
    return template
