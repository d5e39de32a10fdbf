"""Notices from the shell: tried out, flushed, and of a command that fails."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore import Notifier
from mailcore.cli import main
from mailcore.notices import Policy, Route
from mailcore.sandbox import Account, Sandbox
from mailcore.smtp import SMTPTransport

TO = ["--to", "ops@example.test"]


@pytest.fixture
def ops(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Have the environment name a server that knows us, and give the account of the reader."""
    with Sandbox() as sandbox:
        bot = sandbox.account("bot@example.test", password="a/b#c")
        url = f"smtps://{bot.email}@localhost:{sandbox.smtps_port}"
        monkeypatch.setenv("MAILCORE_URL", url)
        monkeypatch.setenv("MAILCORE_PASSWORD", "a/b#c")
        monkeypatch.setenv("SSL_CERT_FILE", str(sandbox.tls.ca_file))
        yield sandbox.account("ops@example.test")


def subjects(account: Account) -> list[str | None]:
    return [delivery.message.subject for delivery in account.inbox]


def test_a_notice_can_be_tried_out(ops: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notices", "test", *TO, "--app", "shop"]) == 0
    assert capsys.readouterr().out == "a notice was mailed to ops@example.test\n"
    (subject,) = subjects(ops)
    assert subject is not None
    assert subject.startswith("[shop] RuntimeError: nothing is wrong")


def test_a_notice_that_does_not_arrive_says_why(
    ops: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAILCORE_PASSWORD", "guessed")
    assert main(["notices", "test", *TO]) == 75
    assert "AuthenticationFailed" in capsys.readouterr().err
    assert subjects(ops) == []


def test_what_was_left_behind_is_mailed_once(
    ops: Account, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = SMTPTransport("127.0.0.1", 1, security="plain")
    left = Notifier(
        nowhere, to="o@example.test", app="shop", from_="b@example.test", spool=tmp_path
    )
    for _ in range(3):
        left.message("no price")
    assert not left.close()
    left._recorder.dispatcher._spool.close()  # type: ignore[union-attr] # as the end of the process does
    flush = ["notices", "flush", *TO, "--app", "shop", "--spool", str(tmp_path)]
    capsys.readouterr()
    assert [main(flush), main(flush)] == [0, 0]
    assert capsys.readouterr().out == "told of 3\nnothing was left behind\n"
    assert subjects(ops) == ["[shop] no price"]


def test_what_can_not_be_mailed_stays(
    ops: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = SMTPTransport("127.0.0.1", 1, security="plain")
    left = Notifier(
        nowhere, to="o@example.test", app="shop", from_="b@example.test", spool=tmp_path
    )
    left.message("no price")
    assert not left.close()
    left._recorder.dispatcher._spool.close()  # type: ignore[union-attr] # as the end of the process does
    monkeypatch.setenv("MAILCORE_PASSWORD", "guessed")
    assert main(["notices", "flush", *TO, "--app", "shop", "--spool", str(tmp_path)]) == 75
    assert [path.suffix for path in tmp_path.rglob("*.json")] == [".json"]
    assert subjects(ops) == []


def test_a_command_that_fails_is_told_and_has_its_exit_code(
    ops: Account, capfd: pytest.CaptureFixture[str]
) -> None:
    run = ["run", *TO, "--name", "backup", "--", "sh", "-c", "echo no space --left; exit 3"]
    assert main(run) == 3
    assert capfd.readouterr().out == "no space --left\n"
    assert subjects(ops) == ["[cron] backup failed with exit code 3"]
    assert "no space --left" in (ops.inbox[0].message.text or "")


def test_one_that_goes_well_is_told_only_if_wanted(ops: Account) -> None:
    assert main(["run", *TO, "--", "true"]) == 0
    assert main(["run", *TO, "--always", "--", "true"]) == 0
    assert subjects(ops) == ["[cron] true finished"]


def test_one_that_takes_too_long_is_told(ops: Account) -> None:
    assert main(["run", *TO, "--seconds", "0.1", "--", "sleep", "0.5"]) == 0
    assert subjects(ops) == ["[cron] sleep takes more than 0.1 s, and goes on"]


@pytest.mark.parametrize("arguments", [["run", *TO], ["run", *TO, "--"]])
def test_without_a_command_the_call_is_wrong(
    ops: Account, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "name it after --" in capsys.readouterr().err
    assert subjects(ops) == []


@pytest.mark.parametrize("command", [["notices", "test"], ["notices", "flush", "--app", "shop"]])
def test_without_a_server_the_call_is_wrong(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MAILCORE_URL", raising=False)
    assert main([*command, *TO]) == 2
    assert "set MAILCORE_URL to smtps://" in capsys.readouterr().err


def test_a_job_is_run_even_if_nobody_can_be_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("MAILCORE_URL", raising=False)
    assert main(["run", *TO, "--", "sh", "-c", "echo the backup ran; exit 4"]) == 4
    out, err = capfd.readouterr()
    assert out == "the backup ran\n"
    assert "nobody will be told: there is no transport" in err


def test_a_state_that_can_not_be_used_is_said_and_the_job_run_and_told(
    ops: Account, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    state.write_bytes(b"spoilt" * 5000)
    assert main(["run", *TO, "--state", str(state), "--", "sh", "-c", "exit 4"]) == 4
    assert "the state file can't be used" in capfd.readouterr().err
    assert subjects(ops) == ["[cron] sh failed with exit code 4"]


def test_what_a_route_left_in_the_state_is_flushed_without_it(ops: Account, tmp_path: Path) -> None:
    nowhere = SMTPTransport("127.0.0.1", 1, security="plain")
    left = Notifier(
        nowhere,
        to="o@example.test",
        app="shop",
        from_="b@example.test",
        routes={"warning": Route(policy=Policy.digest("1d"))},
        state=tmp_path / "state",
        spool=tmp_path / "spool",
    )
    left.message("no price", severity="warning")
    assert left.close()
    flush = ["notices", "flush", *TO, "--app", "shop", "--state", str(tmp_path / "state")]
    assert main([*flush, "--spool", str(tmp_path / "spool")]) == 0
    assert subjects(ops) == ["[shop] no price"]
