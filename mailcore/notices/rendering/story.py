"""A batch of issues as a document: what is told, and what comes first."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mailcore.notices.counting.table import Batch, Report
from mailcore.notices.exceptions.snapshot import OTHERS
from mailcore.notices.rendering.document import Document, Prose, Rows, Section, Story
from mailcore.notices.rendering.headline import HEADLINE_LIMIT, headline, title
from mailcore.notices.rendering.legible import ended, on_one_line
from mailcore.notices.rendering.sections import ReadLine, context_of, details_of, place_of

__all__ = ["Teller"]

PREVIEW_LIMIT = 150
"""Characters that a list of mails is given to show beside the subject."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Puts in order what the notices of one notifier tell; see `Renderer` for its fields."""

    max_described: int
    how_to_mute: str
    read_line: ReadLine
    at: Callable[[float], datetime]
    knows: Callable[[str], bool] = lambda _: True

    def tell(self, subject: str, batch: Batch) -> Document:
        """Give what a mail of this subject tells: issues not described before come first."""
        reports = sorted(batch.reports, key=lambda report: not report.is_first)
        described = reports[: self.max_described]
        is_digest = len(reports) != 1
        return Document(
            title=subject,
            preview=ended("; ".join(self._preview(reports, batch)), PREVIEW_LIMIT),
            summary=tuple(self._summary(reports, batch)) if is_digest or batch.others else (),
            stories=tuple(self._story(report, is_one_of_many=is_digest) for report in described),
            closing=tuple(self._closing(described)),
        )

    def _preview(self, reports: Sequence[Report], batch: Batch) -> Iterator[str]:
        if len(reports) == 1:
            yield from self._frequency(reports[0])
            return
        for report in reports:
            failure = report.snapshot.failure
            yield f"{_count(report)}{failure.name or failure.message}"
        if batch.others:
            yield f"{batch.others} others"

    def _summary(self, reports: Sequence[Report], batch: Batch) -> Iterator[str]:
        if batch.others:
            yield f"{batch.others} {OTHERS}"
        if len(reports) > 1:
            for report in reports:
                yield f"{_count(report)}{headline(report.snapshot)}, {self._span(report)}"

    def _story(self, report: Report, *, is_one_of_many: bool) -> Story:
        name = title(report.snapshot.failure)
        key = (f"Key {report.fingerprint}",) if is_one_of_many else ()
        return Story(
            heading=ended(on_one_line(name, 2 * HEADLINE_LIMIT), HEADLINE_LIMIT),
            frequency=(*self._frequency(report), *key),
            sections=tuple(self._sections(report)),
        )

    def _sections(self, report: Report) -> Iterator[Section]:
        snapshot = report.snapshot
        read_line = self.read_line if self.knows(report.fingerprint) else _read_nothing
        yield from place_of(snapshot, read_line)
        yield from context_of(snapshot, is_of_first=report.total > 1)
        if report.is_first:
            yield from details_of(snapshot, read_line)

    def _frequency(self, report: Report) -> Iterator[str]:
        first, last = self._moment(report.first_seen), self._moment(report.last_seen)
        if report.is_resolved:
            yield f"Not seen since {last}"
            times = "once" if report.total == 1 else f"{report.total} times"
            yield f"{times} in all, first at {first}"
        elif report.total == 1:
            yield f"Once, at {first}"
        else:
            is_whole = report.new == report.total
            times = "1 more" if report.new == 1 else f"{report.new} more times"
            more = f"{times}, {report.total} in all"
            yield f"{report.new} times" if is_whole else more
            yield f"First at {first}"
            yield f"Last at {last}"
        if (severity := report.snapshot.severity) != "error":
            yield f"Severity {severity}"

    def _closing(self, reports: Sequence[Report]) -> Iterator[Section]:
        if not reports:
            return
        if origin := reports[0].snapshot.origin:
            yield Rows("Origin", origin)
        key = f"Its key is {reports[0].fingerprint}. " if len(reports) == 1 else ""
        yield Prose("To hear less of it", (f"{key}{self.how_to_mute}",))

    def _span(self, report: Report) -> str:
        """Give the first and the last time, the day of both once where it is the same."""
        first, last = self._moment(report.first_seen), self._moment(report.last_seen)
        if report.is_resolved:
            return f"not seen since {last}"
        if first == last:
            return first
        day, time = last[:11], last[11:]
        return f"{first} to {time}" if first.startswith(day) else f"{first} to {last}"

    def _moment(self, seen: float) -> str:
        return self.at(seen).strftime("%Y-%m-%d %H:%M:%S %Z").rstrip()


def _read_nothing(path: str, number: int) -> str:
    del path, number
    return ""


def _count(report: Report) -> str:
    return "over: " if report.is_resolved else f"{report.new} × "
