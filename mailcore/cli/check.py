"""`mailcore check DOMAIN`: what DNS says about a domain's mail, for people or as JSON."""

import argparse
from typing import Any

from mailcore.domains import DomainReport, Resolver, Severity, check_domain

__all__ = ["add_command"]

GOOD, NOT_GOOD, UNKNOWN = 0, 1, 75


def add_command(commands: Any) -> None:
    """Tell the parser about `check`."""
    parser = commands.add_parser(
        "check",
        help="check a domain's MX, SPF, DKIM and DMARC records",
        description="Check a domain's MX, SPF, DKIM and DMARC records. The exit code is 1 where"
        " something is wrong, 75 where a lookup failed and nothing worse is known.",
    )
    parser.add_argument("domain", metavar="DOMAIN")
    parser.add_argument(
        "--selector", action="append", default=[], help="a DKIM selector to check; repeatable"
    )
    parser.add_argument(
        "--nameserver",
        action="append",
        default=[],
        help="ask this one, as 192.0.2.1:53; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check and print; the exit code is the verdict."""
    report = check_domain(
        arguments.domain,
        selectors=arguments.selector,
        resolver=Resolver(arguments.nameserver),
    )
    print(report.model_dump_json(indent=2) if arguments.json else report)
    return _verdict(report)


def _verdict(report: DomainReport) -> int:
    if report.worst >= Severity.ERROR:
        return NOT_GOOD
    lookups_failed = any(finding.code == "dns.lookup-failed" for finding in report.findings)
    return UNKNOWN if lookups_failed else GOOD
