"""What happens behind a notifier: what it is told of is looked into if it is new, and passed on.

Nothing here raises into the program that is watched, whatever an exception or its context is made of.
"""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import TypeAlias, get_args

from mailcore.notices.complaints import complain, is_complaining
from mailcore.notices.exceptions.anatomy import is_a, type_name
from mailcore.notices.exceptions.fingerprint import digest, places
from mailcore.notices.exceptions.snapshot import (
    CALLER_LIMIT,
    Severity,
    Snapshot,
    describe_note,
    harvest_of,
    harvest_of_note,
    stand_in,
    take_snapshot,
)
from mailcore.notices.mailing.dispatcher import Dispatcher
from mailcore.notices.scrubbing import Harvest, Scrubber
from mailcore.notices.scrubbing.lines import shorten_line
from mailcore.notices.vault import Vault

__all__ = ["Key", "Recorder"]

_SEVERITIES = get_args(Severity)

Context: TypeAlias = Callable[[], dict[str, object]]
LogTail: TypeAlias = Callable[[], tuple[str, ...]]
Key: TypeAlias = Callable[[BaseException, Mapping[str, object]], str | None]


class Recorder:
    """Looks into exceptions for one notifier in one process.

    `key` gives what exceptions are of one kind by, or None where their types and places say so.
    """

    def __init__(
        self, dispatcher: Dispatcher, vault: Vault, *, scrubber: Scrubber, key: Key | None = None
    ) -> None:
        self.dispatcher: Dispatcher = dispatcher
        self.log_tail: LogTail = tuple
        """Gives the last lines of the log."""
        self._vault = vault
        self._scrubber = scrubber
        self._key = key

    def record(self, captured: object, context: Context, *, severity: Severity = "error") -> None:
        """Count an exception; if it is new, describe it with the context, and have it mailed.

        It raises nothing: for what can't be looked into, or is no exception, there is a stand-in. What
        the sending itself captures is left out, as it would go round in circles.
        """
        if self.dispatcher.is_in_this_thread or is_complaining() or _is_too_late():
            return
        severity = self._checked_severity(severity)
        try:
            exception = _checked(captured)
            kind = self._fingerprint(exception, context, severity)
            self.dispatcher.count(
                kind, severity, lambda: self._describe(kind, exception, context(), severity)
            )
        except Exception as error:  # noqa: BLE001 - the program that is watched must not suffer
            self.dispatcher.complaints("could not look into what was captured", error)
            with suppress(Exception):
                name = type_name(captured)
                values = context()
                kind = digest((severity, name, type_name(error)))
                found = harvest_of(error, values, scrubber=self._scrubber)
                harvest = self._vault.keep(kind, found)
                snapshot = stand_in(name, error, values, scrubber=self._scrubber, harvest=harvest)
                self.dispatcher.count(kind, severity, lambda: replace(snapshot, severity=severity))

    def note(
        self,
        text: str,
        context: Context,
        *,
        key: tuple[str, ...],
        severity: Severity,
        log_tail: LogTail | None = None,
    ) -> None:
        """Count a note that is no exception, in the same way; one with the same key is the same.

        The last lines of the log come with it as well, unless it is mere information.
        """
        if self.dispatcher.is_in_this_thread or is_complaining() or _is_too_late():
            return
        severity = self._checked_severity(severity)
        tail = log_tail or (self.log_tail if severity != "info" else tuple)

        kind = digest((severity, "note", *key))

        def describe() -> Snapshot:
            values = context()
            found = harvest_of_note(values, _callers(), scrubber=self._scrubber)
            harvest = self._vault.keep(kind, found)
            snapshot = describe_note(text, values, scrubber=self._scrubber, harvest=harvest)
            return replace(snapshot, severity=severity, log_tail=self._scrubbed(tail, harvest))

        try:
            self.dispatcher.count(kind, severity, describe)
        except Exception as error:  # noqa: BLE001 - the program that is watched must not suffer
            self.dispatcher.complaints("could not look into a note", error)

    def _checked_severity(self, severity: Severity) -> Severity:
        if severity in _SEVERITIES:
            return severity
        names = ", ".join(_SEVERITIES)
        self.dispatcher.complaints(f"a severity is one of {names}", ValueError(severity))
        return "error"

    def _fingerprint(self, exception: BaseException, context: Context, severity: Severity) -> str:
        if self._key is not None:
            try:
                key = self._key(exception, context())
                if key is not None:
                    return digest((severity, "key", key))
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - no exit of it is meant for the program
                self.dispatcher.complaints("the key function failed", error)
        return digest((severity, *places(exception)))

    def _describe(
        self,
        kind: str,
        exception: BaseException,
        context: Mapping[str, object],
        severity: Severity,
    ) -> Snapshot:
        """Describe an exception, and remember its secrets until it is mailed."""
        found = harvest_of(exception, context, scrubber=self._scrubber)
        harvest = self._vault.keep(kind, found)
        snapshot = take_snapshot(exception, context, scrubber=self._scrubber, harvest=harvest)
        return replace(snapshot, severity=severity, log_tail=self._scrubbed(self.log_tail, harvest))

    def _scrubbed(self, log_tail: LogTail, harvest: Harvest) -> tuple[str, ...]:
        """Give the lines without what is secret now, nor what was when they were written."""
        text = "\n".join(log_tail())
        if not text:
            return ()
        scrubbed = self._scrubber.scrub(text, self._vault.with_earlier(harvest))
        return tuple(map(shorten_line, scrubbed.splitlines()))


def _checked(captured: object) -> BaseException:
    if not is_a(captured, BaseException):
        raise TypeError(f"a {type_name(captured)} is no exception")
    return captured


def _callers() -> list[FrameType]:
    """Give the frames that a note comes from, past mailcore and logging."""
    frame: FrameType | None = sys._getframe()  # noqa: SLF001 - inspect's own way takes longer
    while frame is not None and _passes_on(frame):
        frame = frame.f_back
    found: list[FrameType] = []
    while frame is not None and len(found) < CALLER_LIMIT:
        found.append(frame)
        frame = frame.f_back
    return found


def _passes_on(frame: FrameType) -> bool:
    module = str(frame.f_globals.get("__name__"))
    return module.startswith("mailcore.notices.") or module.partition(".")[0] == "logging"


def _is_too_late() -> bool:
    """Tell whether the interpreter is being taken down: no thread and no mail can be begun, so say it."""
    if sys.is_finalizing():
        complain("something was captured too late to be told")
        return True
    return False
