"""Values with parameters, as Content-Type and Content-Disposition have them (RFC 2045 5.1, RFC 2231)."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from mailcore.message.reading.content.charsets import decode
from mailcore.message.reading.values.words import decode_words, unfold

__all__ = ["Parameterised", "parse_parameters"]

PARAMETERS = 1000  # what one field can have
CACHED_OCTETS = 512  # longer fields are read anew each time, so that no mail fills the cache

_VALUE = re.compile(r"[^\s;(\"]*+(?:\s*+/\s*+[^\s;(\"]*+)?")
_PARAMETER = re.compile(r';\s*+([^\s=;"]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"?|[^;]*+)')
_SECTION = re.compile(r"([^*]++)(?:\*(\d{1,4}))?(\*)?")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


class Parameterised(NamedTuple):
    """The value in lower case, and the parameters by lower-case name, decoded."""

    value: str
    parameters: Mapping[str, str]


class _Section(NamedTuple):
    number: int
    is_extended: bool
    text: str


def parse_parameters(raw: bytes) -> Parameterised:
    """Read a raw field value; of two parameters of one name the first counts."""
    return _read_cached(raw) if len(raw) <= CACHED_OCTETS else _read(raw)


def _read(raw: bytes) -> Parameterised:
    text = unfold(raw)
    found = _VALUE.match(text)
    value = "".join(found[0].split()).lower() if found else ""
    sections: dict[str, list[_Section]] = {}
    for number, (name, raw_value) in enumerate(
        _PARAMETER.findall(text, len(found[0]) if found else 0)
    ):
        if number == PARAMETERS:
            break
        if section := _SECTION.fullmatch(name.lower()):
            sections.setdefault(section[1], []).append(
                _Section(int(section[2] or -1), bool(section[3]), _unquote(raw_value))
            )
    parameters = {name: _join(found) for name, found in sections.items()}
    return Parameterised(value, MappingProxyType(parameters))


_read_cached = lru_cache(maxsize=512)(_read)


def _unquote(text: str) -> str:
    if text.startswith('"'):
        inner = text[1:-1] if text.endswith('"') and len(text) > 1 else text[1:]
        return re.sub(r"\\(.)", r"\1", inner) if "\\" in inner else inner
    return text.strip()


def _join(sections: list[_Section]) -> str:
    """Join the sections of one parameter; an extended one wins over a plain one (RFC 5987 4.2)."""
    whole = [section for section in sections if section.number < 0]
    extended = next((section for section in whole if section.is_extended), None)
    if extended:
        return _decode_extended([extended])
    numbered = list(_consecutive(sections))
    if any(section.is_extended for section in numbered):
        return _decode_extended(numbered)
    if numbered:
        return decode_words("".join(section.text for section in numbered))
    return decode_words(whole[0].text) if whole else ""


def _consecutive(sections: Iterable[_Section]) -> Iterable[_Section]:
    """Give sections 0, 1, 2, … until one is missing."""
    by_number = {section.number: section for section in reversed(list(sections))}
    number = 0
    while section := by_number.get(number):
        yield section
        number += 1


def _decode_extended(sections: list[_Section]) -> str:
    """Decode charset'language'text, joined before it is decoded: some senders cut in characters."""
    charset, _, rest = sections[0].text.partition("'")
    _, quote, first = rest.partition("'")
    if not quote or not sections[0].is_extended:
        charset, first = "utf-8", sections[0].text
    octets = _unescape(first, sections[0]) + b"".join(
        _unescape(section.text, section) for section in sections[1:]
    )
    return decode(octets, charset).text


def _unescape(text: str, section: _Section) -> bytes:
    octets = text.encode()
    if not section.is_extended:
        return octets
    return _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), octets)
