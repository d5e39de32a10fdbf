"""Values with parameters, as Content-Type and Content-Disposition have them (RFC 2045 5.1, RFC 2231)."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from mailcore.message.reading.content.charsets import decode
from mailcore.message.reading.values.comments import find_comments
from mailcore.message.reading.values.words import decode_octets, decode_words

__all__ = [
    "PARAMETERS",
    "Parameterised",
    "flaws_of_parameters",
    "parse_parameters",
    "read_boundary",
]

PARAMETERS = 1000  # what one field can have
CACHED_OCTETS = 512  # longer fields are read anew each time, so that no mail fills the cache

# A value with one parameter, such as a boundary, as most are: nothing in it needs a second look.
_USUAL = re.compile(
    rb'([a-z0-9.+-]++(?:/[a-z0-9.+-]++)?);[ \t\r\n]*+([a-z0-9-]++)=(?:"([ !#-\[\]-~]*+)"|([a-z0-9!#$%&*+.^_`{|}~/:@-]++))',
    re.IGNORECASE,
)
_BOUNDARY = re.compile(
    rb'(?<![^;\s])boundary\s*+=\s*+(?:"((?:[^"\\\r\n]|\\.)*+)|([^\s;"]++))', re.IGNORECASE
)
# Some senders forget the semicolon before a fold.
_FOLD = r"\n(?![ \t]*+[^\s=;\"]++[ \t]*+=(?![=?]))"
_SEGMENT = re.compile(
    rf'(?:[^;"=\n]++|=[ \t\n]*+"(?:[^"\\]|\\.)*+"?|[="]|{_FOLD})++', re.DOTALL | re.ASCII
)
_VALUE = re.compile(r"\s*+[^\s;(\"/]*+(?:\s*+/\s*+[^\s;(\"]*+)?", re.ASCII)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|\\?\Z)', re.DOTALL)
_SECTION = re.compile(r"([^*]++)(?:\*(\d{1,18}))?(\*)?", re.ASCII)
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_FILE_NAMES = frozenset({"filename", "name"})
_BLANKS = " \t\r\n"
_MARKS = ";=/"
_BREAKS = str.maketrans("\r\n\0\t", "    ")
_HIDDEN = str.maketrans("", "", "\r\n\0")  # what percent signs hide and no value can have
_WHOLE = -1


class Parameterised(NamedTuple):
    """The value in lower case, and the parameters by lower-case name, decoded."""

    value: str
    parameters: Mapping[str, str]


class _Section(NamedTuple):
    """One parameter as it was written, which may be a section of a longer one (RFC 2231 3)."""

    number: int
    is_extended: bool
    text: str
    has_fold: bool

    @property
    def key(self) -> tuple[int, bool]:
        return self.number, self.is_extended


class _Field(NamedTuple):
    value: str
    sections: dict[str, list[_Section]]
    is_cut: bool


def parse_parameters(
    raw: bytes, *, charset: str | None = None, most: int = PARAMETERS
) -> Parameterised:
    """Read a raw field value; of two parameters of one name the first counts.

    `charset` is the one that undeclared octets may be in; what is beyond `most` is left unread.
    """
    return (_read_cached if len(raw) <= CACHED_OCTETS else _read)(raw, charset, most)


def read_boundary(raw: bytes) -> bytes:
    """Give the boundary in a raw field value octet by octet, as a sender may mean it who knows no escapes."""
    found = _BOUNDARY.search(raw)
    return (found[1] or found[2] or b"").rstrip() if found else b""


def flaws_of_parameters(raw: bytes, *, most: int = PARAMETERS) -> frozenset[str]:
    """Tell what other programs may read differently in a raw field value.

    "duplicate": a parameter is there twice, or its plain, extended and numbered forms differ;
    "conflict": the forms of a file's name do; "encoded-word": there is one in a parameter (RFC 2047 5
    forbids it); "fold": a line ends inside of quotes; "too-many": there are more than `most`.
    """
    if b"=" not in raw:
        return frozenset()
    field = _split(raw, None, most)
    found = {"too-many"} if field.is_cut else set()
    for name, sections in field.sections.items():
        found.update(_flaws(name, sections))
    return frozenset(found)


def _flaws(name: str, sections: list[_Section]) -> Iterator[str]:
    if len({section.key for section in sections}) < len(sections):
        yield "duplicate"
    if any("=?" in section.text for section in sections if not section.is_extended):
        yield "encoded-word"
    if any(section.has_fold for section in sections):
        yield "fold"
    if len(sections) > 1 and len(set(map(_join, _forms(sections)))) > 1:
        yield "conflict" if name in _FILE_NAMES else "duplicate"


def _forms(sections: list[_Section]) -> Iterator[list[_Section]]:
    """Give a parameter in each form that it is there in: plain, extended, numbered."""
    whole = {section.key: section for section in reversed(sections) if section.number == _WHOLE}
    yield from ([section] for section in whole.values())
    if numbered := [section for section in sections if section.number != _WHOLE]:
        yield numbered


def _read(raw: bytes, charset: str | None, most: int) -> Parameterised:
    if most and (usual := _USUAL.fullmatch(raw)) and b"=?" not in raw:
        value, name, quoted, token = usual.groups()
        text = (token if quoted is None else quoted).decode("ascii")
        named = {name.decode("ascii").lower(): text}
        return Parameterised(value.decode("ascii").lower(), MappingProxyType(named))
    value, sections, _ = _split(raw, charset, most)
    parameters = {name: _join(found) for name, found in sections.items()}
    return Parameterised(value, MappingProxyType(parameters))


_read_cached = lru_cache(maxsize=512)(_read)


def _split(raw: bytes, charset: str | None, most: int) -> _Field:
    """Give the value, and the parameters as they were written."""
    text = decode_octets(raw, charset).replace("\r\n", "\n").strip("\r\n")
    if "(" in text:
        text = _strip_comments(text)
    found = _VALUE.match(text)
    end = found.end() if found else 0
    value = "".join(text[:end].split()).lower()
    sections: dict[str, list[_Section]] = {}
    for number, segment in enumerate(_SEGMENT.finditer(text, end)):
        if number == most:
            return _Field(value, sections, is_cut=True)
        name, equals, written = segment[0].partition("=")
        name = "".join(name.lower().split())
        if equals and (section := _SECTION.fullmatch(name)):
            sections.setdefault(section[1], []).append(_section(section, written))
    return _Field(value, sections, is_cut=False)


def _strip_comments(text: str) -> str:
    """Leave comments out, but for parentheses within a word: `filename=report (1).pdf`."""
    pieces, kept = [], 0
    for start, end in find_comments(text):
        before = start
        while before and text[before - 1] in _BLANKS:
            before -= 1
        if text[before - 1 : before] in _MARKS or text[end : end + 1] in _MARKS + _BLANKS:
            pieces.append(text[kept:start])
            kept = end
    return "".join((*pieces, text[kept:]))


def _section(name: re.Match[str], written: str) -> _Section:
    written = written.lstrip(_BLANKS)
    quoted = _QUOTED.match(written)
    return _Section(
        number=_WHOLE if name[2] is None else int(name[2]),
        is_extended=bool(name[3]),
        text=_unquote(written, quoted.end() if quoted else 0).translate(_BREAKS),
        has_fold=quoted is not None and "\n" in quoted[0],
    )


def _unquote(written: str, quoted: int) -> str:
    """Give the text of a value that begins with this many quoted characters."""
    written = (written[:quoted] + written[quoted:].rstrip(_BLANKS)).replace("\n", "")
    if quoted:
        return _QUOTED.sub(lambda found: _ESCAPED.sub(r"\1", found[1]), written)
    return written[:-1] if written.endswith('"') and written.count('"') == 1 else written


def _join(sections: list[_Section]) -> str:
    """Join the sections of one parameter; an extended one wins over a plain one (RFC 6266 4.3)."""
    extended = [section for section in sections if section.key == (_WHOLE, True)]
    if extended:
        return _decode_extended(extended[:1])
    by_number = {section.number: section for section in reversed(sections)}
    plain = by_number.pop(_WHOLE, None)
    numbered = [by_number[number] for number in sorted(by_number)]
    if any(section.is_extended for section in numbered):
        return _decode_extended(numbered)
    if numbered:
        return decode_words("".join(section.text for section in numbered))
    return decode_words(plain.text) if plain else ""


def _decode_extended(sections: list[_Section]) -> str:
    """Decode charset'language'text, joined before it is decoded: some senders cut in characters."""
    charset, _, rest = sections[0].text.partition("'")
    _, quote, first = rest.partition("'")
    if not quote or not sections[0].is_extended:
        charset, first = "utf-8", sections[0].text
    octets = _unescape(first, sections[0]) + b"".join(
        _unescape(section.text, section) for section in sections[1:]
    )
    return decode(octets, charset).text.translate(_HIDDEN)


def _unescape(text: str, section: _Section) -> bytes:
    octets = text.encode()
    if not section.is_extended:
        return octets
    return _ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), octets)
