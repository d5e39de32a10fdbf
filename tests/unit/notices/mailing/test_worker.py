"""The thread sleeps until something is due, does what it is asked, and ends when told."""

from collections.abc import Iterator
from math import inf
from queue import Queue
from threading import Event
from time import monotonic

import pytest

from mailcore.notices.mailing.worker import Worker


class Errands:
    """What a worker is to do, and when: it notes what it did."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.done: Queue[str] = Queue()
        self.gate = Event()
        self.gate.set()
        self.error: BaseException | None = None
        self.worker = Worker(self.deliver, self.wait)

    def deliver(self) -> bool:
        return self._do("what is due")

    def work(self) -> bool:
        return self._do("what was asked")

    def _do(self, what: str) -> bool:
        self.done.put(what)
        if self.error is not None:
            raise self.error
        return self.gate.wait(10)

    def wait(self) -> float:
        return self.waits.pop() if self.waits else inf


@pytest.fixture
def errands() -> Iterator[Errands]:
    errands = Errands()
    yield errands
    errands.gate.set()
    errands.worker.stop()
    if errands.worker.is_alive:
        errands.worker.join(10)


def test_it_is_a_daemon_that_starts_when_told(errands: Errands) -> None:
    assert not errands.worker.is_alive
    errands.worker.start()
    assert errands.worker.is_alive
    assert errands.worker._thread.daemon


def test_it_delivers_what_is_due_by_itself(errands: Errands) -> None:
    errands.waits = [0.001]
    errands.worker.start()
    assert errands.done.get(timeout=10) == "what is due"


def test_it_delivers_when_woken(errands: Errands) -> None:
    errands.worker.start()
    errands.worker.wake()
    assert errands.done.get(timeout=10) == "what is due"


def test_it_does_what_it_is_asked_and_tells_the_outcome(errands: Errands) -> None:
    errands.worker.start()
    assert errands.worker.ask(errands.work)(monotonic() + 10)
    assert errands.done.get(timeout=10) == "what was asked"


def test_what_takes_too_long_was_not_done_well(errands: Errands) -> None:
    errands.gate.clear()
    errands.worker.start()
    assert not errands.worker.ask(errands.work)(monotonic() + 0.01)


def test_what_has_no_time_left_is_asked_for_all_the_same(errands: Errands) -> None:
    errands.gate.clear()
    errands.worker.start()
    assert not errands.worker.ask(errands.work)(monotonic() - 10)
    assert errands.done.get(timeout=10) == "what was asked"


@pytest.mark.parametrize("error", [SystemExit(5), KeyboardInterrupt()])
def test_an_exit_of_what_it_delivers_by_is_an_answer_and_not_its_end(
    errands: Errands, error: BaseException
) -> None:
    errands.error = error
    errands.worker.start()
    before = monotonic()
    assert not errands.worker.ask(errands.work)(before + 10)
    assert monotonic() - before < 5
    errands.error = None
    assert errands.worker.ask(errands.work)(monotonic() + 10)


def test_it_ends_after_what_it_was_asked_before(errands: Errands) -> None:
    errands.worker.start()
    errands.worker.wake()
    errands.worker.stop()
    errands.worker.join(10)
    assert not errands.worker.is_alive
    assert errands.done.qsize() == 1


def test_a_wait_that_is_over_or_endless_is_no_obstacle(errands: Errands) -> None:
    errands.waits = [1e300, -inf]
    errands.worker.start()
    assert errands.done.get(timeout=10) == "what is due"
    assert errands.worker.ask(errands.work)(monotonic() + 10)


def test_it_begins_once_the_one_before_it_has_ended(errands: Errands) -> None:
    """One that is stopped while it mails goes on till the mail is out: two would mail the same."""
    errands.gate.clear()
    errands.worker.start()
    errands.worker.ask(errands.work)
    assert errands.done.get(timeout=10) == "what was asked"
    errands.worker.stop()

    successor = Worker(errands.deliver, errands.wait, before=errands.worker)
    successor.start()
    wait = successor.ask(errands.work)
    assert not wait(monotonic() + 0.05)
    assert errands.done.empty()
    errands.gate.set()
    assert wait(monotonic() + 10)
    successor.stop()
    successor.join(10)
