"""Lines for zone files are what any reader of zone files takes them for."""

import dns.rdataclass
import dns.rdatatype
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.domains.records.publishing import TEXT_LIMIT, zone_line
from mailcore.errors import ConfigurationError


def test_a_line_names_the_owner_and_quotes_the_text() -> None:
    line = zone_line("_dmarc.example.com", "v=DMARC1; p=none")
    assert line == '_dmarc.example.com. IN TXT "v=DMARC1; p=none"'


def test_a_line_may_have_a_ttl() -> None:
    assert zone_line("Example.COM.", "", ttl=0) == 'example.com. 0 IN TXT ""'


def test_a_long_text_is_cut_into_strings_of_255_octets() -> None:
    line = zone_line("example.com", "a" * 256)
    assert line == f'example.com. IN TXT "{"a" * 255}" "a"'


def test_what_has_a_meaning_in_a_zone_file_is_escaped() -> None:
    line = zone_line("example.com", '"\\\r\n\0é')
    assert line == 'example.com. IN TXT "\\"\\\\\\013\\010\\000\\195\\169"'


def test_a_wildcard_has_a_line_too() -> None:
    assert zone_line("*._report._dmarc.example.com", "v=DMARC1").startswith("*._report.")


@pytest.mark.parametrize(
    "name", ["a b.example", 'a".example', "a;b.example", "$ttl", "@", "a.*", "."]
)
def test_what_is_no_name_for_a_record_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="not a name"):
        zone_line(name, "x")


def test_a_text_that_no_record_has_room_for_is_refused() -> None:
    assert len(zone_line("example.com", "a" * TEXT_LIMIT)) > TEXT_LIMIT
    with pytest.raises(ConfigurationError, match="octets"):
        zone_line("example.com", "a" * (TEXT_LIMIT + 1))


@pytest.mark.parametrize("ttl", [-1, 2**31])
def test_a_ttl_that_is_none_is_refused(ttl: int) -> None:
    with pytest.raises(ConfigurationError, match="TTL"):
        zone_line("example.com", "x", ttl=ttl)


@given(st.text(max_size=600))
def test_a_reader_of_zone_files_gets_the_text(text: str) -> None:
    line = zone_line("a.example.com", text, ttl=60)
    zone = dns.zone.from_text(line, origin="example.com.", relativize=False, check_origin=False)
    rdataset = zone.find_rdataset("a.example.com.", dns.rdatatype.TXT)
    (rdata,) = rdataset
    assert (b"".join(rdata.strings), rdataset.ttl) == (text.encode(), 60)


@pytest.mark.parametrize("size", [255, 256, TEXT_LIMIT])
def test_a_text_of_any_size_is_a_record(size: int) -> None:
    line = zone_line("a.example.com", "x" * size, ttl=60)
    zone = dns.zone.from_text(line, origin="example.com.", relativize=False, check_origin=False)
    (rdata,) = zone.find_rdataset("a.example.com.", dns.rdatatype.TXT)
    assert len(rdata.to_wire()) == size + len(rdata.strings) <= 65_535
