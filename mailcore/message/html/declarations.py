"""The declarations of a style attribute that can stand in a quote: they keep to their own place.

What else a style can do reaches the words around the quote: it can cover the answer, or seem to be it.
"""

import re
from collections.abc import Callable

__all__ = ["load_images", "safe_style"]

# Styles that can act, or hide such things from a search.
_OBSCURE = re.compile(r"[\\<]|/\*|expression|script:", re.IGNORECASE)

_PROPERTY = re.compile(
    r"background[a-z-]*+|border(?!-image)[a-z-]*+|box-sizing|caption-side|clear|color|direction"
    r"|display|empty-cells|float|font[a-z-]*+|hyphens|letter-spacing|line-height|list-style[a-z-]*+"
    r"|margin[a-z-]*+|(?:max-|min-)?+(?:height|width)"
    r"|mso-(?:hide|line-height-rule|padding-alt|table-[lr]space)|opacity|overflow[a-z-]*+"
    r"|padding[a-z-]*+|tab-size|table-layout|text-(?:align|indent|overflow|transform)"
    r"|text-decoration(?:-color|-line|-style)?+|unicode-bidi|vertical-align|visibility"
    r"|white-space|word-(?:break|spacing|wrap)",
    re.IGNORECASE,
)

# Of these: margins below zero, lines that their letters stand out of, strokes of a given thickness.
_OUTREACHING = re.compile(
    r"margin[a-z-]*+:.*[-(]"
    r"|(?:line-height:|font:.*/)\s*+(?:[0.+-]|[1-9](?:\.[0-9]++)?+p[tx]|[a-z-]++\()"
    r"|text-decoration[a-z-]*+:.*[0-9(]",
    re.IGNORECASE | re.DOTALL,
)

_STRING = r""""[^"\n\r\f]*+"|'[^'\n\r\f]*+'"""  # a line end would end it in browsers, unclosed
_NESTED = rf"""[^"'()\[\]{{}}]|{_STRING}"""
_BRACKETS = rf"\((?:{_NESTED}|\((?:{_NESTED})*+\))*+\)"
_DECLARATION = re.compile(
    rf"""(?:^|(?<=;))\s*+([a-z-]++)\s*+:((?:[^;"'()\[\]{{}}]|{_STRING}|{_BRACKETS})++)(?=;|\Z)""",
    re.IGNORECASE,
)

# An image by its address alone; what looks like one in a string isn't.
_IMAGE = re.compile(
    rf"""(?P<text>{_STRING})
    |(?<![\w-])url\(\s*+(?:(?P<quote>["'])(?P<quoted>[^"'\n\r\f]*+)(?P=quote)|(?P<bare>[^"'()\s]*+))\s*+\)""",
    re.IGNORECASE | re.VERBOSE,
)
_ADDRESS = re.compile(r"https?:|//", re.IGNORECASE)
_FUNCTION = re.compile(r"(?<![\w-])([\w-]*+)\(")
# Functions that load nothing, brackets without a name among them.
_LOADS_NOTHING = re.compile(
    r"|calc|clamp|max|min|color(?:-mix)?+|rgba?+|hsla?+|hwb|(?:ok)?+(?:lab|lch)"
    r"|(?:-[a-z]++-)?+(?:repeating-)?+(?:conic|linear|radial)-gradient",
    re.IGNORECASE,
)


def safe_style(style: str) -> str:
    """Give the declarations of a style attribute that may stay, "" if none does."""
    if _OBSCURE.search(style):
        return ""
    found = _DECLARATION.finditer(style)
    return ";".join(each[0].strip() for each in found if _is_safe(each[1], each[2].strip()))


def load_images(style: str, find: Callable[[str], str]) -> str:
    """Give a safe style with each image at the address that `find` gives for its own, none for "".

    Images stand in a plain `url(...)`. Declarations that could load anything by other words are left out.
    """
    declarations = (_load(each[0].strip(), find) for each in _DECLARATION.finditer(style))
    return ";".join(filter(None, declarations))


def _load(declaration: str, find: Callable[[str], str]) -> str:
    def write(image: re.Match[str]) -> str:
        if image["text"]:
            return image[0]
        address = find(image["quoted"] or image["bare"] or "")
        return f'url("{address}")' if address else "none"

    rest = _IMAGE.sub(lambda image: image["text"] or " ", declaration)
    if _ADDRESS.search(rest) or not all(map(_LOADS_NOTHING.fullmatch, _FUNCTION.findall(rest))):
        return ""
    return _IMAGE.sub(write, declaration)


def _is_safe(name: str, value: str) -> bool:
    if not value or not _PROPERTY.fullmatch(name):
        return False
    return not _OUTREACHING.match(f"{name}:{value}")
