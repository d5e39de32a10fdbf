"""One line, and what nobody caught is mailed; the ends of a program are tried in programs of their own."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mailcore import MemoryTransport
from mailcore.errors import ConfigurationError
from mailcore.message import ReceivedMessage
from mailcore.notices import Notifier, install, uninstall
from mailcore.sandbox import Sandbox

Start = Callable[..., "subprocess.Popen[str]"]

PREAMBLE = """
import sys
from mailcore import SMTPTransport, notices
smtp = SMTPTransport("127.0.0.1", int(sys.argv[1]), security="plain")
notifier = notices.install(smtp, to="me@example.org", from_="bot@example.org", app="shop", sigterm=True)
"""


@pytest.fixture
def transport() -> Iterator[MemoryTransport]:
    yield MemoryTransport()
    uninstall()


def install_on(transport: MemoryTransport, **options: object) -> Notifier:
    chosen = {"to": "me@example.org", "from_": "bot@example.org", "app": "shop", **options}
    return install(transport, **chosen)  # type: ignore[arg-type] # what a test gives


def test_a_logged_error_is_mailed(transport: MemoryTransport) -> None:
    notifier = install_on(transport)
    logging.getLogger("shop").error("no price on page %d", 7)
    assert notifier.flush()
    (sent,) = transport.sent
    assert "no price on page 7" in str(sent.message.subject)


def test_what_is_logged_and_then_ends_the_program_is_one(transport: MemoryTransport) -> None:
    notifier = install_on(transport)
    error = ValueError("no price")
    logging.getLogger("shop").error("failed", exc_info=error)
    sys.excepthook(ValueError, error, None)
    assert notifier.flush()
    (sent,) = transport.sent
    assert ("X-Mailcore-Count", "1") in [
        (name, value) for name, value in sent.message.headers.items()
    ]


def test_messages_that_differ_in_digits_are_one_issue(transport: MemoryTransport) -> None:
    notifier = install_on(transport, log_level=None)
    for page in range(100):
        notifier.message(f"page {page} is slow", severity="warning", page=page)
    assert notifier.flush()
    assert [sent.message.headers["X-Mailcore-Count"] for sent in transport.sent] == ["1", "99"]


def test_installed_again_it_takes_the_place_of_the_one_before(transport: MemoryTransport) -> None:
    first, second = MemoryTransport(), transport
    install_on(first)
    notifier = install_on(second)
    logging.getLogger("shop").error("no price")
    notifier.flush()
    assert (len(first.sent), len(second.sent)) == (0, 1)


def test_what_was_logged_before_is_told_without_its_secrets(transport: MemoryTransport) -> None:
    notifier = install_on(transport, log_level=None)
    logging.getLogger("shop").warning("logging in with password=hunter2hunter2")
    notifier.capture(ValueError("no price"))
    assert notifier.flush()
    (sent,) = transport.sent
    assert "WARNING shop: logging in with password=***" in str(sent.message.text)


@pytest.mark.parametrize("lines", [-1, None, "5"])
def test_what_is_no_number_of_lines_is_refused(transport: MemoryTransport, lines: object) -> None:
    with pytest.raises(ConfigurationError, match="log_lines"):
        install_on(transport, log_lines=lines)


def test_what_is_not_wanted_is_not_heard(transport: MemoryTransport) -> None:
    before = sys.excepthook
    install_on(transport, interpreter=False, log_level=None, threads=False, finalisers=False)
    assert sys.excepthook is before
    logging.getLogger("shop").error("no price")
    uninstall()
    assert transport.sent == []


def test_a_level_that_is_none_is_refused_before_anything_is_hooked(
    transport: MemoryTransport,
) -> None:
    before = sys.excepthook
    with pytest.raises(ConfigurationError, match="log_level"):
        install_on(transport, log_level="ERROR")
    assert sys.excepthook is before


def test_without_one_nothing_is_uninstalled() -> None:
    uninstall()
    assert sys.excepthook is not None


def mails_of(start: Start, program: str, *, end: int | None = None) -> list[ReceivedMessage]:
    """Run a program to its end, or until it is ready and gets a signal, and give what it mailed."""
    with Sandbox() as sandbox:
        sandbox.account("me@example.org")
        process = start(PREAMBLE + program, sandbox.smtp_port)
        if end is not None:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(end)
        process.wait(20)
        return [delivery.message for delivery in sandbox.caught]


IN_A_THREAD = """
import threading
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
"""
IN_A_TASK = """
import asyncio
async def fail(): raise ValueError("in a task")
async def main():
    task = asyncio.ensure_future(fail())
    await asyncio.sleep(0)
    del task
asyncio.run(main())
"""
IN_A_CHILD = """
import os
child = os.fork()
if not child:
    raise ValueError("in the child")
os.waitpid(child, 0)
"""


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("raise ValueError('at the end')", "ValueError: at the end"),
        (IN_A_THREAD, "ZeroDivisionError"),
        (IN_A_TASK, "in a task"),
        (IN_A_CHILD, "in the child"),
        ("import logging; logging.error('no price'); sys.exit(3)", "no price"),
        ("notifier.message('all done')", "all done"),
    ],
    ids=["uncaught", "thread", "task", "fork", "exit", "message"],
)
def test_however_a_program_ends_what_it_told_is_mailed(
    start: Start, program: str, told: str
) -> None:
    (mail,) = mails_of(start, program)
    assert told in str(mail.subject)


def test_who_is_asked_to_end_mails_what_is_left(start: Start) -> None:
    program = """
import time
for number in range(50):
    with notifier.guard():
        raise ValueError("no price")
print("ready", flush=True)
time.sleep(30)
"""
    mails = mails_of(start, program, end=signal.SIGTERM)
    assert sum(int(mail.headers["X-Mailcore-Count"]) for mail in mails) == 50


def run(start: Start, program: str, port: int) -> None:
    start(PREAMBLE + program, port).wait(30)


FAIL_TEN_TIMES = """
for number in range(10):
    with notifier.guard():
        raise ValueError("no price")
"""


def test_what_finds_no_server_is_mailed_once_by_a_later_run(start: Start) -> None:
    run(start, FAIL_TEN_TIMES, 1)
    run(start, FAIL_TEN_TIMES, 1)
    with Sandbox() as sandbox:
        sandbox.account("me@example.org")
        run(start, "", sandbox.smtp_port)
        run(start, "", sandbox.smtp_port)
        (delivery,) = sandbox.caught
    assert delivery.message.headers["X-Mailcore-Count"] == "20"
    assert "no price" in str(delivery.message.subject)


@pytest.mark.parametrize(
    "end", ["import os; os._exit(1)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_of_a_program_that_is_killed_what_was_new_is_mailed_later(start: Start, end: str) -> None:
    run(start, FAIL_TEN_TIMES + end, 1)
    with Sandbox() as sandbox:
        sandbox.account("me@example.org")
        run(start, "", sandbox.smtp_port)
        (delivery,) = sandbox.caught
    assert "no price" in str(delivery.message.subject)


def test_what_was_mailed_is_mailed_by_nobody_else(start: Start) -> None:
    with Sandbox() as sandbox:
        sandbox.account("me@example.org")
        run(start, FAIL_TEN_TIMES, sandbox.smtp_port)
        mails = len(sandbox.caught)
        run(start, "", sandbox.smtp_port)
        assert len(sandbox.caught) == mails == 2
    state = Path(os.environ["XDG_STATE_HOME"])
    assert list(state.rglob("*.json")) == []


def test_a_spool_that_cannot_be_used_is_done_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], transport: MemoryTransport
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    notifier = install_on(transport, spool=file)
    notifier.message("all done")
    assert notifier.flush()
    assert len(transport.sent) == 1
    assert capsys.readouterr().err.count("the spool can't be used") == 1


@pytest.mark.parametrize("spool", [None, 1, b"folder"])
def test_what_is_no_spool_is_refused(transport: MemoryTransport, spool: object) -> None:
    with pytest.raises(ConfigurationError, match="spool"):
        install_on(transport, spool=spool)


def test_what_is_captured_when_the_interpreter_goes_down_hinders_nobody(start: Start) -> None:
    program = """
import asyncio
async def fail(): raise ValueError("in a task")
async def main():
    global task
    task = asyncio.create_task(fail())
    await asyncio.sleep(0.01)
asyncio.run(main())
"""
    process = start(PREAMBLE + program, 1)
    assert process.wait(15) == 0


def test_who_has_no_home_does_without_a_spool(
    transport: MemoryTransport, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_home() -> Path:
        raise RuntimeError("no home")

    monkeypatch.setattr("mailcore.notices.settings.default_folder", no_home)
    notifier = install_on(transport)
    notifier.message("all done")
    assert notifier.flush()
    assert "no spool" in capsys.readouterr().err


LOGGING = """
import logging, logging.config, sys, warnings
from mailcore import MemoryTransport, notices
transport = MemoryTransport()
if "installed" in sys.argv:
    notices.install(transport, to="me@example.org", from_="bot@example.org", app="shop", spool=False)
sys.stderr = sys.stdout
{program}
logging.getLogger("shop").info("begun")
logging.getLogger("shop").error("no price")
notices.uninstall()
if "installed" in sys.argv:
    print(*(sent.message.subject for sent in transport.sent), sep="\\n")
"""
DICT = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"all": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout"}},
    "root": {"handlers": ["all"], "level": "INFO"},
}
FILE = """
import io
logging.config.fileConfig(io.StringIO('''
[loggers]
keys=root
[handlers]
keys=all
[formatters]
keys=
[logger_root]
level=INFO
handlers=all
[handler_all]
class=StreamHandler
args=(sys.stdout,)
'''))
"""


@pytest.mark.parametrize(
    "program",
    [
        "",
        "logging.basicConfig(stream=sys.stdout, level=logging.INFO)",
        "logging.basicConfig(stream=sys.stdout, level=logging.INFO, force=True)",
        f"logging.config.dictConfig({DICT})",
        FILE,
        "logging.getLogger('shop').addHandler(logging.StreamHandler(sys.stdout))",
    ],
    ids=["nothing", "basicConfig", "force", "dictConfig", "fileConfig", "a handler"],
)
def test_however_a_program_sets_up_logging_it_is_as_without_and_heard(
    start: Start, program: str
) -> None:
    without, _ = start(LOGGING.format(program=program)).communicate(timeout=20)
    output, _ = start(LOGGING.format(program=program), "installed").communicate(timeout=20)
    assert "no price" in without
    assert output == without + "[shop] no price\n"


def test_the_log_in_a_mail_ends_before_what_it_tells_of(transport: MemoryTransport) -> None:
    notifier = install_on(transport)
    logging.getLogger("shop").warning("slow")
    logging.getLogger("shop").error("no price")
    assert notifier.flush()
    text = str(transport.sent[0].message.text)
    assert "WARNING shop: slow" in text
    assert "ERROR shop: no price" not in text
