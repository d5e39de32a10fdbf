"""A command is run as if nobody watched, and told of where it fails."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from mailcore import MemoryTransport, Notifier
from mailcore.errors import ConfigurationError
from mailcore.message import ReceivedMessage
from mailcore.notices.hearing.commands import OUTPUT_LINES, OUTPUT_SECONDS, Output
from mailcore.notices.scrubbing.lines import KEPT_LIMIT


@pytest.fixture
def transport() -> MemoryTransport:
    return MemoryTransport()


@pytest.fixture
def notifier(transport: MemoryTransport) -> Iterator[Notifier]:
    with Notifier(
        transport, to="ops@example.org", app="cron", from_="bot@example.org", spool=False
    ) as one:
        yield one


def mails(notifier: Notifier, transport: MemoryTransport) -> list[ReceivedMessage]:
    assert notifier.close()
    return [sent.message for sent in transport.sent]


def subjects(notifier: Notifier, transport: MemoryTransport) -> list[str]:
    return [str(mail.subject) for mail in mails(notifier, transport)]


def shell(script: str) -> list[str]:
    return ["sh", "-c", script]


def test_a_command_that_goes_well_is_not_told(
    notifier: Notifier, transport: MemoryTransport
) -> None:
    assert notifier.run_command(shell("true"), seconds=60) == 0
    assert subjects(notifier, transport) == []


def test_if_wanted_it_is(notifier: Notifier, transport: MemoryTransport) -> None:
    assert notifier.run_command(shell("echo 17 pages"), name="crawl", report="always") == 0
    (mail,) = mails(notifier, transport)
    assert mail.subject == "[cron] crawl finished"
    assert "17 pages" in (mail.text or "")


@pytest.mark.parametrize(
    ("command", "code", "outcome"),
    [
        (shell("exit 3"), 3, "sh failed with exit code 3"),
        (shell("kill -9 $$"), 137, "sh was ended by SIGKILL"),
        (shell("kill -40 $$"), 168, "sh was ended by signal 40"),
        (["/no/such/backup"], 127, "backup could not be started: No such file or directory"),
        (["/usr"], 126, "usr could not be started: Permission denied"),
    ],
)
def test_a_failure_is_told_and_its_exit_code_is_that_of_a_shell(
    notifier: Notifier, transport: MemoryTransport, command: list[str], code: int, outcome: str
) -> None:
    assert notifier.run_command(command) == code
    assert subjects(notifier, transport) == [f"[cron] {outcome}"]


def test_the_output_is_passed_on_and_its_end_is_told(
    notifier: Notifier, transport: MemoryTransport, capfdbinary: Any
) -> None:
    script = f"seq {OUTPUT_LINES}; echo worse >&2; printf 'no end'; exit 1"
    notifier.run_command(shell(script))
    out, err = capfdbinary.readouterr()
    assert out == "".join(f"{n}\n" for n in range(1, OUTPUT_LINES + 1)).encode() + b"no end"
    assert err == b"worse\n"
    (mail,) = mails(notifier, transport)
    told = (mail.text or "").splitlines()
    assert {"  100", "  worse", "  no end"} <= set(told)


def test_what_takes_too_long_is_told_while_it_goes_on(
    notifier: Notifier, transport: MemoryTransport
) -> None:
    ended = []

    def run() -> None:
        ended.append(notifier.run_command(shell("sleep 1.5"), name="backup", seconds=0.1))

    watching = Thread(target=run)
    begun = time.monotonic()
    watching.start()
    while not transport.sent and time.monotonic() < begun + 10:
        time.sleep(0.01)
    assert ended == []
    assert transport.sent[0].message.subject == "[cron] backup takes more than 0.1 s, and goes on"
    watching.join(10)
    assert ended == [0]


def test_what_a_command_leaves_behind_holds_nobody_up(notifier: Notifier, capfdbinary: Any) -> None:
    begun = time.monotonic()
    assert notifier.run_command(shell("sleep 20 & echo done")) == 0
    assert time.monotonic() - begun < OUTPUT_SECONDS + 5
    assert capfdbinary.readouterr().out == b"done\n"


def test_what_it_leaves_behind_can_go_on_writing(
    notifier: Notifier, tmp_path: Path, capfdbinary: Any
) -> None:
    late = f"(sleep {OUTPUT_SECONDS + 0.2}; echo late; echo over > {tmp_path}/over) &"
    assert notifier.run_command(shell(late)) == 0
    printed, deadline = b"", time.monotonic() + 10
    while not (printed and (tmp_path / "over").exists()) and time.monotonic() < deadline:
        time.sleep(0.02)
        printed += capfdbinary.readouterr().out
    assert printed == b"late\n"


def test_a_command_may_close_its_output_and_go_on(
    notifier: Notifier, transport: MemoryTransport
) -> None:
    command = shell("exec >&- 2>&-; sleep 0.5; exit 4")
    assert notifier.run_command(command, seconds=0.2) == 4
    assert subjects(notifier, transport) == [
        "[cron] sh takes more than 0.2 s, and goes on",
        "[cron] sh failed with exit code 4",
    ]


def test_secrets_in_the_output_are_not_mailed(
    notifier: Notifier, transport: MemoryTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "s3cret-of-the-database")
    notifier.run_command(shell("echo connecting with $DB_PASSWORD; exit 1"))
    (mail,) = mails(notifier, transport)
    assert "connecting with" in (mail.text or "")
    assert "s3cret-of-the-database" not in f"{mail.subject}{mail.text}{mail.html}"


@pytest.mark.parametrize(
    "command",
    [
        ["false", "-uroot", "-pHunter22xyz"],
        ["false", "-p", "Hunter22xyz"],
        ["false", "-a", "Hunter22xyz"],
        ["false", "-u", "bob:Hunter22xyz"],
        ["false", "--password=Hunter22xyz"],
        shell("false --proxy-user bob:Hunter22xyz; exit 1"),
        shell("false -ubob:Hunter22xyz"),
        shell("PGPASSWORD=Hunter22xyz false; echo using Hunter22xyz; exit 1"),
    ],
)
def test_secrets_in_the_command_are_not_mailed(
    notifier: Notifier, transport: MemoryTransport, command: list[str]
) -> None:
    assert notifier.run_command(command) == 1
    (mail,) = mails(notifier, transport)
    assert "command: " in (mail.text or "")
    assert "Hunter22xyz" not in f"{mail.subject}{mail.text}{mail.html}"


def test_a_port_in_the_command_is_no_secret(notifier: Notifier, transport: MemoryTransport) -> None:
    notifier.run_command(["false", "-p", "8080"])
    (mail,) = mails(notifier, transport)
    assert "command: 'false -p 8080'" in (mail.text or "")


@pytest.mark.parametrize("redirection", [">&-", "> /dev/full", "| true"])
def test_where_the_output_can_not_be_passed_on_the_command_is_told_all_the_same(
    redirection: str, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    program = f"""
import sys
from mailcore import MemoryTransport, Notifier

transport = MemoryTransport()
notifier = Notifier(transport, to="o@example.org", app="cron", from_="b@example.org", spool=False)
code = notifier.run_command(["sh", "-c", "seq 100000; exit 4"])
notifier.close()
open({str(told)!r}, "w").write(f"{{code}} {{transport.sent[0].message.subject}}")
"""
    source = tmp_path / "program.py"
    source.write_text(program)
    subprocess.run(["sh", "-c", f"{sys.executable} {source} {redirection}"], check=False)
    assert told.read_text() == "4 [cron] sh failed with exit code 4"


WATCHING = """
import sys
from mailcore import MemoryTransport, Notifier

transport = MemoryTransport()
notifier = Notifier(transport, to="o@example.org", app="cron", from_="b@example.org", spool=False)
code = notifier.run_command(["sh", "-c", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.1; done"])
notifier.close()
print(transport.sent[0].message.subject)
sys.exit(code)
"""


def test_a_signal_to_end_is_passed_on_and_what_came_of_it_told() -> None:
    with subprocess.Popen([sys.executable, "-c", WATCHING], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
    assert (process.returncode, rest) == (7, b"[cron] sh failed with exit code 7\n")


@pytest.mark.parametrize("command", [[], "sh -c true", ["a\0b"], [1]])
def test_what_is_no_command_is_refused(notifier: Notifier, command: Any) -> None:
    with pytest.raises(ConfigurationError, match="a command is a list of texts"):
        notifier.run_command(command)


@pytest.mark.parametrize("settings", [{"name": ""}, {"seconds": 0}, {"report": "never"}])
def test_settings_that_no_run_can_have_are_refused(
    notifier: Notifier, settings: Mapping[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        notifier.run_command(shell("true"), **settings)


def test_lines_are_put_together_from_pieces() -> None:
    output = Output()
    for stream, data in [(1, b"a"), (2, b"x\n"), (1, b"b\r\nc"), (2, b"y")]:
        output.add(stream, data)
    assert output.lines() == ("x", "ab", "c", "y")


def test_a_line_without_end_is_kept_in_bounds() -> None:
    output = Output()
    for _ in range(100):
        output.add(1, b"z" * 10_000)
    assert output.lines() == ("z" * KEPT_LIMIT + "…",)


def test_a_line_of_long_characters_without_end_shows_its_cut_too() -> None:
    output = Output()
    output.add(1, "😀".encode() * 10_000)
    assert output.lines() == ("😀" * KEPT_LIMIT + "…",)


def test_a_secret_is_masked_where_its_line_is_cut(
    notifier: Notifier, transport: MemoryTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is masked before it brings it into what is shown."""
    monkeypatch.setenv("SHOP_TOKEN", "Zq7-canary-Kw93xPf2-Lm5")
    long = f"https://user:{'p' * 330}@shop.example/ {'word ' * 25}"
    script = f"printf '%s%s\\n' '{long}' \"$SHOP_TOKEN\"; exit 3"
    assert notifier.run_command(shell(script), name="nightly") == 3
    notifier.flush()
    (sent,) = transport.sent
    assert "Zq7-" not in str(sent.message.text)


def test_only_the_last_lines_are_kept() -> None:
    output = Output()
    output.add(1, b"".join(b"%d\n" % n for n in range(10_000)))
    assert output.lines()[0] == f"{10_000 - OUTPUT_LINES}"
    assert len(output.lines()) == OUTPUT_LINES
