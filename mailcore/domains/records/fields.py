"""Fields after a version, `v=STSv1; name=value`: how MTA-STS and TLSRPT are announced.

The syntax is that of RFC 8461 3.1 and RFC 8460 3. It is stricter than that of tag lists: case
counts, and there is no space around "=".
"""

import re

from mailcore.domains.records.fault import Fault, Span
from mailcore.domains.records.tags import Tag

__all__ = ["read_fields"]

_PIECE = re.compile(r"[^;]++")
_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31}+)=([\x21-\x7e][\t\x20-\x7e]*+)")


def read_fields(text: str) -> tuple[tuple[Tag, ...], tuple[Fault, ...]]:
    """Give the fields after the version, repeated ones too, and what is no field."""
    fields: list[Tag] = []
    faults: list[Fault] = []
    after_version = text.find(";") + 1 or len(text)
    for found in _PIECE.finditer(text, after_version):
        piece = found[0].strip(" \t")
        if not piece:
            continue
        start = found.start() + found[0].index(piece)
        span = Span(start, start + len(piece))
        if field := _FIELD.fullmatch(piece):
            fields.append(Tag(field[1], field[2], span))
        else:
            faults.append(Fault(f"{piece[:40]!r} is no “name=value”", span))
    return tuple(fields), tuple(faults)
