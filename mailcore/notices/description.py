"""Foreign objects as text: whatever their `str` and `repr` do, something bounded comes out.

They can raise, return a gigabyte, recurse, or take their time. The last can't be interrupted in the
caller's own thread; but once they have used up the patience of one `Describer`, it asks no more.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from time import monotonic

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

MASK = "***"

_SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|authori[sz]ation|cookie|credential|bearer"
    r"|(?:api|access|private|auth|account|encryption|signing)[-_. ]?key|session[-_. ]?id|csrf|xsrf"
    r"|^(?:auth|pass|pw|pin|otp)$",
    re.IGNORECASE,
)
_CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"
}


def is_secret_name(name: object) -> bool:
    """Tell whether a value of this name is likely to be a secret."""
    if isinstance(name, bytes):
        name = name.decode("latin-1")
    return isinstance(name, str) and _SECRET_NAME.search(name[:VALUE_LIMIT]) is not None


def cleaned(text: str, limit: int) -> str:
    """Give text that any mail can carry: cut to so many characters, controls and surrogates escaped."""
    left_out = len(text) - limit
    text = str.__getitem__(text, slice(limit))  # a plain str, of a subclass too
    if not text.isprintable():
        text = text.replace("\r\n", "\n").translate(_CONTROLS)
        text = text.encode(errors="backslashreplace").decode()
    return f"{text}… ({left_out} more characters)" if left_out > 0 else text


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
            return f"<{type(value).__name__}, not asked: the ones before took too long>"
        try:
            return cleaned(function(value), limit)
        except Exception as error:  # noqa: BLE001 - this is foreign code: anything can come out
            return f"<{type(value).__name__}, which raised {type(error).__name__} when asked>"

    def _show(self, value: object, depth: int) -> str:
        match value:
            case str() | bytes() | bytearray() if len(value) > TEXT_LIMIT:
                return f"{value[:TEXT_LIMIT]!r}… ({len(value) - TEXT_LIMIT} more)"
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
                return f"<{type(value).__name__} of {len(value)}>"
            case _:
                return repr(value)

    def _inner(self, name: object, value: object, depth: int) -> str:
        if is_secret_name(name):
            return MASK
        return self._ask(lambda it: self._show(it, depth - 1), value, VALUE_LIMIT)


_BRACKETS: dict[type, str] = {list: "[]", set: "{}", frozenset: "{}"}


def _enclose(brackets: str, items: Iterable[str], count: int) -> str:
    shown = list(items)
    if count > len(shown):
        shown.append(f"… {count - len(shown)} more")
    return f"{brackets[0]}{', '.join(shown)}{brackets[1]}"
