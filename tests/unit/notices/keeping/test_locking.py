"""A lock has one holder among all processes, and ends with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mailcore.notices.keeping.locking import FileLock

HOLDING = """
import sys
from pathlib import Path
from mailcore.notices.keeping.locking import FileLock

lock = FileLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def test_a_lock_has_one_holder_in_a_process(tmp_path: Path) -> None:
    one, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert (one.acquire(), other.acquire()) == (True, False)
    assert (one.is_held, other.is_held) == (True, False)
    other.release()  # of what is not its own
    assert (one.acquire(), other.acquire()) == (True, False)
    one.release()
    assert other.acquire()
    other.release()


def test_a_lock_has_one_holder_among_processes_and_ends_with_it(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    command = [sys.executable, "-c", HOLDING, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"True\n"
        assert not lock.acquire()
        holder.kill()
    assert lock.acquire()
    lock.release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_does_not_inherit_it(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "lock")
    assert lock.acquire()
    child = os.fork()
    if child == 0:
        os._exit(lock.is_held or lock.acquire())
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert lock.is_held
    lock.release()


def test_where_there_can_be_no_file_there_is_no_lock(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "nowhere" / "lock").acquire()
