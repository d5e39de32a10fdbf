import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailcore.cli import main
from mailcore.domains import Zone
from mailcore.sandbox import Sandbox

ZONE = Zone(
    {
        "good.test": {"MX": ["0 ."], "TXT": ["v=spf1 -all"]},
        "_dmarc.good.test": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@good.test"]},
        "served.test": {"MX": ["10 mx.served.test"], "TXT": ["v=spf1 mx -all"]},
        "mx.served.test": {"A": ["192.0.2.1"]},
        "_25._tcp.mx.served.test": {"TLSA": [f"3 1 1 {'ab' * 32}"]},
        "_dmarc.served.test": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@served.test"]},
        "bad.test": {"TXT": ["v=spf1 +all"]},
        "failing.test": {"MX": ["0 ."], "TXT": Zone.FAIL},
        "_dmarc.failing.test": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@failing.test"]},
    }
)


@pytest.fixture(scope="module")
def nameserver() -> Iterator[str]:
    with Sandbox(zone=ZONE) as sandbox:
        yield sandbox.nameserver


@pytest.mark.parametrize(
    ("domain", "code"), [("good.test", 0), ("bad.test", 1), ("failing.test", 75)]
)
def test_the_exit_code_is_the_verdict(
    nameserver: str, domain: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", domain, "--nameserver", nameserver]) == code
    assert capsys.readouterr().out.startswith(f"{domain}: ")


def test_json_is_for_programs(nameserver: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "bad.test", "--nameserver", nameserver, "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["domain"] == "bad.test"
    assert report["worst"] == "error"


def test_selectors_are_checked(nameserver: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "good.test", "--nameserver", nameserver, "--selector", "s1", "--selector", "s2"])
    shown = capsys.readouterr().out
    assert "s1._domainkey.good.test" in shown
    assert "s2._domainkey.good.test" in shown


def test_what_is_no_domain_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "no domain"]) == 2
    assert "mailcore: " in capsys.readouterr().err


def test_several_domains_have_a_report_each_and_the_worst_verdict(
    nameserver: str, capsys: pytest.CaptureFixture[str]
) -> None:
    domains = ["good.test", "bad.test", "failing.test"]
    assert main(["check", *domains, "--nameserver", nameserver]) == 1
    shown = capsys.readouterr().out
    assert {line.partition(":")[0] for line in shown.split("\n") if ".test: " in line} == {*domains}


def test_several_domains_are_json_line_by_line(
    nameserver: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "good.test", "failing.test", "--nameserver", nameserver, "--json"]) == 75
    reports = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {report["domain"] for report in reports} == {"good.test", "failing.test"}


def test_a_file_is_json_line_by_line_however_many_it_names(
    nameserver: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "domains"
    for line, code in (("good.test", 0), ("no domain", 1)):
        file.write_text(f"{line}\n", encoding="utf-8")
        assert main(["check", "--file", str(file), "--nameserver", nameserver, "--json"]) == code
        (printed,) = capsys.readouterr().out.splitlines()
        assert json.loads(printed)["domain"] == line


def test_a_check_that_is_asked_for_and_finds_nothing_out_is_to_be_tried_again(
    nameserver: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["check", "served.test", "--nameserver", nameserver]
    assert main(call) == 0
    assert main([*call, "--also", "dane"]) == 75  # for this resolver does not validate
    assert "dane.insecure" in capsys.readouterr().out


def test_domains_come_from_a_file(
    nameserver: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "domains"
    file.write_text("# ours\ngood.test\n\n  bad.test # soon\nno domain\n", encoding="utf-8")
    assert main(["check", "--file", str(file), "--nameserver", nameserver]) == 1
    shown = capsys.readouterr().out
    assert all(f"{name}: " in shown for name in ("good.test", "bad.test", "no domain"))


def test_domains_come_from_standard_input(
    nameserver: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("good.test\nbad.test\n"))
    assert main(["check", "--file", "-", "--nameserver", nameserver]) == 1
    shown = capsys.readouterr().out
    assert all(f"{name}: " in shown for name in ("good.test", "bad.test"))


def test_a_file_that_cannot_be_read_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--file", str(tmp_path / "missing")]) == 2
    assert "can't be read" in capsys.readouterr().err


def test_without_domains_there_is_nothing_to_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 2
    assert "no domain to check" in capsys.readouterr().err


def test_a_zone_is_tried_before_it_is_published(
    nameserver: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zone = tmp_path / "zone"
    zone.write_text('$TTL 60\nbad.test. IN TXT "v=spf1 -all"\n', encoding="utf-8")
    main(["check", "bad.test", "--nameserver", nameserver, "--zone", str(zone)])
    shown = capsys.readouterr().out
    assert "v=spf1 -all" in shown
    assert "spf.pass-all" not in shown


def test_further_checks_are_made_where_they_are_asked_for(
    nameserver: str, capsys: pytest.CaptureFixture[str]
) -> None:
    further = ["dane", "fcrdns", "autodiscovery", "starttls", "mta-sts-policy"]
    options = [option for name in further for option in ("--also", name)]
    main(["check", "good.test", "--nameserver", nameserver, *options])
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("DANE", "FCRDNS", "AUTODISCOVERY", "STARTTLS"))


def test_a_zone_files_names_belong_to_the_domain(
    nameserver: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zone = tmp_path / "zone"
    zone.write_text('@ 300 IN TXT "v=spf1 -all"\n', encoding="utf-8")
    options = ["--nameserver", nameserver, "--zone", str(zone)]
    main(["check", "bad.test", *options])
    assert "v=spf1 -all" in capsys.readouterr().out
    assert main(["check", "bad.test", "good.test", *options]) == 2
    assert "origin" in capsys.readouterr().err
    main(["check", "bad.test", "good.test", *options, "--origin", "bad.test"])
    assert "v=spf1 +all" not in capsys.readouterr().out


def test_ctrl_c_ends_it_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mailcore.domains.DomainChecker.check", interrupt)
    assert main(["check", "good.test"]) == 130


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_colours_and_sees_how_far_it_is(
    nameserver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, err = Terminal(), Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    monkeypatch.delenv("NO_COLOR", raising=False)
    main(["check", "good.test", "bad.test", "--nameserver", nameserver])
    assert "bad.test: \x1b[31merror\x1b[0m" in out.getvalue()
    assert "\r1 of 2" in err.getvalue()


def test_who_wants_no_colours_gets_none(nameserver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = Terminal()
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("NO_COLOR", "1")
    main(["check", "bad.test", "--nameserver", nameserver])
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize("arguments", [[], ["fly"], ["check", "--concurrency", "many"]])
def test_a_call_that_makes_no_sense_is_a_wrong_call(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("mailcore 0.")
