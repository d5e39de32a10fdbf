"""What nobody caught is heard, once, and the hooks give their places back."""

import asyncio
import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from mailcore.errors import ConfigurationError
from mailcore.notices.complaints import complain
from mailcore.notices.hearing.hooks import Hooks


@dataclass
class Heard:
    """What the hooks told."""

    reports: list[tuple[BaseException, str, dict[str, object]]] = field(default_factory=list)
    notes: list[tuple[str, tuple[str, ...], str, dict[str, object]]] = field(default_factory=list)

    def report(
        self, exception: BaseException, *, severity: str, context: Mapping[str, object]
    ) -> None:
        self.reports.append((exception, severity, dict(context)))

    def note(
        self, text: str, *, key: tuple[str, ...], severity: str, context: Mapping[str, object]
    ) -> None:
        self.notes.append((text, key, severity, dict(context)))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def hooks(heard: Heard) -> Iterator[Hooks]:
    hooks = Hooks(heard.report, heard.note)
    yield hooks
    hooks.uninstall()


def end_by(error: BaseException) -> None:
    sys.excepthook(type(error), error, None)


def test_what_ends_the_program_is_critical(hooks: Hooks, heard: Heard) -> None:
    hooks.hook_interpreter()
    end_by(ValueError("no price"))
    ((exception, severity, _),) = heard.reports
    assert (str(exception), severity) == ("no price", "critical")


class PanicException(BaseException):
    """As extensions in Rust raise it."""


@pytest.mark.parametrize(
    "error",
    [
        PanicException("no price"),
        BaseExceptionGroup("", [KeyboardInterrupt(), ValueError()]),
        BaseExceptionGroup("", [BaseExceptionGroup("", [SystemExit(1), PanicException()])]),
    ],
    ids=repr,
)
def test_what_ends_the_program_is_told_though_it_is_no_exception(
    hooks: Hooks, heard: Heard, error: BaseException
) -> None:
    hooks.hook_interpreter()
    end_by(error)
    assert [exception for exception, _, _ in heard.reports] == [error]


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        SystemExit(1),
        asyncio.CancelledError(),
        BaseExceptionGroup("", [KeyboardInterrupt(), SystemExit(1)]),
        BaseExceptionGroup("", [BaseExceptionGroup("", [GeneratorExit()])]),
    ],
    ids=repr,
)
def test_who_is_asked_to_end_has_not_failed(
    hooks: Hooks, heard: Heard, error: BaseException
) -> None:
    hooks.hook_interpreter()
    end_by(error)
    assert heard.reports == []


def test_the_hook_that_was_there_is_called_too(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda *_: called.append("before"))
    hooks.hook_interpreter()
    end_by(ValueError())
    assert called == ["before"]


def raise_the_hooks_own_error(*_: object) -> None:
    raise RuntimeError("broken hook")


@pytest.mark.parametrize(
    ("module", "name", "hook", "arguments"),
    [
        (sys, "excepthook", Hooks.hook_interpreter, (ValueError, ValueError("no price"), None)),
        (
            threading,
            "excepthook",
            Hooks.hook_threads,
            (threading.ExceptHookArgs((ValueError, ValueError("no price"), None, None)),),
        ),
        (
            sys,
            "unraisablehook",
            Hooks.hook_finalisers,
            (SimpleNamespace(exc_value=ValueError("no price"), err_msg=None),),
        ),
    ],
    ids=["interpreter", "threads", "finalisers"],
)
def test_a_hook_before_that_fails_hinders_no_telling_and_its_error_passes(
    hooks: Hooks,
    heard: Heard,
    monkeypatch: pytest.MonkeyPatch,
    module: Any,
    name: str,
    hook: Callable[[Hooks], None],
    arguments: tuple[object, ...],
) -> None:
    monkeypatch.setattr(module, name, raise_the_hooks_own_error)
    hook(hooks)
    with pytest.raises(RuntimeError, match="broken hook"):
        getattr(module, name)(*arguments)
    assert [str(exception) for exception, _, _ in heard.reports] == ["no price"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_ends_a_thread_is_told_though_it_is_no_exception(hooks: Hooks, heard: Heard) -> None:
    def panic() -> None:
        raise PanicException("no price")

    hooks.hook_threads()
    thread = threading.Thread(target=panic)
    thread.start()
    thread.join()
    assert [type(exception) for exception, _, _ in heard.reports] == [PanicException]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_ends_a_thread_is_told_with_its_name(hooks: Hooks, heard: Heard) -> None:
    hooks.hook_threads()
    thread = threading.Thread(target=lambda: 1 / 0, name="crawl-7")
    thread.start()
    thread.join()
    ((exception, severity, context),) = heard.reports
    assert (type(exception), severity) == (ZeroDivisionError, "error")
    assert context == {"thread": "crawl-7"}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_fails_in_a_finaliser_is_told(hooks: Hooks, heard: Heard) -> None:
    class Broken:
        def __del__(self) -> None:
            raise ValueError("in the end")

    hooks.hook_finalisers()
    Broken()
    gc.collect()
    ((exception, _, context),) = heard.reports
    assert str(exception) == "in the end"
    assert "ignored" in str(context["where"])


def test_a_record_with_an_exception_is_that_exception(hooks: Hooks, heard: Heard) -> None:
    hooks.hook_logging(logging.ERROR)
    error = ValueError("no price")
    logging.getLogger("shop.crawl").error("page %d", 7, exc_info=error)
    ((exception, severity, context),) = heard.reports
    assert (exception, severity) == (error, "error")
    assert context == {"logger": "shop.crawl", "log message": "page 7"}


def test_a_record_alone_is_a_note_whose_key_is_its_place(hooks: Hooks, heard: Heard) -> None:
    hooks.hook_logging(logging.WARNING)
    for page in (7, 8):
        logging.getLogger("shop").critical("page %d has no price", page)
    first, second = heard.notes
    assert (first[0], second[0]) == ("page 7 has no price", "page 8 has no price")
    assert first[1] == second[1]
    assert first[2] == "critical"


def test_records_below_the_level_are_not_told(hooks: Hooks, heard: Heard) -> None:
    hooks.hook_logging(logging.ERROR)
    logging.getLogger("shop").warning("slow")
    assert heard.notes == []


def test_its_own_records_are_never_told(hooks: Hooks, heard: Heard) -> None:
    hooks.hook_logging(logging.ERROR)
    logging.getLogger("mailcore.smtp").error("round in circles")
    assert heard.notes == []


def test_a_task_whose_exception_nobody_asks_for_is_told(hooks: Hooks, heard: Heard) -> None:
    hooks.hook_event_loops()

    async def fail() -> None:
        raise ValueError("in a task")

    async def main() -> None:
        task = asyncio.ensure_future(fail())
        await asyncio.sleep(0)
        del task

    asyncio.run(main())
    gc.collect()
    ((exception, severity, context),) = heard.reports
    assert (str(exception), severity) == ("in a task", "error")
    assert "never retrieved" in str(context["log message"])


def test_uninstalled_everything_is_as_before(hooks: Hooks, heard: Heard) -> None:
    places: list[Callable[[], Any]] = [
        lambda: sys.excepthook,
        lambda: threading.excepthook,
        lambda: sys.unraisablehook,
        lambda: logging.Logger.filter,
        lambda: signal.getsignal(signal.SIGTERM),
    ]
    before = [place() for place in places]
    hooks.hook_interpreter()
    hooks.hook_threads()
    hooks.hook_finalisers()
    hooks.hook_logging(logging.ERROR)
    hooks.hook_sigterm()
    assert all(place() != it for place, it in zip(places, before, strict=True))
    hooks.uninstall()
    assert [place() for place in places] == before
    end_by(ValueError())
    assert heard.reports == []


def test_who_came_later_keeps_the_place(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    hooks.hook_interpreter()

    def later(*_: object) -> None:
        """Another hook."""

    sys.excepthook = later
    hooks.uninstall()
    assert sys.excepthook is later


def test_uninstalled_nothing_is_told_where_who_came_later_still_calls_it(
    hooks: Hooks, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    hooks.hook_interpreter()
    ours = sys.excepthook

    def later(*what: Any) -> None:
        ours(*what)

    sys.excepthook = later
    hooks.uninstall()
    end_by(ValueError())
    assert heard.reports == []


def test_only_the_main_thread_hears_sigterm(hooks: Hooks) -> None:
    refused: list[BaseException] = []

    def hook() -> None:
        try:
            hooks.hook_sigterm()
        except ConfigurationError as error:
            refused.append(error)

    thread = threading.Thread(target=hook)
    thread.start()
    thread.join()
    assert len(refused) == 1


def test_the_last_lines_of_the_log_are_kept(hooks: Hooks) -> None:
    lines = hooks.hook_log_tail(3)
    logger = logging.getLogger("shop")
    for page in range(5):
        logger.warning("page %d\nis slow", page)
    assert [line.partition(" ")[2] for line in lines()] == [
        f"WARNING shop: page {page} is slow" for page in (2, 3, 4)
    ]
    hooks.uninstall()
    logger.warning("later")
    assert len(lines()) == 3


def test_values_written_into_a_text_make_no_other_issue(hooks: Hooks, heard: Heard) -> None:
    hooks.hook_logging(logging.ERROR)
    for user in range(3):
        logging.getLogger("shop").error(f"user {user} failed")  # noqa: G004 - as many write it
    assert len({key for _, key, _, _ in heard.notes}) == 1


def test_a_logger_can_be_left_out(hooks: Hooks, heard: Heard) -> None:
    hooks.hook_logging(logging.ERROR, without="asyncio")
    logging.getLogger("asyncio").error("never retrieved")
    assert heard.notes == []


def test_no_logger_gets_a_handler(hooks: Hooks) -> None:
    loggers = [logging.getLogger(), logging.getLogger("asyncio")]
    before = [list(logger.handlers) for logger in loggers]
    hooks.hook_logging(logging.ERROR)
    hooks.hook_event_loops()
    hooks.hook_log_tail(5)
    assert [logger.handlers for logger in loggers] == before


def test_a_record_whose_arguments_do_not_fit_is_told_without_them(
    hooks: Hooks, heard: Heard
) -> None:
    hooks.hook_logging(logging.ERROR)
    record = logging.makeLogRecord({"msg": "page %d", "args": ("seven",), "levelno": logging.ERROR})
    logging.getLogger("shop").filter(record)
    assert [text for text, _, _, _ in heard.notes] == ["page %d"]


def test_what_a_log_record_names_secret_is_masked_in_its_text(hooks: Hooks, heard: Heard) -> None:
    """It may be told much later, when no frame holds it any more."""
    hooks.hook_logging(logging.ERROR)
    tail = hooks.hook_log_tail(1)
    values = {"user": "bob", "password": "hunter22xyz"}
    logging.getLogger("shop").error("%(user)s comes with %(password)s", values)
    assert [text for text, _, _, _ in heard.notes] == ["bob comes with ***"]
    assert tail()[0].endswith("bob comes with ***")
    assert values["password"] == "hunter22xyz"


class Mute:
    def __str__(self) -> str:
        raise RuntimeError("no text")


def log(**record: Any) -> None:
    """Have a record heard, though what handlers of other programs do with it would fail."""
    heard = logging.makeLogRecord({"levelno": logging.ERROR, "levelname": "ERROR", **record})
    assert logging.getLogger("shop").filter(heard)


def test_a_message_without_a_text_is_told_all_the_same(hooks: Hooks, heard: Heard) -> None:
    hooks.hook_logging(logging.ERROR)
    tail = hooks.hook_log_tail(1)
    log(msg=Mute(), name="shop")
    instead = "<Mute, which raised RuntimeError when asked>"
    assert [text for text, _, _, _ in heard.notes] == [instead]
    assert tail()[0].endswith(instead)


def test_an_exception_is_told_whatever_message_it_is_logged_with(
    hooks: Hooks, heard: Heard
) -> None:
    hooks.hook_logging(logging.ERROR)
    error = ValueError("no price")
    log(msg=Mute(), exc_info=(ValueError, error, None))
    assert [exception for exception, _, _ in heard.reports] == [error]


class Liar(Exception):
    """Says that it is another."""

    __class__ = KeyboardInterrupt  # type: ignore[assignment] # on purpose


#: Can't be asked what it is.
Evil = type("Evil", (Exception,), {"__class__": property(lambda _: 1 / 0)})


@pytest.mark.parametrize("kind", [Liar, Evil])
def test_what_an_exception_says_of_its_class_does_not_matter(
    hooks: Hooks, heard: Heard, kind: type[Exception]
) -> None:
    hooks.hook_interpreter()
    hooks.hook_logging(logging.ERROR)
    error = kind("no price")
    hooks._tell(error, severity="error", context={})  # Python's own hooks fail with it before
    log(msg="at the end", exc_info=(kind, error, None))
    assert [type(exception) for exception, _, _ in heard.reports] == [kind, kind]


def test_a_record_that_cannot_be_read_is_complained_of_and_hinders_nobody(
    hooks: Hooks, heard: Heard, capsys: pytest.CaptureFixture[str]
) -> None:
    hooks.hook_logging(logging.ERROR)
    log(name=Mute())
    assert heard.notes == []
    assert "mailcore.notices: a log record could not be heard" in capsys.readouterr().err


def test_what_a_complaint_brings_about_is_not_told(
    hooks: Hooks, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where stderr is sent into the log, it would bring about the next complaint."""

    class ToLog:
        def write(self, text: str) -> None:
            logging.getLogger("stderr").error(text)
            end_by(ValueError())

    monkeypatch.setattr(sys, "excepthook", lambda *_: None)  # Python's own says it on stderr
    monkeypatch.setattr(sys, "stderr", ToLog())
    hooks.hook_logging(logging.ERROR)
    hooks.hook_interpreter()
    complain("no")
    assert (heard.notes, heard.reports) == ([], [])
    logging.getLogger("shop").error("no price")
    assert [text for text, _, _, _ in heard.notes] == ["no price"]
