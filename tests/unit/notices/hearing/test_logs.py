"""Records are heard where they pass, and nobody else who logs finds anything changed."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import FrameType

import pytest

from mailcore.notices.hearing.logs import listen

Listen = Callable[..., list[str]]
SHOP = logging.getLogger("shop.prices")


@pytest.fixture(autouse=True)
def _logger() -> Iterator[None]:
    """Give the logger back as it was."""
    yield
    SHOP.disabled, SHOP.propagate, SHOP.level = False, True, logging.NOTSET
    SHOP.filters.clear()
    SHOP.handlers.clear()


@pytest.fixture
def ending() -> Iterator[ExitStack]:
    with ExitStack() as ending:
        yield ending


@pytest.fixture
def heard(ending: ExitStack) -> list[str]:
    return listen_to(logging.getLogger(), ending)


def listen_to(top: logging.Logger, ending: ExitStack) -> list[str]:
    heard: list[str] = []
    ending.callback(listen(top, lambda record: heard.append(record.getMessage())))
    return heard


def test_what_any_logger_lets_through_is_heard(heard: list[str]) -> None:
    SHOP.error("page %d", 7)
    logging.getLogger("another").warning("slow")
    logging.getLogger().error("broken")
    assert heard == ["page 7", "slow", "broken"]


def test_a_record_from_elsewhere_is_heard(heard: list[str]) -> None:
    SHOP.handle(logging.makeLogRecord({"msg": "from a socket", "levelno": logging.ERROR}))
    assert heard == ["from a socket"]


def test_what_a_logger_stops_is_not_heard(heard: list[str]) -> None:
    SHOP.setLevel(logging.CRITICAL)
    SHOP.error("below its level")
    SHOP.setLevel(logging.NOTSET)
    SHOP.addFilter(lambda record: "secret" not in record.getMessage())
    SHOP.error("filtered: secret")
    SHOP.disabled = True
    SHOP.error("disabled")
    assert heard == []


def test_what_does_not_reach_the_logger_is_not_heard(
    heard: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    SHOP.propagate = False
    SHOP.error("kept")
    SHOP.propagate = True
    monkeypatch.setattr(logging.getLogger("shop"), "propagate", False)
    SHOP.error("kept further up")
    logging.Logger("alone").error("of no tree")  # noqa: LOG001 - that is what is tried
    assert heard == []


def test_a_logger_further_down_is_heard_though_it_passes_nothing_on(
    ending: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = logging.getLogger("shop")
    monkeypatch.setattr(shop, "propagate", False)
    heard = listen_to(shop, ending)
    shop.error("itself")
    SHOP.error("below")
    logging.getLogger("another").error("beside")
    assert heard == ["itself", "below"]


def test_a_record_that_a_filter_replaces_is_heard_as_that(heard: list[str]) -> None:
    """Filters may do so from Python 3.12 on; before, what they give is true or not."""

    def replace(_: logging.LogRecord) -> logging.LogRecord:
        return logging.makeLogRecord({"msg": "replaced", "levelno": logging.ERROR})

    SHOP.addFilter(replace)  # type: ignore[arg-type] # from 3.12 on
    SHOP.error("as it was")
    assert heard == ["replaced" if sys.version_info >= (3, 12) else "as it was"]


def test_a_logger_of_another_class_is_heard(heard: list[str]) -> None:
    class Own(logging.Logger):
        def filter(self, record: logging.LogRecord) -> bool:
            return bool(super().filter(record))

    own = Own("own")
    own.parent = logging.getLogger()
    own.error("no price")
    assert heard == ["no price"]


def test_who_looks_for_the_caller_from_a_handler_finds_the_stack_as_ever(heard: list[str]) -> None:
    callers: list[str] = []

    class Searching(logging.Handler):
        """Passes the records on to loguru, as its manual shows it."""

        def emit(self, _: logging.LogRecord) -> None:
            frame: FrameType | None = sys._getframe(1)
            while frame and frame.f_code.co_filename == logging.__file__:
                frame = frame.f_back
            callers.append(frame.f_code.co_filename if frame else "?")

    SHOP.addHandler(Searching())
    SHOP.error("no price")
    assert (heard, callers) == (["no price"], [__file__])


def test_each_who_listens_hears_once_whoever_ends_first() -> None:
    root = logging.getLogger()
    first, second = ExitStack(), ExitStack()
    heard_first, heard_second = listen_to(root, first), listen_to(root, second)
    SHOP.error("both")
    first.close()
    SHOP.error("second")
    second.close()
    SHOP.error("nobody")
    assert (heard_first, heard_second) == (["both"], ["both", "second"])


def test_at_the_end_logging_is_as_it_was() -> None:
    before = logging.Logger.filter
    ends = [listen(logging.getLogger(), lambda _: None) for _ in range(3)]
    for end in (ends[1], ends[0], ends[2]):
        end()
    assert logging.Logger.filter is before


def test_who_came_later_keeps_the_place() -> None:
    heard: list[str] = []
    end = listen(logging.getLogger(), lambda record: heard.append(record.getMessage()))
    ours = logging.Logger.filter

    def later(logger: logging.Logger, record: logging.LogRecord) -> bool:
        return bool(ours(logger, record))

    logging.Logger.filter = later  # type: ignore[assignment, method-assign] # as another library would
    end()
    SHOP.error("no price")
    assert logging.Logger.filter is later
    assert heard == []
    del logging.Logger.filter
