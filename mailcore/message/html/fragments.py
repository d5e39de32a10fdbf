"""HTML that can stand inside another mail's body: a received one for quoting, and plain text.

What may stay is listed; all else goes. The reader's program makes HTML safe once more, but here it must
not reach the user's own words around the quote, nor the people whom the answer goes to.
"""

import re
from html import escape

from bs4.element import Tag

from mailcore.message.html.markup import VOID
from mailcore.message.html.soup import walk

__all__ = ["DEPTH", "body_fragment", "escape_text"]

DEPTH = 200  # of elements; deeper ones are left out, and what they hold stays

_TABLE_PARTS = {"caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"}
_ELEMENTS = _TABLE_PARTS | {
    "a", "abbr", "acronym", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote",
    "br", "center", "cite", "code", "dd", "del", "details", "dfn", "dir", "div", "dl", "dt", "em",
    "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "i", "img", "ins", "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt",
    "ruby", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "summary", "sup",
    "table", "time", "tt", "u", "ul", "var", "wbr",
}  # fmt: skip
_DROPPED = {
    "applet", "audio", "canvas", "datalist", "embed", "frameset", "map", "math", "object", "select",
    "svg", "template", "video",
}  # fmt: skip
_ADDRESSES = {"background", "cite", "href", "src"}
_ATTRIBUTES = _ADDRESSES | {
    "abbr", "align", "alt", "axis", "bgcolor", "border", "bordercolor", "cellpadding",
    "cellspacing", "char", "class", "color", "cols", "colspan", "compact", "coords", "datetime",
    "dir", "face", "headers", "height", "hidden", "hspace", "id", "lang", "name", "noshade",
    "nowrap", "open", "rel", "reversed", "role", "rows", "rowspan", "rules", "scope", "shape",
    "size", "span", "start", "style", "summary", "target", "title", "type", "valign", "value",
    "vspace", "width",
}  # fmt: skip
_SCHEMES = {"cid", "ftp", "geo", "http", "https", "mailto", "mid", "sip", "sms", "tel", "xmpp"}

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*+):", re.IGNORECASE)
_IGNORED_IN_ADDRESSES = dict.fromkeys(range(0x21))  # browsers overlook them in a scheme
_IMAGE = re.compile(r"data:image/(?:png|gif|jpe?g|webp|avif|bmp)[;,]", re.IGNORECASE)

# Styles that can act, reach outside of the quote, or hide such things from a search.
_UNSAFE_STYLE = re.compile(
    r"[\\<]|/\*|expression|script:|behaviou?r|-moz-binding|@import|position\s*+:\s*+(?!static|relative)",
    re.IGNORECASE,
)
_OUTER_SPACES = re.compile("^ | (?= )", re.MULTILINE)


def body_fragment(html: str) -> str:
    """Give what of a received HTML document can stand inside another body; it never raises.

    It is the body's content with every element closed, without scripts, style sheets, frames, forms,
    comments, event handlers and addresses that run programs.
    """
    pieces: list[str] = []
    open_tags: list[Tag] = []
    tables = 0
    for node, opens in walk(html, skip=_is_dropped):
        if isinstance(node, str):
            pieces.append(escape(node, quote=False))
        elif not opens:
            if open_tags and open_tags[-1] is node:
                open_tags.pop()
                tables -= node.name == "table"
                pieces.append(f"</{node.name}>")
        elif _may_stand(node, in_table=tables > 0) and len(open_tags) < DEPTH:
            pieces.append(f"<{node.name}{_attributes(node)}>")
            if node.name not in VOID:
                open_tags.append(node)
                tables += node.name == "table"
    return "".join(pieces)


def escape_text(text: str) -> str:
    r"""Give plain text as HTML that shows it as it is: each line ends in `<br>\n`, spaces are kept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").expandtabs()
    return _OUTER_SPACES.sub("&nbsp;", escape(text, quote=False)).replace("\n", "<br>\n")


def _is_dropped(tag: Tag) -> bool:
    return tag.name in _DROPPED


def _may_stand(tag: Tag, *, in_table: bool) -> bool:
    """Tell whether an element may stay: a cell outside of a table would end the one around the quote."""
    return tag.name in _ELEMENTS and (in_table or tag.name not in _TABLE_PARTS)


def _attributes(tag: Tag) -> str:
    kept = ((name, str(value)) for name, value in tag.attrs.items() if name in _ATTRIBUTES)
    return "".join(f' {name}="{escape(value)}"' for name, value in kept if _is_safe(name, value))


def _is_safe(attribute: str, value: str) -> bool:
    if attribute == "style":
        return not _UNSAFE_STYLE.search(value)
    return attribute not in _ADDRESSES or _is_safe_address(value, is_image=attribute == "src")


def _is_safe_address(address: str, *, is_image: bool) -> bool:
    address = address.translate(_IGNORED_IN_ADDRESSES)
    scheme = _SCHEME.match(address)
    if scheme is None or scheme[1].lower() in _SCHEMES:
        return True
    return is_image and _IMAGE.match(address) is not None
