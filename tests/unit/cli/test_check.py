import json
from collections.abc import Iterator

import pytest

from mailcore.cli import main
from mailcore.domains import Zone
from mailcore.sandbox import Sandbox

ZONE = Zone(
    {
        "good.test": {"MX": ["0 ."], "TXT": ["v=spf1 -all"]},
        "_dmarc.good.test": {"TXT": ["v=DMARC1; p=reject; rua=mailto:d@good.test"]},
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


@pytest.mark.parametrize("arguments", [[], ["fly"], ["check"]])
def test_a_call_that_makes_no_sense_is_a_wrong_call(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("mailcore 0.")
