"""What styles hide, in a style attribute or for everyone in a style sheet, such as preheaders."""

import re
from collections.abc import Iterator

from mailcore.message.html.markup import start_tags

__all__ = ["hidden_selectors", "hides", "is_for_all"]

_HIDING = re.compile(
    r"(?:^|;)\s*+(?:display\s*+:\s*+none|visibility\s*+:\s*+hidden)\s*+(?:!\s*+important\s*+)?+(?:;|$)",
    re.IGNORECASE,
)
_SHOWING = re.compile(r"(?:display|visibility)\s*+:", re.IGNORECASE)

_NO_RULE = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_PIECE = re.compile(r"([^{}]*+)([{}]?)")
_SELECTOR = re.compile(r"[.#][A-Za-z_-][\w-]*+")


def hides(style: str) -> bool:
    """Tell whether a style attribute, or the declarations of a rule, hide an element."""
    return _HIDING.search(style) is not None


def is_for_all(media: str) -> bool:
    """Tell whether the `media` of a style sheet is that of any reader at a screen."""
    return not {"", "all", "screen"}.isdisjoint(map(str.strip, media.lower().split(",")))


def hidden_selectors(html: str) -> frozenset[str]:
    """Give the selectors `.class` and `#id` of what the HTML's style sheets hide outside of @media.

    Selectors of other forms aren't followed; what a later rule shows again isn't among them.
    """
    hidden: set[str] = set()
    for sheet in _sheets(html):
        for selectors, declarations in _rules(_NO_RULE.sub("", sheet)):
            if hides(declarations):
                hidden.update(map(str.strip, selectors.split(",")))
            elif _SHOWING.search(declarations):
                hidden.difference_update(map(str.strip, selectors.split(",")))
    return frozenset(filter(_SELECTOR.fullmatch, hidden))


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
