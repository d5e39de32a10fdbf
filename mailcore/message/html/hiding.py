"""What styles hide, in a style attribute or for everyone in a style sheet, such as preheaders."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mailcore.message.html.markup import start_tags

__all__ = ["hidden_selectors", "hides", "is_for_all", "shows"]

_DECLARATION = re.compile(r"(?:^|;)\s*+(display|visibility)\s*+:([^;!]++)", re.IGNORECASE)
_HIDING = {"display": "none", "visibility": "hidden"}

_NO_RULE = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_PIECE = re.compile(r"([^{}]*+)([{}]?)")
_MEDIA = re.compile(r"\s*+@media\b(.*+)", re.IGNORECASE | re.DOTALL)
# What a reader at a wide screen does not see: sheets for phones double what is shown.
_ELSEWHERE = re.compile(
    r"(?:only\s++)?(?:not\s++(?:all|screen)|print|speech|tty|tv|projection|handheld|braille|embossed|aural)\b"
    r"|[^,]*?(?:max-(?:device-)?width|\bwidth\s*+<)",
    re.IGNORECASE,
)
_SELECTOR = re.compile(r"[.#][A-Za-z_-][\w-]*+")


class _Rule(NamedTuple):
    """A rule of a style sheet; a plain one stands in no other, nor under a condition."""

    selectors: str
    declarations: str
    is_plain: bool


def hides(style: str) -> bool:
    """Tell whether a style attribute, or the declarations of a rule, hide an element."""
    return any(_HIDING[name] == value for name, value in _read(style).items())


def shows(style: str) -> bool:
    """Tell whether they show it, whatever a style sheet says."""
    return bool(_read(style)) and not hides(style)


def is_for_all(media: str) -> bool:
    """Tell whether the `media` of a style sheet is that of any reader at a screen."""
    queries = map(" ".join, map(str.split, media.lower().split(",")))
    return not {"", "all", "screen", "only screen"}.isdisjoint(queries)


def hidden_selectors(html: str) -> frozenset[str]:
    """Give the selectors `.class` and `#id` of what the HTML's style sheets hide, whatever the reader.

    Selectors of other forms aren't followed; what any rule shows is taken to be shown, lest words be
    lost, but for rules of other media and of narrow screens.
    """
    hidden: set[str] = set()
    shown: set[str] = set()
    for sheet in _sheets(html):
        for rule in _rules(_NO_RULE.sub("", sheet)):
            if rule.is_plain and hides(rule.declarations):
                hidden.update(map(str.strip, rule.selectors.split(",")))
            elif shows(rule.declarations):
                shown.update(_SELECTOR.findall(rule.selectors))
    return frozenset(filter(_SELECTOR.fullmatch, hidden - shown))


def _read(style: str) -> dict[str, str]:
    """Give what the last declaration of each property says."""
    return {name.lower(): value.strip().lower() for name, value in _DECLARATION.findall(style)}


def _sheets(html: str) -> Iterator[str]:
    for tag in start_tags(html, "style"):
        if is_for_all(tag.get("media")):
            yield tag.content


def _rules(sheet: str) -> Iterator[_Rule]:
    """Give the rules that may hold for a reader at a wide screen."""
    around: list[tuple[str, bool]] = []  # the open blocks: how each begins, and if it may hold
    for text, brace in _PIECE.findall(sheet):
        if brace == "{":
            begin = text.rpartition(";")[2]
            may_hold = _may_hold(begin) and (not around or around[-1][1])
            around.append((begin, may_hold))
        elif around:
            selectors, may_hold = around.pop()
            if may_hold and "@" not in selectors:
                yield _Rule(selectors, text, is_plain=not around)


def _may_hold(begin: str) -> bool:
    media = _MEDIA.fullmatch(begin)
    queries = media[1].split(",") if media else [""]
    return not all(_ELSEWHERE.match(query.strip()) for query in queries)
