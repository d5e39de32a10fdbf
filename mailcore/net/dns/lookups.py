"""DNS as questions and answers: four kinds of answer, which are never mixed up.

`Answer` has records, `NoData` says that the name exists without records of that type, `NxDomain`
that the name does not exist, and `LookupFailed` that nothing is known.

Whoever asks takes a `DNS`, and opens its `Lookups`: questions are asked as they come up, and answered
as the answers come in, so that one slow answer holds nothing else up. `resolve` asks a batch.
"""

import dataclasses
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from mailcore.net.backend import Backend
from mailcore.net.dns.records import R, Record, dns_name

__all__ = [
    "DNS",
    "Answer",
    "Batches",
    "Lookup",
    "LookupFailed",
    "Lookups",
    "NoData",
    "NxDomain",
    "Query",
    "answer_to",
    "resolve",
]


@dataclass(frozen=True, slots=True)
class Query:
    """One question: a name, in the form of `dns_name`, and a record type."""

    name: str
    type: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", dns_name(self.name))
        object.__setattr__(self, "type", self.type.upper())

    def __str__(self) -> str:
        return f"{self.name} {self.type}"


@dataclass(frozen=True, slots=True)
class Answer:
    """There are records.

    `canonical_name` is where the CNAMEs led, the queried name where there is none; `ttl` is the
    least of the chain, in seconds. `is_authenticated` says that the resolver has validated them by
    DNSSEC (the AD bit, RFC 4035 3.2.3), which is worth what the way to that resolver is worth.
    """

    query: Query
    records: tuple[Record, ...]
    canonical_name: str
    ttl: int
    is_authenticated: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The records as text: addresses, names, joined TXT, "10 mx.example.com"."""
        return tuple(str(record) for record in self.records)

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """Give the records of one class: `answer.of(MXRecord)`."""
        return tuple(record for record in self.records if isinstance(record, kind))


@dataclass(frozen=True, slots=True)
class NoData:
    """The name exists, and has no records of this type (RFC 2308 2.2)."""

    query: Query
    canonical_name: str
    ttl: int


@dataclass(frozen=True, slots=True)
class NxDomain:
    """The name does not exist, nor does anything below it (RFC 8020).

    Where `canonical_name` is not the queried name, that one is an alias of a name that is missing.
    """

    query: Query
    canonical_name: str
    ttl: int


@dataclass(frozen=True, slots=True)
class LookupFailed:
    """Nothing is known: no answer in time, an error of the servers, an answer that is none."""

    query: Query
    reason: str


Lookup: TypeAlias = Answer | NoData | NxDomain | LookupFailed


class Lookups(Protocol):
    """Questions under way. It is used by one conversation at a time."""

    def ask(self, query: Query) -> None:
        """Take a question on; nothing is waited for."""
        ...

    async def next(self, *, deadline: float) -> list[Lookup]:
        """Wait for answers, and give those that are there: none only at the deadline, or if nothing is asked.

        Each question gets one answer, in any order, and each in its own time. Nothing that DNS does is
        raised.
        """
        ...

    def close(self) -> None:
        """Drop what is under way."""
        ...


class DNS(Protocol):
    """Something that answers questions: a `Resolver`, a `Zone`, or the caller's own.

    A function that answers a batch of questions becomes one by `Batches`.
    """

    def lookups(self, backend: Backend) -> Lookups:
        """Begin to ask."""
        ...


class Batches:
    """`Lookups` over a function that answers all questions of a batch, in its order."""

    def __init__(self, answer: Callable[[Sequence[Query]], Awaitable[list[Lookup]]]) -> None:
        self._answer = answer
        self._asked: list[Query] = []

    def ask(self, query: Query) -> None:
        """Put the question into the next batch."""
        self._asked.append(query)

    async def next(self, *, deadline: float) -> list[Lookup]:
        """Have the batch answered; the function keeps its own time."""
        del deadline
        batch, self._asked = self._asked, []
        return await self._answer(batch) if batch else []

    def close(self) -> None:
        """Forget what was asked."""
        self._asked = []


async def resolve(dns: DNS, backend: Backend, queries: Sequence[Query]) -> list[Lookup]:
    """Ask a whole batch; the answers are in the questions' order, however long they take."""
    lookups = dns.lookups(backend)
    try:
        missing = {*queries}
        found: dict[Query, Lookup] = {}
        for query in dict.fromkeys(queries):
            lookups.ask(query)
        while missing:
            for lookup in await lookups.next(deadline=math.inf):
                found[lookup.query] = lookup
            missing -= found.keys()
        return [found[query] for query in queries]
    finally:
        lookups.close()


def answer_to(query: Query, lookup: Lookup) -> Lookup:
    """Give the answer as one to this question, of which the other was a part."""
    return dataclasses.replace(lookup, query=query)
