"""Issues that the processes of one machine share: each counts for itself, and one at a time tells of all.

What a process counts it hands over to a file: at once if it is new, else now and then. Whoever finds
something due there becomes the teller, by a lock, until nothing is due any more. What was under way when
a teller was killed is told by the next one.
"""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from math import inf
from pathlib import Path
from threading import RLock

from mailcore.notices.complaints import complain
from mailcore.notices.counting.issues import Issues
from mailcore.notices.counting.table import Batch, Report, Step
from mailcore.notices.exceptions.snapshot import Snapshot
from mailcore.notices.keeping.locking import FileLock
from mailcore.notices.keeping.state_file import FILE_ERRORS, Shared, StateFile, Strays
from mailcore.notices.policy import Policy

__all__ = ["SharedIssues"]

HAND_OVER_SECONDS = 5.0
"""How long what is not new may be known to one process alone."""
LOOK_SECONDS = 60.0
"""How often a process looks whether others have left something that is due."""
TURN_SECONDS = 2.0
"""How long a process waits before it looks again whether another one is still mailing."""


class SharedIssues:
    """The issues of one route in all processes that use the file; its methods are those of `Issues`.

    Times are seconds since 1970. `handed_over` is called with the fingerprints of what is in the file from
    now on; `strays_of` says which routes there were once, of which it takes over what is left. Where the
    file can't be used, that is said, and the process tells by itself what it counts.
    """

    def __init__(
        self,
        path: Path,
        route: str,
        policy: Policy,
        *,
        strays_of: Strays | None = None,
        quiet_left: Callable[[float], float] = lambda _: 0.0,
        handed_over: Callable[[Iterable[str]], None] = lambda _: None,
    ) -> None:
        self._policy = policy
        self._quiet_left = quiet_left
        self._strays_of = strays_of
        self._handed_over = handed_over
        self._here = Issues(policy, quiet_left=quiet_left)
        self._file = StateFile(path, route)
        lock = f"{path.name}-{blake2b(route.encode(), digest_size=3).hexdigest()}-lock"
        self._teller = FileLock(path.with_name(lock))
        self._turn = RLock()  # of threads that mail; reentrant, as a signal handler may
        self._is_mailing = False
        self._is_broken = False
        self._due = -inf  # of what is in the file, as it was looked at
        self._looked_at = -inf

    @property
    def is_shared(self) -> bool:
        """Whether other processes tell what this one leaves: not where the file can't be used."""
        return not self._is_broken

    @property
    def untold(self) -> int:
        """The number of exceptions in all processes that no mail has told of, as far as that is known."""
        if self._is_broken:
            return self._here.untold
        try:
            with self._file.open() as shared:
                return self._here.untold + self._issues(shared).untold
        except FILE_ERRORS:
            return self._here.untold

    @property
    def pending(self) -> int:
        """The number of those that only this process knows of."""
        return self._here.untold

    @property
    def others(self) -> int:
        """The number of those of more kinds than can be told apart."""
        return self._here.others

    @property
    def due(self) -> float:
        """When there is something to hand over, to tell, or to look at."""
        if self._is_broken:
            return self._here.due
        hand_over = self._looked_at + HAND_OVER_SECONDS if self._here.untold else inf
        look = min(self._due, self._looked_at + LOOK_SECONDS)
        return min(hand_over, self._here.due, look)

    def hurry(self) -> None:
        """Have what only this process knows of handed over at once."""
        self._looked_at = -inf

    def record(self, fingerprint: str, now: float) -> Step:
        """Count an occurrence, unless its issue has to be opened first."""
        return self._here.record(fingerprint, now)

    def open(self, fingerprint: str, snapshot: Snapshot, now: float) -> Step:
        """Begin an issue with its first occurrence here."""
        return self._here.open(fingerprint, snapshot, now)

    def adopt(self, report: Report, now: float) -> Step:
        """Take over what another process could not hand over."""
        return self._here.adopt(report, now)

    def list_untold(self) -> list[Report]:
        """Give what only this process knows of."""
        return self._here.list_untold()

    def take(self, now: float, *, everything: bool = False) -> Batch | None:
        """Hand over what was counted here, and give what this process is to tell of all, if it is due."""
        with self._turn:
            if self._is_broken:
                return self._here.take(now, everything=everything)
            return None if self._is_mailing else self._hand_over(now, everything=everything)

    def _hand_over(self, now: float, *, everything: bool) -> Batch | None:
        if not everything and now < self.due:
            self._teller.release()
            return None
        counted = self._here.hand_over()
        try:
            batch = self._take(counted, now, everything=everything)
        except FILE_ERRORS as error:
            self._here.put_back(counted)
            self._go_alone(error)
            return self._here.take(now, everything=everything)
        self._handed_over([report.fingerprint for report in counted.reports])
        return batch

    def put_back(self, batch: Batch) -> None:
        """Make a batch that was not sent due again."""
        self._settle(lambda issues: issues.put_back(batch))

    def succeed(self) -> None:
        """Note that a mail went out."""
        self._settle(Issues.succeed)
        self._is_mailing = False

    def back_off(self, now: float, *, at_least: float = 0, is_lasting: bool = False) -> None:
        """Note that a mail did not go out: the next teller, whoever it is, waits."""
        self._settle(lambda issues: issues.back_off(now, at_least=at_least, is_lasting=is_lasting))
        self._is_mailing = False
        self._teller.release()

    def _take(self, counted: Batch, now: float, *, everything: bool) -> Batch | None:
        is_teller = self._teller.acquire()
        with self._file.open() as shared:
            issues = self._issues(shared)
            issues.set_right(now)
            issues.merge(counted, now)
            for stray in shared.take_strays(self._strays_of):
                issues.merge(stray, now)
            if is_teller:
                if shared.under_way is not None:  # who was mailing it was killed
                    issues.put_back(shared.under_way)
                shared.under_way = issues.take(now, everything=everything)
            self._looked_at = now
            self._due = issues.due if is_teller else max(issues.due, now + TURN_SECONDS)
        if not is_teller:
            return None
        self._is_mailing = shared.under_way is not None
        if not self._is_mailing:
            self._teller.release()
        return shared.under_way

    def _settle(self, use: Callable[[Issues], None]) -> None:
        """Note what has become of what was under way."""
        if not self._is_broken:
            try:
                with self._file.open() as shared:
                    issues = self._issues(shared)
                    use(issues)
                    shared.under_way = None
                    self._due = issues.due
            except FILE_ERRORS as error:
                self._go_alone(error)
        if self._is_broken:
            use(self._here)

    def _issues(self, shared: Shared) -> Issues:
        return Issues(
            self._policy,
            quiet_left=self._quiet_left,
            table=shared.table,
            snapshots=shared.snapshots,
        )

    def _go_alone(self, error: Exception) -> None:
        self._is_broken = True
        self._teller.release()
        complain("the state file can't be used: this process tells by itself", error)
