"""HTML cut into tags and text, whatever it is and in linear time: where they stand, and a clean form.

The rules are the HTML standard's (WHATWG 13.2.5), which browsers share. The standard library's parser
takes minutes for some markup of 60 kB, refuses some, and reads some differently from one Python to
the next. So it and Beautiful Soup get the clean form only, which has one reading.
"""

import re
from collections import Counter
from collections.abc import Iterator
from html import escape, unescape
from typing import NamedTuple

__all__ = [
    "DEPTH",
    "VOID",
    "Attribute",
    "StartTag",
    "body_end",
    "clean",
    "decode",
    "depth",
    "find_references",
    "start_tags",
]

#: Of elements in the clean form: Beautiful Soup climbs up from many a piece of text.
DEPTH = 200

#: Elements that have no content and no end tag.
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905 - reads best so

# Elements that hold text and no tags: nothing of it is shown, or it belongs to a form.
_RAW = "script|style|title|textarea|iframe|noembed|noframes"

_SPACE = r"[ \t\n\f\r]"
_NAME = r"[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+"
_VALUE = r""""[^"]*+"?|'[^']*+'?|[^ \t\n\f\r>]*+"""
_EQUALS = f"{_SPACE}*+={_SPACE}*+"
_ATTRIBUTE = re.compile(f"({_NAME})(?:{_EQUALS}({_VALUE}))?+")
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    "|<[!?][^>]*+>?"
    "|</(?:(?P<end>[a-z][^ \t\n\f\r/>]*+)|[^a-z])[^>]*+>?"
    rf"|<(?P<start>(?P<raw>(?:{_RAW})(?=[ \t\n\f\r/>]|\Z))|[a-z][^ \t\n\f\r/>]*+)"
    rf"(?P<attributes>(?:(?:{_SPACE}|/)++|{_NAME}(?:{_EQUALS}(?:{_VALUE}))?+)*+)>?"
    r"(?(raw)(?P<content>.*?)(?:</(?P=raw)(?=[ \t\n\f\r/>])[^>]*+>?|\Z))",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)

# A reference has an end: `?a=1&copy=2` in an address holds none. Seven digits are all of Unicode.
_REFERENCE = re.compile(
    r"&(?:#[0-9]{1,7}+|#x[0-9a-f]{1,6}+|[a-z][a-z0-9]{1,31}+)(?:;|(?![=a-z0-9]))",
    re.IGNORECASE | re.ASCII,
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9:_-]*+")

# Elements whose end tag may be left out (WHATWG 13.1.2.4).
_SELF_ENDING = frozenset("colgroup dd dt li option p rp rt tbody td tfoot th thead tr".split())  # noqa: SIM905 - reads best so

# Those of them that end where one of the same rank begins, or of a higher one.
_RANKS = {
    "p": 0, "dd": 1, "dt": 1, "li": 1, "td": 2, "th": 2, "tr": 3, "tbody": 4, "tfoot": 4, "thead": 4,
}  # fmt: skip

# The frame of a document: what isn't metadata is the body's, wherever it stands.
_FRAME = frozenset({"html", "head", "body"})


class Attribute(NamedTuple):
    """An attribute: its name in small letters, its value as it is written, and where that begins."""

    name: str
    value: str
    start: int


class StartTag(NamedTuple):
    """A start tag, and the text of an element that can't hold tags, such as `style`."""

    name: str
    attributes: list[Attribute]
    content: str
    content_start: int

    def get(self, name: str) -> str:
        """Give what an attribute's value stands for, "" where there is none."""
        return next((decode(each.value) for each in self.attributes if each.name == name), "")


def start_tags(html: str, only: str = "") -> Iterator[StartTag]:
    """Give the start tags in order, or those of one name alone.

    Markup in comments, scripts and the like is no tag.
    """
    for token in _TOKEN.finditer(html):
        if (name := token["start"]) and (not only or name.lower() == only):
            yield StartTag(
                name.lower(), _attributes(token), token["content"] or "", token.start("content")
            )


def body_end(html: str) -> int:
    """Give where the body's end tag stands, or where the HTML ends."""
    tokens = _TOKEN.finditer(html)
    ends = [token.start() for token in tokens if (token["end"] or "").lower() == "body"]
    return ends[-1] if ends else len(html)


def depth(html: str) -> int:
    """Give how deep the elements nest, those that end by themselves left out."""
    deepest = level = 0
    for token in _TOKEN.finditer(html):
        name = (token["start"] or token["end"] or "").lower()
        if name and not token["raw"] and name not in VOID and name not in _SELF_ENDING:
            level = level + 1 if token["start"] else max(0, level - 1)
            deepest = max(deepest, level)
    return deepest


def clean(html: str) -> str:
    """Give the same elements and text in markup of a single reading, all in the body.

    Comments, declarations, the document's frame and elements such as scripts are left out. Tags have
    quoted attributes, void ones are closed, and end tags end what is open, in order; references are
    only those that escaping needs. Of tags deeper than `DEPTH` there is only white space.
    """
    html = html.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if not html.isascii():
        html = _SURROGATE.sub("\ufffd", html)
    pieces: list[str] = []
    nesting = _Nesting()
    position = 0
    for token in _TOKEN.finditer(html):
        pieces += _clean_text(html[position : token.start()]), nesting.clean_tag(token)
        position = token.end()
    pieces.append(_clean_text(html[position:]))
    return "".join(pieces)


def decode(text: str) -> str:
    """Give the text with character references replaced by what they stand for."""
    return _REFERENCE.sub(_refer, text) if "&" in text else text


def find_references(text: str) -> Iterator[tuple[int, int, str]]:
    """Give each character reference: where it begins and ends, and what it stands for."""
    return ((*found.span(), _refer(found)) for found in _REFERENCE.finditer(text))


def _refer(reference: re.Match[str]) -> str:
    return unescape(reference[0])


def _attributes(token: re.Match[str]) -> list[Attribute]:
    found = _ATTRIBUTE.finditer(token.string, *token.span("attributes"))
    return [_attribute(each) for each in found]


def _attribute(found: re.Match[str]) -> Attribute:
    name, value = found[1].lower(), found[2] or ""
    quote = value[:1]
    if quote not in {'"', "'"}:
        return Attribute(name, value, found.start(2))
    end = -1 if len(value) > 1 and value.endswith(quote) else None
    return Attribute(name, value[1:end], found.start(2) + 1)


def _clean_text(text: str) -> str:
    return escape(decode(text), quote=False)


def _clean_attributes(token: re.Match[str]) -> str:
    return "".join(
        f' {name}="{escape(decode(value))}"'
        for name, value, _ in _attributes(token)
        if _PLAIN_NAME.fullmatch(name)
    )


class _Nesting:
    """The elements that are open while tags are cleaned one after another."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._times: Counter[str] = Counter()

    def clean_tag(self, token: re.Match[str]) -> str:
        """Give what stands for a tag: itself, with the end tags that it implies, or nothing."""
        name = (token["start"] or token["end"] or "").lower()
        if token["raw"] or name in _FRAME or not _PLAIN_NAME.fullmatch(name):
            return ""
        if token["end"]:
            return self._end(name)
        if name in VOID:
            return f"<{name}{_clean_attributes(token)}/>"
        ends = self._end_implied(name)
        self._open.append(name)
        self._times[name] += 1
        start = f"<{name}{_clean_attributes(token)}>" if len(self._open) <= DEPTH else "\n"
        return ends + start

    def _end(self, name: str) -> str:
        ends: list[str] = []
        others = max(self._times[name] - 1, 0)
        while self._times[name] > others:
            ends.append(self._end_last())
        return "".join(ends)

    def _end_implied(self, name: str) -> str:
        rank = _RANKS.get(name, -1)
        ends = ""
        while self._open and _RANKS.get(self._open[-1], rank + 1) <= rank:
            ends += self._end_last()
        return ends

    def _end_last(self) -> str:
        name = self._open.pop()
        self._times[name] -= 1
        return f"</{name}>" if len(self._open) < DEPTH else "\n"
