"""The end of the process: what is left is mailed, by all recorders at once, within one deadline.

Whoever captures meanwhile goes on at once, as ever. What is captured later still, in an exit handler
that runs after this one, nobody else would wait for: it is mailed while the capture waits, until the
same deadline. What does not go out is said on stderr.
"""

import atexit
import sys
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Protocol
from weakref import WeakSet

__all__ = ["ENDING", "Ending"]

EXIT_SECONDS = 5.0
"""How long the end of the process waits, for all recorders together."""


class Recording(Protocol):
    """What may have something left to tell."""

    def begin_flush(self) -> Callable[[float], bool]:
        """Have all mailed; give what waits until a deadline, and tells whether it went out."""
        ...

    def say_what_is_left(self) -> None:
        """Say on stderr what did not go out."""
        ...


class Ending:
    """Knows who may have something left to tell when the process ends."""

    def __init__(self) -> None:
        self._all: WeakSet[Recording] = WeakSet()
        self._unfinished: set[Recording] = set()  # they live on, even if nobody else holds them
        self._deadline = inf
        self._is_over = False

    @property
    def is_over(self) -> bool:
        """Whether the end has waited for all: what is captured from now on has to be `mail_late`d."""
        return self._is_over

    def watch(self, recording: Recording) -> None:
        """Have it finished at the end, if it lives until then."""
        self._all.add(recording)

    def keep(self, recording: Recording) -> None:
        """Keep it alive until the end, as it has something left to tell."""
        self._unfinished.add(recording)

    def release(self, recording: Recording) -> None:
        """Let it go, as it has nothing left to tell."""
        self._unfinished.discard(recording)

    def forget_all(self) -> None:
        """Begin anew, in a forked process: what was recorded before is its parent's."""
        self._all.clear()
        self._unfinished.clear()
        self._deadline, self._is_over = inf, False

    def finish(self) -> None:
        """Mail what is left, then what came meanwhile, and say what did not go out."""
        self._deadline = min(self._deadline, monotonic() + EXIT_SECONDS)
        failed = self._flush(set())
        self._is_over = True
        self._flush(failed)
        for recording in list(self._all):
            recording.say_what_is_left()

    def mail_late(self, recording: Recording) -> None:
        """Mail what was captured after the end, within its deadline."""
        recording.begin_flush()(self._deadline)
        recording.say_what_is_left()

    def finish_with_multiprocessing(self) -> None:
        """Finish in a child of multiprocessing too: it ends without atexit."""
        process = sys.modules.get("multiprocessing.process")
        if process is not None and process.parent_process() is not None:
            from multiprocessing.util import Finalize  # noqa: PLC0415 - loaded in such a child only

            Finalize(None, self.finish, exitpriority=0)

    def _flush(self, failed: set[Recording]) -> set[Recording]:
        """Flush all but those that failed, at the same time; give those that fail now."""
        begun = [(it, it.begin_flush()) for it in list(self._all) if it not in failed]
        return {recording for recording, wait in begun if not wait(self._deadline)}


ENDING = Ending()
atexit.register(ENDING.finish)
