"""The other forms in which a secret stands in a text: quoted for URLs, escaped, in hex or base64."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

__all__ = ["SHORTEST", "encodings", "forms"]

#: The fewest characters of a value that is looked for in other forms, or in a text that is not about it.
SHORTEST = 4

_PLAIN = re.compile(r"[\w.~-]++", re.ASCII)
_HEX_PAIR = re.compile(r"%[0-9A-F]{2}")
_KEPT_IN_PATHS = "/:!$&'()*+,;=@"  # RFC 3986 section 3.3
_QUOTES = {'"': ("&quot;", "&#34;"), "'": ("&#x27;", "&#39;")}


def forms(secret: str) -> set[str]:
    """Give the secret, and what it is where some characters are escaped."""
    if _PLAIN.fullmatch(secret):
        return {secret}
    octets = secret.encode(errors="backslashreplace")
    return {secret, *_quoted(octets), *_escaped(secret), *_in_html(secret)}


def encodings(secret: str) -> set[str]:
    """Give what is in the hex, or the base64, of each text that has the secret in it.

    In base64 three octets are four characters, so there are three ways to begin; what depends on the
    neighbours too is left out at both ends. RFC 4648, sections 4, 5 and 8.
    """
    octets = secret.encode(errors="backslashreplace")
    cores = {octets.hex(), octets.hex().upper()}
    for before in range(3):
        encoded = b64encode(b"\0" * before + octets).decode()
        core = encoded[-(-8 * before // 6) : 8 * (before + len(octets)) // 6]
        cores |= {core, core.replace("+", "-").replace("/", "_")}
    return cores


def _quoted(octets: bytes) -> Iterator[str]:
    """Give it as in URLs, with hexadecimal digits of either case."""
    for text in {
        quote(octets),
        quote(octets, ""),
        quote(octets, _KEPT_IN_PATHS),
        quote_plus(octets),
    }:
        yield text
        yield _HEX_PAIR.sub(lambda pair: pair[0].lower(), text)


def _escaped(secret: str) -> Iterator[str]:
    """Give it as in a repr and in JSON, and as in the repr of those."""
    shown = repr(secret)[1:-1]
    for text in {
        shown,
        shown.replace("\\'", "'"),
        shown.replace("\\'", "'").replace("'", "\\'"),
        shown.replace('"', '\\"'),
        ascii(secret)[1:-1],
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }:
        yield text
        yield text.replace("\\", "\\\\")
    yield repr(secret.encode(errors="backslashreplace"))[2:-1]


def _in_html(secret: str) -> Iterator[str]:
    text = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    yield text
    for double, single in zip(*_QUOTES.values(), strict=True):
        yield text.replace('"', double).replace("'", single)
    yield text.replace('"', "&quot;")
