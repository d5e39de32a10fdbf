"""What a notice looks like: a batch of issues becomes a mail that reads well on a phone.

What failed comes first, then how often, where, with which context, and why; the traceback comes last.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from mailcore.message import Message
from mailcore.notices.exceptions.description import cleaned
from mailcore.notices.exceptions.snapshot import Failure, Frame, Snapshot
from mailcore.notices.issues import Batch, Report

__all__ = ["Renderer"]

SUBJECT_LIMIT = 120
"""Characters of a subject."""
FUNCTION_LIMIT = 40
"""Characters of a function's name in a subject."""
LINE_LIMIT = 200
"""Characters of a line of source, or of one that names an issue in a digest."""
RULE = "=" * 40
SOURCE_REACH = 2
"""Lines of source that are shown on either side of the one that failed."""
FINGERPRINT_LIMIT = 50
"""Fingerprints that are listed in a header."""

_FOREIGN = ("<frozen ", f"{Path(os.__file__).parent}{os.sep}")
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_RELATIONS = {"": "", "cause": "Caused by", "context": "While handling"}


@dataclass(frozen=True, slots=True)
class Renderer:
    """Makes the mails of one notifier.

    `template` says from whom and to whom, `read_line` gives a line of a source file or `""`, `at` the
    moment that a time of the notifier's clock stands for.
    """

    app: str
    template: Message
    max_described: int
    max_text: int
    read_line: Callable[[str, int], str]
    at: Callable[[float], datetime]

    def render(self, batch: Batch) -> Message:
        """Give the mail. Its subject stays the same for an issue, so that mail readers thread it."""
        reports = batch.reports
        fingerprints = [report.fingerprint for report in reports[:FINGERPRINT_LIMIT]]
        return self.template.replace(
            subject=self._subject(batch),
            text=cleaned("\n".join(self._text(batch)), self.max_text) + "\n",
            references=[self._thread_id(fingerprints[0])] if len(reports) == 1 else [],
            headers={
                "Auto-Submitted": "auto-generated",  # RFC 3834
                "X-Auto-Response-Suppress": "All",
                "X-Mailcore-Fingerprint": " ".join(fingerprints) or "none",
                "X-Mailcore-Count": str(batch.count),
            },
        )

    def _subject(self, batch: Batch) -> str:
        if len(batch.reports) != 1:
            return f"[{self.app}] {batch.count} exceptions of {len(batch.reports) or 'many'} kinds"
        room = SUBJECT_LIMIT - len(f"[{self.app}] ")
        return f"[{self.app}] {_headline(batch.reports[0].snapshot, room)}"

    def _thread_id(self, fingerprint: str) -> str:
        app = blake2b(self.app.encode(), digest_size=4).hexdigest()
        return f"<{fingerprint}.{app}@{self.template.from_.domain}>"

    def _text(self, batch: Batch) -> Iterator[str]:
        """Give the lines: those that say most come first, as the end may be cut."""
        reports = sorted(batch.reports, key=lambda report: not report.is_first)
        if len(reports) > 1:
            for report in reports:
                yield f"{report.new} × {_headline(report.snapshot, LINE_LIMIT)}"
            yield ""
        if batch.others:
            yield f"{batch.others} more exceptions, of more kinds than can be told apart"
            yield ""
        for report in reports[: self.max_described]:
            if len(reports) > 1:
                yield from (RULE, "")
            yield from self._report(report)

    def _report(self, report: Report) -> Iterator[str]:
        snapshot = report.snapshot
        yield _title(snapshot.failure)
        yield ""
        yield from self._frequency(report)
        yield ""
        if frame := _own_frame(snapshot):
            yield from _section("Where", self._place(frame))
        context = "Context" if report.total == 1 else "Context of the first"
        yield from _section(context, (f"{name}: {value}" for name, value in snapshot.context))
        if report.is_first:
            yield from _section("Members", _members(snapshot.failure))
            yield from _section("Notes", snapshot.failure.notes)
            for failure in snapshot.failures[1:]:
                yield from _section(_RELATIONS[failure.relation], (_title(failure), *failure.notes))
            yield from self._traceback(snapshot)

    def _frequency(self, report: Report) -> Iterator[str]:
        if report.total == 1:
            yield f"Once, at {self._moment(report.first_seen)}"
            return
        is_whole = report.new == report.total
        yield (
            f"{report.new} times" if is_whole else f"{report.new} more times, {report.total} in all"
        )
        yield f"First at {self._moment(report.first_seen)}"
        yield f"Last at {self._moment(report.last_seen)}"

    def _moment(self, seen: float) -> str:
        return self.at(seen).strftime("%Y-%m-%d %H:%M:%S %Z")

    def _place(self, frame: Frame) -> Iterator[str]:
        yield f"{frame.function}, line {frame.line}"
        yield frame.path
        for number in range(frame.line - SOURCE_REACH, frame.line + SOURCE_REACH + 1):
            if number > 0 and (line := self.read_line(frame.path, number)):
                mark = ">" if number == frame.line else " "
                yield cleaned(f"{mark} {number:4} {line}".rstrip(), LINE_LIMIT)

    def _traceback(self, snapshot: Snapshot) -> Iterator[str]:
        """Give the tracebacks, what was raised first at the top, as Python prints them."""
        yield "Traceback, most recent call last"
        for failure in reversed(snapshot.failures):
            yield ""
            yield from self._frames(failure)
            yield _title(failure)
            for member in failure.members:
                yield from (f"  | {line}" for line in (*self._frames(member), _title(member)))

    def _frames(self, failure: Failure) -> Iterator[str]:
        middle = len(failure.frames) // 2 if failure.frames_left_out else None
        for index, frame in enumerate(failure.frames):
            if index == middle:
                yield f"  … {failure.frames_left_out} frames left out"
            yield f'  File "{frame.path}", line {frame.line}, in {frame.function}'
            if line := self.read_line(frame.path, frame.line).strip():
                yield f"    {cleaned(line, LINE_LIMIT)}"


def _title(failure: Failure) -> str:
    return f"{failure.kind}: {failure.message}" if failure.message else failure.kind


def _headline(snapshot: Snapshot, limit: int) -> str:
    """Give one line: what failed, and in which function."""
    failure, frame = snapshot.failure, _own_frame(snapshot)
    function = _function(frame) if frame else ""
    where = f" ({function})" if function else ""
    what = f"{failure.name}: {failure.message}".rstrip(": ")
    return f"{_shortened(_on_one_line(what), limit - len(where))}{where}"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _function(frame: Frame) -> str:
    return _shortened(_on_one_line(frame.function.rpartition(".")[2]), FUNCTION_LIMIT)


def _shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: max(0, limit - 2)].rstrip()} …"


def _own_frame(snapshot: Snapshot) -> Frame | None:
    """Give the innermost frame of the program itself, not of Python or of an installed package."""
    frames = snapshot.failure.frames
    own = (frame for frame in reversed(frames) if not _is_foreign(frame.path))
    return next(own, frames[-1] if frames else None)


def _is_foreign(path: str) -> bool:
    return path.startswith(_FOREIGN) or any(folder in path for folder in _INSTALLED)


def _members(failure: Failure) -> Iterator[str]:
    yield from (_title(member) for member in failure.members)
    if failure.members_left_out:
        yield f"… {failure.members_left_out} more"


def _section(name: str, lines: Iterable[str]) -> Iterator[str]:
    """Give a heading, the lines indented, and an empty line; nothing where there are no lines."""
    body = [f"  {part}" for line in lines for part in line.splitlines()]
    if body:
        yield name
        yield from body
        yield ""
