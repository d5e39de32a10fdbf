"""TLSRPT: the record that says where reports on failed TLS go (RFC 8460 3)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailcore.domains.records.fault import Fault, Span
from mailcore.domains.records.fields import read_fields
from mailcore.domains.records.tags import Tag
from mailcore.errors import ConfigurationError

__all__ = ["TLSRPTRecord", "build_tls_rpt", "is_tls_rpt", "read_tls_rpt"]

_VERSION = re.compile(r"v=TLSRPTv1[ \t]*+(?:;|$)")
_VISIBLE = r"[\x22-\x2b\x2d-\x3a\x3c-\x7e]"  # without “!”, “,” and “;”, which have to be encoded
_URI = re.compile(rf"([A-Za-z][A-Za-z0-9+.-]*+):{_VISIBLE}++")
_DESTINATION = re.compile(
    rf"(?i:mailto):(?:(?!@){_VISIBLE})++@(?![/?#]){_VISIBLE}++"
    rf"|(?i:https)://(?![/?#]){_VISIBLE}++"
)


@dataclass(frozen=True, slots=True)
class TLSRPTRecord:
    """A record. With any fault senders may take it as not there.

    `reports` are the mailto and https URIs that get reports. `other_schemes` are URIs that nothing
    is sent to, and `unknown` are fields that are passed over.
    """

    text: str
    reports: tuple[str, ...]
    other_schemes: tuple[str, ...]
    unknown: tuple[Tag, ...]
    faults: tuple[Fault, ...]


def is_tls_rpt(text: str) -> bool:
    """Tell whether a TXT record is a TLSRPT record: it starts with `v=TLSRPTv1`, in this case."""
    return _VERSION.match(text) is not None


def read_tls_rpt(text: str) -> TLSRPTRecord:
    """Read a record for which `is_tls_rpt` holds; what cannot be read is in its faults.

    The field rua may be there several times.
    """
    fields, broken = read_fields(text)
    faults = list(broken)
    reports: list[str] = []
    other_schemes: list[str] = []
    destinations = [field for field in fields if field.name == "rua"]
    if not destinations:
        faults.append(Fault("there is no rua", Span(0, len(text))))
    for field in destinations:
        for piece in field.value.split(","):
            uri = piece.strip(" \t")
            found = _URI.fullmatch(uri)
            if _DESTINATION.fullmatch(uri):
                reports.append(uri)
            elif found and found[1].lower() not in {"mailto", "https"}:
                other_schemes.append(uri)
            else:
                faults.append(Fault(f"{uri[:40]!r} is no address for reports", field.span))
    return TLSRPTRecord(
        text=text,
        reports=tuple(reports),
        other_schemes=tuple(other_schemes),
        unknown=tuple(field for field in fields if field.name != "rua"),
        faults=tuple(sorted(faults, key=lambda fault: fault.span)),
    )


def build_tls_rpt(*, reports: Iterable[str]) -> TLSRPTRecord:
    """Give the record that has reports sent to mailto and https URIs.

    Raises `ConfigurationError` where there is none, and for what is none; in a URI “,”, “;” and “!”
    are encoded.
    """
    if isinstance(reports, str):
        raise ConfigurationError("reports are a list, even if they go to one address")
    uris = tuple(reports)
    if not uris:
        raise ConfigurationError("reports need at least one address")
    for uri in uris:
        if not _DESTINATION.fullmatch(uri):
            raise ConfigurationError(f"reports go to mailto: and https: URIs, not to {uri!r}")
    return read_tls_rpt(f"v=TLSRPTv1; rua={','.join(uris)}")
