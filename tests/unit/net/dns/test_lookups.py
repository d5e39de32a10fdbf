"""Questions are values, and whoever answers batches answers questions under way, too."""

import math
from collections.abc import Sequence

from mailcore.net.backend import Backend
from mailcore.net.dns import Answer, Batches, Lookup, Lookups, NxDomain, Query, resolve
from mailcore.net.dns.lookups import answer_to
from tests.colours import Colour

FIRST, SECOND = Query("a.example", "A"), Query("b.example", "A")


class Table:
    """A DNS of one's own: it answers batches, and writes them down."""

    def __init__(self) -> None:
        self.batches: list[list[Query]] = []

    def lookups(self, backend: Backend) -> Lookups:  # noqa: ARG002 - nothing is waited for
        return Batches(self.answer)

    async def answer(self, queries: Sequence[Query]) -> list[Lookup]:
        self.batches.append([*queries])
        return [NxDomain(query, query.name, 60) for query in queries]


def test_a_query_is_in_the_one_form() -> None:
    assert Query("EXAMPLE.com.", "txt") == Query("example.com", "TXT")


def test_what_was_asked_since_makes_a_batch(colour: Colour) -> None:
    table = Table()
    lookups = table.lookups(colour.backend)
    lookups.ask(FIRST)
    lookups.ask(SECOND)
    found = colour.run(lookups.next(deadline=math.inf))
    assert table.batches == [[FIRST, SECOND]]
    assert [lookup.query for lookup in found] == [FIRST, SECOND]
    assert colour.run(lookups.next(deadline=math.inf)) == []


def test_what_is_closed_is_not_asked(colour: Colour) -> None:
    table = Table()
    lookups = table.lookups(colour.backend)
    lookups.ask(FIRST)
    lookups.close()
    assert colour.run(lookups.next(deadline=math.inf)) == []
    assert table.batches == []


def test_a_question_that_is_there_twice_is_asked_once(colour: Colour) -> None:
    table = Table()
    found = colour.run(resolve(table, colour.backend, [FIRST, SECOND, FIRST]))
    assert [lookup.query for lookup in found] == [FIRST, SECOND, FIRST]
    assert table.batches == [[FIRST, SECOND]]


def test_an_answer_can_be_one_to_another_question() -> None:
    answer = Answer(FIRST, ("192.0.2.1",), "a.example", 60)
    assert answer_to(SECOND, answer) == Answer(SECOND, ("192.0.2.1",), "a.example", 60)
