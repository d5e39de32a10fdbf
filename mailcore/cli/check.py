"""`mailcore check DOMAIN…`: what DNS says about domains' mail, for people or as JSON."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from mailcore.domains import (
    BIMI,
    DANE,
    DKIM,
    DMARC,
    MTASTS,
    MX,
    SPF,
    TLSRPT,
    Autodiscovery,
    DomainChecker,
    DomainReport,
    FCrDNS,
    Resolver,
    Severity,
    StartTLS,
    Zone,
)
from mailcore.domains.check import Check
from mailcore.errors import ConfigurationError

__all__ = ["add_command"]

GOOD, NOT_GOOD, UNKNOWN = 0, 1, 75
CONCURRENCY = 20  # domains at once
TIMEOUT = 30.0  # seconds for one domain

_FURTHER: dict[str, Callable[[], Check]] = {
    "dane": DANE,
    "fcrdns": FCrDNS,
    "autodiscovery": Autodiscovery,
    "starttls": StartTLS,
}
_POLICY = "mta-sts-policy"


def add_command(commands: Any) -> None:
    """Tell the parser about `check`."""
    parser = commands.add_parser(
        "check",
        help="check what domains publish about their mail",
        description="Check what domains publish about their mail: MX, SPF, DKIM, DMARC, MTA-STS,"
        " TLS reporting and BIMI. The exit code is 1 where something is wrong, 75 where a lookup failed"
        " and nothing worse is known.",
    )
    parser.add_argument("domains", metavar="DOMAIN", nargs="*")
    parser.add_argument(
        "--file",
        type=Path,
        help="check the domains of this file too, one a line; # begins a remark; - is stdin",
    )
    parser.add_argument(
        "--selector", action="append", default=[], help="a DKIM selector to check; repeatable"
    )
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        choices=[*_FURTHER, _POLICY],
        help="a further check; the last two connect to the domains' servers; repeatable",
    )
    parser.add_argument(
        "--nameserver",
        action="append",
        default=[],
        help="ask this one, as 192.0.2.1:53, tls://192.0.2.1 or https://…; repeatable",
    )
    parser.add_argument(
        "--zone", type=Path, help="check as if the records of this zone file were published"
    )
    parser.add_argument(
        "--origin", help="what relative names in the zone file belong to; by default the one DOMAIN"
    )
    parser.add_argument("--concurrency", type=int, default=CONCURRENCY, help="domains at once")
    parser.add_argument("--timeout", type=float, default=TIMEOUT, help="seconds for one domain")
    parser.add_argument(
        "--json",
        action="store_true",
        help="print JSON; of several domains or a file of them, a report a line",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check and print; the exit code is the verdict on all."""
    domains = [*arguments.domains, *_read_file(arguments.file)]
    if not domains:
        raise ConfigurationError("there is no domain to check: name one, or a --file of them")
    checker = DomainChecker(
        resolver=_choose_resolver(arguments),
        checks=_choose_checks(arguments),
        timeout=arguments.timeout,
    )
    is_alone = arguments.file is None and len(domains) == 1
    if is_alone:
        reports: Iterable[DomainReport] = [checker.check(domains[0])]
    else:
        reports = _count(
            checker.check_many(domains, concurrency=arguments.concurrency), len(domains)
        )
    verdict = GOOD
    is_coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    for number, report in enumerate(reports):
        if arguments.json:
            print(report.model_dump_json(indent=2 if is_alone else None))
        else:
            print("\n" if number else "", report.to_text(colour=is_coloured), sep="")
        verdict = _worse(verdict, _verdict(report, _asked_for(arguments.also)))
    return verdict


def _read_file(path: Path | None) -> Iterator[str]:
    """Give the domains of a file."""
    if path is None:
        return
    try:
        text = sys.stdin.read() if path == Path("-") else path.read_text(encoding="utf-8-sig")
        lines = text.splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}") from None
    yield from filter(None, (line.partition("#")[0].strip() for line in lines))


def _choose_checks(arguments: argparse.Namespace) -> Iterator[Check]:
    usual = (MX(), SPF(), DKIM(arguments.selector), DMARC(), TLSRPT(), BIMI())
    further = (_FURTHER[name]() for name in dict.fromkeys(arguments.also) if name != _POLICY)
    return chain(usual, [MTASTS(fetch=_POLICY in arguments.also)], further)


def _choose_resolver(arguments: argparse.Namespace) -> Any:
    resolver = Resolver(arguments.nameserver)
    if arguments.zone is None:
        return resolver
    try:
        only = arguments.domains[0] if len(arguments.domains) == 1 else None
        return Zone.from_file(arguments.zone, origin=arguments.origin or only).over(resolver)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{arguments.zone} can't be read: {error}") from None


def _count(reports: Iterable[DomainReport], total: int) -> Iterator[DomainReport]:
    """Say on a terminal how far it has come."""
    if not sys.stderr.isatty():
        yield from reports
        return
    print(f"\r0 of {total}", end="", file=sys.stderr, flush=True)
    for number, report in enumerate(reports, 1):
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        yield report
        if number < total:
            print(f"\r{number} of {total}", end="", file=sys.stderr, flush=True)


def _asked_for(also: Sequence[str]) -> set[str]:
    """Give the names of the checks that were asked for by name."""
    return {MTASTS.name if name == _POLICY else _FURTHER[name]().name for name in also}


def _verdict(report: DomainReport, asked_for: set[str]) -> int:
    if report.worst >= Severity.ERROR:
        return NOT_GOOD
    lookups_failed = any(finding.code == "dns.lookup-failed" for finding in report.findings)
    unknown = {name for name, result in report.results.items() if result.status == "unknown"}
    return UNKNOWN if lookups_failed or unknown & asked_for else GOOD


def _worse(one: int, other: int) -> int:
    return NOT_GOOD if NOT_GOOD in {one, other} else max(one, other)
