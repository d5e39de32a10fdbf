"""Telling of exceptions: what a capture costs the program, beside whoever renders or mails it there and then.

Each exception came through 12 frames with a page of 100 KB in their variables, and has a cause. The
others mail to smtp-sink, which takes it at once; sentry-sdk's events are dropped where it would send them.
"""

import logging
import statistics
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from html.parser import HTMLParser
from importlib import import_module
from importlib.util import find_spec
from io import StringIO
from itertools import count, cycle
from pathlib import Path
from socket import socket
from threading import Event

from mailcore import MemoryTransport, Notifier, SMTPTransport
from mailcore.transport import Transport
from tests.bench.sinks import sink
from tests.bench.table import ROUNDS, Job, measure
from tests.calm import bug, crawl
from tests.log_handlers import CAPACITY, HANDLERS
from tests.peers import Peer, SMTPScript

__all__ = ["notices"]

CALLS = 100
FEW = 5  # of what takes long

_numbers = count()


def notices() -> None:
    """Print the rows."""
    with tempfile.TemporaryDirectory() as folder, sink() as port:
        for title, spool in (("", False), (", spool", Path(folder))):
            with _notifier(MemoryTransport(), spool=spool) as notifier:
                _measure_captures(notifier, title, "format_exception", _format, calls=CALLS)
        with _notifier(MemoryTransport()) as notifier:
            for name, tell in _others(port):
                calls = 2 * CAPACITY if "Multi" in name else FEW
                _measure_captures(notifier, "", name, tell, calls=calls)
    _measure_loops()


def _notifier(transport: Transport, *, spool: Path | bool = False) -> Notifier:
    return Notifier(
        transport, to="ops@example.org", app="shop", from_="bot@example.org", spool=spool
    )


def _failure() -> ValueError:
    """Give an exception of a new kind."""
    try:
        crawl(bug(next(_numbers)))
    except ValueError as error:
        return error
    raise AssertionError


# --- one capture ----------------------------------------------------------------------------------

Tell = Callable[[Exception], object]


def _measure_captures(notifier: Notifier, title: str, peer: str, tell: Tell, *, calls: int) -> None:
    known = cycle([_failure(), _failure()])  # sentry-sdk leaves out the same one twice in a row
    new = iter([_failure() for _ in range(ROUNDS * calls)])
    for _ in range(2):
        notifier.capture(next(known))
    notifier.flush()

    def capture_known() -> None:
        notifier.capture(next(known))

    def capture_new() -> None:
        notifier.capture(next(new))

    def tell_theirs() -> None:
        tell(next(known))

    measure(f"capture, seen before{title}", capture_known, tell_theirs, peer, calls=calls)
    measure(f"capture, first seen{title}", capture_new, tell_theirs, peer, calls=calls)


def _format(error: Exception) -> object:
    return traceback.format_exception(error)


def _others(port: int) -> Iterator[tuple[str, Tell]]:
    for name, make in HANDLERS.items():
        if find_spec(name.partition("'")[0].lower()):
            yield name.replace("`", ""), _log_with(make(port))
    if find_spec("sentry_sdk"):
        yield "sentry-sdk", _sentry()


def _log_with(handler: logging.Handler) -> Tell:
    logger = logging.getLogger(f"bench.{id(handler)}")
    logger.propagate = False
    logger.addHandler(handler)
    return lambda error: logger.error("crawl error", exc_info=error)


def _sentry() -> Tell:
    sentry = import_module("sentry_sdk")
    nowhere = type("Nowhere", (sentry.Transport,), {"capture_envelope": lambda *_: None})
    sentry.init(dsn="http://key@127.0.0.1/1", transport=nowhere)
    capture: Tell = sentry.capture_exception
    return capture


# --- a loop ---------------------------------------------------------------------------------------

PAGES = 10  # of which the last one fails
PAIRS = 301


def _measure_loops() -> None:
    """Print what a crawler loses by telling of its failures, while the server hangs and while it answers."""
    is_over = Event()

    def hang(client: socket) -> None:
        if is_over.is_set():  # what is left is taken at last
            SMTPScript()(client)
        is_over.wait()

    hanging = Peer(hang)
    with sink() as answering:
        _measure_loop("answers", answering)
    _measure_loop("hangs", hanging.port, at_the_end=is_over.set)
    hanging.close()


def _measure_loop(what: str, port: int, at_the_end: Job = lambda: None) -> None:
    """Print the row; loops with and without a notifier take turns."""
    failing = bug(next(_numbers))
    ratios = []
    with (
        redirect_stderr(StringIO()),  # where it is said that a mail did not go out
        SMTPTransport("127.0.0.1", port, security="plain") as smtp,
        _notifier(smtp) as notifier,
    ):
        for _ in range(PAIRS):
            told = _time(lambda: _crawl_all(failing, notifier.capture))
            ratios.append(told / _time(lambda: _crawl_all(failing, lambda _: None)))
        at_the_end()
        notifier.close()
    title = f"loop, slower while the server {what}"
    print(f"{title:<46} {statistics.median(ratios) - 1:+13.2%}")


def _time(job: Job) -> float:
    begun = time.perf_counter()
    job()
    return time.perf_counter() - begun


def _crawl_all(failing: Callable[[str], None], tell: Tell) -> None:
    for _ in range(PAGES):
        _Links().feed(PAGE_OF_LINKS)
    try:
        crawl(failing)
    except ValueError as error:
        tell(error)


class _Links(HTMLParser):
    """What a crawler does with a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if tag == "a" and name == "href"]


PAGE_OF_LINKS = "".join(f'<p><a href="/{number}">shop {number}</a></p>\n' for number in range(100))
