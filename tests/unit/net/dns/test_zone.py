"""A zone answers as a name server would that knows its table and nothing else."""

import asyncio
from typing import Any

import pytest

from mailcore.errors import ConfigurationError
from mailcore.net.asynchronous import AsyncioBackend
from mailcore.net.dns import (
    Answer,
    Lookup,
    LookupFailed,
    MXRecord,
    NoData,
    NxDomain,
    Query,
    SRVRecord,
    TLSARecord,
    TXTRecord,
    Zone,
    resolve,
)

ZONE = Zone(
    {
        "Example.com": {
            "TXT": ["v=spf1 -all", ["two ", "segments"]],
            "MX": ["10 MX.example.com.", "20 mx2.example.com"],
            "A": "192.0.2.1",
            "AAAA": Zone.FAIL,
        },
        "deep.down.example.com": {"A": ["192.0.2.2"]},
        "alias.example.com": {"CNAME": "example.com"},
        "dangling.example.com": {"CNAME": "gone.example.com"},
        "one.loop.example": {"CNAME": "two.loop.example"},
        "two.loop.example": {"CNAME": "one.loop.example"},
        "*.wild.example": {"TXT": "any", "A": "192.0.2.3"},
        "host.wild.example": {"A": "192.0.2.4"},
        "below.sub.wild.example": {"A": "192.0.2.5"},
        "broken.example": Zone.FAIL,
        "_25._tcp.example.com": {"TLSA": "3 1 1 ABCD ef", "CAA": '0 issue "ca.example"'},
        "_imaps._tcp.example.com": {"SRV": "0 1 993 imap.example.com."},
        "bücher.example": {"A": "192.0.2.6"},
    }
)


def look_up(name: str, kind: str) -> Lookup:
    return ZONE.lookup(Query(name, kind))


def texts(name: str, kind: str) -> tuple[str, ...]:
    found = look_up(name, kind)
    assert isinstance(found, Answer)
    return found.texts


def test_records_are_found_in_any_case() -> None:
    assert texts("EXAMPLE.com.", "a") == ("192.0.2.1",)


def test_a_text_is_its_segments_joined() -> None:
    assert texts("example.com", "TXT") == ("v=spf1 -all", "two segments")


def test_a_long_text_is_cut_into_segments() -> None:
    found = Zone({"example.com": {"TXT": "x" * 300}}).lookup(Query("example.com", "TXT"))
    assert isinstance(found, Answer)
    (record,) = found.of(TXTRecord)
    assert [len(segment) for segment in record.segments] == [255, 45]


def test_an_mx_record_is_a_preference_and_a_name() -> None:
    found = look_up("example.com", "MX")
    assert isinstance(found, Answer)
    assert found.of(MXRecord) == ((10, "mx.example.com"), (20, "mx2.example.com"))


def test_a_tlsa_record_is_numbers_and_octets() -> None:
    found = look_up("_25._tcp.example.com", "TLSA")
    assert isinstance(found, Answer)
    assert found.of(TLSARecord) == ((3, 1, 1, b"\xab\xcd\xef"),)


def test_a_srv_record_is_numbers_and_a_name() -> None:
    found = look_up("_imaps._tcp.example.com", "SRV")
    assert isinstance(found, Answer)
    assert found.of(SRVRecord) == ((0, 1, 993, "imap.example.com"),)


def test_other_types_stay_in_presentation_form() -> None:
    assert texts("_25._tcp.example.com", "CAA") == ('0 issue "ca.example"',)


def test_a_name_without_records_of_the_type_has_no_data() -> None:
    assert isinstance(look_up("deep.down.example.com", "MX"), NoData)


@pytest.mark.parametrize("name", ["down.example.com", "_tcp.example.com", "com", "."])
def test_a_name_above_one_that_exists_exists(name: str) -> None:
    assert isinstance(look_up(name, "A"), NoData)


@pytest.mark.parametrize("name", ["missing.example.com", "x.deep.down.example.com", "org"])
def test_every_other_name_does_not_exist(name: str) -> None:
    assert isinstance(look_up(name, "A"), NxDomain)


def test_an_empty_zone_knows_no_name() -> None:
    assert isinstance(Zone({}).lookup(Query("example.com", "A")), NxDomain)


def test_an_alias_is_followed_and_named() -> None:
    found = look_up("alias.example.com", "A")
    assert isinstance(found, Answer)
    assert (found.texts, found.canonical_name) == (("192.0.2.1",), "example.com")


def test_an_alias_can_be_asked_for() -> None:
    assert texts("alias.example.com", "CNAME") == ("example.com",)


def test_an_alias_of_a_missing_name_is_missing() -> None:
    found = look_up("dangling.example.com", "A")
    assert isinstance(found, NxDomain)
    assert found.canonical_name == "gone.example.com"


def test_aliases_in_a_circle_fail() -> None:
    assert isinstance(look_up("one.loop.example", "A"), LookupFailed)


@pytest.mark.parametrize("name", ["a.wild.example", "a.b.wild.example"])
def test_a_wildcard_stands_in_for_names_that_do_not_exist(name: str) -> None:
    assert texts(name, "A") == ("192.0.2.3",)


def test_a_wildcard_does_not_add_to_a_name_that_exists() -> None:
    assert isinstance(look_up("host.wild.example", "TXT"), NoData)


def test_a_wildcard_does_not_reach_below_a_name_that_exists() -> None:
    assert isinstance(look_up("a.sub.wild.example", "A"), NxDomain)


def test_a_wildcard_is_not_at_its_parent() -> None:
    assert isinstance(look_up("wild.example", "A"), NoData)


def test_one_type_can_fail() -> None:
    assert isinstance(look_up("example.com", "AAAA"), LookupFailed)


def test_a_whole_name_can_fail() -> None:
    assert isinstance(look_up("broken.example", "TXT"), LookupFailed)


def test_a_name_is_found_in_unicode_too() -> None:
    assert texts("BÜCHER.example", "A") == texts("xn--bcher-kva.example", "A")


def test_a_batch_is_answered_in_its_order() -> None:
    queries = [Query("example.com", "A"), Query("missing.example", "A"), Query("example.com", "NS")]
    answers = asyncio.run(resolve(ZONE, AsyncioBackend(), queries))
    assert [type(answer) for answer in answers] == [Answer, NxDomain, NoData]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("MX", "mx.example.com"),
        ("MX", "ten mx.example.com"),
        ("A", "192.0.2.256"),
        ("AAAA", "192.0.2.1"),
        ("MX", "65536 mx.example.com"),
        ("MX", "-1 mx.example.com"),
        ("SRV", "0 1 65536 mx.example.com"),
        ("TLSA", "3 1 1 xyz"),
        ("TLSA", "256 1 1 00"),
        ("CNAME", "a b"),
        ("PTR", "a..b"),
    ],
)
def test_a_malformed_record_is_refused(kind: str, text: str) -> None:
    with pytest.raises(ConfigurationError):
        Zone({"example.com": {kind: text}})


@pytest.mark.parametrize(
    "records",
    [
        {"a.com": {"FOO": ["1.2.3"]}},
        {"a.com": {"A": "192.0.2.1"}, "A.com.": {"A": "192.0.2.2"}},
        {"a.com": {"TXT": "one", "txt": "two"}},
        {"a.com": {"TXT": [b"x"]}},
        {"a.com": {"CNAME": "b.com", "MX": "10 mx.com"}},
        {"a.com": {"CNAME": ["b.com", "c.com"]}},
        {"a.com": {"TXT": b"x"}},
        {"a.com": {"TXT": [["x", b"y"]]}},
        {"a.com": {"TXT": None}},
        {"a.com": {"A": [5]}},
        {"a.com": ["192.0.2.1"]},
        {"a.com": "192.0.2.1"},
    ],
)
def test_what_would_be_lost_or_cannot_be_served_is_refused(records: Any) -> None:
    with pytest.raises(ConfigurationError):
        Zone(records)


def test_segments_are_for_texts_only() -> None:
    with pytest.raises(ConfigurationError):
        Zone({"example.com": {"A": [["192.0.2.1"]]}})


def test_an_overlong_segment_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        Zone({"example.com": {"TXT": [["x" * 256]]}})


def test_a_dname_leads_what_is_below_it_elsewhere() -> None:
    zone = Zone({"old.example": {"DNAME": "new.example"}, "a.new.example": {"A": "192.0.2.1"}})
    found = zone.lookup(Query("a.old.example", "A"))
    assert isinstance(found, Answer)
    assert (found.texts, found.canonical_name) == (("192.0.2.1",), "a.new.example")
    assert isinstance(zone.lookup(Query("old.example", "A")), NoData)
