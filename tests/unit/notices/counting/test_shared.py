"""Processes count together: what one has told no other tells, and what one leaves another tells."""

import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path

import pytest

from mailcore import Notifier, SMTPTransport
from mailcore.message import parse
from mailcore.notices import Policy
from mailcore.notices.counting.shared import (
    HAND_OVER_SECONDS,
    LOOK_SECONDS,
    TURN_SECONDS,
    SharedIssues,
)
from mailcore.notices.counting.table import Batch, Step
from mailcore.notices.exceptions.snapshot import Failure, Snapshot
from tests.peers import Conversation, Peer, Silence, SMTPScript

Start = Callable[[Conversation], Peer]

SNAPSHOT = Snapshot((Failure("ValueError", "no price"),))


class Process:
    """What one process would have: its own object on the file they share."""

    def __init__(self, path: Path, policy: Policy | None = None) -> None:
        self.handed_over: list[str] = []
        self.issues = SharedIssues(
            path,
            "shop",
            policy or Policy(digest_after=60, resolved_after=None),
            handed_over=self.handed_over.extend,
        )

    def occur(self, now: float, kind: str = "a", times: int = 1) -> None:
        for _ in range(times):
            if self.issues.record(kind, now) is Step.DESCRIBE:
                self.issues.open(kind, SNAPSHOT, now)

    def told(self, now: float, *, everything: bool = False) -> int:
        """Tell what is due, and give how many exceptions that were."""
        count = 0
        while batch := self.issues.take(now, everything=everything):
            count += batch.count
            self.issues.succeed()
        return count


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state"


def taken(process: Process, now: float) -> Batch:
    batch = process.issues.take(now)
    assert batch is not None
    return batch


def test_what_is_new_is_told_at_once_by_one_process_only(path: Path) -> None:
    one, other = Process(path), Process(path)
    one.occur(0)
    other.occur(0)
    assert (one.told(0), other.told(0)) == (1, 0)
    assert (one.issues.untold, other.issues.untold) == (1, 1)


def test_what_all_count_is_in_one_digest(path: Path) -> None:
    processes = [Process(path) for _ in range(3)]
    for process in processes:
        process.occur(0, times=10)
    counts = [process.told(0) for process in processes]
    assert counts == [1, 0, 0]
    assert [process.told(70) for process in processes] == [29, 0, 0]


def test_it_outlives_the_process(path: Path) -> None:
    first = Process(path)
    first.occur(0)
    assert first.told(0) == 1
    second = Process(path)
    second.occur(10)
    assert second.told(10) == 0  # the kind is known: it waits for the digest
    assert Process(path).told(70) == 1


def test_what_was_handed_over_is_said(path: Path) -> None:
    process = Process(path)
    process.occur(0)
    assert (process.issues.pending, process.handed_over) == (1, [])
    process.told(0)
    assert (process.issues.pending, process.handed_over) == (0, ["a"])


def test_repetitions_are_handed_over_now_and_then(path: Path) -> None:
    process = Process(path)
    process.occur(0)
    process.told(0)
    assert process.issues.due == LOOK_SECONDS
    process.occur(1)
    assert process.issues.due == HAND_OVER_SECONDS
    assert process.issues.take(HAND_OVER_SECONDS - 0.1) is None
    assert process.issues.pending == 1
    assert process.issues.take(HAND_OVER_SECONDS) is None
    assert process.issues.pending == 0


def test_one_that_has_to_hurry_hands_over_at_once(path: Path) -> None:
    process = Process(path)
    process.occur(0, times=3)
    process.told(0)
    process.occur(1)
    process.issues.hurry()
    assert process.issues.take(1) is None
    assert process.issues.pending == 0


def test_everything_can_be_told_at_once(path: Path) -> None:
    one, other = Process(path), Process(path)
    for process in (one, other):
        process.occur(0, times=5)
        process.told(0)
    assert other.told(1, everything=True) == 9


def test_while_one_is_mailing_the_others_wait(path: Path) -> None:
    one, other = Process(path), Process(path)
    one.occur(0, "a")
    batch = taken(one, 0)
    other.occur(0, "b")
    assert other.issues.take(0) is None
    assert other.issues.due == TURN_SECONDS
    assert one.issues.take(0) is None  # the same process, in another thread
    assert batch.count == 1
    one.issues.succeed()
    assert one.told(0) == 1


def test_what_could_not_be_sent_waits_for_whoever_comes_next(path: Path) -> None:
    one, other = Process(path), Process(path)
    one.occur(0)
    one.issues.put_back(taken(one, 0))
    one.issues.back_off(0)
    assert other.told(59) == 0
    assert other.told(130) == 1


def test_what_may_have_been_sent_is_told_by_nobody_again(path: Path) -> None:
    one, other = Process(path), Process(path)
    one.occur(0)
    taken(one, 0)
    one.issues.back_off(0)
    assert other.told(1000, everything=True) == 0


def test_routes_do_not_share(path: Path) -> None:
    one = Process(path)
    other = SharedIssues(path, "shop/critical", Policy())
    one.occur(0)
    one.told(0)
    assert other.take(1000, everything=True) is None


def test_caps_are_for_all_processes_together(path: Path) -> None:
    policy = Policy(burst=3, burst_refill=1e9, digest_after=60)
    processes = [Process(path, policy) for _ in range(4)]
    for number, process in enumerate(processes):
        process.occur(0, f"kind {number}")
    assert [process.told(0) for process in processes] == [1, 1, 1, 0]


def test_first_seen_is_the_earliest_of_all(path: Path) -> None:
    one, other = Process(path), Process(path)
    one.occur(50)
    other.occur(10)
    assert (one.told(60), other.told(60)) == (1, 0)
    report = taken(other, 130).reports[0]
    assert (report.first_seen, report.total) == (10, 2)


def test_what_does_not_fit_is_counted(path: Path) -> None:
    process = Process(path, Policy(max_issues=2, burst=1, digest_after=60))
    for number in range(10):
        process.occur(0, f"kind {number}")
    assert process.told(0) + process.told(100, everything=True) == 10


def test_where_the_file_is_spoilt_a_process_tells_by_itself(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = Process(path)
    process.occur(0)
    process.told(0)
    path.write_bytes(b"spoilt" * 5000)
    process.occur(10, times=3)
    assert process.told(80) == 3
    assert "the state file can't be used" in capsys.readouterr().err
    process.occur(81, "new")
    assert process.issues.due == -inf
    assert (process.told(81), process.issues.untold) == (1, 0)


def test_what_was_under_way_when_the_file_was_spoilt_is_not_told_again(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = Process(path)
    process.occur(0)
    taken(process, 0)
    path.write_bytes(b"spoilt" * 5000)
    process.issues.succeed()
    assert process.told(1000, everything=True) == 0
    assert capsys.readouterr().err.count("can't be used") == 1


def test_a_clock_that_was_ahead_silences_nobody(path: Path) -> None:
    process = Process(path)
    ahead = 400 * 86400.0
    process.occur(ahead, times=3)
    assert process.told(ahead) == 1
    for day in range(1, 4):
        process.occur(day * 86400.0, f"kind {day}")
        assert process.told(day * 86400.0) > 0


def test_what_could_not_be_sent_when_the_file_was_spoilt_is_told_here(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = Process(path)
    process.occur(0)
    batch = taken(process, 0)
    path.write_bytes(b"spoilt" * 5000)
    process.issues.put_back(batch)
    process.issues.back_off(0)
    assert process.told(1000, everything=True) == 1
    assert "can't be used" in capsys.readouterr().err


def test_where_the_file_is_spoilt_nothing_is_left_to_others(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    process = Process(path)
    assert process.issues.is_shared
    path.write_bytes(b"spoilt" * 5000)
    process.occur(0)
    assert process.told(0) == 1
    assert not process.issues.is_shared
    assert "can't be used" in capsys.readouterr().err


CRAWLING = """
import sys
from pathlib import Path
from mailcore import Notifier, SMTPTransport

port, state, spool, pages = sys.argv[1:]
transport = SMTPTransport("127.0.0.1", int(port), security="plain", timeout=60)
notifier = Notifier(
    transport, to="o@example.org", app="shop", from_="b@example.org", state=state, spool=spool
)
for page in range(int(pages)):
    with notifier.guard():
        raise ValueError(f"no price on {page}")
print("crawled", flush=True)
notifier.close()
"""


def crawler(port: int, folder: Path, pages: int) -> "subprocess.Popen[bytes]":
    arguments = [str(port), str(folder / "state"), str(folder / "spool"), str(pages)]
    return subprocess.Popen([sys.executable, "-c", CRAWLING, *arguments], stdout=subprocess.PIPE)


def counts(script: SMTPScript) -> list[int]:
    return [int(parse(raw).headers["X-Mailcore-Count"] or 0) for raw in script.messages]


def flush(port: int, folder: Path) -> None:
    with (
        SMTPTransport("127.0.0.1", port, security="plain") as transport,
        Notifier(
            transport,
            to="o@example.org",
            app="shop",
            from_="b@example.org",
            state=folder / "state",
            spool=folder / "spool",
        ) as notifier,
    ):
        assert notifier.flush()


def test_four_crawlers_send_one_mail_and_leave_the_digest_to_the_next(
    peer: Start, tmp_path: Path
) -> None:
    script = SMTPScript()
    server = peer(script)
    crawlers = [crawler(server.port, tmp_path, 250) for _ in range(4)]
    for one in crawlers:
        with one:
            assert one.wait(60) == 0
    assert counts(script) == [1]
    flush(server.port, tmp_path)
    assert counts(script) == [1, 999]


def test_what_a_killed_process_was_mailing_is_told_by_the_next(peer: Start, tmp_path: Path) -> None:
    silent = peer(SMTPScript(dot=Silence))
    with crawler(silent.port, tmp_path, 1) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"crawled\n"
        connection = sqlite3.connect(tmp_path / "state", isolation_level=None)
        while True:
            row = None
            with suppress(sqlite3.OperationalError):  # it is just being made
                row = connection.execute(
                    "SELECT under_way FROM routes WHERE name = 'shop/'"
                ).fetchone()
            if row and row[0] != "null" and not list(tmp_path.rglob("*.json")):
                break
        connection.close()
        killed.send_signal(signal.SIGKILL)
    script = SMTPScript()
    flush(peer(script).port, tmp_path)
    assert Counter(counts(script)) == {1: 1}
