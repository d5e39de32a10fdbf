"""Foreign objects as text: whatever their `str` and `repr` do, something bounded comes out.

They can raise, return a gigabyte, recurse, or take their time. The last can't be interrupted in the
caller's own thread; but once they have used up the patience of one `Describer`, it asks no more.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from time import monotonic

from mailcore.notices.exceptions.anatomy import type_name

__all__ = ["Describer", "cleaned", "is_secret_name"]

PATIENCE = 0.05
"""Seconds that the objects of one notice may take together before no further one is asked."""
VALUE_LIMIT = 500
"""Characters of one value."""
TEXT_LIMIT = 400
"""Characters, or octets, that are shown of a longer string."""
BREADTH_LIMIT = 10
"""Items of a collection that are shown."""
DEPTH_LIMIT = 3
"""Collections within collections that are shown."""
USER_INFO_LIMIT = 1000
"""Characters of user info in a URL that is masked though a text is cut in the midst of it."""

MASK = "***"

_SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|authori[sz]ation|cookie|credential|bearer"
    r"|(?:api|access|private|auth|account|encryption|signing)[-_. ]?key|session[-_. ]?id|csrf|xsrf"
    r"|^(?:auth|pass|pw|pin|otp)$",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"(?<=://)(?:[^\s/?#@'\"<>]*+@)++")  # RFC 3986 section 3.2.1
_PARAMETER = re.compile(r"(?<=[?&;#])([^\s=?&;#]++)=([^\s&;#'\"<>]*+)")
_CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"
}


def is_secret_name(name: object) -> bool:
    """Tell whether a value of this name is likely to be a secret."""
    if isinstance(name, bytes):
        name = name.decode("latin-1")
    return isinstance(name, str) and _SECRET_NAME.search(name[:VALUE_LIMIT]) is not None


def cleaned(text: str, limit: int) -> str:
    """Give text that any mail can carry: cut to so many characters, controls and surrogates escaped.

    In URLs, the user info is masked, and so are parameters whose names sound secret.
    """
    left_out = len(text) - limit
    text = _head(text, limit)
    if not text.isprintable():
        text = text.replace("\r\n", "\n").translate(_CONTROLS)
        text = text.encode(errors="backslashreplace").decode()
    return f"{text}… ({left_out} more characters)" if left_out > 0 else text


def _head(text: str, limit: int) -> str:
    """Give the first characters, the secrets of URLs masked: a plain str, of a subclass too."""
    text = str.__getitem__(text, slice(limit + USER_INFO_LIMIT))
    if "@" in text:
        text = _USER_INFO.sub(f"{MASK}@", text)
    if "=" in text:
        text = _PARAMETER.sub(_masked_parameter, text)
    return text[:limit]


def _masked_parameter(found: re.Match[str]) -> str:
    return f"{found[1]}={MASK}" if is_secret_name(found[1]) else found[0]


class Describer:
    """Asks the objects of one notice for their text."""

    def __init__(self, *, patience: float = PATIENCE) -> None:
        self._deadline = monotonic() + patience

    def text(self, value: object, *, limit: int) -> str:
        """Give `str(value)`, bounded."""
        return self._ask(str, value, limit)

    def value(self, name: object, value: object) -> str:
        """Give a bounded repr of a value, masked where its name, or a key inside, sounds secret."""
        if is_secret_name(name):
            return MASK
        return self._ask(lambda it: self._show(it, DEPTH_LIMIT), value, VALUE_LIMIT)

    def _ask(self, function: Callable[[object], str], value: object, limit: int) -> str:
        if monotonic() > self._deadline:
            return f"<{type_name(value)}, not asked: the ones before took too long>"
        try:
            return cleaned(function(value), limit)
        except BaseException as error:  # noqa: BLE001 - foreign code: an interrupt can be its own too
            return f"<{type_name(value)}, which raised {type_name(error)} when asked>"

    def _show(self, value: object, depth: int) -> str:
        match value:
            case str() | bytes() | bytearray() if type(value) in _PLAIN_TEXTS:
                return _quoted(value)
            case Mapping() if depth:
                pairs = islice(value.items(), BREADTH_LIMIT)
                shown = (
                    f"{self._show(key, 0)}: {self._inner(key, it, depth)}" for key, it in pairs
                )
                return _enclose("{}", shown, len(value))
            case (name, it) if depth and is_secret_name(name):  # a header as a pair
                return f"({self._show(name, 0)}, {self._inner(name, it, depth)})"
            case list() | tuple() | set() | frozenset() if depth:
                items = (self._inner(None, it, depth) for it in islice(value, BREADTH_LIMIT))
                return _enclose(_BRACKETS.get(type(value), "()"), items, len(value))
            case Mapping() | list() | tuple() | set() | frozenset():
                return f"<{type_name(value)} of {len(value)}>"
            case _:
                return repr(value)

    def _inner(self, name: object, value: object, depth: int) -> str:
        if is_secret_name(name):
            return MASK
        return self._ask(lambda it: self._show(it, depth - 1), value, VALUE_LIMIT)


_PLAIN_TEXTS = {
    str,
    bytes,
    bytearray,
}  # those derived from them may have a repr that hides something
_BRACKETS: dict[type, str] = {list: "[]", set: "{}", frozenset: "{}"}


def _quoted(text: str | bytes | bytearray) -> str:
    if isinstance(text, str):
        shown = repr(_head(text, TEXT_LIMIT))
    else:
        start = text[: TEXT_LIMIT + USER_INFO_LIMIT].decode("latin-1")
        shown = repr(_head(start, TEXT_LIMIT).encode("latin-1"))
    left_out = len(text) - TEXT_LIMIT
    return f"{shown}… ({left_out} more)" if left_out > 0 else shown


def _enclose(brackets: str, items: Iterable[str], count: int) -> str:
    shown = list(items)
    if count > len(shown):
        shown.append(f"… {count - len(shown)} more")
    return f"{brackets[0]}{', '.join(shown)}{brackets[1]}"
