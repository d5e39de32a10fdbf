"""Style sheets written into style attributes, by css-inline: many mail readers know no other styles."""

import re

from mailcore.errors import ConfigurationError, InvalidMessage
from mailcore.message.html.hiding import is_for_all
from mailcore.message.html.markup import depth, start_tags

__all__ = ["DEPTH", "inline_css"]

DEPTH = 500  # of elements: css-inline takes the process down at some thousands

_DOCTYPE = re.compile(
    r"\ufeff?+(?:\s|<\?[^>]*+>|<!--.*?-->)*+(?:<!doctype[^>]*+>)?+", re.IGNORECASE | re.DOTALL
)
_EMPTY = re.compile(r"<style[^<>]*+>\s*+</style>", re.IGNORECASE)
_MEDIA = re.compile(r"(?:[^{};<]|<(?!/))*+")
_FRAME = re.compile(r"<(?:!doctype|html|head|body)[\s/>]", re.IGNORECASE)


def inline_css(html: str, *, css: str = "") -> str:
    """Give the HTML with its style sheets written into style attributes.

    `css` goes before the HTML's own `<style>` elements. What no attribute can say (`@media`,
    `@font-face`, `:hover`, `<style media=print>`) stays in a `<style>`. A fragment stays one. No file is read and nothing is
    fetched: `<link>` and `@import` stay as they are. Raises `ConfigurationError` where css-inline isn't
    installed (the extra `css`), and `InvalidMessage` for what can't be read.
    """
    try:
        from css_inline import CSSInliner  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigurationError(
            "inline_css needs css-inline: pip install 'mailcore[css]'"
        ) from None
    if "</style" in css.lower():
        raise InvalidMessage("css: a style sheet can't hold </style")
    if depth(html) > DEPTH:
        raise InvalidMessage(f"html: its elements nest deeper than {DEPTH}")
    inliner = CSSInliner(
        load_remote_stylesheets=False,
        keep_link_tags=True,
        keep_style_tags=True,
        keep_at_rules=True,
        remove_inlined_selectors=True,
    )
    sheeted = _add_style(_enclose_media(html), css)
    try:
        if _FRAME.search(html):
            inlined = inliner.inline(sheeted)
        else:
            inlined = inliner.inline_fragment(sheeted, "")
    except ValueError as flaw:
        raise InvalidMessage(f"html: its styles can't be inlined: {flaw}") from flaw
    return _EMPTY.sub("", inlined)  # what is left of a sheet that went into the tags


def _add_style(html: str, css: str) -> str:
    """Put a style sheet before all others, after the doctype: there it is in the head."""
    if not css:
        return html
    found = _DOCTYPE.match(html)
    start = found.end() if found else 0
    return f"{html[:start]}<style>{css}</style>{html[start:]}"


def _enclose_media(html: str) -> str:
    """Say `@media` within the style sheets that have it as an attribute, which css-inline overlooks."""
    pieces: list[str] = []
    position = 0
    for tag in start_tags(html, "style"):
        media = tag.get("media")
        if not is_for_all(media):
            start, end = tag.content_start, tag.content_start + len(tag.content)
            query = media if _MEDIA.fullmatch(media) else "not all"
            pieces += html[position:start], f"@media {query} {{{tag.content}}}"
            position = end
    return "".join((*pieces, html[position:]))
