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


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Zone.from_file(tmp_path / "zone")


def test_relative_names_need_an_origin() -> None:
    for text in ("@ IN TXT x", "www IN A 192.0.2.1", "a.example. IN TXT x\nb IN TXT y"):
        with pytest.raises(ConfigurationError, match="origin"):
            Zone.from_text(f"$TTL 60\n{text}\n")


def test_absolute_names_need_none() -> None:
    zone = Zone.from_text("a.example. IN MX 10 mx.example.\n")
    assert lookup(zone, "a.example", "MX").texts == ("10 mx.example",)
