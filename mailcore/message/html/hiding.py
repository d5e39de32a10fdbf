"""What styles hide, in a style attribute or for everyone in a style sheet, such as preheaders."""

import re
from collections.abc import Iterator

from mailcore.message.html.markup import start_tags

__all__ = ["hidden_selectors", "hides", "is_for_all", "shows"]

_DECLARATION = re.compile(
    r"(?:^|;)\s*+(display|visibility)\s*+:\s*+([a-z-]++)(?=\s*+(?:;|!|$))", re.IGNORECASE
)
_HIDING = {"display": "none", "visibility": "hidden"}

_NO_RULE = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_PIECE = re.compile(r"([^{}]*+)([{}]?)")
_SELECTOR = re.compile(r"[.#][A-Za-z_-][\w-]*+")


def hides(style: str) -> bool:
    """Tell whether a style attribute, or the declarations of a rule, hide an element."""
    return any(_HIDING[name] == value for name, value in _read(style).items())


def shows(style: str) -> bool:
    """Tell whether they show it, whatever a style sheet says."""
    return bool(_read(style)) and not hides(style)


def is_for_all(media: str) -> bool:
    """Tell whether the `media` of a style sheet is that of any reader at a screen."""
    return not {"", "all", "screen"}.isdisjoint(map(str.strip, media.lower().split(",")))


def hidden_selectors(html: str) -> frozenset[str]:
    """Give the selectors `.class` and `#id` of what the HTML's style sheets hide outside of @media.

    Selectors of other forms aren't followed; what any rule shows is taken to be shown, lest words be lost.
    """
    hidden: set[str] = set()
    shown: set[str] = set()
    for sheet in _sheets(html):
        for selectors, declarations in _rules(_NO_RULE.sub("", sheet)):
            if hides(declarations):
                hidden.update(map(str.strip, selectors.split(",")))
            elif shows(declarations):
                shown.update(_SELECTOR.findall(selectors))
    return frozenset(filter(_SELECTOR.fullmatch, hidden - shown))


def _read(style: str) -> dict[str, str]:
    """Give what the last declaration of each property says."""
    return {name.lower(): value.lower() for name, value in _DECLARATION.findall(style)}


def _sheets(html: str) -> Iterator[str]:
    for tag in start_tags(html, "style"):
        if is_for_all(tag.get("media")):
            yield tag.content


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Give the selectors and declarations of each rule that stands in no other."""
    level = 0
    selectors = ""
    for text, brace in _PIECE.findall(sheet):
        if brace == "{":
            selectors = selectors if level else text.rpartition(";")[2]
            level += 1
        elif level:
            level -= 1
            if level == 0 and "@" not in selectors:
                yield selectors, text
