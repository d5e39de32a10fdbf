"""Names and records have one form each."""

import pytest

from mailcore.errors import ConfigurationError
from mailcore.net.dns import (
    MXRecord,
    SRVRecord,
    TLSARecord,
    TXTRecord,
    dns_name,
    read_record,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("_dmarc.Bücher.example", "_dmarc.xn--bcher-kva.example"),
        ("bücher。example", "xn--bcher-kva.example"),
        (".", "."),
        ("", "."),
        (r"a\"b\.c.example", r"a\"b\.c.example".replace('\\"', '"')),
        ("a b.example", r"a\032b.example"),
        ("x" * 63 + ".example", "x" * 63 + ".example"),
    ],
)
def test_a_name_has_one_form(text: str, name: str) -> None:
    assert dns_name(text) == name
    assert dns_name(name) == name


@pytest.mark.parametrize(
    "text",
    ["a..b", ".example.com", "x" * 64 + ".com", ".".join(["x" * 49] * 6), "ü" * 64, "ü..example"],
)
def test_what_cannot_be_a_name_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        dns_name(text)


def test_octets_that_are_no_utf8_are_kept() -> None:
    assert str(TXTRecord((b"caf\xe9",))) == "café"


def test_a_character_may_lie_across_two_segments() -> None:
    assert str(TXTRecord((b"caf\xc3", b"\xa9"))) == "café"


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        ("MX", MXRecord(10, "mx.example.com")),
        ("MX", MXRecord(0, ".")),
        ("SRV", SRVRecord(0, 1, 993, "imap.example.com")),
        ("TLSA", TLSARecord(3, 1, 1, b"\x01\x02")),
        ("TXT", TXTRecord((b"v=spf1 -all",))),
        ("A", "192.0.2.1"),
    ],
)
def test_a_record_reads_its_own_text(
    kind: str, record: MXRecord | SRVRecord | TLSARecord | TXTRecord | str
) -> None:
    assert read_record(kind, str(record)) == record
