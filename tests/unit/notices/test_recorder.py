"""Whatever ends, what was recorded is mailed: a recorder, a process, a fork, the supply of threads."""

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest

from mailcore import MemoryTransport
from mailcore.message import Message
from mailcore.notices.issues import Batch
from mailcore.notices.policy import Policy
from mailcore.notices.recorder import Recorder

PROJECT = Path(__file__).parents[3]


def recorder_of(transport: MemoryTransport) -> Recorder:
    def render(batch: Batch) -> Message:
        return Message(from_="b@example.org", to="o@example.org", subject=str(batch.count))

    return Recorder("shop", transport, policy=Policy(), render=render, clock=lambda: 0.0)


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


def test_after_the_finish_what_is_recorded_is_mailed_in_the_callers_thread() -> None:
    transport = MemoryTransport()
    recorder = recorder_of(transport)
    recorder.finish()
    recorder.record(ValueError(), dict)
    assert subjects_of(transport) == ["1"]


def test_beginning_anew_leaves_what_was_recorded_to_the_process_before() -> None:
    transport = MemoryTransport()
    recorder = recorder_of(transport)
    recorder.finish()
    recorder.begin()
    recorder.record(ValueError(), dict)
    recorder.record(ValueError(), dict)
    assert recorder.close(10)
    assert subjects_of(transport) == ["1", "1"]


PREAMBLE = """
import atexit, os, sys, threading
early = []
atexit.register(lambda: [function() for function in early])
from mailcore import Notifier
from mailcore.reply import Reply
from mailcore.transport import Receipt

class Appending:
    def send(self, message, *, envelope=None, allow_partial=False):
        with open(sys.argv[1], "a") as file:
            file.write(dict(message.headers)["X-Mailcore-Count"] + "\\n")
        return Receipt(accepted=("o@example.org",), reply=Reply(250))

    def close(self):
        pass

notifier = Notifier(Appending(), to="o@example.org", app="shop", from_="b@example.org")

def fail(times=1):
    for _ in range(times):
        notifier.capture(ValueError("no price"))
"""


def counts_of(program: str, folder: Path, *, code: int = 0) -> list[int]:
    """Run a program and give the counts of the mails it sent."""
    log = folder / "log"
    log.touch()
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE + program, str(log)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return [int(line) for line in log.read_text().splitlines()]


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("", 0),
        ("sys.exit(3)", 3),
        ("raise LookupError", 1),
        ("threading.Thread(target=fail).start()", 0),
    ],
)
def test_what_is_left_is_mailed_however_the_program_ends(
    tmp_path: Path, ending: str, code: int
) -> None:
    counts = counts_of(f"fail(200)\n{ending}", tmp_path, code=code)
    assert counts[0] == 1
    assert sum(counts) == (201 if "Thread" in ending else 200)
    assert len(counts) == 2


def test_what_is_captured_first_while_the_program_ends_is_mailed(tmp_path: Path) -> None:
    assert counts_of("atexit.register(fail, 200)", tmp_path) == [1, 199]


def test_what_is_captured_after_everything_was_flushed_is_mailed(tmp_path: Path) -> None:
    assert counts_of("early.append(fail)", tmp_path) == [1]


def test_an_unclosed_notifier_that_nobody_holds_is_flushed_too(tmp_path: Path) -> None:
    assert counts_of("fail(5); del notifier", tmp_path) == [1, 4]


FORKING = """
fail(2)
notifier.flush()
pid = os.fork()
if pid == 0:
    fail(3)
    sys.exit()
os.waitpid(pid, 0)
fail(4)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_begins_anew_and_mails_its_own(tmp_path: Path) -> None:
    assert counts_of(FORKING, tmp_path) == [1, 1, 1, 2, 4]


PROCESSES = """
if __name__ == "__main__":
    import multiprocessing
    fail(2)
    child = multiprocessing.get_context("fork").Process(target=fail, args=(3,))
    child.start()
    child.join()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_of_multiprocessing_mails_before_it_ends(tmp_path: Path) -> None:
    counts = counts_of(PROCESSES, tmp_path)
    assert sorted(counts) == [1, 1, 1, 2]
