"""From issues that are due to mails that went out: render, send, and note what became of it.

Runs in whatever thread calls it; only the table of issues is locked, never the sending.
"""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from inspect import iscoroutine
from threading import get_ident

from mailcore.errors import ConfigurationError, MailcoreError, OutcomeUnknown, PartiallyRefused
from mailcore.message import Message
from mailcore.notices.description import Describer
from mailcore.notices.issues import Batch, Issues
from mailcore.transport import Transport

__all__ = ["Delivery", "complain"]

COMPLAINT_LIMIT = 500
"""Characters of a line on stderr."""


class Delivery:
    """Sends what is due through a transport. It never raises an `Exception`: it says so on stderr."""

    def __init__(
        self,
        issues: Issues,
        lock: AbstractContextManager[object],
        transport: Transport,
        *,
        render: Callable[[Batch], Message],
        clock: Callable[[], float],
    ) -> None:
        self._issues = issues
        self._lock = lock
        self._transport = transport
        self._render = render
        self._clock = clock
        self._threads: set[int] = set()
        self._is_in_doubt = False
        self.failures: int = 0

    @property
    def is_in_this_thread(self) -> bool:
        """Whether this very thread is sending: what it captures would go round in circles."""
        return get_ident() in self._threads

    def run(self, *, everything: bool = False) -> bool:
        """Send the mails that are due, or all there is to tell; tell whether they went out.

        With `everything`, those sent before count too, if their outcome is unknown.
        """
        self._threads.add(get_ident())
        try:
            went_out = self._run(everything=everything)
        finally:
            self._threads.discard(get_ident())
        if everything and self._is_in_doubt:
            self._is_in_doubt = False
            return False
        return went_out

    def _run(self, *, everything: bool) -> bool:
        while batch := self._take(everything=everything):
            if not self._deliver(batch):
                return False
        return True

    def _take(self, *, everything: bool) -> Batch | None:
        with self._lock:
            return self._issues.take(self._clock(), everything=everything)

    def _deliver(self, batch: Batch) -> bool:
        try:
            self._send(self._render(batch))
        except PartiallyRefused as error:
            self._complain(error, "a notice did not reach everybody")
        except OutcomeUnknown as error:
            self._complain(error, "a notice may be lost")
            self._is_in_doubt = True
            self._fail(error)
            return False
        except Exception as error:  # noqa: BLE001 - whatever a transport raises, the notice is kept
            self._complain(
                error, f"a notice (count {batch.count}) could not be mailed, and is kept"
            )
            self._fail(error, batch)
            return False
        except BaseException as error:
            self._fail(error, batch)
            raise
        with self._lock:
            self._issues.succeed()
        return True

    def _send(self, message: Message) -> None:
        receipt: object = self._transport.send(message)
        if iscoroutine(receipt):
            receipt.close()
            raise ConfigurationError("the transport's send is asynchronous: nothing was sent")

    def _fail(self, error: BaseException, batch: Batch | None = None) -> None:
        with self._lock:
            if batch is not None:
                self._issues.put_back(batch)
            self._issues.back_off(
                self._clock(),
                at_least=(error.retry_after or 0) if isinstance(error, MailcoreError) else 0,
                is_lasting=_is_lasting(error),
            )

    def _complain(self, error: Exception, what: str) -> None:
        self.failures += 1
        complain(what, error)


def complain(what: str, error: Exception | None = None) -> None:
    """Say on stderr, in one line, what went wrong with mailcore itself; it can't raise."""
    with suppress(Exception):
        if error is not None:
            why = Describer().text(error, limit=COMPLAINT_LIMIT)
            what = f"{what}: {type(error).__name__}: {' '.join(why.split())}"
        print(f"mailcore.notices: {what}", file=sys.stderr)  # noqa: T201 - there is no other way to tell


def _is_lasting(error: BaseException) -> bool:
    """Tell whether trying again soon is idle, or does harm: a password refused too often locks it."""
    return (
        isinstance(error, MailcoreError)
        and not error.retryable
        and not isinstance(error, OutcomeUnknown)
    )
