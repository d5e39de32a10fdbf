"""The secrets that were near an exception: masked in all that is mailed of it.

They live in memory only, since what is written down or mailed must not hold them.
"""

from collections.abc import Mapping
from threading import RLock

from mailcore.message import Message
from mailcore.notices.counting.table import Batch
from mailcore.notices.scrubbing import Harvest, Scrubber

__all__ = ["Vault"]

REMEMBERED_LIMIT = 100
"""Secrets that are remembered whatever becomes of their issues, the last ones: the log may tell them."""
KEPT_LIMIT = 1000
"""Issues whose secrets are kept; those that were kept longest are forgotten first."""


class Vault:
    """Keeps the secrets of one notifier; `own` holds, by name, what has secrets of mailcore's own."""

    def __init__(self, scrubber: Scrubber, own: Mapping[str, object]) -> None:
        self._scrubber = scrubber
        self._own = scrubber.harvest(own)
        self._kept: dict[str, Harvest] = {}
        self._remembered = Harvest()
        # Of threads; reentrant, as a signal handler or a finaliser may capture.
        self._turn = RLock()

    def keep(self, fingerprint: str, harvest: Harvest) -> Harvest:
        """Keep the secrets of an issue; give all that are to be masked in it."""
        together = harvest | self._own
        with self._turn:
            self._kept[fingerprint] = together
            if not together <= self._remembered:
                most = max(REMEMBERED_LIMIT, len(together))
                self._remembered = (self._remembered | together).last(most)
            if len(self._kept) > KEPT_LIMIT:
                del self._kept[next(iter(self._kept))]
        return together

    def with_earlier(self, harvest: Harvest) -> Harvest:
        """Give these secrets, and those that were found before: the log may tell of them still."""
        remembered = self._remembered
        return remembered if harvest <= remembered else remembered | harvest

    def knows(self, fingerprint: str) -> bool:
        """Tell whether the secrets of an issue are known; those of other processes are not."""
        return fingerprint in self._kept

    def scrub(self, message: Message, batch: Batch) -> Message:
        """Mask all of them in a mail: what is read from source files only when it is written, too."""
        harvest = self._scrubber.harvest() | self._own
        for report in batch.reports:
            harvest |= self._kept.get(report.fingerprint, harvest)
        return self._scrubber.scrub_message(message, harvest)
