"""Checks of many domains at once, in one conversation: each question is asked once for all of them.

Inquiries (mailcore.domains.check) wait for answers, and are taken on as these come in: a slow answer
of DNS holds up nobody but those who asked. Errands run together, once no question to DNS is open or the
first of them has waited for a while, and wait for each other. While a domain waits for errands that are
not its own, none of its time passes.
"""

import math
import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from mailcore.domains.check import Check, CheckResult, Errand, Inquiry, Question
from mailcore.domains.finding import Kind, Severity
from mailcore.domains.report import DomainReport
from mailcore.errors import ConfigurationError
from mailcore.net.backend import Backend
from mailcore.net.dns import DNS, LookupFailed, Query, dns_name

__all__ = ["Run", "read_domain"]

ERRAND_LIMIT = 20  # errands at once
ERRAND_PATIENCE = 1.0  # seconds that errands wait for DNS, so that more of them run together
ANSWERS_KEPT = 10_000  # answers that later domains find without asking

_LABEL = re.compile(r"(?!-)[a-z0-9_-]++(?<!-)")

NOT_A_DOMAIN = Kind(
    "dns.not-a-domain",
    Severity.ERROR,
    "nothing was checked: {why}",
    "Write it as in an address, such as example.com: no @, no URL, no IP address.",
    "RFC 5321 2.3.5",
)


def read_domain(text: str) -> str:
    """Give a domain that mail can be for, in A-labels; raises `ConfigurationError` for what is none."""
    if not isinstance(text, str):
        raise ConfigurationError(f"a domain is a text, not a {type(text).__name__}: {text!r:.80}")
    name = dns_name(text)
    labels = name.split(".")
    if not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdecimal():
        raise ConfigurationError(f"not a domain: {text[:80]!r}")
    return name


class Run:
    """Domains are begun `concurrency` at a time, and reported in the order in which they get done.

    Each of them has `seconds` of time; what is not answered by then counts as failed.
    """

    def __init__(
        self,
        backend: Backend,
        dns: DNS,
        checks: Sequence[Check],
        domains: Iterable[str],
        *,
        concurrency: int,
        seconds: float,
    ) -> None:
        self._backend = backend
        self._checks = checks
        self._domains = iter(domains)
        self._concurrency = concurrency
        self._seconds = seconds
        self._lookups = dns.lookups(backend)
        self._known: dict[Question, Any] = {}
        self._waiting: dict[Question, list[_Inquiry]] = {}
        self._errands: list[Errand[Any]] = []
        self._errands_due = math.inf
        self._under_way: list[_Domain] = []
        self._done: deque[DomainReport] = deque()
        self._left_at = math.inf
        self._failure: Exception | None = None

    async def next(self) -> DomainReport | None:
        """Give the next report; None where no domain is left.

        While nobody waited, no time has passed. What is raised by whoever gives the domains is raised
        after the reports on those that were given.
        """
        pause = max(0.0, self._backend.now() - self._left_at)
        for domain in self._under_way:
            domain.start += pause
        self._begin()
        while self._under_way and not self._done:
            await self._wait()
            self._begin()
        self._left_at = self._backend.now()
        if self._failure and not self._done:
            raise self._failure
        return self._done.popleft() if self._done else None

    def close(self) -> None:
        """Drop what is under way, and take no more domains."""
        self._lookups.close()
        self._domains = iter(())
        self._under_way.clear()
        self._done.clear()

    def _begin(self) -> None:
        """Begin as many domains as there is room for; a report that nobody took yet takes room, too.

        While errands wait none is begun, so that the questions of DNS come to an end.
        """
        while not self._errands and len(self._under_way) + len(self._done) < self._concurrency:
            try:
                text = next(self._domains)
            except StopIteration:
                return
            except Exception as error:  # noqa: BLE001 - the caller's, raised when all reports are given
                self._failure, self._domains = error, iter(())
                return
            try:
                domain = _Domain(read_domain(text), self._backend.now())
            except ConfigurationError as error:
                self._done.append(_refuse(text, error))
                continue
            self._under_way.append(domain)
            domain.open = [
                _Inquiry(domain, one.name, one.inquire(domain.name)) for one in self._checks
            ]
            for inquiry in [*domain.open]:
                self._advance(inquiry)
            if not self._checks:
                self._finish(domain)

    async def _wait(self) -> None:
        """Wait for answers: first of DNS, whose time is running, and then of errands."""
        asks_dns = len(self._waiting) > len(self._errands)
        if asks_dns and self._backend.now() < self._errands_due:
            oldest = min(domain.start for domain in self._under_way if not domain.is_over)
            deadline = min(oldest + self._seconds, self._errands_due)
            for lookup in await self._lookups.next(deadline=deadline):
                self._answer(lookup.query, lookup)
        else:
            await self._run_errands()
        now = self._backend.now()
        late = [one for one in self._under_way if one.start + self._seconds <= now]
        for domain in late:
            domain.is_over = True
            for inquiry in [*domain.open]:
                self._call_off(inquiry)

    async def _run_errands(self) -> None:
        errands, self._errands = self._errands, []
        self._errands_due = math.inf
        begun = self._backend.now()
        busy = dict.fromkeys(self._under_way, 0.0)

        async def work(errand: Errand[Any]) -> Any:
            domains = [inquiry.domain for inquiry in self._waiting[errand]]
            time_left = min(domain.start for domain in domains) + self._seconds - begun
            start = self._backend.now()
            answer = await errand.run(self._backend, deadline=start + time_left)
            taken = self._backend.now() - start
            busy.update({domain: max(taken, busy[domain]) for domain in domains})
            return answer

        workers = self._backend.workers(min(len(errands), ERRAND_LIMIT))
        answers = await workers.map(work, errands)
        ended = self._backend.now()
        for domain, taken in busy.items():
            domain.start += ended - begun - taken
        for errand, answer in zip(errands, answers, strict=True):
            self._answer(errand, answer)

    def _answer(self, question: Question, answer: Any) -> None:
        """Keep an answer, unless another try may give a better one, and take on who waited for it."""
        if not isinstance(answer, LookupFailed) and not getattr(answer, "is_failure", False):
            self._known[question] = answer
        if len(self._known) > ANSWERS_KEPT:
            del self._known[next(iter(self._known))]
        for inquiry in self._waiting.pop(question, ()):
            inquiry.answers[question] = answer
            if not inquiry.missing:
                self._advance(inquiry)

    def _advance(self, inquiry: "_Inquiry") -> None:
        """Take an inquiry on until it has to wait for an answer, or has a result."""
        while inquiry.go_on(self._backend.now()):
            known = inquiry.questions & self._known.keys()
            inquiry.answers.update((question, self._known[question]) for question in known)
            for question in inquiry.missing:
                self._ask(question, inquiry)
            if inquiry.missing:
                return
        domain = inquiry.domain
        domain.open.remove(inquiry)
        if not domain.open:
            self._finish(domain)

    def _ask(self, question: Question, inquiry: "_Inquiry") -> None:
        if inquiry.domain.is_over and isinstance(question, Query):
            inquiry.answers[question] = _too_late(question)
            return
        if question not in self._waiting:
            self._waiting[question] = []
            if isinstance(question, Query):
                self._lookups.ask(question)
            else:
                self._errands.append(question)
                patience = min(ERRAND_PATIENCE, self._seconds / 10)
                self._errands_due = min(self._errands_due, self._backend.now() + patience)
        self._waiting[question].append(inquiry)

    def _call_off(self, inquiry: "_Inquiry") -> None:
        """End an inquiry whose time is over: its lookups count as failed, errands fail by themselves."""
        for query in [question for question in inquiry.missing if isinstance(question, Query)]:
            inquiry.answers[query] = _too_late(query)
            self._waiting[query].remove(inquiry)
            if not self._waiting[query]:
                del self._waiting[query]  # whose answer nobody waits for any more
        if not inquiry.missing:
            self._advance(inquiry)

    def _finish(self, domain: "_Domain") -> None:
        self._under_way.remove(domain)
        results = domain.results
        fields = {key: results.pop(key) for key in DomainReport.CHECKS if key in results}
        self._done.append(
            DomainReport.model_validate(
                {
                    **fields,
                    "domain": domain.name,
                    "others": results,
                    "queries": sum(isinstance(question, Query) for question in domain.asked),
                    "elapsed": self._backend.now() - domain.start,
                }
            )
        )


@dataclass(slots=True, eq=False)
class _Inquiry:
    """What one check asks about one domain: the questions that it waits for, and what is answered."""

    domain: "_Domain"
    name: str
    steps: Inquiry[CheckResult[Any]]
    has_begun: bool = False
    questions: frozenset[Question] = frozenset()
    answers: dict[Question, Any] = field(default_factory=dict)
    asked: set[Question] = field(default_factory=set)

    @property
    def missing(self) -> frozenset[Question]:
        return self.questions - self.answers.keys()

    def go_on(self, now: float) -> bool:
        """Hand the answers over and take the next questions; False when there is a result."""
        answers: Any = self.answers if self.has_begun else None
        self.has_begun, self.answers = True, {}
        try:
            self.questions = frozenset(self.steps.send(answers))
        except StopIteration as done:
            queries = sum(isinstance(question, Query) for question in self.asked)
            taken = {"queries": queries, "elapsed": now - self.domain.start}
            self.domain.results[self.name] = done.value.model_copy(update=taken)
            return False
        self.asked |= self.questions
        self.domain.asked |= self.questions
        return True


@dataclass(slots=True, eq=False)
class _Domain:
    """A domain under way: the inquiries that have no result yet, and the results of the others."""

    name: str
    start: float
    is_over: bool = False
    open: list[_Inquiry] = field(default_factory=list)
    results: dict[str, CheckResult[Any]] = field(default_factory=dict)
    asked: set[Question] = field(default_factory=set)


def _too_late(query: Query) -> LookupFailed:
    return LookupFailed(query, "the time for this domain is over")


def _refuse(text: str, error: ConfigurationError) -> DomainReport:
    """Report on what is no domain, so that the others of a list are checked all the same."""
    finding = NOT_A_DOMAIN.at(str(text)[:80], why=str(error))
    result: CheckResult[Any] = CheckResult(status="invalid", findings=(finding,))
    return DomainReport(domain=str(text)[:80], others={"domain": result})
