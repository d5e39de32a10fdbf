"""docs/explanation/calm.md says what mailcore and others make of bad nights, and of a server that is down."""

import logging
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

import pytest

from mailcore.message import ReceivedMessage
from mailcore.sandbox import Sandbox
from tests.calm import NIGHTS, Night, bug, mails_of
from tests.log_handlers import CAPACITY, HANDLERS, MakeHandler, end

for peer in ("django", "redmail"):
    pytest.importorskip(peer, reason=f"{peer} is not installed")

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "explanation" / "calm.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
]
NOBODY_LISTENS = 1  # at this port
SAMPLE = 100  # exceptions, after which it is plain how the others go on

Run = Callable[[int, Iterable[int]], int]
"""A program with these bugs and a server at this port; how often telling of one raises an error itself."""


def run_logging(make: MakeHandler, port: int, bugs: Iterable[int]) -> int:
    logger, handler = logging.getLogger("crawl"), make(port)
    logger.addHandler(handler)
    raised = sum(is_raised(logger, number) for number in bugs)
    logger.removeHandler(handler)
    end(handler)
    return raised


def is_raised(logger: logging.Logger, number: int) -> bool:
    try:
        bug(number)("")
    except ValueError:
        try:
            logger.exception("crawl error")
        except Exception:  # noqa: BLE001 - that is the question
            return True
    return False


PROGRAM = """
import sys
from mailcore import Notifier, SMTPTransport
from tests.calm import bug

port, *bugs = map(int, sys.argv[1:])
smtp = SMTPTransport("127.0.0.1", port, security="plain")
with smtp, Notifier(smtp, to="ops@example.org", app="shop", from_="bot@example.org") as notifier:
    for number in bugs:
        notifier.guard()(bug(number))(1, "")
"""


def run_mailcore(port: int, bugs: Iterable[int]) -> int:
    """Run a process of its own, as the next one tells what it leaves behind; the first error ends it."""
    command = [sys.executable, "-c", PROGRAM, *map(str, (port, *bugs))]
    return subprocess.run(command, cwd=PROJECT, check=False).returncode


RUNS: Mapping[str, Run] = {
    "mailcore": run_mailcore,
    **{name: partial(run_logging, make) for name, make in HANDLERS.items()},
}

each_handler = pytest.mark.parametrize("name", HANDLERS)


def exceptions_of(night: Night) -> int:
    return sum(1 for _ in night.failures())


def expected(name: str, exceptions: int) -> int:
    """Give how many mails a handler makes of so many exceptions, whatever they are."""
    if "Multi" not in name:
        return exceptions
    at_the_end = 2  # one when it is flushed and one when it is closed, though there be nothing left
    return exceptions // CAPACITY + at_the_end


def mails_at_a_server(name: str, bugs: Iterable[int]) -> int:
    with Sandbox() as sandbox:
        RUNS[name](sandbox.smtp_port, bugs)
        return len(sandbox.caught)


# --- bad nights -----------------------------------------------------------------------------------


def test_the_page_has_each_night_and_what_is_expected_of_the_others() -> None:
    head, *rows = (row for row in ROWS if len(row) == 2 + len(HANDLERS))
    assert head == ["", *RUNS]
    assert [(row[0], *row[2:]) for row in rows] == [
        (night.name, *(f"{expected(name, exceptions_of(night)):,}" for name in HANDLERS))
        for night in NIGHTS
    ]


@pytest.mark.parametrize("night", NIGHTS, ids=lambda night: night.name)
def test_mailcore_mails_as_often_as_the_page_says(night: Night) -> None:
    (row,) = (row for row in ROWS if row[0] == night.name)
    assert row[1] == str(len(mails_of(night)))


@each_handler
@pytest.mark.parametrize(
    "bugs", [[0], [0] * SAMPLE, range(SAMPLE)], ids=["one", "equal", "distinct"]
)
def test_a_handler_mails_as_often_as_is_expected(name: str, bugs: Iterable[int]) -> None:
    assert mails_at_a_server(name, bugs) == expected(name, len([*bugs]))


def test_one_that_collects_goes_on_as_is_expected() -> None:
    (name,) = (name for name in HANDLERS if "Multi" in name)
    assert mails_at_a_server(name, [0] * 10 * SAMPLE) == expected(name, 10 * SAMPLE)


# --- without a server -----------------------------------------------------------------------------


def told_by(mail: ReceivedMessage) -> int:
    return int(mail.headers.get("X-Mailcore-Count") or "price" in str(mail.text))


@pytest.mark.parametrize("name", RUNS)
def test_without_a_server_each_does_what_the_page_says(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    raised = RUNS[name](NOBODY_LISTENS, [0] * SAMPLE)
    says = "yes" if capfd.readouterr().err else "no"
    with Sandbox() as sandbox:
        RUNS[name](sandbox.smtp_port, [])
        told = sum(told_by(delivery.message) for delivery in sandbox.caught)
    assert [name, str(raised), says, str(told)] in ROWS
