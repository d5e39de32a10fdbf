"""The secrets that were near an exception: known until its mail is out, and masked in the whole of it.

They live in memory only, since what is written down or mailed must not hold them.
"""

from collections.abc import Mapping

from mailcore.message import Message
from mailcore.notices.scrubbing import Harvest, Scrubber
from mailcore.notices.table import Batch

__all__ = ["Vault"]


class Vault:
    """Keeps the secrets of one notifier; `own` holds, by name, what has secrets of mailcore's own."""

    def __init__(self, scrubber: Scrubber, own: Mapping[str, object]) -> None:
        self._scrubber = scrubber
        self._own = scrubber.harvest(own)
        self._kept: dict[str, Harvest] = {}

    def keep(self, fingerprint: str, harvest: Harvest) -> Harvest:
        """Keep the secrets of an issue until it is told; give all that are to be masked in it."""
        self._kept[fingerprint] = harvest | self._own
        return self._kept[fingerprint]

    def forget(self, batch: Batch) -> None:
        """Forget those of issues that are told."""
        for report in batch.reports:
            self._kept.pop(report.fingerprint, None)

    def scrub(self, message: Message, batch: Batch) -> Message:
        """Mask all of them in a mail: what is read from source files only when it is written, too."""
        harvest = self._scrubber.harvest() | self._own
        for report in batch.reports:
            harvest |= self._kept.get(report.fingerprint, harvest)
        return self._scrubber.scrub_message(message, harvest)
