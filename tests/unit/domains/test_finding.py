"""Findings have documented codes, and severities that compare."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import mailcore.domains
from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.domains.records.fault import Span

TABLE = Path(__file__).parents[3] / "docs" / "reference" / "findings.md"

KIND = Kind("test.code", Severity.NOTICE, "{count} of them", "Remove {count} from {subject}.")


def kinds() -> list[Kind]:
    """Give every kind that a module of the room declares."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(mailcore.domains.__path__, "mailcore.domains.")
    ]
    found = [
        value for module in modules for value in vars(module).values() if isinstance(value, Kind)
    ]
    return [*{id(kind): kind for kind in found}.values()]


def documented() -> list[tuple[str, ...]]:
    """Give the rows of the table: code, severity, meaning, advice, source."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    return [(code.strip("`"), *rest) for code, *rest in rows]


def shown(template: str) -> str:
    return re.sub(r"\{(\w+)\}", r"‹\1›", template)


def test_the_table_says_what_the_checks_can_find() -> None:
    found = [
        (kind.code, kind.severity, shown(kind.message), shown(kind.advice), str(kind.reference))
        for kind in kinds()
    ]
    assert sorted(documented()) == sorted(found)


def test_every_code_is_there_once() -> None:
    codes = [kind.code for kind in kinds()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.code)
def test_a_code_is_the_checks_name_and_words(kind: Kind) -> None:
    assert re.fullmatch(
        r"(dns|mx|spf|dkim|dmarc|mta_sts|tls_rpt|bimi|dane|fcrdns|autodiscovery|starttls)\.[a-z0-9]+(-[a-z0-9]+)*",
        kind.code,
    )


def test_a_finding_has_the_facts_of_its_case() -> None:
    finding = KIND.at("example.com", count=2, span=Span(1, 3), evidence=("a", "b"))
    assert finding == Finding(
        code="test.code",
        severity=Severity.NOTICE,
        subject="example.com",
        message="2 of them",
        advice="Remove 2 from example.com.",
        span=Span(1, 3),
        evidence=("a", "b"),
    )


def test_braces_in_a_fact_are_only_text() -> None:
    assert KIND.at("example.com", count="{subject}").message == "{subject} of them"


def test_severities_are_in_order() -> None:
    assert sorted(["error", "ok", "warning", "info", "notice"], key=Severity) == [*Severity]


@pytest.mark.parametrize("low", [*Severity])
@pytest.mark.parametrize("high", [*Severity])
def test_severities_compare_as_they_are_in_order(low: Severity, high: Severity) -> None:
    order = [*Severity]
    places = order.index(low), order.index(high)
    assert (low < high, low <= high) == (places[0] < places[1], places[0] <= places[1])
    assert (low > high, low >= high) == (places[0] > places[1], places[0] >= places[1])


def test_a_severity_compares_with_its_name() -> None:
    assert Severity("error") > "warning"
    assert Severity("error") == "error"
