"""A program that is run and watched, as by cron: what it says is passed on, and its failure is told.

Its output goes where ours goes, as it comes; the last lines of it are in the notice.
"""

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from selectors import EVENT_READ, BaseSelector, DefaultSelector
from typing import TextIO, TypeAlias

from mailcore.errors import ConfigurationError
from mailcore.notices.exceptions.snapshot import Severity
from mailcore.notices.hearing.runs import Reporting, Tell, check_settings
from mailcore.notices.scrubbing.lines import KEPT_LIMIT, keep_line

__all__ = ["Output", "watch_command"]

OUTPUT_LINES = 100
"""Lines of a program's output that are kept, the last ones."""
OUTPUT_SECONDS = 1.0
"""How long what a program has begun may hold its output open once it has ended itself."""

_CHUNK = 65536
_KEPT_OCTETS = 4 * (KEPT_LIMIT + 1)  # a character is four octets at most
_POLL_SECONDS = 0.2  # until it is seen that a program has ended whose output is held open
_NOT_FOUND, _NOT_RUN, _BY_SIGNAL = 127, 126, 128  # as shells have it
_FORWARDED = ("SIGTERM", "SIGHUP")  # of Ctrl-C the terminal tells the program itself

Process: TypeAlias = "subprocess.Popen[bytes]"


class Output:
    """The last lines of what a program says on its streams; one that has no end yet is a line, too."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=OUTPUT_LINES)
        self._unfinished: dict[int, bytes] = {}

    def add(self, stream: int, data: bytes) -> None:
        """Take what came."""
        *lines, rest = (self._unfinished.pop(stream, b"") + data).split(b"\n")
        self._lines.extend(map(_text, lines[-OUTPUT_LINES:]))
        if rest:
            self._unfinished[stream] = rest[:_KEPT_OCTETS]

    def lines(self) -> tuple[str, ...]:
        """Give them, the oldest first."""
        return (*self._lines, *map(_text, self._unfinished.values()))[-OUTPUT_LINES:]


def watch_command(
    command: Sequence[str],
    tell: Tell,
    output: Output,
    *,
    name: str | None,
    report: Reporting,
    seconds: float | None,
) -> int:
    """Run a program, and tell if it fails, and as soon as it takes more than so many seconds.

    Gives its exit code: 128 and its number if a signal ended it, 127 or 126 if it could not be started.
    """
    command = _checked(command)
    name = Path(command[0]).name if name is None else name
    check_settings(name, report, seconds)
    begun = time.monotonic()

    def note(outcome: str, severity: Severity) -> None:
        took = f"{time.monotonic() - begun:.1f} s"
        context = {"command": shlex.join(command), "took": took}
        tell(
            f"{name} {outcome}", key=("command", name, outcome), severity=severity, context=context
        )

    try:
        process = subprocess.Popen(  # noqa: S603 - to run what the caller names is what this is for
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        note(f"could not be started: {error.strerror}", "error")
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_RUN
    with process, _forwarded_signals(process):
        _watch(
            process,
            output,
            deadline=inf if seconds is None else begun + seconds,
            overrun=lambda: note(f"takes more than {seconds:g} s, and goes on", "warning"),
        )
    code = process.returncode
    if code < 0:
        note(f"was ended by {_signal_name(-code)}", "error")
        return _BY_SIGNAL - code
    if code:
        note(f"failed with exit code {code}", "error")
    elif report == "always":
        note("finished", "info")
    return code


def _watch(
    process: Process, output: Output, *, deadline: float, overrun: Callable[[], None]
) -> None:
    """Pass the output on until the program has ended, and what it has begun had time to end too."""
    over_at = inf
    with DefaultSelector() as selector:
        for source, sink in ((process.stdout, sys.stdout), (process.stderr, sys.stderr)):
            if source is not None:
                selector.register(source, EVENT_READ, _Sink(sink))
        while (is_open := bool(selector.get_map())) or process.returncode is None:
            if is_open:
                _pass_on(selector, output)
            _wait_for_end(process, 0 if is_open else _POLL_SECONDS)
            now = time.monotonic()
            if process.returncode is None and now >= deadline:
                overrun()
                deadline = inf
            if process.returncode is not None:
                over_at = min(over_at, now + OUTPUT_SECONDS)
            if now >= over_at:
                for key in selector.get_map().values():
                    key.data.leave_to_cat(key.fd)
                return


def _pass_on(selector: BaseSelector, output: Output) -> None:
    """Pass on what there is, or comes soon."""
    for key, _ in selector.select(_POLL_SECONDS):
        data = os.read(key.fd, _CHUNK)
        output.add(key.fd, data)
        key.data.write(data)
        if not data:
            selector.unregister(key.fileobj)


def _wait_for_end(process: Process, seconds: float) -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


@contextmanager
def _forwarded_signals(process: Process) -> Iterator[None]:
    """Let the program end by what is meant for it, and us go on to tell of it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # where no signal arrives
        return

    def forward(number: int, _: object) -> None:
        process.send_signal(number)

    before = {
        number: signal.signal(number, forward if number.name in _FORWARDED else signal.SIG_IGN)
        for number in signal.Signals
        if number.name in {*_FORWARDED, "SIGINT"}
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _checked(command: Sequence[str]) -> list[str]:
    parts = [] if isinstance(command, str) else [*command]
    if not parts or not all(isinstance(part, str) and "\0" not in part for part in parts):
        raise ConfigurationError(f"a command is a list of texts, not {command!r}")
    return parts


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the real-time signals
        return f"signal {number}"


class _Sink:
    """Where output is passed on to, as long as there is anybody, and room."""

    def __init__(self, stream: TextIO | None) -> None:
        self._file: int | None = None
        with suppress(OSError, AttributeError, ValueError):  # a stream that is none, or closed
            self._file = stream.fileno() if stream is not None else None

    def write(self, data: bytes) -> None:
        try:
            while data and self._file is not None:
                data = data[os.write(self._file, data) :]
        except OSError:
            self._file = None

    def leave_to_cat(self, source: int) -> None:
        """Have what still comes passed on by a process of its own: without a reader, writers are killed."""
        with suppress(OSError):
            subprocess.run(
                ["/bin/sh", "-c", "exec 3<&0; cat <&3 &"],  # of 0 alone a shell makes /dev/null
                stdin=source,
                stdout=subprocess.DEVNULL if self._file is None else self._file,
                check=False,
            )


def _text(line: bytes) -> str:
    return keep_line(line.decode(errors="replace").rstrip("\r"))
