"""What was recorded is mailed, described or as a stand-in, even where no thread can be started."""

from datetime import UTC, datetime
from threading import Event, Thread

import pytest

from mailcore import MemoryTransport
from mailcore.message import Message
from mailcore.notices.issues import Batch
from mailcore.notices.policy import Policy
from mailcore.notices.recorder import Recorder


def at(seen: float) -> datetime:
    return datetime.fromtimestamp(seen, UTC)


def recorder_of(transport: MemoryTransport) -> Recorder:
    def render(batch: Batch) -> Message:
        return Message(from_="b@example.org", to="o@example.org", subject=str(batch.count))

    return Recorder("shop", transport, policy=Policy(), render=render, clock=lambda: 0.0, at=at)


def subjects_of(transport: MemoryTransport) -> list[str | None]:
    return [sent.message.subject for sent in transport.sent]


def test_what_is_new_is_described_with_the_context_and_what_is_not_is_only_counted() -> None:
    asked: list[int] = []
    recorder = recorder_of(MemoryTransport())

    def context() -> dict[str, object]:
        asked.append(1)
        return {}

    for _ in range(5):
        recorder.record(ValueError(), context)
    assert recorder.close(10)
    assert len(asked) == 1


def test_where_no_thread_can_be_started_a_flush_mails_in_the_callers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: Thread) -> None:
        raise RuntimeError("can't create new thread at interpreter shutdown")

    transport = MemoryTransport()
    recorder = recorder_of(transport)
    monkeypatch.setattr(Thread, "start", refuse)
    recorder.record(ValueError(), dict)
    assert transport.sent == []
    assert recorder.close(10)
    assert subjects_of(transport) == ["1"]


@pytest.mark.parametrize("captured", [None, "no exception", ValueError])
def test_what_is_no_exception_harms_nothing_and_is_told_as_such(
    captured: object, capsys: pytest.CaptureFixture[str]
) -> None:
    transport = MemoryTransport()
    recorder = recorder_of(transport)
    recorder.record(captured, dict)
    for _ in range(100):
        recorder.record(ValueError(), dict)
    assert recorder.close(10)
    assert sum(int(subject or "") for subject in subjects_of(transport)) == 101
    assert recorder.failures == 1
    assert "is no exception\n" in capsys.readouterr().err


def test_a_failure_to_describe_is_told_with_a_stand_in() -> None:
    transport = MemoryTransport()
    recorder = recorder_of(transport)
    failures = [LookupError()]

    def context() -> dict[str, object]:
        if failures:
            raise failures.pop()
        return {}

    recorder.record(ValueError(), context)
    assert recorder.close(10)
    assert (subjects_of(transport), recorder.failures) == (["1"], 1)


def test_a_mail_still_under_way_is_no_silent_end(capsys: pytest.CaptureFixture[str]) -> None:
    transport = MemoryTransport()
    is_reached, gate = Event(), Event()

    def hang(_: Message) -> None:
        is_reached.set()
        assert gate.wait(10)

    transport.send = hang  # type: ignore[method-assign,assignment] # a server that hangs
    recorder = recorder_of(transport)
    recorder.record(ValueError(), dict)
    assert is_reached.wait(10)
    assert not recorder.close(0.01)
    assert "shop: exceptions in a mail still under way: 1\n" in capsys.readouterr().err
    gate.set()


def test_a_worker_that_a_close_took_away_too_early_is_replaced_by_the_next_record() -> None:
    """Else what waits for its digest would wait for ever: nothing new would wake anybody."""

    def render(batch: Batch) -> Message:
        return Message(from_="b@example.org", to="o@example.org", subject=str(batch.count))

    transport = MemoryTransport()
    times = iter(range(0, 1_000_000, 1000))
    recorder = Recorder(
        "shop", transport, policy=Policy(), render=render, clock=lambda: float(next(times)), at=at
    )
    error = ValueError()
    recorder.record(error, dict)
    assert recorder.flush(10)
    recorder.record(error, dict)
    with recorder._lock:
        worker, recorder._worker = recorder._worker, None
    assert worker is not None
    worker.stop()
    recorder.record(error, dict)
    assert recorder._worker is not None
    assert recorder.close(10)
    assert sum(int(subject or 0) for subject in subjects_of(transport)) == 3
