"""Whatever ends, what was recorded is mailed or said: a process, a fork, a deadline."""

import gc
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from mailcore.notices.mailing import ending as ending_module
from mailcore.notices.mailing.ending import Ending

PROJECT = Path(__file__).parents[4]


class Desk:
    """Something to finish, which notes what it was asked; `wait` is how long its mail takes."""

    def __init__(self, *, wait: float = 0) -> None:
        self.wait = wait
        self.ready = 0.0
        self.log: list[str] = []

    def begin_flush(self) -> Callable[[float], bool]:
        self.log.append("begin")
        self.ready = monotonic() + self.wait
        return self.wait_until

    def wait_until(self, deadline: float) -> bool:
        self.log.append("wait")
        Event().wait(max(0, min(self.ready, deadline) - monotonic()))
        return self.ready <= deadline

    def say_what_is_left(self) -> None:
        self.log.append("say")


def test_all_are_flushed_and_then_what_came_meanwhile() -> None:
    ending, desk = Ending(), Desk()
    ending.watch(desk)
    ending.finish()
    assert desk.log == ["begin", "wait", "begin", "wait", "say"]
    assert ending.is_over


def test_those_that_hang_share_one_deadline_and_keep_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ending_module, "EXIT_SECONDS", 0.2)
    ending, desks = Ending(), [Desk(wait=60), Desk(), Desk(wait=60)]
    for desk in desks:
        ending.watch(desk)
    before = monotonic()
    ending.finish()
    assert monotonic() - before < 0.4
    assert [desk.log.count("begin") for desk in desks] == [1, 2, 1]
    assert all(desk.log[-1] == "say" for desk in desks)


def test_what_comes_late_waits_until_the_same_deadline_and_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ending_module, "EXIT_SECONDS", 0.2)
    ending, desk = Ending(), Desk()
    ending.watch(desk)
    before = monotonic()
    ending.finish()
    desk.wait = 60
    for _ in range(10):
        ending.mail_late(desk)
    assert monotonic() - before < 0.4
    assert desk.log[-1] == "say"


def test_who_is_not_kept_is_let_go() -> None:
    ending, kept, released = Ending(), Desk(), Desk()
    logs = [kept.log, released.log]
    for desk in (kept, released):
        ending.watch(desk)
        ending.keep(desk)
    ending.release(released)
    del desk, kept, released
    gc.collect()
    ending.finish()
    assert [bool(log) for log in logs] == [True, False]


def test_a_forked_process_forgets_all() -> None:
    ending, desk = Ending(), Desk()
    ending.watch(desk)
    ending.finish()
    desk.log.clear()
    ending.forget_all()
    assert not ending.is_over
    ending.finish()
    assert desk.log == []


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


def run(program: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a program, which logs its mails in the folder."""
    (folder / "log").touch()
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + program, str(folder / "log")],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def counts_of(program: str, folder: Path, *, code: int = 0) -> list[int]:
    """Run a program and give the counts of the mails it sent."""
    done = run(program, folder)
    assert done.returncode == code, done.stderr
    return [int(line) for line in (folder / "log").read_text().splitlines()]


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


HANGING = """
import time

class Hanging(Appending):
    def send(self, message, **options):
        time.sleep(60)

notifiers = [
    Notifier(Hanging(), to="o@example.org", app="shop", from_="b@example.org") for _ in range(3)
]
start = time.monotonic()
atexit.unregister(ENDING.finish)  # to come after the one that looks at the clock
atexit.register(lambda: print("held", time.monotonic() - start))
atexit.register(ENDING.finish)
for hanging in notifiers:
    hanging.capture(ValueError())

def capture_late():
    start = time.monotonic()
    notifiers[0].capture(KeyError("late"))
    print("late", time.monotonic() - start)

early.append(capture_late)
"""


def test_servers_that_hang_hold_the_end_for_one_deadline_and_what_is_lost_is_said(
    tmp_path: Path,
) -> None:
    program = "from mailcore.notices.mailing import ending\nfrom mailcore.notices.mailing.ending import ENDING\n"
    done = run(f"{program}ending.EXIT_SECONDS = 0.5\n{HANGING}", tmp_path)
    held = {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}
    assert held["held"] < 2
    assert held["late"] < 1
    lines = done.stderr.splitlines()
    assert lines.count("mailcore.notices: shop: exceptions in a mail still under way: 1") == 4
    assert lines.count("mailcore.notices: shop: exceptions not told of: 1") == 1
