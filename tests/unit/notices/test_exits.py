"""However a process ends, what it was told is mailed once, or told once by the next process."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import pytest

from mailcore import Notifier, SMTPTransport
from mailcore.sandbox import Sandbox
from tests.peers import Conversation, Peer, read_to_the_end

PROJECT = Path(__file__).parents[3]
NOBODY_LISTENS = 1  # at this port

# In a file, as a spawned child imports what it runs.
PREAMBLE = """
import asyncio, gc, multiprocessing, os, signal, sys, threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from mailcore import SMTPTransport, notices
from mailcore.notices.mailing import ending

ending.EXIT_SECONDS = 2
port, spool, *options = sys.argv[1:]
notifier = notices.install(
    SMTPTransport("127.0.0.1", int(port), security="plain"),
    to="ops@example.org", from_="bot@example.org", app="shop", spool=spool, sigterm="sigterm" in options,
)

def fail(*_):
    raise ValueError("no price")

@notifier.guard()
def fail_guarded(*_):
    fail()

async def begin_a_task_that_fails():
    asyncio.get_running_loop().call_soon(asyncio.create_task, fail_in_a_task())
    await asyncio.sleep(0.01)

async def fail_in_a_task():
    fail()

class FailsAtItsEnd:
    def __del__(self):
        fail()

def run_child(method, target):
    child = multiprocessing.get_context(method).Process(target=target)
    child.start()
    child.join()

def run_in(pool):
    with pool:
        pool.submit(fail_guarded).result()

def settle():  # so that what ends at once does not end in the midst of a mail
    if "settled" in options:
        notifier.flush()

if __name__ == "__main__":
"""


@dataclass(frozen=True)
class Exit:
    """How a program fails and ends, on one line, and the code that it ends with."""

    name: str
    program: str
    code: int = 0
    options: tuple[str, ...] = ()


EXITS = (
    Exit("its last line", "fail_guarded()"),
    Exit("sys.exit", "fail_guarded(); sys.exit(3)", code=3),
    Exit("an exception", "fail()", code=1),
    Exit("an exception in a thread", "threading.Thread(target=fail).start()"),
    Exit("a task that nobody awaits", "asyncio.run(begin_a_task_that_fails())"),
    Exit("a finaliser", "FailsAtItsEnd(); gc.collect()"),
    Exit(
        "SIGTERM, heard",
        "fail_guarded(); os.kill(os.getpid(), signal.SIGTERM)",
        code=-15,
        options=("sigterm",),
    ),
    Exit("SIGTERM", "fail_guarded(); settle(); os.kill(os.getpid(), signal.SIGTERM)", code=-15),
    Exit("SIGKILL", "fail_guarded(); settle(); os.kill(os.getpid(), signal.SIGKILL)", code=-9),
    Exit("os._exit", "fail_guarded(); settle(); os._exit(4)", code=4),
    Exit("a forked child", "run_child('fork', fail_guarded)"),
    Exit("a spawned child", "run_child('spawn', fail_guarded)"),
    Exit("a pool of threads", "run_in(ThreadPoolExecutor(1))"),
    Exit("a pool of processes", "run_in(ProcessPoolExecutor(1))"),
)

each_exit = pytest.mark.parametrize("end", EXITS, ids=lambda end: end.name)


def run(end: Exit, port: int, folder: Path, *options: str) -> None:
    """Run a program to its end, with a spool in the folder."""
    program = folder / "program.py"
    program.write_text(f"{PREAMBLE}    {end.program}\n")
    done = subprocess.run(
        [sys.executable, program, str(port), folder / "spool", *end.options, *options],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stderr=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == end.code, done.stderr


def tell_what_is_left(port: int, folder: Path) -> None:
    """Do what the next process does: this one."""
    with (
        SMTPTransport("127.0.0.1", port, security="plain") as smtp,
        Notifier(
            smtp,
            to="ops@example.org",
            from_="bot@example.org",
            app="shop",
            spool=folder / "spool",
        ),
    ):
        pass


def told(sandbox: Sandbox) -> int:
    """Give how many exceptions the mails tell of; they are about nothing else."""
    mails = [delivery.message for delivery in sandbox.caught]
    assert all("no price" in str(mail.subject) for mail in mails)
    return sum(int(mail.headers["X-Mailcore-Count"]) for mail in mails)


def is_empty(folder: Path) -> bool:
    return not [*(folder / "spool").rglob("*.json")]


@each_exit
def test_with_a_server_it_is_mailed_once(end: Exit, tmp_path: Path) -> None:
    with Sandbox() as sandbox:
        run(end, sandbox.smtp_port, tmp_path, "settled")
        assert told(sandbox) == 1
        assert is_empty(tmp_path)
        tell_what_is_left(sandbox.smtp_port, tmp_path)
        assert told(sandbox) == 1


@each_exit
def test_without_a_server_the_next_process_tells_it_once(end: Exit, tmp_path: Path) -> None:
    run(end, NOBODY_LISTENS, tmp_path)
    with Sandbox() as sandbox:
        tell_what_is_left(sandbox.smtp_port, tmp_path)
        assert told(sandbox) == 1
        assert is_empty(tmp_path)
        tell_what_is_left(sandbox.smtp_port, tmp_path)
        assert told(sandbox) == 1


@pytest.mark.parametrize(
    "end",
    [
        end
        for end in EXITS
        if end.name in {"its last line", "SIGTERM, heard", "SIGKILL", "os._exit"}
    ],
    ids=lambda end: end.name,
)
def test_at_a_server_that_hangs_the_next_process_tells_it_once(
    end: Exit, tmp_path: Path, peer: Callable[[Conversation], Peer]
) -> None:
    run(end, peer(hang).port, tmp_path)
    with Sandbox() as sandbox:
        tell_what_is_left(sandbox.smtp_port, tmp_path)
        assert told(sandbox) == 1


def hang(client: socket) -> None:
    read_to_the_end(client)


def test_what_several_runs_without_a_server_told_is_told_by_the_one_after_them(
    tmp_path: Path,
) -> None:
    """Nothing is lost and nothing doubled."""
    kinds = ("ValueError", "KeyError", "OSError")
    each = "; ".join(
        f"[report({kind}) for _ in range({times})]"
        for kind, times in zip(kinds, (1, 7, 30), strict=True)
    )
    failing = Exit("", f"report = lambda kind: notifier.capture(kind('no price')); {each}")
    run(failing, NOBODY_LISTENS, tmp_path)
    run(failing, NOBODY_LISTENS, tmp_path)
    with Sandbox() as sandbox:
        run(failing, sandbox.smtp_port, tmp_path)
        counts = [int(delivery.message.headers["X-Mailcore-Count"]) for delivery in sandbox.caught]
        assert sum(counts) == 3 * (1 + 7 + 30)
        texts = "".join(str(delivery.message.text) for delivery in sandbox.caught)
        assert all(kind in texts for kind in kinds)
        run(Exit("", "pass"), sandbox.smtp_port, tmp_path)
        assert len(sandbox.caught) == len(counts)
    assert is_empty(tmp_path)


STDERR_IN_THE_LOG = """
import logging
class ToLog:
    def write(self, text):
        for line in text.splitlines():
            logging.getLogger("stderr").error(line)
    def flush(self):
        pass
"""
CAPTURED_AGAIN = """
class Capturing(logging.Handler):
    def emit(self, record):
        notifier.message(record.getMessage(), severity="error")
logging.getLogger().addHandler(Capturing())
"""


def log_of_a_program_that_logs_its_stderr(folder: Path, handler: str = "") -> list[str]:
    """Give what it complains of until its end."""
    lines = [
        *STDERR_IN_THE_LOG.splitlines(),
        f"logging.basicConfig(filename={str(folder / 'log')!r})",
        *handler.splitlines(),
        "sys.stderr = ToLog()",
        "logging.error('no price')",
    ]
    run(Exit("", "\n    ".join(lines)), NOBODY_LISTENS, folder)
    log = (folder / "log").read_text().splitlines()
    return [line.partition("mailcore.notices: ")[2] for line in log if "mailcore.notices" in line]


def test_complaints_that_are_logged_are_not_told_and_so_come_to_an_end(tmp_path: Path) -> None:
    """Each could not be mailed either, and would be complained of."""
    complaints = log_of_a_program_that_logs_its_stderr(tmp_path)
    unmailed, untold = sorted(set(complaints))
    assert unmailed.startswith("a notice (count 1) could not be mailed")
    assert untold == "shop: exceptions not told of: 1"
    assert len(complaints) <= 3  # it was tried at once, and at the end


def test_complaints_that_a_handler_captures_come_to_an_end_too(tmp_path: Path) -> None:
    complaints = log_of_a_program_that_logs_its_stderr(tmp_path, CAPTURED_AGAIN)
    assert len(complaints) < 10
