"""What goes wrong with mailcore itself is said in one line, and counted."""

import threading
from collections.abc import Callable

import pytest

from mailcore.notices.complaints import Complaints, complain, is_complaining


def test_complaints_are_counted() -> None:
    complaints = Complaints()
    complaints("no", ValueError())
    complaints("no", ValueError())
    assert complaints.count == 2


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("no", ValueError("a\r\nb\n" + "c" * 10_000))
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_complaint_without_a_stderr_is_made_nowhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr", None)
    complain("no", ValueError())
    assert capsys.readouterr().out == ""


class Stderr:
    """Keeps its lines, and does something with each."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.lines: list[str] = []
        self._act = act

    def write(self, text: str) -> None:
        if text.strip():
            self.lines.append(text)
            self._act()


def test_what_a_complaint_brings_about_knows_that_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    known: list[bool] = []
    monkeypatch.setattr("sys.stderr", Stderr(lambda: known.append(is_complaining())))
    complain("no")
    assert (known, is_complaining()) == ([True], False)


def test_what_another_thread_does_meanwhile_is_not_brought_about_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known: list[bool] = []

    def ask_elsewhere() -> None:
        thread = threading.Thread(target=lambda: known.append(is_complaining()))
        thread.start()
        thread.join()

    monkeypatch.setattr("sys.stderr", Stderr(ask_elsewhere))
    complain("no")
    assert known == [False]


def test_a_complaint_about_saying_one_is_counted_and_not_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    complaints = Complaints()
    stderr = Stderr(lambda: complaints("no", ValueError()))
    monkeypatch.setattr("sys.stderr", stderr)
    complaints("no", ValueError())
    assert (len(stderr.lines), complaints.count) == (1, 2)


def test_a_stderr_that_fails_hinders_no_later_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError

    stderr = Stderr(fail)
    monkeypatch.setattr("sys.stderr", stderr)
    complain("no")
    complain("no")
    assert len(stderr.lines) == 2
