"""docs/explanation/broken-domains.md says of twenty domains what mailcore and checkdmarc really say."""

from collections import Counter
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from dns.nameserver import Do53Nameserver

from mailcore.domains import Severity, check_domain
from mailcore.sandbox.dns import HOST
from tests.broken_domains import CHECKDMARC, DOMAINS, SELECTOR, BrokenDomain, Said
from tests.name_servers import serve

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "broken-domains.md"
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ")
]

# In checkdmarc, by the names of mailcore's checks.
CHECKS = {
    "mx": ("checkdmarc.smtp", "check_mx"),
    "spf": ("checkdmarc.spf", "check_spf"),
    "dmarc": ("checkdmarc.dmarc", "check_dmarc"),
    "mta_sts": (
        "checkdmarc.mta_sts",
        "check_mta_sts",
    ),  # here, no record is good enough to fetch a policy
    "tls_rpt": ("checkdmarc.smtp_tls_reporting", "check_smtp_tls_reporting"),
}

each_domain = pytest.mark.parametrize("domain", DOMAINS, ids=lambda domain: domain.name)


def row(domain: BrokenDomain) -> tuple[str, ...]:
    """Give a domain's row of the table."""
    codes = ", ".join(f"`{code}`" for code in domain.codes) or "nothing to mend"
    quote = f": “{domain.said.quote}”" if domain.said.quote else ""
    return (
        f"`{domain.name}`",
        domain.shown,
        domain.admin,
        f"{domain.mailcore}; {domain.status}: {codes}",
        f"{domain.checkdmarc}; {domain.said.verdict}{quote}",
    )


def sentences(result: dict[str, Any]) -> list[str]:
    """Give what checkdmarc says for people, in one of its results."""
    return [*result.get("warnings", []), *([result["error"]] if "error" in result else [])]


def verdict(result: dict[str, Any]) -> str:
    """Give what checkdmarc says for programs."""
    return {True: "valid", False: "invalid", None: "no verdict"}[result.get("valid")]


def installed() -> str | None:
    """Give the version of checkdmarc."""
    try:
        return version("checkdmarc")
    except PackageNotFoundError:
        return None


def test_there_are_twenty_domains() -> None:
    assert len({domain.name for domain in DOMAINS}) == 20


def test_the_table_has_these_domains() -> None:
    assert [cells for cells in ROWS if len(cells) == 5][1:] == [row(domain) for domain in DOMAINS]


@pytest.mark.parametrize("who", ["mailcore", "checkdmarc"])
def test_the_summary_counts_the_table(who: str) -> None:
    counts = Counter(getattr(domain, who) for domain in DOMAINS)
    cells = tuple(str(counts[mark]) for mark in ("yes", "partly", "no"))
    assert [found[1:] for found in ROWS if len(found) == 4 and found[0].startswith(who)] == [cells]


@each_domain
def test_silence_is_right_about_a_sound_domain_and_wrong_about_others(domain: BrokenDomain) -> None:
    assert (domain.mailcore == "no") == (bool(domain.codes) == domain.is_sound)
    assert (domain.checkdmarc == "no") == (bool(domain.said.quote) == domain.is_sound)


@each_domain
def test_mailcore_finds_what_the_table_says_and_nothing_else_to_mend(domain: BrokenDomain) -> None:
    report = check_domain(domain.name, selectors=[SELECTOR], resolver=domain.zone)
    found = {finding.code for finding in report.findings if finding.severity >= Severity.WARNING}
    assert (report.results[domain.check].status, sorted(found)) == (
        domain.status,
        list(domain.codes),
    )


@pytest.mark.skipif(installed() != CHECKDMARC, reason=f"needs checkdmarc {CHECKDMARC}")
@each_domain
def test_checkdmarc_says_what_the_table_says(domain: BrokenDomain) -> None:
    if domain.check not in CHECKS:
        assert domain.said == Said("no such check")
        assert find_spec(f"checkdmarc.{domain.check}") is None
        return
    import_module(
        "checkdmarc.utils"
    ).DNS_CACHE.clear()  # it knows no name servers, and each domain has its own
    module, function = CHECKS[domain.check]
    with serve(domain.zone) as server:
        nameservers = [Do53Nameserver(HOST, server.port)]
        result = getattr(import_module(module), function)(domain.name, nameservers=nameservers)
    assert verdict(result) == domain.said.verdict
    if domain.said.quote:
        [sentence] = sentences(result)
        assert domain.said.quote in sentence
    else:
        assert sentences(result) == []
