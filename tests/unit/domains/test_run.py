"""Many domains under way at once: shared questions, bounded concurrency, and a time for each."""

import asyncio
import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from mailcore.domains import (
    MX,
    AsyncDomainChecker,
    CheckResult,
    DomainChecker,
    DomainReport,
    Inquiry,
    Zone,
)
from mailcore.errors import ConfigurationError
from mailcore.net.backend import Backend
from mailcore.net.dns import Answer, Batches, Lookup, LookupFailed, Lookups, Query
from tests.colours import Colour


class Answering:
    """A DNS that answers everything with one text, after `seconds`, and writes down what it is asked."""

    def __init__(self, seconds: float = 0.0, silent: Iterable[str] = ()) -> None:
        self.asked: list[Query] = []
        self.closed = 0
        self._seconds = seconds
        self._silent = set(silent)

    def lookups(self, backend: Backend) -> Lookups:
        return _Answering(self, backend, self._seconds, self._silent)


class _Answering:
    def __init__(
        self, owner: Answering, backend: Backend, seconds: float, silent: set[str]
    ) -> None:
        self._owner = owner
        self._backend = backend
        self._seconds = seconds
        self._silent = silent
        self._waiting: list[Query] = []

    def ask(self, query: Query) -> None:
        self._owner.asked.append(query)
        self._waiting.append(query)

    async def next(self, *, deadline: float) -> list[Lookup]:
        done = [query for query in self._waiting if query.name not in self._silent]
        self._waiting = [query for query in self._waiting if query not in done]
        pause = self._seconds if done else max(0.0, deadline - self._backend.now())
        await self._backend.sleep(pause)
        return [Answer(query, (query.name,), query.name, 60) for query in done]

    def close(self) -> None:
        self._owner.closed += 1


class Two:
    """A check that asks about the domain, and then about what all domains share."""

    name = "two"

    def inquire(self, domain: str) -> Inquiry[CheckResult[str]]:
        own, shared = Query(domain, "TXT"), Query("shared.example", "TXT")
        first = (yield [own])[own]
        second = (yield [shared, own])[shared]
        failed = isinstance(first, LookupFailed) or isinstance(second, LookupFailed)
        return CheckResult(status="unknown" if failed else "present", value=domain)


@dataclass(frozen=True)
class Fetch:
    """An errand that gives its text, and how much time it had."""

    text: str

    async def run(self, backend: Backend, *, deadline: float) -> tuple[str, float]:
        return self.text, deadline - backend.now()


class Fetching:
    """A check that runs an errand of its own, and one that all domains share."""

    name = "fetching"

    def inquire(self, domain: str) -> Inquiry[CheckResult[Any]]:
        own, shared = Fetch(domain), Fetch("shared")
        answers = yield [own, shared]
        assert answers[own][0] == domain
        return CheckResult(status="present", value=answers[shared])


def check_many(
    colour: Colour, dns: Any, domains: Iterable[str], *checks: Any, **options: Any
) -> list[DomainReport]:
    chosen = checks or (Two(),)
    timeout = options.pop("timeout", 5)
    if colour.name == "blocking":
        checker = DomainChecker(resolver=dns, checks=chosen, timeout=timeout)
        return list(checker.check_many(domains, **options))

    async def collect() -> list[DomainReport]:
        checker = AsyncDomainChecker(resolver=dns, checks=chosen, timeout=timeout)
        return [report async for report in checker.check_many(domains, **options)]

    return colour.run(collect())


def _value(report: DomainReport, name: str) -> Any:
    return report.results[name].value


def names(count: int) -> list[str]:
    return [f"d{n}.example" for n in range(count)]


def test_every_domain_has_its_report(colour: Colour) -> None:
    reports = check_many(colour, Answering(), names(50), concurrency=7)
    assert sorted(report.domain for report in reports) == sorted(names(50))
    assert {report.results["two"].status for report in reports} == {"present"}
    assert all(report.results["two"].value == report.domain for report in reports)


def test_a_question_of_several_domains_is_asked_once(colour: Colour) -> None:
    dns = Answering()
    reports = check_many(colour, dns, names(50), concurrency=7)
    assert len(dns.asked) == len(set(dns.asked)) == 51
    assert {report.queries for report in reports} == {2}


def test_a_slow_domain_holds_up_no_other(colour: Colour) -> None:
    dns = Answering(silent=["d0.example"])
    reports = check_many(colour, dns, names(9), concurrency=2, timeout=0.2)
    assert [report.domain for report in reports] == [*names(9)[1:], "d0.example"]
    assert reports[-1].results["two"].status == "unknown"
    assert reports[-1].elapsed >= 0.2


def test_a_domain_whose_time_is_over_asks_no_more(colour: Colour) -> None:
    dns = Answering(silent=["d0.example", "d1.example"])
    reports = check_many(colour, dns, names(2), timeout=0.1)
    assert {report.results["two"].status for report in reports} == {"unknown"}
    assert len(dns.asked) == 2


def test_so_many_domains_are_under_way_at_once() -> None:
    begun: list[str] = []

    def listed() -> Iterator[str]:
        for name in names(10):
            begun.append(name)
            yield name

    checker = DomainChecker(resolver=Answering(), checks=[Two()])
    reports = checker.check_many(listed(), concurrency=3)
    assert begun == []
    next(reports)
    assert len(begun) == 3


def test_what_is_no_domain_is_reported_and_the_others_are_checked(colour: Colour) -> None:
    reports = check_many(colour, Answering(), ["a@b.example", "d0.example", "192.0.2.1"])
    assert {report.domain: report.worst for report in reports} == {
        "a@b.example": "error",
        "d0.example": "ok",
        "192.0.2.1": "error",
    }
    bad = next(report for report in reports if report.domain == "192.0.2.1")
    assert [finding.code for finding in bad.findings] == ["dns.not-a-domain"]


def test_no_domains_have_no_reports(colour: Colour) -> None:
    dns = Answering()
    assert check_many(colour, dns, []) == []
    assert dns.closed == 1


def test_errands_run_once_for_all(colour: Colour) -> None:
    reports = check_many(colour, Answering(), names(5), Fetching(), Two(), timeout=9)
    assert {_value(report, "fetching")[0] for report in reports} == {"shared"}
    assert all(0 < _value(report, "fetching")[1] <= 9 for report in reports)
    assert {report.results["fetching"].queries for report in reports} == {0}


def test_an_errand_that_begins_too_late_is_told_so(colour: Colour) -> None:
    class Late:
        name = "late"

        def inquire(self, domain: str) -> Inquiry[CheckResult[Any]]:
            errand = Fetch(domain)
            yield [Query(domain, "TXT")]
            return CheckResult(status="present", value=(yield [errand])[errand])

    (report,) = check_many(colour, Answering(silent=["d0.example"]), names(1), Late(), timeout=0.1)
    assert _value(report, "late")[1] <= 0


def test_a_late_errand_waits_for_the_others_without_asking_again(colour: Colour) -> None:
    class Fetching:
        name = "fetching"

        def inquire(self, domain: str) -> Inquiry[CheckResult[Any]]:
            first = Query(domain, "TXT")
            if domain == "d0.example":
                return CheckResult(status="present", value=(yield [Fetch(domain), first])[first])
            return CheckResult(status="present", value=(yield [first])[first])

    dns = Answering(seconds=0.1, silent=["d0.example"])
    start = time.process_time()
    check_many(colour, dns, names(6), Fetching(), timeout=0.05, concurrency=2)
    assert time.process_time() - start < 0.3


class Served:
    """A check of a domain that runs an errand of so many seconds, and then asks DNS."""

    name = "served"

    def __init__(self, seconds: dict[str, float]) -> None:
        self._seconds = seconds

    def inquire(self, domain: str) -> Inquiry[CheckResult[Any]]:
        query = Query(domain, "TXT")
        if domain not in self._seconds:
            return CheckResult(status="present", value=(yield [query])[query])
        errand = Sleep(domain, self._seconds[domain])
        time_left = (yield [errand])[errand]
        return CheckResult(status="present", value=(time_left, (yield [query])[query]))


@dataclass(frozen=True)
class Sleep:
    """An errand that takes its time, and gives how much there was."""

    domain: str
    seconds: float

    async def run(self, backend: Backend, *, deadline: float) -> float:
        left = deadline - backend.now()
        await backend.sleep(self.seconds)
        return left


def test_errands_do_not_wait_for_a_domain_whose_name_server_is_silent(colour: Colour) -> None:
    dns = Answering(silent=["d1.example"])
    reports = check_many(colour, dns, names(2), Served({"d0.example": 0}), timeout=1)
    assert [report.domain for report in reports] == ["d0.example", "d1.example"]
    time_left, lookup = _value(reports[0], "served")
    assert time_left > 0.5
    assert isinstance(lookup, Answer)


def test_errands_that_wait_for_their_turn_lose_no_time(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailcore.domains.run.ERRAND_LIMIT", 1)
    served = Served(dict.fromkeys(names(6), 0.1))
    reports = check_many(colour, Answering(), names(6), served, timeout=0.3)
    assert all(isinstance(_value(report, "served")[1], Answer) for report in reports)
    assert all(_value(report, "served")[0] > 0.2 for report in reports)


def test_errands_of_others_take_none_of_a_domains_time(colour: Colour) -> None:
    served = Served({"d0.example": 0, "d1.example": 0.6})
    reports = check_many(colour, Answering(), names(2), served, timeout=0.5)
    lookups = {report.domain: _value(report, "served")[1] for report in reports}
    assert isinstance(lookups["d0.example"], Answer)
    assert isinstance(lookups["d1.example"], LookupFailed)  # its own time is over


def test_more_answers_than_are_kept_are_no_harm(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailcore.domains.run.ANSWERS_KEPT", 5)
    reports = check_many(colour, Answering(), [*names(30), "d0.example"], concurrency=4)
    assert {report.results["two"].status for report in reports} == {"present"}
    assert len(reports) == 31


def test_a_stream_that_is_left_early_is_closed(colour: Colour) -> None:
    dns = Answering()

    async def leave() -> None:
        async with AsyncDomainChecker(resolver=dns, checks=[Two()]).check_many(names(9)) as reports:
            await anext(reports)

    if colour.name == "asyncio":
        colour.run(leave())
    else:
        with DomainChecker(resolver=dns, checks=[Two()]).check_many(names(9)) as reports:
            next(reports)
    assert dns.closed == 1


def test_a_check_that_breaks_closes_the_run(colour: Colour) -> None:
    class Broken:
        name = "broken"

        def inquire(self, domain: str) -> Inquiry[CheckResult[Any]]:
            yield [Query(domain, "TXT")]
            raise ArithmeticError

    dns = Answering()
    with pytest.raises(ArithmeticError):
        check_many(colour, dns, names(3), Broken())
    assert dns.closed >= 1


@pytest.mark.parametrize("concurrency", [0, -1])
def test_at_least_one_domain_is_checked_at_a_time(concurrency: int) -> None:
    with pytest.raises(ConfigurationError):
        DomainChecker(resolver=Answering()).check_many(["example.com"], concurrency=concurrency)


def test_one_domain_is_a_list_too() -> None:
    with pytest.raises(ConfigurationError, match="list"):
        DomainChecker(resolver=Answering()).check_many("example.com")


@pytest.mark.parametrize("timeout", [0, -1, math.inf, math.nan])
def test_a_domain_has_some_time_but_not_for_ever(timeout: float) -> None:
    with pytest.raises(ConfigurationError):
        DomainChecker(timeout=timeout)


def test_many_zones_answer_at_once() -> None:
    zone = Zone({name: {"MX": "0 ."} for name in names(100)})
    checker = AsyncDomainChecker(resolver=zone, checks=[MX()])

    async def collect() -> list[DomainReport]:
        return [report async for report in checker.check_many(names(100))]

    assert {report.mx.status for report in asyncio.run(collect())} == {"present"}


def test_a_lookup_that_failed_is_asked_again_for_the_next_domain(colour: Colour) -> None:
    class Moody(Answering):
        """Fails once."""

        def lookups(self, backend: Backend) -> Lookups:  # noqa: ARG002 - nothing is waited for
            return Batches(self.answer)

        async def answer(self, queries: Sequence[Query]) -> list[Lookup]:
            self.asked.extend(queries)
            return [
                LookupFailed(query, "once")
                if query.name == "shared.example" and self.asked.count(query) == 1
                else Answer(query, ("x",), query.name, 60)
                for query in queries
            ]

    reports = check_many(colour, Moody(), names(3), concurrency=1)
    assert [report.results["two"].status for report in reports] == ["unknown", "present", "present"]


def test_a_pause_of_who_takes_the_reports_is_not_the_domains(colour: Colour) -> None:
    if colour.name == "asyncio":
        pytest.skip("the clock is the same")
    checker = DomainChecker(resolver=Answering(seconds=0.1), checks=[Two()], timeout=0.5)
    with checker.check_many(names(4), concurrency=3) as reports:
        found = []
        for report in reports:
            found.append(report.results["two"].status)
            time.sleep(0.6)
    assert found == ["present"] * 4


def test_what_is_no_text_is_no_domain(colour: Colour) -> None:
    listed: list[Any] = ["d0.example", None, b"d1.example", 7, "d2.example"]
    reports = check_many(colour, Answering(), listed)
    assert len(reports) == 5
    assert sum(report.worst == "error" for report in reports) == 3


def test_after_the_end_of_a_broken_list_its_error_is_raised() -> None:
    def broken() -> Iterator[str]:
        yield "d0.example"
        raise ArithmeticError

    dns = Answering()
    reports = DomainChecker(resolver=dns, checks=[Two()]).check_many(broken())
    assert next(reports).domain == "d0.example"
    with pytest.raises(ArithmeticError):
        next(reports)
    assert dns.closed == 1


def test_a_closed_stream_is_at_its_end() -> None:
    reports = DomainChecker(resolver=Answering(), checks=[Two()]).check_many(names(9))
    next(reports)
    reports.close()
    assert list(reports) == []


def test_errands_do_not_wait_for_the_end_of_a_long_list(colour: Colour) -> None:
    class Few:
        name = "few"

        def inquire(self, domain: str) -> Inquiry[CheckResult[Any]]:
            yield [Query(domain, "TXT")]
            if domain != "d3.example":
                return CheckResult(status="present")
            errand = Fetch(domain)
            return CheckResult(status="present", value=(yield [errand])[errand])

    reports = check_many(colour, Answering(seconds=0.01), names(300), Few(), concurrency=8)
    place = [report.domain for report in reports].index("d3.example")
    assert place < 20
