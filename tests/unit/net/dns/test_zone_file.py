"""Zone files are read with their times to live."""

from pathlib import Path

import pytest

from mailcore.errors import ConfigurationError
from mailcore.net.dns import Answer, NoData, NxDomain, Query, TXTRecord, Zone

TEXT = """
$TTL 300
@       IN SOA ns.example.com. root.example.com. 1 7200 3600 1209600 60
        IN MX  10 mx
        IN TXT "v=spf1 " "mx -all"
mx 60   IN A   192.0.2.1
        IN A   192.0.2.2
_dmarc  IN CNAME _dmarc.example.net.
*.w     IN A   192.0.2.3
"""


def lookup(zone: Zone, name: str, kind: str) -> Answer:
    found = zone.lookup(Query(name, kind))
    assert isinstance(found, Answer)
    return found


def test_records_have_their_names_and_segments() -> None:
    zone = Zone.from_text(TEXT, origin="Example.com")
    assert lookup(zone, "example.com", "MX").texts == ("10 mx.example.com",)
    assert lookup(zone, "example.com", "TXT").records == (TXTRecord((b"v=spf1 ", b"mx -all")),)
    assert set(lookup(zone, "mx.example.com", "A").texts) == {"192.0.2.1", "192.0.2.2"}


def test_records_have_their_time_to_live() -> None:
    zone = Zone.from_text(TEXT, origin="example.com")
    assert lookup(zone, "example.com", "MX").ttl == 300
    assert lookup(zone, "mx.example.com", "A").ttl == 60


def test_names_exist_aliases_lead_on_and_wildcards_cover() -> None:
    zone = Zone.from_text(TEXT, origin="example.com")
    assert isinstance(zone.lookup(Query("w.example.com", "A")), NoData)
    assert lookup(zone, "a.w.example.com", "A").texts == ("192.0.2.3",)
    found = zone.lookup(Query("_dmarc.example.com", "TXT"))
    assert isinstance(found, NxDomain)
    assert found.canonical_name == "_dmarc.example.net"


def test_a_file_can_name_its_origin(tmp_path: Path) -> None:
    path = tmp_path / "zone"
    path.write_text(f"$ORIGIN example.com.\n{TEXT}", encoding="utf-8")
    assert lookup(Zone.from_file(path), "example.com", "MX").texts == ("10 mx.example.com",)


def test_a_zone_can_answer_as_validated() -> None:
    zone = Zone.from_text(TEXT, origin="example.com", is_authenticated=True)
    assert lookup(zone, "example.com", "MX").is_authenticated


@pytest.mark.parametrize(
    "text",
    ["@ IN A 192.0.2.300", "@ IN MX", "nonsense", "@ IN A 192.0.2.1\n(", "$INCLUDE /etc/passwd"],
)
def test_what_is_no_zone_file_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="zone file"):
        Zone.from_text(f"$TTL 60\n{text}", origin="example.com")


def test_what_is_wrong_is_told_with_its_line() -> None:
    for first in ("$TTL 60", "; without times to live"):
        with pytest.raises(ConfigurationError, match=r"near line:[34]: "):
            Zone.from_text(f"{first}\na IN A 192.0.2.1\nb IN A 192.0.2.300\n", origin="example.com")


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "zone"
    path.write_text("\ufeff$ORIGIN example.com.\nmx 60 IN A 192.0.2.1\n", encoding="utf-8")
    assert lookup(Zone.from_file(path), "mx.example.com", "A").texts == ("192.0.2.1",)


def test_an_alias_stands_alone() -> None:
    with pytest.raises(ConfigurationError, match=r"near line:[23]: a.example.com.: CNAME"):
        Zone.from_text("a 60 IN CNAME b\na 60 IN TXT x\n", origin="example.com")


def test_a_name_has_one_alias_at_most() -> None:
    with pytest.raises(ConfigurationError, match=r"a.example.com.: several CNAMEs"):
        Zone.from_text("a 60 IN CNAME b\na 60 IN CNAME c\n", origin="example.com")
    Zone.from_text("a 60 IN CNAME b\na 60 IN CNAME b\n", origin="example.com")


def test_names_outside_the_origin_are_records_like_others() -> None:
    text = "@ 60 IN TXT own\nexample.com._report._dmarc.example.net. 60 IN TXT v=DMARC1\n"
    zone = Zone.from_text(text, origin="example.com")
    assert lookup(zone, "example.com", "TXT").texts == ("own",)
    name = "example.com._report._dmarc.example.net"
    assert lookup(zone, name, "TXT").texts == ("v=DMARC1",)


@pytest.mark.parametrize("origin", [None, "example.com"])
def test_a_file_can_have_several_origins(origin: str | None) -> None:
    zone = Zone.from_text(
        "$TTL 60\n$ORIGIN example.com.\n@ IN SOA ns root 1 2 3 4 5\nmx IN A 192.0.2.1\n"
        "$ORIGIN example.org.\n@ IN SOA ns root 1 2 3 4 5\nmx IN A 192.0.2.2\n"
        "$ORIGIN sub\nmx IN A 192.0.2.3\n",
        origin=origin,
    )
    names = ("mx.example.com", "mx.example.org", "mx.sub.example.org")
    assert [lookup(zone, name, "A").texts[0][-1] for name in names] == ["1", "2", "3"]


def test_signatures_of_several_types_stand_at_one_name() -> None:
    zone = Zone.from_text(
        "@ 60 IN A 192.0.2.1\n@ 60 IN AAAA ::1\n"
        "@ 60 IN RRSIG A 13 2 60 20370101000000 20260101000000 1 example.com. AAAA\n"
        "@ 60 IN RRSIG AAAA 13 2 60 20370101000000 20260101000000 1 example.com. AAAA\n",
        origin="example.com",
    )
    assert lookup(zone, "example.com", "A").texts == ("192.0.2.1",)


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Zone.from_file(tmp_path / "zone")


def test_relative_names_need_an_origin() -> None:
    for text in (
        "@ IN TXT x",
        "www IN A 192.0.2.1",
        "a.example. IN TXT x\nb IN TXT y",
        "a.example. IN MX 1 b",
    ):
        with pytest.raises(ConfigurationError, match="origin"):
            Zone.from_text(f"$TTL 60\n{text}\n")


def test_absolute_names_need_none() -> None:
    zone = Zone.from_text("a.example. IN MX 10 mx.example.\n")
    assert lookup(zone, "a.example", "MX").texts == ("10 mx.example",)
