"""The command line: `mailcore demo`, `check DOMAIN`, `show FILE`, `notices test`, `run -- COMMAND`.

Exit codes: 0 good, 1 not good, 2 the call is wrong, 75 not known now, try later (sysexits' EX_TEMPFAIL),
130 interrupted.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from mailcore import __version__
from mailcore.cli import check, demo, notices, show
from mailcore.errors import ConfigurationError

__all__ = ["main"]

WRONG_CALL = 2
CUT_OFF = 1
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, and give its exit code."""
    parser = argparse.ArgumentParser(
        prog="mailcore",
        description="Mail for Python programs: a tour, a domain checker, a reader, and notices.",
    )
    parser.add_argument("--version", action="version", version=f"mailcore {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    demo.add_command(commands)
    check.add_command(commands)
    show.add_command(commands)
    notices.add_command(commands)
    notices.add_run_command(commands)
    chosen = parser.parse_args(arguments)
    # What is shown may be in any script; a terminal that cannot show it shows question marks.
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="replace")
    try:
        code: int = chosen.run(chosen)
        print(end="", flush=True)
    except ConfigurationError as error:
        print(f"mailcore: {error}", file=sys.stderr)
        return WRONG_CALL
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough, as head(1) does; what is still buffered goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CUT_OFF
    return code
