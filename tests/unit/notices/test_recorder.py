"""What is recorded is described once, or told with a stand-in; nothing is raised."""

import logging
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from mailcore import MemoryTransport, notices
from mailcore.message import Message
from mailcore.notices.counting.issues import Issues
from mailcore.notices.counting.table import Batch
from mailcore.notices.exceptions.snapshot import CALLER_LIMIT, Severity
from mailcore.notices.mailing.dispatcher import Desk, Dispatcher
from mailcore.notices.policy import Policy
from mailcore.notices.recorder import Key, Recorder, _callers
from mailcore.notices.scrubbing import Scrubber
from mailcore.notices.vault import Vault


class Course:
    """A recorder, and what its mails tell."""

    def __init__(self, key: Key | None = None, own: Mapping[str, object] | None = None) -> None:
        self.transport = MemoryTransport()
        self.messages: list[str] = []
        vault = Vault(Scrubber(), own or {})
        desk = Desk(Issues(Policy()), self.render)
        self.dispatcher = Dispatcher(
            "shop",
            self.transport,
            dict.fromkeys(get_args(Severity), desk),
            clock=lambda: 0.0,
            at=lambda seen: datetime.fromtimestamp(seen, UTC),
        )
        self.recorder = Recorder(self.dispatcher, vault, scrubber=Scrubber(), key=key)

    def render(self, batch: Batch) -> Message:
        self.messages += [each.snapshot.failure.message for each in batch.reports]
        text = " ".join(f"{each.snapshot.severity}={each.new}" for each in batch.reports)
        return Message(from_="b@example.org", to="o@example.org", subject=text)

    def told(self) -> str:
        """Close, and give what was told: of what severity, and how many of each kind."""
        assert self.dispatcher.close(10)
        return "; ".join(sorted(str(sent.message.subject) for sent in self.transport.sent))


def test_what_is_new_is_described_with_the_context_and_what_is_not_is_only_counted() -> None:
    asked: list[int] = []
    course = Course()

    def context() -> dict[str, object]:
        asked.append(1)
        return {}

    for _ in range(5):
        course.recorder.record(ValueError(), context)
    assert (course.told(), len(asked)) == ("error=1; error=4", 1)


@pytest.mark.parametrize("captured", [None, "no exception", ValueError])
def test_what_is_no_exception_harms_nothing_and_is_told_as_such(
    captured: object, capsys: pytest.CaptureFixture[str]
) -> None:
    course = Course()
    course.recorder.record(captured, dict)
    for _ in range(100):
        course.recorder.record(ValueError(), dict)
    assert course.told() == "error=1; error=1; error=99"
    assert course.dispatcher.complaints.count == 1
    assert "is no exception\n" in capsys.readouterr().err


def test_a_failure_to_describe_is_told_with_a_stand_in() -> None:
    course = Course()
    failures = [LookupError()]

    def context() -> dict[str, object]:
        if failures:
            raise failures.pop()
        return {}

    course.recorder.record(ValueError(), context, severity="critical")
    assert (course.told(), course.dispatcher.complaints.count) == ("critical=1", 1)


def test_exceptions_of_two_severities_are_of_two_kinds() -> None:
    course = Course()
    error = ValueError()
    for severity in ("error", "critical", "error"):
        course.recorder.record(error, dict, severity=severity)
    assert course.told() == "critical=1; error=1; error=1"


def test_what_is_no_severity_is_told_as_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    course = Course()
    unknown: Any = "fatal"
    course.recorder.record(ValueError(), dict, severity=unknown)
    course.recorder.note("slow", dict, key=("slow",), severity=unknown)
    assert course.told() == "error=1; error=1"
    said = capsys.readouterr().err
    assert "a severity is one of info, warning, error, critical: ValueError: fatal" in said


def by_site(exception: BaseException, context: Mapping[str, object]) -> str | None:
    del exception
    site = context.get("site")
    return site if isinstance(site, str) else None


def test_a_key_tells_exceptions_apart_that_are_raised_at_one_place() -> None:
    course = Course(key=by_site)
    error = ValueError()
    for site in ("a", "b", "a"):
        course.recorder.record(error, lambda site=site: {"site": site})  # type: ignore[misc] # a default
    assert course.told() == "error=1; error=1; error=1"
    (digest,) = (sent for sent in course.transport.sent[2:])
    assert digest.message.subject == "error=1"


def test_a_key_makes_exceptions_equal_that_are_raised_anywhere() -> None:
    course = Course(key=by_site)
    for error in (ValueError(), KeyError(), OSError()):
        course.recorder.record(error, lambda: {"site": "a"})
    assert course.told() == "error=1; error=2"


def test_where_the_key_is_none_types_and_places_tell_exceptions_apart() -> None:
    course = Course(key=by_site)
    for error in (ValueError(), KeyError(), ValueError()):
        course.recorder.record(error, dict)
    assert course.told() == "error=1; error=1; error=1"


@pytest.mark.parametrize("key", [lambda *_: 1 / 0, lambda *_: 7, lambda *_: sys.exit(3)])
def test_a_key_that_fails_is_said_and_does_no_harm(
    key: Key, capsys: pytest.CaptureFixture[str]
) -> None:
    course = Course(key=key)
    course.recorder.record(ValueError(), dict)
    assert course.told() == "error=1"
    assert "the key function failed: " in capsys.readouterr().err


def test_mailcores_own_secrets_are_in_no_note() -> None:
    course = Course(own={"password": "swordfish"})
    course.recorder.note("no way in with swordfish", dict, key=("in",), severity="error")
    course.told()
    assert course.messages == ["no way in with ***"]


class Log:
    """A logger that an installed notifier hears, and what it mails."""

    def __init__(self) -> None:
        self.transport = MemoryTransport()
        self.notifier = notices.install(
            self.transport, to="o@example.org", app="shop", from_="b@example.org", spool=False
        )
        self.logger = logging.getLogger("tests.shop")

    def mails(self) -> list[str]:
        assert self.notifier.close()
        return [f"{sent.message.subject} {sent.message.text}" for sent in self.transport.sent]


@pytest.fixture
def log() -> Iterator[Log]:
    one = Log()
    yield one
    notices.uninstall()


def log_in(log: Log, user: str, password: str) -> None:
    log.logger.error("login of %s with %s refused", user, password)


def test_what_the_function_holds_that_logs_is_masked(log: Log) -> None:
    log_in(log, "bob", "hunter22xyz")
    (mail,) = log.mails()
    assert "login of bob with *** refused" in mail
    assert "hunter22xyz" not in mail


def test_so_is_what_the_function_holds_that_sends_a_message(log: Log) -> None:
    def send(token: str) -> None:
        log.notifier.message(f"no way in with {token}")

    send("hunter22xyz")
    (mail,) = log.mails()
    assert "no way in with ***" in mail


def test_what_was_found_once_is_masked_in_the_log_of_later_notices(log: Log) -> None:
    log_in(log, "bob", "hunter22xyz")
    log.logger.error("no price")
    _, later = log.mails()
    assert "login of bob with *** refused" in later
    assert "hunter22xyz" not in later


def test_what_far_callers_hold_is_not_asked_for() -> None:
    def call(depth: int) -> list[object]:
        return call(depth - 1) if depth else [frame.f_locals.get("depth") for frame in _callers()]

    assert call(20) == list(range(CALLER_LIMIT))
