"""HTML that can stand inside another mail's body: a received one for quoting, and plain text.

What may stay is listed; all else goes. The reader's program makes HTML safe once more, but here it must
not reach the user's own words around the quote, nor the people whom the answer goes to.
"""

import re
from collections.abc import Mapping
from html import escape

from bs4.element import Tag

from mailcore.message.html.declarations import safe_style
from mailcore.message.html.hiding import hidden_selectors, shows
from mailcore.message.html.markup import VOID, start_tags
from mailcore.message.html.soup import attribute, selectors, walk

__all__ = ["body_fragment", "escape_text"]

_TABLE_PARTS = {"caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"}
_ELEMENTS = _TABLE_PARTS | {
    "a", "abbr", "acronym", "address", "area", "article", "aside", "b", "bdi", "bdo", "big",
    "blockquote", "br", "center", "cite", "code", "dd", "del", "details", "dfn", "dir", "div", "dl",
    "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "i", "img", "ins", "kbd", "li", "main", "map", "mark", "nav", "ol", "p", "pre",
    "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span", "strike", "strong", "sub",
    "summary", "sup", "table", "time", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_DROPPED = {
    "applet", "audio", "canvas", "datalist", "embed", "frameset", "math", "select", "svg",
    "template", "video",
}  # fmt: skip
_ADDRESSES = {"background", "cite", "href", "src"}
_ATTRIBUTES = _ADDRESSES | {
    "abbr", "align", "alt", "axis", "bgcolor", "border", "bordercolor", "cellpadding",
    "cellspacing", "char", "class", "color", "cols", "colspan", "compact", "coords", "datetime",
    "dir", "face", "headers", "height", "hidden", "hspace", "id", "lang", "name", "noshade",
    "nowrap", "open", "rel", "reversed", "role", "rows", "rowspan", "rules", "scope", "shape",
    "size", "span", "start", "style", "summary", "target", "title", "type", "usemap", "valign",
    "value", "vspace", "width",
}  # fmt: skip
_SCHEMES = {"cid", "ftp", "geo", "http", "https", "mailto", "mid", "sip", "sms", "tel", "xmpp"}

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*+):", re.IGNORECASE)
_IGNORED_IN_ADDRESSES = dict.fromkeys(range(0x21))  # browsers overlook them in a scheme
_IMAGE = re.compile(r"data:image/(?:png|gif|jpe?g|webp|avif|bmp)[;,]", re.IGNORECASE)

_COLOUR = re.compile(r"#[0-9a-f]{3}|(#?)[0-9a-f]{6}|[a-z]++", re.IGNORECASE)
_OUTER_SPACES = re.compile("^ | (?= )", re.MULTILINE)


def body_fragment(html: str) -> str:
    """Give what of a received HTML document can stand inside another body; it never raises.

    It is the body's content with every element closed, without scripts, style sheets and what their
    plain rules hide, frames, forms, comments, event handlers, addresses that run programs, and styles
    that could reach beyond the quote. A `<div>` around it has the body's own colours, if it has any.
    """
    look = _attributes(_body_look(html))
    content = _content(html)
    return f"<div{look}>{content}</div>" if look else content


def escape_text(text: str) -> str:
    r"""Give plain text as HTML that shows it as it is: each line ends in `<br>\n`, spaces are kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs()
    return _OUTER_SPACES.sub("&nbsp;", escape(text, quote=False)).replace("\n", "<br>\n")


def _content(html: str) -> str:
    hidden = hidden_selectors(html)
    pieces: list[str] = []
    open_tags: list[Tag] = []
    tables = 0
    for node, opens in walk(html, skip=lambda tag: _is_dropped(tag, hidden)):
        if isinstance(node, str):
            pieces.append(escape(node, quote=False))
        elif not opens:
            if open_tags and open_tags[-1] is node:
                open_tags.pop()
                tables -= node.name == "table"
                pieces.append(f"</{node.name}>")
        elif _may_stand(node, in_table=tables > 0):
            pieces.append(f"<{node.name}{_attributes(node.attrs)}>")
            if node.name not in VOID:
                open_tags.append(node)
                tables += node.name == "table"
    return "".join(pieces)


def _body_look(html: str) -> dict[str, str]:
    """Give the attributes that the body has for all that is in it."""
    document = next(start_tags(html, "html"), None)
    body = next(start_tags(html, "body"), document)
    if body is None:
        return {}
    outer = document or body
    colours = {"background-color": body.get("bgcolor"), "color": body.get("text")}
    style = [f"{name}:{_colour(value)}" for name, value in colours.items()]
    given = {name: body.get(name) or outer.get(name) for name in ("dir", "lang")}
    look = {name: value for name, value in given.items() if value}
    return {"style": ";".join((*style, body.get("style"))), **look}


def _colour(value: str) -> str:
    """Give a colour as styles have it: old HTML may leave out the number sign."""
    found = _COLOUR.fullmatch(value.strip())
    if found is None:
        return ""
    return f"#{found[0]}" if found[1] == "" else found[0]


def _is_dropped(tag: Tag, hidden: frozenset[str]) -> bool:
    if tag.name in _DROPPED:
        return True
    return not hidden.isdisjoint(selectors(tag)) and not shows(attribute(tag, "style"))


def _may_stand(tag: Tag, *, in_table: bool) -> bool:
    """Tell whether an element may stay: a cell outside of a table would end the one around the quote."""
    return tag.name in _ELEMENTS and (in_table or tag.name not in _TABLE_PARTS)


def _attributes(attributes: Mapping[str, object]) -> str:
    kept = ((name, _make_safe(name, str(value))) for name, value in attributes.items())
    return "".join(f' {name}="{escape(value)}"' for name, value in kept if value is not None)


def _make_safe(attribute: str, value: str) -> str | None:
    """Give what of an attribute's value may stay, None where the attribute goes."""
    if attribute == "style":
        return safe_style(value) or None
    if attribute in _ADDRESSES and not _is_safe_address(value, is_image=attribute == "src"):
        return None
    return value if attribute in _ATTRIBUTES else None


def _is_safe_address(address: str, *, is_image: bool) -> bool:
    address = address.translate(_IGNORED_IN_ADDRESSES)
    scheme = _SCHEME.match(address)
    if scheme is None or scheme[1].lower() in _SCHEMES:
        return True
    return is_image and _IMAGE.match(address) is not None
