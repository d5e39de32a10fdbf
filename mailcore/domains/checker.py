"""Runs checks of a domain side by side: their questions go out together, each of them once."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mailcore.domains.check import Answers, Check, CheckResult, Inquiry
from mailcore.domains.dkim import DKIM
from mailcore.domains.dmarc import DMARC
from mailcore.domains.mx import MX
from mailcore.domains.report import DomainReport
from mailcore.domains.spf import SPF
from mailcore.errors import ConfigurationError
from mailcore.net.asynchronous import AsyncioBackend
from mailcore.net.backend import Backend
from mailcore.net.blocking import BlockingBackend
from mailcore.net.dns import DNS, Lookup, Query, Resolver, dns_name
from mailcore.net.run import run

__all__ = ["AsyncDomainChecker", "DomainChecker", "async_check_domain", "check_domain"]

_LABEL = re.compile(r"(?!-)[a-z0-9_-]++(?<!-)")


class DomainChecker:
    """Checks domains, every one with the same checks.

    `resolver` is where DNS answers come from, the system's name servers if nothing else is given; a
    `Zone` answers offline. `checks` are MX, SPF, DKIM and DMARC if nothing else is given.
    """

    def __init__(
        self, *, resolver: DNS | None = None, checks: Iterable[Check] | None = None
    ) -> None:
        self._resolver = resolver or Resolver()
        self._checks = _read_checks(checks)

    def check(self, domain: str) -> DomainReport:
        """Give the report on a domain.

        Failed lookups are in the report, as "unknown". Raises `ConfigurationError` for what is no
        domain.
        """
        return run(_check(BlockingBackend(), self._resolver, self._checks, domain))


class AsyncDomainChecker:
    """Checks domains, every one with the same checks.

    `resolver` is where DNS answers come from, the system's name servers if nothing else is given; a
    `Zone` answers offline. `checks` are MX, SPF, DKIM and DMARC if nothing else is given.
    """

    def __init__(
        self, *, resolver: DNS | None = None, checks: Iterable[Check] | None = None
    ) -> None:
        self._resolver = resolver or Resolver()
        self._checks = _read_checks(checks)

    async def check(self, domain: str) -> DomainReport:
        """Give the report on a domain.

        Failed lookups are in the report, as "unknown". Raises `ConfigurationError` for what is no
        domain.
        """
        return await _check(AsyncioBackend(), self._resolver, self._checks, domain)


def check_domain(
    domain: str, *, selectors: Iterable[str] = (), resolver: DNS | None = None
) -> DomainReport:
    """Give the report on a domain's MX, SPF, DKIM and DMARC records.

    `selectors` are those whose DKIM keys are checked: DNS cannot list them. `resolver` is where DNS
    answers come from: the system's name servers if nothing else is given.
    """
    checks: list[Check] = [MX(), SPF(), DKIM(selectors), DMARC()]
    return DomainChecker(resolver=resolver, checks=checks).check(domain)


async def async_check_domain(
    domain: str, *, selectors: Iterable[str] = (), resolver: DNS | None = None
) -> DomainReport:
    """Give the report on a domain's MX, SPF, DKIM and DMARC records.

    `selectors` are those whose DKIM keys are checked: DNS cannot list them. `resolver` is where DNS
    answers come from: the system's name servers if nothing else is given.
    """
    checks: list[Check] = [MX(), SPF(), DKIM(selectors), DMARC()]
    return await AsyncDomainChecker(resolver=resolver, checks=checks).check(domain)


def _read_checks(checks: Iterable[Check] | None) -> tuple[Check, ...]:
    chosen = (MX(), SPF(), DKIM(), DMARC()) if checks is None else tuple(checks)
    names = [check.name for check in chosen]
    if len(set(names)) < len(names):
        raise ConfigurationError(f"two checks of one name would overwrite each other: {names}")
    return chosen


def _read_domain(text: str) -> str:
    """Give a domain that mail can be for, in A-labels."""
    name = dns_name(text)
    labels = name.split(".")
    if not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdecimal():
        raise ConfigurationError(f"not a domain: {text[:80]!r}")
    return name


async def _check(
    backend: Backend, resolver: DNS, checks: Sequence[Check], domain: str
) -> DomainReport:
    name = _read_domain(domain)
    inquiries = {check.name: check.inquire(name) for check in checks}
    results = await _drive(backend, resolver, inquiries)
    fields = {key: results.pop(key) for key in DomainReport.CHECKS if key in results}
    return DomainReport.model_validate({**fields, "domain": name, "others": results})


async def _drive(
    backend: Backend, resolver: DNS, inquiries: Mapping[str, Inquiry[CheckResult[Any]]]
) -> dict[str, CheckResult[Any]]:
    """Take all inquiries to their ends, round by round."""
    start = backend.now()
    known: dict[Query, Lookup] = {}
    under_way = {name: _UnderWay(inquiry) for name, inquiry in inquiries.items()}
    for one in under_way.values():
        one.advance()
    while questions := [query for one in under_way.values() for query in one.questions]:
        new = [query for query in dict.fromkeys(questions) if query not in known]
        known.update(zip(new, await resolver.resolve(backend, new), strict=True))
        for one in under_way.values():
            if one.questions:
                one.advance({query: known[query] for query in one.questions})
                one.elapsed = backend.now() - start
    return {name: one.result for name, one in under_way.items()}


@dataclass(slots=True)
class _UnderWay:
    """One inquiry and the questions that it waits for; without any, it is at its end."""

    inquiry: Inquiry[CheckResult[Any]]
    questions: tuple[Query, ...] = ()
    asked: set[Query] = field(default_factory=set)
    elapsed: float = 0.0
    _result: CheckResult[Any] = field(init=False)

    def advance(self, answers: Answers | None = None) -> None:
        """Take it to its first questions, or with the answers to the next."""
        try:
            self.questions = tuple(
                next(self.inquiry) if answers is None else self.inquiry.send(answers)
            )
            while not self.questions:
                self.questions = tuple(self.inquiry.send({}))
        except StopIteration as done:
            self.questions, self._result = (), done.value
        self.asked.update(self.questions)

    @property
    def result(self) -> CheckResult[Any]:
        """What it returned, with what it took."""
        taken = {"queries": len(self.asked), "elapsed": self.elapsed}
        return self._result.model_copy(update=taken)
