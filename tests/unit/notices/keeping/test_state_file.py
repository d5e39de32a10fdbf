"""What is done with the state is done wholly, or not at all, and by one process at a time."""

import os
import sqlite3
import stat
import subprocess
import sys
from math import inf
from pathlib import Path

import pytest

from mailcore.notices.counting.issues import Issues
from mailcore.notices.counting.table import Batch, Report, Table
from mailcore.notices.exceptions.snapshot import Failure, Frame, Snapshot
from mailcore.notices.keeping.state_file import FILE_ERRORS, StateFile, Strays
from mailcore.notices.policy import Policy

SNAPSHOT = Snapshot(
    (Failure("ValueError", "no price \n 价格", frames=(Frame("shop.py", 7, "parse"),)),),
    (("url", "'https://shop.example/'"),),
    severity="critical",
)

COUNTING = """
import sys
from pathlib import Path
from mailcore.notices.keeping.state_file import StateFile

file = StateFile(Path(sys.argv[1]), "shop")
for _ in range(100):
    with file.open() as shared:
        shared.table.others += 1
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_what_was_kept_is_there_again(path: Path) -> None:
    with StateFile(path, "shop").open() as shared:
        assert shared.table == Table()
        issues = Issues(Policy(), table=shared.table, snapshots=shared.snapshots)
        issues.open("aa", SNAPSHOT, 1.5)
        issues.record("aa", 2.5)
        batch = shared.under_way = issues.take(3)
        before = shared.table
    with StateFile(path, "shop").open() as shared:
        assert shared.table == before
        assert shared.table.not_before == -inf
        assert shared.snapshots["aa"] == SNAPSHOT
        assert batch is not None
        assert shared.under_way is not None
        assert shared.under_way.count == batch.count == 1


def test_routes_have_states_of_their_own(path: Path) -> None:
    for route, others in (("one", 1), ("other", 2)):
        with StateFile(path, route).open() as shared:
            shared.table.others = others
            shared.snapshots[route] = SNAPSHOT
    with StateFile(path, "one").open() as shared:
        assert shared.table.others == 1
        with pytest.raises(KeyError):
            shared.snapshots["other"]


def test_where_something_is_raised_nothing_is_changed(path: Path) -> None:
    def fail() -> None:
        with StateFile(path, "shop").open() as shared:
            shared.table.others = 7
            shared.snapshots["aa"] = SNAPSHOT
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with StateFile(path, "shop").open() as shared:
        assert shared.table.others == 0
        with pytest.raises(KeyError):
            shared.snapshots["aa"]


def test_snapshots_can_be_replaced_and_removed(path: Path) -> None:
    other = Snapshot((Failure("KeyError", "x"),))
    with StateFile(path, "shop").open() as shared:
        shared.snapshots["aa"] = SNAPSHOT
        shared.snapshots["aa"] = other
        assert shared.snapshots["aa"] == other
        del shared.snapshots["aa"]
        with pytest.raises(KeyError):
            shared.snapshots["aa"]


def test_what_is_under_way_can_be_put_back_by_another(path: Path) -> None:
    report = Report("aa", SNAPSHOT, 0, 0, new=3, total=5, is_first=True, is_resolved=False)
    with StateFile(path, "shop").open() as shared:
        shared.under_way = Batch((report,), others=2)
    with StateFile(path, "shop").open() as shared:
        assert shared.under_way is not None
        (kept,) = shared.under_way.reports
        assert (kept.fingerprint, kept.new, kept.is_first, kept.is_resolved) == (
            "aa",
            3,
            True,
            False,
        )
        assert shared.under_way.others == 2
        shared.under_way = None
    with StateFile(path, "shop").open() as shared:
        assert shared.under_way is None


def test_processes_take_turns(path: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", COUNTING, path]) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    with StateFile(path, "shop").open() as shared:
        assert shared.table.others == 300


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_nobody_else_can_read_it(path: Path) -> None:
    with StateFile(path, "shop").open():
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}


def test_a_file_of_another_version_is_refused(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ValueError, match="another version of mailcore"), StateFile(path, "").open():
        pass


def test_a_file_that_is_something_else_is_refused_and_left_as_it_is(path: Path) -> None:
    path.write_bytes(b"something else" * 1000)
    with pytest.raises(FILE_ERRORS, match="not a database"), StateFile(path, "").open():
        pass
    assert path.read_bytes() == b"something else" * 1000


def test_what_routes_left_behind_is_taken_once_unless_it_is_being_mailed(path: Path) -> None:
    for route in ("shop/", "shop/critical", "shop/info", "other/"):
        with StateFile(path, route).open() as shared:
            issues = Issues(Policy(), table=shared.table, snapshots=shared.snapshots)
            issues.open(route, SNAPSHOT, 1.0)
            shared.under_way = Batch(()) if route == "shop/info" else None
    strays = Strays("shop/", frozenset({"shop/"}))
    with StateFile(path, "shop/").open() as shared:
        (batch,) = shared.take_strays(strays)
        assert [report.fingerprint for report in batch.reports] == ["shop/critical"]
        assert batch.reports[0].snapshot == SNAPSHOT
    with StateFile(path, "shop/").open() as shared:
        assert list(shared.take_strays(strays)) == []
