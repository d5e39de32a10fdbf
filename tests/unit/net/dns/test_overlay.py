"""A zone over another DNS answers as if its records were published there."""

import pytest

from mailcore.net.dns import Answer, Lookup, LookupFailed, NoData, NxDomain, Query, Zone, resolve
from tests.colours import Colour

BELOW = Zone(
    {
        "example.com": {"TXT": "v=spf1 +all", "MX": "10 mx.example.com", "A": "192.0.2.1"},
        "mx.example.com": {"A": "192.0.2.25"},
        "broken.example.com": Zone.FAIL,
    }
)
ABOVE = Zone(
    {
        "example.com": {"TXT": "v=spf1 -all", "AAAA": []},
        "_dmarc.example.com": {"TXT": "v=DMARC1; p=reject"},
        "mx.example.com": Zone.FAIL,
        "broken.example.com": {"A": "192.0.2.9"},
        "www.example.com": {"CNAME": "example.com"},
        "dead.example.com": {"CNAME": "missing.example.com"},
        "inner.example.com": {"CNAME": "www.example.com"},
        "*.wild.example.com": {"A": "192.0.2.7"},
        "moved.example.com": {"DNAME": "example.com"},
    }
)


def ask(colour: Colour, name: str, kind: str) -> Lookup:
    query = Query(name, kind)
    (found,) = colour.run(resolve(ABOVE.over(BELOW), colour.backend, [query]))
    assert found.query == query
    return found


@pytest.mark.parametrize(
    ("name", "kind", "texts"),
    [
        ("example.com", "TXT", ("v=spf1 -all",)),
        ("example.com", "MX", ("10 mx.example.com",)),
        ("_dmarc.example.com", "TXT", ("v=DMARC1; p=reject",)),
        ("broken.example.com", "A", ("192.0.2.9",)),
        ("www.example.com", "A", ("192.0.2.1",)),
        ("www.example.com", "TXT", ("v=spf1 -all",)),
        ("inner.example.com", "A", ("192.0.2.1",)),
        ("a.wild.example.com", "A", ("192.0.2.7",)),
        ("www.moved.example.com", "TXT", ("v=spf1 -all",)),
        ("broken.moved.example.com", "A", ("192.0.2.9",)),
    ],
)
def test_what_the_zone_has_stands_in_for_what_is_there(
    colour: Colour, name: str, kind: str, texts: tuple[str, ...]
) -> None:
    found = ask(colour, name, kind)
    assert isinstance(found, Answer)
    assert found.texts == texts


def test_an_empty_list_removes_a_type(colour: Colour) -> None:
    assert isinstance(ask(colour, "example.com", "AAAA"), NoData)


def test_a_name_of_the_zone_exists(colour: Colour) -> None:
    assert isinstance(ask(colour, "_dmarc.example.com", "A"), NoData)
    assert isinstance(ask(colour, "wild.example.com", "A"), NoData)


def test_what_neither_has_does_not_exist(colour: Colour) -> None:
    assert isinstance(ask(colour, "missing.example.com", "A"), NxDomain)


def test_failures_come_from_both(colour: Colour) -> None:
    assert isinstance(ask(colour, "mx.example.com", "A"), LookupFailed)
    assert isinstance(ask(colour, "broken.example.com", "MX"), LookupFailed)


def test_an_alias_may_lead_to_nothing(colour: Colour) -> None:
    found = ask(colour, "dead.example.com", "A")
    assert isinstance(found, NxDomain)
    assert found.canonical_name == "missing.example.com"


def test_two_names_may_lead_to_one(colour: Colour) -> None:
    queries = [Query("www.example.com", "MX"), Query("example.com", "MX")]
    found = colour.run(resolve(ABOVE.over(BELOW), colour.backend, queries))
    assert [lookup.query for lookup in found] == queries
    assert all(isinstance(lookup, Answer) for lookup in found)


def test_an_overlay_says_what_it_is() -> None:
    assert repr(ABOVE.over(BELOW)) == "Zone of 9 names over Zone of 3 names"


def test_an_alias_of_the_others_may_lead_back(colour: Colour) -> None:
    below = Zone(
        {"_dmarc.example.com": {"CNAME": "policy.example"}, "policy.example": {"TXT": "old"}}
    )
    above = Zone({"policy.example": {"TXT": "new"}})
    query = Query("_dmarc.example.com", "TXT")
    (found,) = colour.run(resolve(above.over(below), colour.backend, [query]))
    assert isinstance(found, Answer)
    assert (found.query, found.texts) == (query, ("new",))
