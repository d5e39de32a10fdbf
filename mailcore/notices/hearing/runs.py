"""`run("nightly")`: a job from its start to its end, and what is told of it."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias, get_args

from mailcore.errors import ConfigurationError
from mailcore.notices.exceptions.anatomy import has_exception, is_a
from mailcore.notices.exceptions.snapshot import Severity

__all__ = ["Reporting", "Run", "Tell", "check_settings", "count_failure"]

Reporting: TypeAlias = Literal["on-failure", "always"]

NAME_LIMIT = 60
"""Characters of a run's name."""

_open: list["Run"] = []  # of all threads
_runs: ContextVar[tuple["Run", ...]] = ContextVar("mailcore.notices.hearing.runs", default=())


class Tell(Protocol):
    """Tells something that is no exception; what has the same key is the same."""

    def __call__(
        self,
        text: str,
        *,
        key: tuple[str, ...],
        severity: Severity,
        context: Mapping[str, object],
    ) -> None:
        """Tell; it raises nothing."""
        ...


class Run:
    """A with block, `async with` too, that tells how a job ended: that it failed, or also that it did not.

    What is raised in it, or told of by the same notifier meanwhile, makes it fail: in this thread or task,
    in tasks that it begins, and in threads too, as long as this is the notifier's only run: threads don't
    know whose they are. So does `sys.exit` with an error. `count` says how far it came, and `note` adds values to the summary.
    """

    def __init__(
        self,
        name: str,
        tell: Tell,
        capture: Callable[[BaseException], None],
        *,
        owner: object,
        report: Reporting,
        seconds: float | None,
    ) -> None:
        check_settings(name, report, seconds)
        self.name: str = name
        self.done: int = 0
        self.failures: int = 0
        self._tell = tell
        self._capture = capture
        self._owner = owner
        self._always = report == "always"
        self._seconds = seconds
        self._values: dict[str, object] = {}
        self._begun = 0.0

    def __enter__(self) -> Self:
        self._begun = time.monotonic()
        self._token = _runs.set((*_runs.get(), self))
        _open.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exception is not None and has_exception(exception):
            self._capture(exception)
            self.failures = max(self.failures, 1)  # told of already, perhaps, and not by here
        with suppress(ValueError):  # a generator closed in another context
            _runs.reset(self._token)
        with suppress(ValueError):
            _open.remove(self)
        self._end(exception)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, exception, traceback)

    def count(self, number: int = 1) -> None:
        """Say that so many more are done."""
        self.done += number

    def note(self, **values: object) -> None:
        """Add values to the summary; of two of one name the later counts."""
        self._values.update(values)

    def _end(self, exception: BaseException | None) -> None:
        seconds = time.monotonic() - self._begun
        outcome, severity = self._judge(exception, seconds)
        if severity == "info" and not self._always:
            return
        self._tell(
            f"{self.name} {outcome}",
            key=("run", self.name, outcome),
            severity=severity,
            context={
                "run": self.name,
                "took": f"{seconds:.1f} s",
                "done": self.done,
                "exceptions": self.failures,
                **self._values,
            },
        )

    def _judge(self, exception: BaseException | None, seconds: float) -> tuple[str, Severity]:
        is_exit = is_a(exception, SystemExit)
        if not (exception is None or has_exception(exception) or is_exit):
            return "was interrupted", "info"
        if self.failures or (is_exit and getattr(exception, "code", None)):
            return "failed", "error"
        if self._seconds is not None and seconds > self._seconds:
            return f"took more than {self._seconds:g} s", "warning"
        return "finished", "info"


def check_settings(name: str, report: Reporting, seconds: float | None) -> None:
    """Refuse what no run can have."""
    if not (isinstance(name, str) and name.strip() and len(name) <= NAME_LIMIT):
        raise ConfigurationError(f"a run has a name of 1 to {NAME_LIMIT} characters: not {name!r}")
    if report not in get_args(Reporting):
        raise ConfigurationError(f'report is "on-failure" or "always", not {report!r}')
    if seconds is not None and not seconds > 0:
        raise ConfigurationError(f"a run takes some time: not {seconds!r} seconds")


def count_failure(owner: object) -> None:
    """Have the owner's runs that are under way here know of an exception."""
    own = [run for run in _runs.get() if run._owner is owner]  # noqa: SLF001 - of this module
    if not own:
        own = [run for run in _open if run._owner is owner]  # noqa: SLF001 - of this module
        own = own if len(own) == 1 else []
    for run in own:
        run.failures += 1
