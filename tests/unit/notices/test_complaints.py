"""What goes wrong with mailcore itself is said in one line, and counted."""

import pytest

from mailcore.notices.complaints import Complaints, complain


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
