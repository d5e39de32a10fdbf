"""`Notifier`: tells of exceptions by mail, without ever getting in the way of the program."""

import linecache
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self
from weakref import WeakSet

from mailcore.message import Address
from mailcore.notices.counting.issues import Issues
from mailcore.notices.counting.table import Ledger
from mailcore.notices.exceptions.anatomy import attributes
from mailcore.notices.exceptions.snapshot import Severity
from mailcore.notices.hearing.context import Context, context_of
from mailcore.notices.hearing.guard import REPORTED, Guard
from mailcore.notices.hearing.runs import Reporting, Run, count_failure
from mailcore.notices.keeping.spool import Spool
from mailcore.notices.mailing.dispatcher import Desk, Dispatcher
from mailcore.notices.mailing.ending import ENDING
from mailcore.notices.policy import Policy, Route
from mailcore.notices.recorder import Key, LogTail, Recorder
from mailcore.notices.rendering import Renderer
from mailcore.notices.scrubbing import Scrubber
from mailcore.notices.settings import (
    Outlet,
    check_app,
    check_callable,
    check_transport,
    find_spool,
    read_outlets,
    read_scrubber,
    read_state,
)
from mailcore.notices.vault import Vault
from mailcore.transport import Transport

__all__ = ["Notifier"]

CLOSE_SECONDS = 10.0
"""How long `flush` and `close` wait, unless they are told otherwise."""

_DIGITS = re.compile(r"[0-9]++")


class Notifier:
    """Mails exceptions to `to`: the first of each kind at once, the others counted, in digests.

    Exceptions are of one kind if their types and the places they passed are equal, whatever they say.
    `app` is what the mails call the program. `from_` is by default the account of the transport.
    `policy` says how often mail goes out, `clock` gives the time for it, in seconds. A severity can have
    a `Route` of its own: `routes={"critical": Route(to="oncall@example.com", policy=Policy.immediate())}`.

    Each process tells for itself, unless there is a `state`, a file (SQLite) that the notifiers of the same
    `app` in all processes of the machine share: then they count together, and it outlives them.

    `key` gives what exceptions are of one kind by instead: it is called with each exception and its
    context, and gives a text, or None where it doesn't know better.

    What is new is written to the `spool`, a folder, before it is mailed: a process that is killed, or
    finds no server, leaves it to the next notifier of the same `app` there. True is the user's folder for
    the state of programs, False none. The `scrubber` keeps secrets out of what is written and mailed.

    The transport is one that blocks; it stays the caller's, to be closed after the notifier. Nothing
    here waits for it but `flush`, `close` and the end of the process, which waits 5 seconds for all
    notifiers together. A notifier can be shared by threads and tasks; in a forked process it begins
    anew. After `close`, the next capture opens it again.

    Raises `ConfigurationError` for addresses that no mail can be sent to, for an asynchronous
    transport, and for what is no name, policy, route, key or clock.
    """

    def __init__(
        self,
        transport: Transport,
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
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._app = check_app(app)
        self._transport = check_transport(transport)
        self._outlets = read_outlets(transport, from_, to, policy, routes)
        self._key = None if key is None else check_callable("key", key)
        self._state = read_state(state)
        steady = time.time if self._state else time.monotonic  # which begins anew with the machine
        self._clock = steady if clock is None else check_callable("clock", clock)
        self._scrubber = read_scrubber(scrubber)
        self._spool = find_spool(spool)
        self._name = os.urandom(8).hex()
        self._recorder = self._new_recorder()
        self._recorder.dispatcher.take_over()
        _notifiers.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def failures(self) -> int:
        """How often something of mailcore itself went wrong here; each was said on stderr."""
        return self._recorder.dispatcher.complaints.count

    @property
    def untold(self) -> int:
        """The number of exceptions that no mail has told of yet."""
        return self._recorder.dispatcher.untold

    def capture(
        self, exception: BaseException, /, *, severity: Severity = "error", **context: object
    ) -> None:
        """Tell of an exception; `context` is added to what `context()` has set.

        Takes some microseconds, or less than a millisecond for a new kind. It raises nothing, not for
        what is no exception either, which is said on stderr and told as such. It waits for nothing,
        but in an exit handler that runs after mailcore's own: there nobody else would, so it waits for
        what is left of the 5 seconds. An exception that the sending itself captures is left out.
        """
        count_failure(self)
        self._recorder.record(exception, lambda: {**context_of(self), **context}, severity=severity)

    def message(self, text: str, /, *, severity: Severity = "info", **context: object) -> None:
        """Tell something that is no exception; texts that differ only in digits are the same.

        It is mailed, counted and raises nothing just as `capture` does.
        """
        key = (_DIGITS.sub("#", text),) if isinstance(text, str) else ()
        self._recorder.note(
            text, lambda: {**context_of(self), **context}, key=key, severity=severity
        )

    def _report(
        self, exception: BaseException, *, severity: Severity, context: Mapping[str, object]
    ) -> None:
        """Capture an exception, unless a guard or a hook has told of it already."""
        own = attributes(exception)
        if own.get(REPORTED) == self._name:
            return
        count_failure(self)
        self._recorder.record(exception, lambda: {**context_of(self), **context}, severity=severity)
        own[REPORTED] = self._name

    def _note(
        self,
        text: str,
        *,
        key: tuple[str, ...],
        severity: Severity,
        context: Mapping[str, object],
        log_tail: LogTail | None = None,
    ) -> None:
        self._recorder.note(
            text,
            lambda: {**context_of(self), **context},
            key=key,
            severity=severity,
            log_tail=log_tail,
        )

    def _log(
        self, text: str, *, key: tuple[str, ...], severity: Severity, context: Mapping[str, object]
    ) -> None:
        """Tell a log record that is no exception; an error fails a run as an exception does."""
        if severity in {"error", "critical"}:
            count_failure(self)
        self._note(text, key=key, severity=severity, context=context)

    def guard(self, *, reraise: bool = False) -> Guard:
        """Give a with block, `async with` too, or a decorator of functions, that reports an `Exception` and goes on.

        With `reraise` it only reports. KeyboardInterrupt, SystemExit, a task's cancellation and
        everything else that is no `Exception` passes, unreported; a group that has both is reported, and
        passes.
        """
        return Guard(self.capture, reporter=self._name, reraise=reraise)

    def context(self, /, **values: object) -> Context:
        """Give a with block, or a decorator of functions, whose exceptions are told with these values, as `url=url`."""
        return Context(self, values)

    def run(
        self, name: str, /, *, report: Reporting = "on-failure", seconds: float | None = None
    ) -> Run:
        """Give a with block, `async with` too, around a job: it tells that the job failed.

        That is so if anything is raised in it, which passes on, or told of meanwhile; or if it takes more
        than so many `seconds`. With `report="always"` it tells that all went well, too.
        """

        def capture(exception: BaseException) -> None:
            self._report(exception, severity="critical", context={"run": name})

        return Run(name, self._note, capture, owner=self, report=report, seconds=seconds)

    def run_command(
        self,
        command: Sequence[str],
        *,
        name: str | None = None,
        report: Reporting = "on-failure",
        seconds: float | None = None,
    ) -> int:
        """Run another program, and give its exit code; tell if it fails, and as soon as it takes too long.

        Its output is passed on, and the last lines of it are told. The exit code is 128 and the number of
        the signal that ended it, 127 or 126 if it could not be started. SIGTERM and SIGHUP are passed on.
        Raises `ConfigurationError` for what is no command, `name` or number of `seconds`.
        """
        from mailcore.notices.hearing.commands import Output, watch_command  # noqa: PLC0415 - rarely needed

        output = Output()
        tell = partial(self._note, log_tail=output.lines)
        return watch_command(command, tell, output, name=name, report=report, seconds=seconds)

    def flush(self, timeout: float = CLOSE_SECONDS) -> bool:
        """Mail all there is to tell now; tell whether all went out, within so many seconds."""
        return self._recorder.dispatcher.flush(timeout)

    def close(self, timeout: float = CLOSE_SECONDS) -> bool:
        """Flush, and end the thread. What did not go out is said on stderr and tried at exit.

        With a `state`, only what is due is mailed: the rest is there for the next process.
        """
        return self._recorder.dispatcher.close(timeout)

    def _begin_anew(self) -> None:
        """Leave what was recorded to the process that this one was forked from."""
        log_tail = self._recorder.log_tail
        self._recorder = self._new_recorder()
        self._recorder.log_tail = log_tail

    def _new_recorder(self) -> Recorder:
        vault = Vault(self._scrubber, {"transport": self._transport})
        desks = {id(outlet): self._new_desk(outlet, vault) for outlet in self._outlets.values()}
        dispatcher = Dispatcher(
            self._app,
            self._transport,
            {severity: desks[id(outlet)] for severity, outlet in self._outlets.items()},
            clock=self._clock,
            at=self._at,
            spool=Spool(self._spool, self._app) if self._spool else None,
        )
        return Recorder(dispatcher, vault, scrubber=self._scrubber, key=self._key)

    def _new_desk(self, outlet: Outlet, vault: Vault) -> Desk:
        route, template, policy = outlet

        def quiet_left(seen: float) -> float:
            return policy.quiet_left(self._at(seen))

        renderer = Renderer(
            app=self._app,
            template=template,
            max_described=policy.max_described,
            max_text=policy.max_text,
            read_line=linecache.getline,
            knows=vault.knows,
            at=self._at,
        )
        issues: Ledger = Issues(policy, quiet_left=quiet_left)
        if self._state:
            from mailcore.notices.counting.shared import SharedIssues  # noqa: PLC0415 - loads sqlite3
            from mailcore.notices.keeping.state_file import Strays  # noqa: PLC0415 - as above

            issues = SharedIssues(
                self._state,
                f"{self._app}/{route}",
                policy,
                strays_of=None if route else Strays(f"{self._app}/", self._route_names()),
                quiet_left=quiet_left,
                handed_over=self._update_spool,
            )
        return Desk(issues, lambda batch: vault.scrub(renderer.render(batch), batch))

    def _route_names(self) -> frozenset[str]:
        routes = {outlet.route for outlet in self._outlets.values()}
        return frozenset(f"{self._app}/{route}" for route in {"", *routes})

    def _update_spool(self, fingerprints: Iterable[str]) -> None:
        self._recorder.dispatcher.update_spool(fingerprints)

    def _at(self, seen: float) -> datetime:
        return datetime.fromtimestamp(time.time() - self._clock() + seen, UTC)


_notifiers: WeakSet[Notifier] = WeakSet()


def _begin_anew() -> None:
    ENDING.forget_all()
    for notifier in list(_notifiers):
        notifier._begin_anew()  # noqa: SLF001 - of this module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
