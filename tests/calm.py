"""Bad nights of a crawler, by a clock of their own, and the mails that a notifier makes of them.

The hours pass in no time; what is captured, counted and mailed is real, the worker's thread too. A
night is the same each time.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from queue import Queue
from random import Random
from types import CodeType, FunctionType
from typing import TypeAlias

from mailcore import MemoryTransport, Notifier
from mailcore.message import Message, ReceivedMessage
from mailcore.transport import Envelope, Receipt

__all__ = ["DEPTH", "NIGHTS", "PAGE", "Bug", "Night", "bug", "crawl", "mails_of"]

DEPTH = 12
"""Frames from the crawler to the bug."""
PAGE = f"<html>{'price ' * 17_000}"
"""What is in the hands of each of them, 100 KB."""

EXCEPTIONS = 10_000
MINUTE, HOUR, DAY = 60, 3600, 86400

Bug: TypeAlias = Callable[[str], None]
"""Fails at a place of its own, with a page."""
Failures: TypeAlias = Iterable[tuple[float, int]]
"""In seconds from the beginning when something fails, and the number of the bug."""


@dataclass(frozen=True, slots=True)
class Night:
    """So many exceptions, by so many bugs, and the most mails that may come of them."""

    name: str
    bugs: int
    most_mails: int
    failures: Callable[[], Failures]


def _evenly(seconds: float, bugs: Callable[[], Iterable[int]]) -> Callable[[], Failures]:
    return lambda: ((at * seconds / EXCEPTIONS, number) for at, number in enumerate(bugs()))


def _one() -> Iterable[int]:
    return [0] * EXCEPTIONS


def _forty() -> Iterable[int]:
    """Choose among 40 by Zipf's law: the second is half as frequent as the first, and so on."""
    weights = [1 / rank for rank in range(1, 41)]
    chance = Random(40)  # noqa: S311 - the same night each time, and no secret
    return chance.choices(range(40), weights, k=EXCEPTIONS)


def _all() -> Iterable[int]:
    return range(EXCEPTIONS)


NIGHTS = (
    Night("one exception", 1, 1, lambda: [(0.0, 0)]),
    Night("one bug, 10,000 times in 10 minutes", 1, 5, _evenly(10 * MINUTE, _one)),
    Night("one bug, 10,000 times in 24 hours", 1, 9, _evenly(DAY, _one)),
    Night("40 bugs, 10,000 times in an hour", 40, 10, _evenly(HOUR, _forty)),
    Night("40 bugs, 10,000 times in 24 hours", 40, 24, _evenly(DAY, _forty)),
    Night("10,000 bugs, once each in an hour", EXCEPTIONS, 13, _evenly(HOUR, _all)),
)


def bug(number: int) -> Bug:
    """Make a bug: those of equal numbers fail at equal places."""
    return _named(_parse.__code__, f"parse_{number}")


def crawl(parse: Bug, page: str = PAGE) -> None:
    """Meet a bug, in the last of `DEPTH` frames."""
    _step(parse, page)


def _parse(page: str) -> None:
    item = {"url": "https://shop.example/17", "size": len(page)}
    try:
        item["price"]
    except KeyError as error:
        raise ValueError(f"no price: {item}") from error


def _last_step(parse: Bug, page: str) -> None:
    parse(page)


def _named(code: CodeType, name: str, **names: object) -> FunctionType:
    """Make a function of this code whose place is its own, by its name."""
    renamed = code.replace(co_name=name, co_qualname=name)
    return FunctionType(renamed, {"__name__": "crawler", **names})


def _steps(count: int) -> Callable[[Bug, str], None]:
    """Make functions of which each calls the next."""
    step: Callable[[Bug, str], None] = _last_step
    for number in range(count, 1, -1):
        step = _named(crawl.__code__, f"step_{number}", _step=step)
    return step


_step = _steps(DEPTH - 2)


def mails_of(night: Night) -> list[ReceivedMessage]:
    """Have a notifier tell of a night, and give its mails in order."""
    telling = _Telling()
    for moment, number in night.failures():
        telling.wait_until(moment)
        telling.fail(bug(number))
    return telling.end()


class _Post:
    """A transport that hands each mail to whoever waits for it."""

    def __init__(self) -> None:
        self._memory = MemoryTransport()
        self.mails: Queue[ReceivedMessage] = Queue()

    def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        receipt = self._memory.send(message, envelope=envelope, allow_partial=allow_partial)
        self.mails.put(self._memory.sent.pop().message)
        return receipt

    def close(self) -> None:
        self._memory.close()


class _Telling:
    """A notifier that has mailed what is due before the time goes on."""

    def __init__(self) -> None:
        self._now = 0.0
        self._due = inf
        self._post = _Post()
        self._mails: list[ReceivedMessage] = []
        self._notifier = Notifier(
            self._post,
            to="ops@example.org",
            app="shop",
            from_="bot@example.org",
            spool=False,
            clock=lambda: self._now,
        )

    def wait_until(self, moment: float) -> None:
        """Let the time pass, with what is to be mailed meanwhile."""
        while self._due <= moment:
            self._now = self._due
            worker = self._notifier._recorder.dispatcher._worker
            assert worker is not None
            worker.wake()
            self._take_mails()
        self._now = moment

    def fail(self, broken: Bug) -> None:
        self._notifier.guard()(crawl)(broken)
        self._take_mails()

    def end(self) -> list[ReceivedMessage]:
        assert self._notifier.close()
        while not self._post.mails.empty():
            self._mails.append(self._post.mails.get())
        return self._mails

    def _take_mails(self) -> None:
        """Take what the worker mails now; it has begun nothing else before the next failure."""
        while (wait := self._notifier._recorder.dispatcher._wait()) <= 0:
            self._mails.append(self._post.mails.get(timeout=10))
        self._due = self._now + wait
