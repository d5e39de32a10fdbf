import re
import subprocess
import sys
import time

import pytest

from mailcore.cli import demo, main
from mailcore.domains import Zone
from mailcore.message import Message, Part, ReceivedMessage
from mailcore.notices import Notifier
from mailcore.sandbox.accounts import PostOffice


def test_every_step_works_and_the_exit_code_says_so() -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "mailcore", "demo"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={"PYTHONUTF8": "1", "PYTHONPATH": "."},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "✗" not in done.stdout
    assert re.search(r"All \d+ steps worked", done.stdout)
    assert time.monotonic() - begun < 30


def test_a_terminal_without_unicode_gets_the_tour_as_well() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mailcore", "demo"],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": "."},
        check=False,
    )
    assert done.returncode == 0
    assert b"steps worked" in done.stdout


def test_a_reader_that_has_seen_enough_is_no_accident() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mailcore", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONUTF8": "1", "PYTHONPATH": "."},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


def test_without_a_standard_output_it_works_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["demo"]) == 0


@pytest.mark.parametrize(
    ("place", "name", "fault"),
    [
        (PostOffice, "knows", lambda *_: True),
        (Message, "finalise", lambda message, **_: message),
        (Part, "content_id", None),
        (Part, "content_type", "application/octet-stream"),
        (Part, "content", b""),
        (ReceivedMessage, "text", None),
    ],
)
def test_a_planted_fault_is_seen(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: type,
    name: str,
    fault: object,
) -> None:
    monkeypatch.setattr(place, name, fault)
    assert main(["demo"]) == 1
    assert "✗" in capsys.readouterr().out


def test_a_step_that_is_not_right_makes_the_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "ZONE", Zone({"good.test": {"TXT": ["v=spf1 +all"]}}))
    assert main(["demo"]) == 1
    shown = capsys.readouterr().out
    assert "✗ good.test" in shown
    assert "steps did not work" in shown


def test_a_step_that_raises_is_told_of_and_the_tour_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(demo, "check_domains", fail)
    assert main(["demo"]) == 1
    shown = capsys.readouterr().out
    assert "RuntimeError: out of order" in shown
    assert "exceptions in them     1000" in shown


def test_lost_exceptions_are_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Notifier, "capture", lambda *_, **__: None)
    assert main(["demo"]) == 1
    assert "✗ mails                  0" in capsys.readouterr().out
