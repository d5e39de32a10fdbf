"""What Python itself tells of exceptions that nobody caught, handed to a notifier.

Each hook first lets whoever was there before do its work, and tells even if that fails. On `uninstall` it
gives its place back, if it still has it, and tells nothing more. An exception that one way has told of is
not told of by another.

Event loops have no hook for all of them. What asyncio, and uvloop, do with an exception that nobody
retrieves is to log it, and so it is heard there.
"""

import asyncio
import logging
import os
import re
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from copy import copy
from functools import partial
from types import FrameType, TracebackType
from typing import Any, Protocol

from mailcore.errors import ConfigurationError
from mailcore.notices.complaints import complain, is_complaining
from mailcore.notices.exceptions.anatomy import is_a, is_failure
from mailcore.notices.exceptions.description import Describer
from mailcore.notices.exceptions.snapshot import MESSAGE_LIMIT, Severity
from mailcore.notices.hearing.logs import listen
from mailcore.notices.hearing.runs import Tell
from mailcore.notices.mailing.ending import ENDING
from mailcore.notices.scrubbing.lines import keep_line
from mailcore.notices.scrubbing.names import MASK, SECRET_NAMES, SecretNames

__all__ = ["Hooks"]

_OWN_LOGGER = "mailcore"
_OWN_ROOM = "mailcore.notices."
_DIGITS = re.compile(r"[0-9]++")
_LEVELS: dict[int, Severity] = {
    logging.WARNING: "warning",
    logging.ERROR: "error",
    logging.CRITICAL: "critical",
}


class Report(Protocol):
    """Tells of an exception, unless that was done already."""

    def __call__(
        self, exception: BaseException, *, severity: Severity, context: Mapping[str, object]
    ) -> None:
        """Tell; it raises nothing."""
        ...


class Hooks:
    """The hooks of one notifier; `uninstall` takes them back."""

    def __init__(
        self, report: Report, note: Tell, *, secret_names: SecretNames = SECRET_NAMES
    ) -> None:
        self._report = report
        self._note = note
        self._secret_names = secret_names
        self._undo: list[Callable[[], None]] = []
        self._is_uninstalled = False

    def uninstall(self) -> None:
        """Put back what was there before, where nobody else has come meanwhile; hear nothing more."""
        self._is_uninstalled = True
        while self._undo:
            self._undo.pop()()

    def hook_interpreter(self) -> None:
        """Hear what ends the program, or an interactive line (`sys.excepthook`)."""
        before = sys.excepthook

        def hook(
            kind: type[BaseException], exception: BaseException, traceback: TracebackType | None
        ) -> None:
            try:
                before(kind, exception, traceback)
            finally:
                self._tell(exception, severity="critical", context={})

        sys.excepthook = hook
        self._undo.append(lambda: _put_back(sys, "excepthook", hook, before))

    def hook_threads(self) -> None:
        """Hear what ends a thread (`threading.excepthook`)."""
        before = threading.excepthook

        def hook(what: threading.ExceptHookArgs) -> None:
            try:
                before(what)
            finally:
                thread = what.thread.name if what.thread else "?"
                self._tell(what.exc_value, severity="error", context={"thread": thread})

        threading.excepthook = hook
        self._undo.append(lambda: _put_back(threading, "excepthook", hook, before))

    def hook_finalisers(self) -> None:
        """Hear what fails where nothing can be raised, as in `__del__` (`sys.unraisablehook`)."""
        before = sys.unraisablehook

        def hook(what: "sys.UnraisableHookArgs") -> None:
            try:
                before(what)
            finally:
                where = what.err_msg or "Exception ignored"
                self._tell(what.exc_value, severity="error", context={"where": where})

        sys.unraisablehook = hook
        self._undo.append(lambda: _put_back(sys, "unraisablehook", hook, before))

    def hook_logging(self, level: int, *, without: str | None = None) -> None:
        """Hear every record of this level and above, with its exception or alone; not of one logger."""
        self._listen(logging.getLogger(), self._new_ear(level, without))

    def hook_event_loops(self) -> None:
        """Hear what asyncio says of tasks and callbacks that failed."""
        self._listen(logging.getLogger("asyncio"), self._new_ear(logging.ERROR))

    def hook_log_tail(self, lines: int) -> Callable[[], tuple[str, ...]]:
        """Keep the last lines of the log; give what gives them."""
        tail = _Tail(lines, self._secret_names)
        self._listen(logging.getLogger(), tail)
        return tail.lines

    def hook_sigterm(self) -> None:
        """Have everything mailed when the process is asked to end; then do what is done otherwise."""
        if threading.current_thread() is not threading.main_thread():
            raise ConfigurationError("only the main thread can hear SIGTERM: install there")
        before = signal.getsignal(signal.SIGTERM)

        def end() -> None:
            ENDING.finish()
            os.kill(os.getpid(), signal.SIGTERM)

        def hear(number: int, frame: FrameType | None) -> None:
            if callable(before):
                before(number, frame)  # which ends the process in its own way and time, or does not
            elif before is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
                ending = threading.Thread(target=end, name="mailcore.notices.end", daemon=True)
                ending.start()
                if not _is_own(frame):  # which may hold what the mailing needs
                    ending.join()

        signal.signal(signal.SIGTERM, hear)
        self._undo.append(lambda: _put_signal_back(hear, before))

    def _tell(
        self, exception: BaseException | None, *, severity: Severity, context: Mapping[str, object]
    ) -> None:
        if self._is_uninstalled or is_complaining():
            return
        if exception is not None and is_failure(exception):
            self._report(exception, severity=severity, context=context)

    def _new_ear(self, level: int, without: str | None = None) -> "_Ear":
        return _Ear(level, self._report, self._note, self._secret_names, without=without)

    def _listen(self, top: logging.Logger, hear: Callable[[logging.LogRecord], None]) -> None:
        self._undo.append(listen(top, partial(_hear, hear)))


class _Ear:
    """Tells of log records of a level and above."""

    def __init__(
        self,
        level: int,
        report: Report,
        note: Tell,
        secret_names: SecretNames,
        *,
        without: str | None,
    ) -> None:
        self._level = level
        self._report = report
        self._note = note
        self._secret_names = secret_names
        self._without = () if without is None else (without,)

    def __call__(self, record: logging.LogRecord) -> None:
        """Tell of it."""
        if record.levelno < self._level or record.name in self._without or is_complaining():
            return
        severity = _LEVELS.get(record.levelno, "error")
        exception = record.exc_info[1] if record.exc_info else None
        context: dict[str, object] = {"logger": record.name}
        if is_a(exception, asyncio.CancelledError):
            return
        if exception is not None:
            context["log message"] = _text(record, self._secret_names)
            self._report(exception, severity=severity, context=context)
            return
        template = _DIGITS.sub("#", _template(record))  # which may be a text with its values in it
        key = (record.name, record.pathname, str(record.lineno), template)
        context["logged at"] = f"{record.pathname}, line {record.lineno}"
        text = _text(record, self._secret_names)
        self._note(text, key=key, severity=severity, context=context)


class _Tail:
    """Keeps the last lines of the log, as text: no argument of a record stays alive."""

    def __init__(self, lines: int, secret_names: SecretNames) -> None:
        self._lines: deque[str] = deque(maxlen=lines)
        self._secret_names = secret_names

    def __call__(self, record: logging.LogRecord) -> None:
        """Keep its line."""
        when = time.strftime("%H:%M:%S", time.localtime(record.created))
        text = keep_line(_text(record, self._secret_names)).replace("\n", " ")
        self._lines.append(f"{when} {record.levelname} {record.name}: {text}")

    def lines(self) -> tuple[str, ...]:
        """Give them, the oldest first."""
        return tuple(self._lines)


def _hear(hear: Callable[[logging.LogRecord], None], record: logging.LogRecord) -> None:
    """Hear a record, but none of mailcore's own, which would go round in circles; it raises nothing."""
    try:
        if str(record.name).partition(".")[0] != _OWN_LOGGER:
            hear(record)
    except Exception as error:  # noqa: BLE001 - the program that logs must not suffer
        complain("a log record could not be heard", error)


def _text(record: logging.LogRecord, secret_names: SecretNames) -> str:
    """Give what a record says, without its arguments if they don't fit; those with secret names are masked."""
    try:
        if isinstance(arguments := record.args, Mapping):
            masked = {name: MASK if name in secret_names else it for name, it in arguments.items()}
            record = copy(record)
            record.args = masked
        return record.getMessage()
    except Exception:  # noqa: BLE001 - their own code runs there; the handlers say what is wrong
        return _template(record)


def _template(record: logging.LogRecord) -> str:
    """Give what a record says without its arguments: any object can be logged, even one without a text."""
    if type(record.msg) is str:
        return record.msg
    return Describer().text(record.msg, limit=MESSAGE_LIMIT)


def _is_own(frame: FrameType | None) -> bool:
    """Tell whether it is the notices themselves that were interrupted."""
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith(_OWN_ROOM):
            return True
        frame = frame.f_back
    return False


def _put_back(module: Any, name: str, ours: object, before: object) -> None:
    if getattr(module, name) is ours:
        setattr(module, name, before)


def _put_signal_back(ours: object, before: Any) -> None:
    if signal.getsignal(signal.SIGTERM) is ours:
        signal.signal(signal.SIGTERM, before)
