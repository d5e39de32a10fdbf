"""`mailcore notices test|flush` and `mailcore run -- COMMAND`: be told by mail, from the shell.

Mail goes by the transport of the environment: MAILCORE_URL, and MAILCORE_PASSWORD or MAILCORE_PASSWORD_FILE.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

from mailcore.errors import ConfigurationError
from mailcore.notices import Notifier
from mailcore.notices.hearing.runs import check_settings
from mailcore.smtp import SMTPTransport
from mailcore.transports import MemoryTransport, transport_from_environment

__all__ = ["add_command", "add_run_command"]

GOOD, TRY_LATER = 0, 75
NOBODY = "nobody@localhost"
FLUSH_SECONDS = 60.0
"""How long these commands wait for the mail server."""


def add_command(commands: Any) -> None:
    """Tell the parser about `notices`."""
    parser = commands.add_parser(
        "notices",
        help="try exception notices out, or mail those that were left behind",
        description="Exception notices, by the transport of MAILCORE_URL.",
    )
    what = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    test = what.add_parser(
        "test",
        help="mail a notice to see that it arrives",
        description="Raise an exception, and mail a notice of it. The exit code is 75 if it could not be"
        " mailed, and stderr says why.",
    )
    _add_options(test, app="mailcore")
    test.set_defaults(run=run_test)
    flush = what.add_parser(
        "flush",
        help="mail what programs that are over have left behind",
        description="Mail what was spooled by programs that are over and not told of since. The exit code"
        " is 75 if it could not be mailed; it is kept then.",
    )
    _add_options(flush)
    flush.set_defaults(run=run_flush)


def add_run_command(commands: Any) -> None:
    """Tell the parser about `run`."""
    parser = commands.add_parser(
        "run",
        help="run a command, as cron does, and mail if it fails",
        description="Run a command and pass its output on. If it fails, or takes too long, mail the last"
        " lines of it, by the transport of MAILCORE_URL. The exit code is the command's.",
    )
    _add_options(parser, app="cron")
    parser.add_argument("--name", help="what to call the job; by default the command's own name")
    parser.add_argument(
        "--seconds", type=float, help="mail as soon as it takes longer; it goes on all the same"
    )
    parser.add_argument("--always", action="store_true", help="mail that it went well, too")
    parser.add_argument("command", metavar="-- COMMAND", nargs=argparse.REMAINDER)
    parser.set_defaults(run=run_command)


def run_test(arguments: argparse.Namespace) -> int:
    """Mail a notice of an exception that is raised to be told of."""
    with transport_from_environment() as transport:
        notifier = _notifier(arguments, transport, spool=False)
        with notifier.guard():
            _fail()
        return _close(notifier, f"a notice was mailed to {', '.join(arguments.to)}")


def run_flush(arguments: argparse.Namespace) -> int:
    """Mail what was left behind."""
    with transport_from_environment() as transport:
        notifier = _notifier(arguments, transport)
        count = notifier.untold
        if not notifier.flush(FLUSH_SECONDS):
            return TRY_LATER
        return _close(notifier, f"told of {count}" if count else "nothing was left behind")


def run_command(arguments: argparse.Namespace) -> int:
    """Run a command and tell what became of it; the exit code is its own.

    It is run even where nothing can be told, which is said instead.
    """
    command = arguments.command[arguments.command[:1] == ["--"] :]
    if not command:
        raise ConfigurationError("there is no command to run: name it after --")
    settings: dict[str, Any] = {
        "name": arguments.name,
        "report": "always" if arguments.always else "on-failure",
        "seconds": arguments.seconds,
    }
    check_settings(arguments.name or "a command", settings["report"], arguments.seconds)
    try:
        transport: SMTPTransport | MemoryTransport = transport_from_environment()
        notifier = _notifier(arguments, transport)
    except ConfigurationError as error:
        print(f"mailcore: nobody will be told: {error}", file=sys.stderr)
        transport = MemoryTransport()
        notifier = Notifier(transport, to=NOBODY, from_=NOBODY, app=arguments.app, spool=False)
    with transport:
        code = notifier.run_command(command, **settings)
        notifier.close(FLUSH_SECONDS)
        return code


def _add_options(parser: argparse.ArgumentParser, *, app: str | None = None) -> None:
    parser.add_argument(
        "--to", action="append", required=True, help="whom to tell; can be given several times"
    )
    parser.add_argument("--from", dest="from_", help="the sender; by default the account")
    parser.add_argument(
        "--app",
        default=app,
        required=app is None,
        help="the program's name" + (f"; by default {app}" if app else ""),
    )
    parser.add_argument("--spool", type=Path, help="the folder for what is not mailed yet")
    parser.add_argument(
        "--state", type=Path, help="a file in which runs and programs count together"
    )


def _notifier(
    arguments: argparse.Namespace, transport: Any, *, spool: Path | bool = True
) -> Notifier:
    return Notifier(
        transport,
        to=arguments.to,
        from_=arguments.from_,
        app=arguments.app,
        spool=arguments.spool or spool,
        state=arguments.state,
    )


def _close(notifier: Notifier, result: str) -> int:
    if not notifier.close(FLUSH_SECONDS):
        return TRY_LATER
    print(result)
    return GOOD


def _fail() -> None:
    reader = "whoever reads this"
    raise RuntimeError(f"nothing is wrong: {reader} is told of exceptions")
