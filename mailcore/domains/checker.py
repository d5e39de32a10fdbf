"""The faces of the checker: one domain or many, blocking and asynchronous."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from mailcore.domains.check import Check
from mailcore.domains.policies.bimi import BIMI
from mailcore.domains.policies.dkim.check import DKIM
from mailcore.domains.policies.dmarc.check import DMARC
from mailcore.domains.policies.mta_sts import MTASTS
from mailcore.domains.policies.spf.check import SPF
from mailcore.domains.policies.tls_rpt import TLSRPT
from mailcore.domains.report import DomainReport
from mailcore.domains.run import Run, read_domain
from mailcore.domains.servers.mx import MX
from mailcore.errors import ConfigurationError
from mailcore.net.asynchronous import AsyncioBackend
from mailcore.net.backend import Backend
from mailcore.net.blocking import BlockingBackend
from mailcore.net.dns import DNS, Resolver
from mailcore.net.run import run

__all__ = [
    "AsyncDomainChecker",
    "AsyncReports",
    "DomainChecker",
    "Reports",
    "async_check_domain",
    "check_domain",
]

CONCURRENCY = 20  # domains at once, if nothing else is said
TIMEOUT = 30.0  # seconds for one domain, if nothing else is said


class Reports:
    """The reports of `check_many`, as they get done.

    At its end nothing is left open; one that is left early is to be closed, as a `with` block does.
    """

    def __init__(self, reports: Run) -> None:
        self._run = reports

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> DomainReport:
        report = run(_next(self._run))
        if report is None:
            raise StopIteration
        return report

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Drop what is under way."""
        self._run.close()


class AsyncReports:
    """The reports of `check_many`, as they get done.

    At its end nothing is left open; one that is left early is to be closed, as a `with` block does.
    """

    def __init__(self, reports: Run) -> None:
        self._run = reports

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> DomainReport:
        report = await _next(self._run)
        if report is None:
            raise StopAsyncIteration
        return report

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Drop what is under way."""
        self._run.close()


class DomainChecker:
    """Checks domains, every one with the same checks.

    `resolver` is where DNS answers come from, the system's name servers if nothing else is given; a
    `Zone` answers offline. `checks` are MX, SPF, DKIM, DMARC, MTA-STS, TLS-RPT and BIMI if nothing else
    is given. `timeout` is for one domain, in seconds: what is not answered by then is "unknown".
    """

    def __init__(
        self,
        *,
        resolver: DNS | None = None,
        checks: Iterable[Check] | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._settings = _read_settings(resolver, checks, timeout)

    def check(self, domain: str) -> DomainReport:
        """Give the report on a domain.

        Failed lookups are in the report, as "unknown". Raises `ConfigurationError` for what is no
        domain.
        """
        return run(_check(BlockingBackend(), self._settings, domain))

    def check_many(self, domains: Iterable[str], *, concurrency: int = CONCURRENCY) -> Reports:
        """Give the reports on domains as they get done, so many of which are under way at once.

        A question that several of them have is asked once. What is no domain has a report that says so.
        `domains` is read as far as there is room; between two reports nothing happens.
        """
        return Reports(_begin(BlockingBackend(), self._settings, domains, concurrency))


class AsyncDomainChecker:
    """Checks domains, every one with the same checks.

    `resolver` is where DNS answers come from, the system's name servers if nothing else is given; a
    `Zone` answers offline. `checks` are MX, SPF, DKIM, DMARC, MTA-STS, TLS-RPT and BIMI if nothing else
    is given. `timeout` is for one domain, in seconds: what is not answered by then is "unknown".
    """

    def __init__(
        self,
        *,
        resolver: DNS | None = None,
        checks: Iterable[Check] | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._settings = _read_settings(resolver, checks, timeout)

    async def check(self, domain: str) -> DomainReport:
        """Give the report on a domain.

        Failed lookups are in the report, as "unknown". Raises `ConfigurationError` for what is no
        domain.
        """
        return await _check(AsyncioBackend(), self._settings, domain)

    def check_many(self, domains: Iterable[str], *, concurrency: int = CONCURRENCY) -> AsyncReports:
        """Give the reports on domains as they get done, so many of which are under way at once.

        A question that several of them have is asked once. What is no domain has a report that says so.
        `domains` is read as far as there is room; between two reports nothing happens.
        """
        return AsyncReports(_begin(AsyncioBackend(), self._settings, domains, concurrency))


def check_domain(
    domain: str, *, selectors: Iterable[str] = (), resolver: DNS | None = None
) -> DomainReport:
    """Give the report on what a domain publishes about its mail: MX, SPF, DKIM, DMARC and more.

    `selectors` are those whose DKIM keys are checked, for DNS cannot list them; usual ones are tried,
    too. `resolver` is where DNS answers come from: the system's name servers if nothing else is given.
    """
    return DomainChecker(resolver=resolver, checks=_usual_checks(selectors)).check(domain)


async def async_check_domain(
    domain: str, *, selectors: Iterable[str] = (), resolver: DNS | None = None
) -> DomainReport:
    """Give the report on what a domain publishes about its mail: MX, SPF, DKIM, DMARC and more.

    `selectors` are those whose DKIM keys are checked, for DNS cannot list them; usual ones are tried,
    too. `resolver` is where DNS answers come from: the system's name servers if nothing else is given.
    """
    checker = AsyncDomainChecker(resolver=resolver, checks=_usual_checks(selectors))
    return await checker.check(domain)


@dataclass(frozen=True, slots=True)
class _Settings:
    resolver: DNS
    checks: tuple[Check, ...]
    timeout: float


def _usual_checks(selectors: Iterable[str]) -> list[Check]:
    return [MX(), SPF(), DKIM(selectors), DMARC(), MTASTS(), TLSRPT(), BIMI()]


def _read_settings(
    resolver: DNS | None, checks: Iterable[Check] | None, timeout: float
) -> _Settings:
    if not (resolver is None or callable(getattr(resolver, "lookups", None))):
        raise ConfigurationError(f"resolver is a Resolver([...]) or a Zone, not {resolver!r:.80}")
    chosen = tuple(_usual_checks(()) if checks is None else checks)
    names = [check.name for check in chosen]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"two checks of one name would overwrite each other: {names}")
    if not 0 < timeout < math.inf:
        raise ConfigurationError(f"a domain needs a finite time: not {timeout} seconds")
    return _Settings(resolver or Resolver(), chosen, timeout)


def _begin(backend: Backend, settings: _Settings, domains: Iterable[str], concurrency: int) -> Run:
    if isinstance(domains, str):
        raise ConfigurationError("domains are a list, even if there is one")
    if concurrency < 1:
        raise ConfigurationError(f"at least one domain is checked at a time, not {concurrency}")
    return Run(
        backend,
        settings.resolver,
        settings.checks,
        domains,
        concurrency=concurrency,
        seconds=settings.timeout,
    )


async def _check(backend: Backend, settings: _Settings, domain: str) -> DomainReport:
    reports = _begin(backend, settings, [read_domain(domain)], 1)
    report = await _next(reports)
    reports.close()
    assert report is not None  # noqa: S101 - there is one for each domain
    return report


async def _next(reports: Run) -> DomainReport | None:
    """Give the next report; at the end, and where something breaks, the run is closed."""
    try:
        report = await reports.next()
    except BaseException:
        reports.close()
        raise
    if report is None:
        reports.close()
    return report
