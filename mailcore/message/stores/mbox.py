"""`read_mbox`: the mails of an mbox, a file of mails one after another, each below a From_ line.

No two programs agree on the format (RFC 4155 describes it, and does not rule), so this is a reading that is
right for all of them:

- A From_ line stands at the beginning or after an empty line, which is not the mail's, and has a date:
  `From here on` is text. Thunderbird's have nothing at all after `From `. Some programs leave the empty
  line out, after a mail that is cut, say: then a date and a field in the next line tell it.
- mboxo and mboxrd put ">" before such lines in a mail, and one ">" is taken away again. That is exact for
  mboxrd. mboxo leaves lines alone that had a ">" of their own, which they lose here: a mark, and no word.
- mboxcl and mboxcl2 tell the length of the body. It is believed only if it leads exactly to a From_ line or
  to the end, since a sender can write one too. Where it leads past a line that begins with `From `, lines
  were not marked (mboxcl2), and nothing is taken away.

Whatever pieces the file comes in, the mails are the same: `_Window` reads on as far as a search needs.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, NamedTuple

from mailcore.errors import ConfigurationError
from mailcore.message.reading.limits import DEFAULT_LIMITS, Limits
from mailcore.message.received import ReceivedMessage, parse
from mailcore.message.stores.files import MAIL_OCTETS, check_size

__all__ = ["FROM_LINE", "is_mbox", "read_mbox"]

FROM_LINE = 1000  # octets of a From_ line, its line end included

_PIECE = 1 << 18
_START = b"From "
_NEXT = b"\nFrom "
_SEPARATOR = len(b"\r\n\r\nFrom ")

_DAY = rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ \t]++"
_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_TIME = rb"[0-9]{1,2}:[0-9]{2}"
_DATE = re.compile(
    # Fri Jan  5 10:20:30 2024, with a zone before the year or not
    rb"[ \t](?:%(day)b%(month)b[ \t]++[0-9]{1,2}[ \t]++%(time)b(?::[0-9]{2})?"
    rb"(?:[ \t]++[A-Z(+-][\w:()+-]*+)*+[ \t]++[0-9]{2,4}\b"
    # Fri, 05 Jan 2024 10:20
    rb"|%(day)b[0-9]{1,2}[ \t-]++%(month)b[ \t-]++[0-9]{2,4}[ \t]++%(time)b"
    # 2024-01-05T10:20
    rb"|[0-9]{4}-[0-9]{2}-[0-9]{2}[T \t]++%(time)b)"
    % {b"day": _DAY, b"month": _MONTH, b"time": _TIME}
)
_EMPTY_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"[!-9;-~]++[ \t]*+:")
_CONTENT_LENGTH = re.compile(rb"\n(?i:Content-Length)[ \t]*+:[ \t]*+([0-9]{1,12}+)[ \t]*+\r?(?=\n)")
_QUOTED = re.compile(rb"(?:\A|(?<=\n))>(?=>*+From )")


def read_mbox(
    source: Path | str | BinaryIO,
    *,
    limits: Limits = DEFAULT_LIMITS,
    octets: int = MAIL_OCTETS,
) -> Iterator[ReceivedMessage]:
    """Give the mails of an mbox in their order, one at a time in memory.

    `source` is a path, or a binary file, which is read from where it stands and is not closed. Raises
    `ConfigurationError` if it does not begin with a `From_` line, and at a mail of more than `octets`;
    `OSError` where it cannot be read. What the mails hold raises nothing.
    """
    with _open(source) as file:
        for raw in _split(_Window(file), octets):
            yield parse(raw, limits=limits)


def is_mbox(beginning: bytes) -> bool:
    """Tell whether a file that begins with these octets is an mbox: no field has a name and a space."""
    return beginning.lstrip(b"\r\n").startswith(_START)


def _open(source: Path | str | BinaryIO) -> AbstractContextManager[BinaryIO]:
    return Path(source).open("rb") if isinstance(source, Path | str) else nullcontext(source)


class _Window:
    """A file as if all of it were in memory: looking reads on, and what was passed is dropped."""

    def __init__(self, file: BinaryIO) -> None:
        self.data: bytearray = bytearray()
        self.passed: int = 0
        self._file = file
        self._has_ended = False

    def find(self, wanted: bytes, start: int, end: int) -> int:
        """Give where the octets stand first between two places, -1 if they don't."""
        while True:
            found = self.data.find(wanted, start, end)
            size = len(self.data)
            if found >= 0 or size >= end or not self._read_on():
                return found
            start = max(start, size - len(wanted) + 1)

    def size(self, most: int) -> int:
        """Give the size of what is left of the file, `most` if it is more."""
        while len(self.data) < most and self._read_on():
            pass
        return min(len(self.data), most)

    def look(self, start: int, end: int) -> bytes:
        """Give what stands between two places, less at the end of the file."""
        self.size(end)
        return bytes(memoryview(self.data)[start:end])

    def drop(self, octets: int) -> None:
        """Go on at this place, which becomes the first."""
        del self.data[:octets]
        self.passed += octets

    def _read_on(self) -> bool:
        if not self._has_ended:
            piece = self._file.read(_PIECE)
            self._has_ended = not piece
            self.data += piece
        return not self._has_ended


class _Mail(NamedTuple):
    """Where a mail stands, and where the next From_ line does, or the file ends."""

    start: int
    end: int
    following: int
    is_measured: bool = False


def _split(window: _Window, octets: int) -> Iterator[bytes]:
    """Give the octets of each mail, as it was before it was put into the mbox."""
    while window.look(0, 1) in {b"\r", b"\n"}:
        window.drop(1)
    if window.look(0, 1) and not _is_start(window):
        raise ConfigurationError("this is no mbox: it does not begin with a From_ line")
    while window.look(0, 1):
        mail = _find_mail(window, octets)
        raw = window.look(mail.start, mail.end)
        window.drop(mail.following)
        yield raw if mail.is_measured and _NEXT in raw else _unquote(raw)


def _is_start(window: _Window) -> bool:
    """Tell whether the first line can be a From_ line: here one without a date is, too."""
    line = window.look(0, FROM_LINE)
    return line.startswith(_START) and (b"\n" in line or len(line) < FROM_LINE)


def _find_mail(window: _Window, octets: int) -> _Mail:
    """Give where the mail stands whose From_ line is the first in the window."""
    line_end = window.find(b"\n", 0, FROM_LINE)
    start = line_end + 1 if line_end >= 0 else len(window.data)
    found = _find_separated(window, start, octets)
    mail = _find_measured(window, found, octets) or found
    check_size(mail.end - mail.start, octets, where=f"at octet {window.passed} of the mbox")
    return mail


def _find_separated(window: _Window, start: int, octets: int) -> _Mail:
    """Give the mail up to the next From_ line after an empty one, as far as it may be large."""
    most = start + octets + _SEPARATOR
    place = start - 1
    while (place := window.find(_NEXT, place, most)) >= 0:
        before = window.look(max(start - 1, place - 2), place)
        if before.endswith((b"\n", b"\n\r")):
            if _is_from_line(window, place + 1):
                return _Mail(start, place - before.endswith(b"\r"), place + 1)
        elif place >= start and _begins_header(window, place + 1):
            return _Mail(start, place + 1, place + 1)
        place += 1
    end = window.size(most)
    last = window.look(max(start - 1, end - 3), end)
    empty_line = 1 if last.endswith(b"\n\n") else 2 if last.endswith(b"\n\r\n") else 0
    return _Mail(start, end - empty_line, end)


def _find_measured(window: _Window, found: _Mail, octets: int) -> _Mail | None:
    """Give the mail as its Content-Length has it, None if that leads nowhere."""
    end = _read_end(window, found)
    if end is None or end > found.start + octets or window.size(end) < end:
        return None
    after = window.look(end, end + 2)
    following = end + (2 if after == b"\r\n" else after.startswith(b"\n"))
    if following == found.following:  # the line may have been counted, but it is no more the mail's
        return found._replace(is_measured=True)
    if window.look(following, following + 1) and not _is_from_line(window, following):
        return None
    return _Mail(found.start, end, following, is_measured=True)


def _read_end(window: _Window, found: _Mail) -> int | None:
    """Give where the mail would end by its Content-Length; None if it has none, or two."""
    empty_line = _EMPTY_LINE.search(window.data, found.start - 1, found.following)
    if empty_line is None:
        return None
    told = _CONTENT_LENGTH.findall(window.look(found.start - 1, empty_line.end()))
    return empty_line.end() + int(told[0]) if len(told) == 1 else None


def _is_from_line(window: _Window, place: int) -> bool:
    line, line_end, _ = window.look(place, place + FROM_LINE).partition(b"\n")
    if not line.startswith(_START) or not (line_end or len(line) < FROM_LINE):
        return False
    return line.strip() == _START.strip() or _DATE.search(line, len(_START)) is not None


def _begins_header(window: _Window, place: int) -> bool:
    """Tell whether a From_ line with a date stands above a field."""
    line, line_end, _ = window.look(place, place + FROM_LINE).partition(b"\n")
    following = place + len(line) + len(line_end)
    is_dated = _is_from_line(window, place) and _DATE.search(line) is not None
    return is_dated and _FIELD.match(window.look(following, following + FROM_LINE)) is not None


def _unquote(raw: bytes) -> bytes:
    return _QUOTED.sub(b"", raw) if b">From " in raw else raw
