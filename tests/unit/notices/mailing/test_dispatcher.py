"""What is counted is mailed by its route, even where no thread can be started."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import get_args

import pytest

from mailcore import MemoryTransport
from mailcore.errors import CouldNotConnect
from mailcore.message import Message
from mailcore.notices.counting.issues import Issues
from mailcore.notices.counting.table import Batch
from mailcore.notices.exceptions.snapshot import Failure, Severity, Snapshot
from mailcore.notices.keeping.spool import Spool
from mailcore.notices.mailing.dispatcher import Desk, Dispatcher
from mailcore.notices.policy import Policy

SNAPSHOT = Snapshot((Failure("ValueError", "no price"),))


def at(seen: float) -> datetime:
    return datetime.fromtimestamp(seen, UTC)


def desk(name: str = "", policy: Policy | None = None) -> Desk:
    def render(batch: Batch) -> Message:
        subject = f"{name}{batch.count}"
        return Message(from_="b@example.org", to="o@example.org", subject=subject)

    return Desk(Issues(policy or Policy()), render)


class Course:
    """A dispatcher, and what it mails."""

    def __init__(self, routes: Mapping[Severity, Desk] | None = None, step: float = 0) -> None:
        self.transport = MemoryTransport()
        self.now = 0.0
        self.step = step
        self.desks = dict.fromkeys(get_args(Severity), desk()) | dict(routes or {})
        self.dispatcher = Dispatcher("shop", self.transport, self.desks, clock=self.clock, at=at)

    def clock(self) -> float:
        self.now += self.step
        return self.now

    def occur(self, severity: Severity = "error") -> None:
        self.dispatcher.count(f"a {severity}", severity, lambda: SNAPSHOT)

    @property
    def subjects(self) -> list[str]:
        return [str(sent.message.subject) for sent in self.transport.sent]


def test_each_severity_goes_its_own_way() -> None:
    course = Course({"critical": desk("critical "), "info": desk("info ", Policy.digest("1d"))})
    severities: list[Severity] = ["info", "error", "critical", "warning", "error"]
    for severity in severities:
        course.occur(severity)
    assert course.dispatcher.close(10)
    assert sorted(course.subjects) == ["1", "1", "1", "critical 1", "info 1"]


def test_a_route_that_fails_takes_no_other_along(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(batch: Batch) -> Message:
        raise LookupError(batch)

    course = Course({"critical": Desk(Issues(Policy()), refuse)})
    course.occur("critical")
    course.occur("error")
    assert not course.dispatcher.close(10)
    assert course.subjects == ["1"]
    assert "shop: exceptions not told of: 1\n" in capsys.readouterr().err


def test_where_no_thread_can_be_started_a_flush_mails_in_the_callers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    course = Course()
    monkeypatch.setattr(Thread, "start", refuse)
    course.occur()
    assert course.subjects == []
    assert course.dispatcher.close(10)
    assert course.subjects == ["1"]


def test_a_mail_still_under_way_is_no_silent_end(capsys: pytest.CaptureFixture[str]) -> None:
    course = Course()
    is_reached, gate = Event(), Event()

    def hang(_: Message) -> None:
        is_reached.set()
        assert gate.wait(10)

    course.transport.send = hang  # type: ignore[method-assign,assignment] # a server that hangs
    course.occur()
    assert is_reached.wait(10)
    assert not course.dispatcher.close(0.01)
    assert "shop: exceptions in a mail still under way: 1\n" in capsys.readouterr().err
    gate.set()


def test_a_worker_that_a_close_took_away_too_early_is_replaced_by_the_next_one_counted() -> None:
    """Else what waits for its digest would wait for ever: nothing new would wake anybody."""
    course = Course(step=1000)
    course.occur()
    assert course.dispatcher.flush(10)
    course.occur()
    with course.dispatcher._lock:
        worker, course.dispatcher._worker = course.dispatcher._worker, None
    assert worker is not None
    worker.stop()
    course.occur()
    assert course.dispatcher._worker is not None
    assert course.dispatcher.close(10)
    assert sum(map(int, course.subjects)) == 3


def test_what_comes_back_is_written_down_before_it_is_mailed(tmp_path: Path) -> None:
    issues = Issues(Policy(resolved_after=10))
    own = Desk(issues, desk().render)
    spool = Spool(tmp_path, "shop")
    written: list[list[str]] = []

    def send(_: Message) -> None:
        written.append([path.name for path in tmp_path.rglob("*.json")])

    transport = MemoryTransport()
    transport.send = send  # type: ignore[method-assign,assignment] # looks what is on the disk
    now = [0.0]
    dispatcher = Dispatcher(
        "shop",
        transport,
        dict.fromkeys(get_args(Severity), own),
        clock=lambda: now[0],
        at=at,
        spool=spool,
    )
    for now[0] in (0.0, 100.0, 200.0):
        if now[0] != 100:
            dispatcher.count("a", "error", lambda: SNAPSHOT)
        assert dispatcher.flush(10)
    assert dispatcher.close(10)
    assert written == [["a.json"], [], ["a.json"]]


def dispatcher_of(transport: MemoryTransport, spool: Spool, policy: Policy) -> Dispatcher:
    own = Desk(Issues(policy), desk().render)
    desks = dict.fromkeys(get_args(Severity), own)
    return Dispatcher("shop", transport, desks, clock=lambda: 0.0, at=at, spool=spool)


def test_what_is_under_way_at_the_end_is_written_down_with_what_waits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else a server that hangs would have it, or nobody would."""
    transport = MemoryTransport()
    is_reached, gate = Event(), Event()

    def hang(_: Message) -> None:
        is_reached.set()
        assert gate.wait(10)

    transport.send = hang  # type: ignore[method-assign,assignment] # a server that hangs
    dispatcher = dispatcher_of(transport, Spool(tmp_path, "shop"), Policy())
    dispatcher.count("a", "error", lambda: SNAPSHOT)
    assert is_reached.wait(10)
    for _ in range(4):
        dispatcher.count("a", "error", lambda: SNAPSHOT)
    dispatcher.say_what_is_left()
    assert "in a mail still under way: 1" in capsys.readouterr().err
    (path,) = tmp_path.rglob("*.json")
    assert json.loads(path.read_bytes())["count"] == 5
    gate.set()
    assert dispatcher.close(10)
    assert not list(tmp_path.rglob("*.json"))


def test_what_was_only_counted_is_left_to_the_next_process_too(tmp_path: Path) -> None:
    """Beyond the kinds that a table holds, no more than the number of exceptions is known."""
    transport = MemoryTransport()

    def refuse(_: Message) -> None:
        raise CouldNotConnect("there is no server")

    transport.send = refuse  # type: ignore[method-assign,assignment] # a server that is down
    policy = Policy(max_issues=2)
    spool = Spool(tmp_path, "shop")
    dispatcher = dispatcher_of(transport, spool, policy)
    for kind in "abcde":
        dispatcher.count(kind, "error", lambda: SNAPSHOT)
    assert not dispatcher.close(10)
    spool.close()  # as at the end of a process
    (others,) = tmp_path.rglob("others-*.json")
    assert json.loads(others.read_bytes())["snapshot"]["severity"] == "error"

    heir = MemoryTransport()
    successor = dispatcher_of(heir, Spool(tmp_path, "shop"), Policy())
    successor.take_over()
    assert successor.flush(10)
    assert [sent.message.subject for sent in heir.sent] == ["5"]
    assert not list(tmp_path.rglob("*.json"))
    assert successor.close(10)
    del transport.send
    assert dispatcher.close(10)


def test_a_spool_that_could_not_be_used_for_a_moment_is_used_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(24, "Too many open files")

    dispatcher = dispatcher_of(MemoryTransport(), Spool(tmp_path, "shop"), Policy.digest("1d"))
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        for kind in "abc":
            dispatcher.count(kind, "error", lambda: SNAPSHOT)
    assert capsys.readouterr().err.count("the spool can't be used") == 1
    dispatcher.count("d", "error", lambda: SNAPSHOT)
    assert [path.name for path in tmp_path.rglob("*.json")] == ["d.json"]
    dispatcher.say_what_is_left()
    assert len(list(tmp_path.rglob("*.json"))) == 4
    assert dispatcher.close(10)
