"""What a process leaves behind is taken over once, by another one, when it is over."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread

import pytest

from mailcore.notices.exceptions.snapshot import Failure, Frame, Snapshot
from mailcore.notices.keeping.spool import FILE_OCTETS, Kept, Spool, default_folder

SNAPSHOT = Snapshot(
    (Failure("ValueError", "no price", frames=(Frame("shop.py", 7, "parse"),)),),
    (("url", "'https://shop.example/'"),),
    severity="critical",
)


def kept(fingerprint: str = "a", count: int = 1, seen: float = 100.0) -> Kept:
    return Kept(fingerprint, count, seen, seen + 1, SNAPSHOT)


def abandon(folder: Path, *written: Kept) -> None:
    """Write in a process that ends without a word."""
    child = os.fork()
    if not child:
        spool = Spool(folder, "shop")
        for one in written:
            spool.keep(one)
        os._exit(0)
    os.waitpid(child, 0)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.json"))


def test_what_was_left_behind_is_taken_over_whole(tmp_path: Path) -> None:
    abandon(tmp_path, kept("a", 3), kept("b"))
    assert Spool(tmp_path, "shop").take_over() == [kept("a", 3), kept("b")]


def test_it_is_taken_over_once(tmp_path: Path) -> None:
    abandon(tmp_path, kept())
    first, second = Spool(tmp_path, "shop"), Spool(tmp_path, "shop")
    assert len(first.take_over()) == 1
    assert second.take_over() == []
    assert files(tmp_path) == ["a.json"]


def test_what_lives_keeps_its_own(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "shop")
    spool.keep(kept())
    program = (
        "import sys; from pathlib import Path; from mailcore.notices.keeping.spool import Spool;"
        "print(len(Spool(Path(sys.argv[1]), 'shop').take_over()))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "0\n"
    spool.close()
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout == "1\n"


def test_another_program_has_its_own(tmp_path: Path) -> None:
    abandon(tmp_path, kept())
    assert Spool(tmp_path, "another shop").take_over() == []


def test_the_same_of_two_processes_is_one(tmp_path: Path) -> None:
    abandon(tmp_path, kept("a", 3, seen=100))
    abandon(tmp_path, kept("a", 4, seen=50))
    (found,) = Spool(tmp_path, "shop").take_over()
    assert (found.count, found.first_seen, found.last_seen) == (7, 50, 101)
    assert len(files(tmp_path)) == 1


def test_what_is_told_is_dropped_and_nothing_stays(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "shop")
    spool.keep(kept("a"))
    spool.keep(kept("b"))
    spool.drop("a")
    assert files(tmp_path) == ["b.json"]
    spool.drop("b")
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_a_session_that_is_not_empty_goes_on(tmp_path: Path) -> None:
    """Another thread may have kept something just now, which it will want to drop."""
    spool = Spool(tmp_path, "shop")
    spool.keep(kept("a"))
    spool.close_if_empty()
    spool.drop("a")
    assert files(tmp_path) == []
    spool.close_if_empty()
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_again_replaces_it(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "shop")
    spool.keep(kept(count=1))
    spool.keep(kept(count=9))
    spool.close()
    assert [one.count for one in Spool(tmp_path, "shop").take_over()] == [9]


def test_what_is_left_outlives_the_session(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "shop")
    spool.keep(kept())
    spool.close()
    assert len(Spool(tmp_path, "shop").take_over()) == 1


def test_a_session_that_wrote_nothing_leaves_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "shop")
    assert spool.take_over() == []
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_threads_that_write_first_at_the_same_time_share_a_session(tmp_path: Path) -> None:
    """Else what is in another one would not be dropped when it is told, and told again."""
    for number in range(20):
        spool, barrier = Spool(tmp_path / str(number), "shop"), Barrier(4)

        def keep(name: str, spool: Spool = spool, barrier: Barrier = barrier) -> None:
            barrier.wait()
            spool.keep(kept(name))

        threads = [Thread(target=keep, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in "abcd":
            spool.drop(name)
        assert files(tmp_path) == []


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    Spool(tmp_path, "shop").keep(kept())
    (path,) = tmp_path.rglob("*.json")
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content", [b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"count": 1}', b" " * (FILE_OCTETS + 1)]
)
def test_what_is_none_of_ours_is_left_alone_and_hinders_nobody(
    tmp_path: Path, content: bytes
) -> None:
    abandon(tmp_path, kept("b"))
    (path,) = tmp_path.rglob("b.json")
    path.with_name("a.json").write_bytes(content)
    assert [one.fingerprint for one in Spool(tmp_path, "shop").take_over()] == ["b"]
    assert path.with_name("a.json").read_bytes() == content


def test_a_write_that_was_cut_short_is_not_read(tmp_path: Path) -> None:
    abandon(tmp_path, kept("a"))
    (path,) = tmp_path.rglob("a.json")
    path.with_name("b.new").write_bytes(path.read_bytes()[:10])
    assert len(Spool(tmp_path, "shop").take_over()) == 1


def test_a_file_is_json_that_people_can_read(tmp_path: Path) -> None:
    abandon(tmp_path, kept())
    (path,) = tmp_path.rglob("a.json")
    assert json.loads(path.read_bytes())["snapshot"]["failures"][0]["message"] == "no price"


def test_the_users_folder_is_that_of_the_state_of_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert default_folder() == Path("/state/mailcore/notices")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert default_folder() == Path.home() / ".local" / "state" / "mailcore" / "notices"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_leaves_the_session_of_its_parent_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "shop")
    spool.keep(kept("aa"))
    spool.drop("aa")
    child = os.fork()
    if child == 0:
        spool.close()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    spool.keep(kept("aa"))
    assert [path.name for path in tmp_path.rglob("*.json")] == ["aa.json"]


def test_a_write_that_is_cut_short_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, "shop")
    spool.keep(kept())
    (path,) = tmp_path.rglob("*.json")
    before = path.read_bytes()
    monkeypatch.setattr(os, "write", lambda _, data: len(data) - 1)
    with pytest.raises(OSError, match="No space left"):
        spool.keep(kept(count=2))
    assert path.read_bytes() == before


def test_a_session_that_somebody_cleared_away_is_begun_anew(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "shop")
    spool.keep(kept("a"))
    shutil.rmtree(tmp_path)
    spool.keep(kept("b"))
    assert files(tmp_path) == ["b.json"]


def test_a_session_that_is_just_being_begun_is_left_alone(tmp_path: Path) -> None:
    spool = Spool(tmp_path, "shop")
    spool.keep(kept())
    begun = next(tmp_path.iterdir()) / "begun"
    begun.mkdir()
    assert Spool(tmp_path, "shop").take_over() == []
    assert begun.is_dir()


SHORT_JOB = """
import sys
from pathlib import Path
from mailcore.notices.exceptions.snapshot import Failure, Snapshot
from mailcore.notices.keeping.spool import Kept, Spool

for number in range(60):
    spool = Spool(Path(sys.argv[1]), "cron")
    counts = {kept.fingerprint: kept.count for kept in spool.take_over()}
    count = counts.get(sys.argv[2], 0) + 1
    spool.keep(Kept(sys.argv[2], count, 0.0, 0.0, Snapshot((Failure("E", "x"),))))
    spool.close()
"""


def test_short_jobs_of_one_program_lose_nothing_of_each_other(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SHORT_JOB, str(tmp_path)]
    jobs = [subprocess.Popen([*command, name]) for name in "abc"]
    assert [job.wait(60) for job in jobs] == [0, 0, 0]
    left = Spool(tmp_path, "cron").take_over()
    assert {one.fingerprint: one.count for one in left} == {"a": 60, "b": 60, "c": 60}
