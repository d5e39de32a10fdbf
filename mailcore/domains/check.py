"""What a check is: it asks DNS in rounds, and gives a result.

A check does no I/O. `inquire` is a generator that yields the questions it has next, all that are
known together, and is sent the answers; it returns its result. Whoever drives several of them
(mailcore.domains.run) can so put their questions together and ask each of them once. A further
check is one class of this shape. What DNS can't tell, such as a policy that is fetched, is asked by
an `Errand`.
"""

from collections.abc import Generator, Hashable, Iterable
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar, overload

from pydantic import BaseModel

from mailcore.domains.finding import Finding, Kind, Severity
from mailcore.errors import ConfigurationError
from mailcore.net.backend import Backend
from mailcore.net.dns import Lookup, LookupFailed, NxDomain, Query

__all__ = [
    "Answers",
    "Check",
    "CheckResult",
    "Errand",
    "Inquiry",
    "Question",
    "Status",
    "ask",
    "dangling",
    "failures",
    "judge",
]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Status: TypeAlias = Literal["present", "absent", "invalid", "unknown"]


class Errand(Hashable, Protocol[T_co]):
    """A question that is not for DNS: a value that knows how to find its answer.

    Equal ones run once for all who ask; an answer whose `is_failure` is true is not kept for later.
    """

    async def run(self, backend: Backend, *, deadline: float) -> T_co:
        """Find the answer; what goes wrong is part of it, and not raised."""
        ...


Question: TypeAlias = Query | Errand[Any]


class Answers(Protocol):
    """The answers to the questions that were yielded."""

    @overload
    def __getitem__(self, question: Query, /) -> Lookup: ...
    @overload
    def __getitem__(self, question: Errand[T], /) -> T: ...


Inquiry: TypeAlias = Generator[Iterable[Question], Answers, T]

LOOKUP_FAILED = Kind(
    "dns.lookup-failed",
    Severity.WARNING,
    "the {type} lookup gave no answer: {reason}",
    "Check again later; if it stays, look at the domain's name servers.",
    "RFC 2308 7",
)
ALIAS_DANGLING = Kind(
    "dns.alias-dangling",
    Severity.WARNING,
    "the name is an alias of {canonical_name}, which does not exist: whoever can publish that decides "
    "what stands here",
    "Have the record published there, or put the record itself in the place of the alias.",
    "RFC 1034 3.6.2",
)
IMPOSSIBLE_NAME = Kind(
    "dns.impossible-name",
    Severity.WARNING,
    "there can be no {type} record: the name, or a part of it, is too long for DNS",
    "Use a shorter domain for mail, or a shorter selector.",
    "RFC 1035 2.3.4",
)


class CheckResult(BaseModel, Generic[T], frozen=True):
    """What a check found out.

    `status` is "present" or "absent" where that is sure, "invalid" where something is there that
    does not work, and "unknown" where a lookup failed or there was nothing to go by. `value` is
    what was found, as far as it is known. `queries` counts the questions asked, `elapsed` is in seconds.
    """

    status: Status
    value: T | None = None
    findings: tuple[Finding, ...] = ()
    queries: int = 0
    elapsed: float = 0.0

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle it without its type's parameter: such a class has no name to be found by."""
        return _restore, (dict(self),)


def _restore(fields: dict[str, Any]) -> CheckResult[Any]:
    return CheckResult(**fields)


class Check(Protocol):
    """One thing to check about a domain; `name` is where its result goes in the report."""

    @property
    def name(self) -> str:
        """The report's field, or the key in its `others`."""
        ...

    def inquire(self, domain: str) -> Inquiry[CheckResult[Any]]:
        """Ask what there is to ask, and judge the answers."""
        ...


def ask(name: str, kind: str) -> Query | Finding:
    """Give the question for a name made from a domain, or what there is to say if it is too long."""
    try:
        return Query(name, kind)
    except ConfigurationError:
        return IMPOSSIBLE_NAME.at(name, type=kind)


def failures(answers: Iterable[Lookup]) -> list[Finding]:
    """Give a finding for every lookup that failed."""
    return [
        LOOKUP_FAILED.at(answer.query.name, type=answer.query.type, reason=answer.reason)
        for answer in answers
        if isinstance(answer, LookupFailed)
    ]


def dangling(answers: Iterable[Lookup]) -> list[Finding]:
    """Give a finding for every name that is an alias of one that does not exist (RFC 6604 3)."""
    return [
        ALIAS_DANGLING.at(answer.query.name, canonical_name=answer.canonical_name)
        for answer in answers
        if isinstance(answer, NxDomain) and answer.canonical_name != answer.query.name
    ]


def judge(findings: Iterable[Finding]) -> Status:
    """Give the status of something that was found: a failed lookup leaves it unknown."""
    found = list(findings)
    if any(finding.code == LOOKUP_FAILED.code for finding in found):
        return "unknown"
    if any(finding.severity is Severity.ERROR for finding in found):
        return "invalid"
    return "present"
