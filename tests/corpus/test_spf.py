"""The SPF check against the openspf suite for RFC 7208: what it says of a record at rest.

The suite evaluates mail. What can be compared is whether a record is an error (permerror), is missing
(none), cannot be known (temperror), or works.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mailcore.domains import SPF, DomainChecker, Zone
from mailcore.errors import ConfigurationError
from mailcore.net.dns import dns_name

pytestmark = pytest.mark.corpus

SUITE = Path(__file__).parents[3] / "shared" / "corpora" / "spf" / "rfc7208-tests.yml"

STATUSES = {"permerror": "invalid", "temperror": "unknown", "none": "absent"}

# Where evaluating one mail and judging the record must differ, and what is said of the record: here an
# address matches before the eleventh lookup, and every other mail is an error.
DIFFERING = {"include-at-limit": "invalid"}


def zone(data: dict[str, list[Any]]) -> Zone:
    names: dict[str, dict[str, Any]] = {}
    for name, entries in data.items():
        try:
            names[dns_name(name)] = node(entries)
        except ConfigurationError:
            continue  # a name that DNS cannot have: nobody can ask for it either
    return Zone(names)


def node(entries: list[Any]) -> dict[str, Any]:
    """Give one name's records: TXT is made from the SPF entries, unless it is there."""
    records: dict[str, Any] = {}
    for entry in entries:
        if entry != "TIMEOUT":
            ((kind, value),) = entry.items()
            records.setdefault(kind, []).append(text(kind, value))
    if "TXT" not in records and "SPF" in records:
        records["TXT"] = records["SPF"]
    records = {kind: values for kind, values in records.items() if values != ["NONE"]}
    if "TIMEOUT" in entries:
        for kind in ("A", "AAAA", "MX", "TXT", "PTR"):
            records.setdefault(kind, Zone.FAIL)
    return records


def text(kind: str, value: Any) -> Any:
    if kind == "MX":
        preference, exchange = value
        return f"{preference} {exchange or '.'}"
    return value


def cases() -> Iterator[Any]:
    if not SUITE.exists():
        return
    for section in yaml.safe_load_all(SUITE.read_text(encoding="utf-8")):
        records = zone(section["zonedata"])
        for name, case in section["tests"].items():
            domain = case["mailfrom"].rpartition("@")[2] or case["helo"]
            results = case["result"]
            listed = [results] if isinstance(results, str) else results
            expected = {STATUSES.get(result, "present") for result in listed}
            if name in DIFFERING:
                assert DIFFERING[name] not in expected
                expected = {DIFFERING[name]}
            yield pytest.param(records, domain, expected, id=name)


def test_the_suite_is_there() -> None:
    if not SUITE.exists() and "CI" not in os.environ:
        pytest.skip(f"{SUITE} is not there")
    assert sum(1 for _ in cases()) == 203


@pytest.mark.parametrize(("records", "domain", "expected"), [*cases()])
def test_a_record_is_an_error_exactly_where_the_suite_says_so(
    records: Zone, domain: str, expected: set[str]
) -> None:
    checker = DomainChecker(resolver=records, checks=[SPF()])
    try:
        status = checker.check(domain).spf.status
    except ConfigurationError:
        status = "absent"  # RFC 7208 4.3: no domain, no policy
    assert status in expected
