"""Foreign objects as text: whatever their `str` and `repr` do, something bounded comes out.

They can raise, return a gigabyte, recurse, or take their time. The last can't be interrupted in the
caller's own thread; but once they have used up the patience of one `Describer`, or its room, it asks no more.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from time import monotonic
from typing import TypeGuard

from mailcore.notices.exceptions.anatomy import arguments, type_name
from mailcore.notices.scrubbing.names import MASK, SECRET_NAMES, SecretNames
from mailcore.notices.scrubbing.shapes import mask_urls

__all__ = ["Describer", "cleaned"]

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
NOTICE_LIMIT = 200_000
"""Characters that the objects of one notice may take together before no further one is asked."""
SCRUBBED_BEYOND = 1000
"""Characters that are scrubbed beyond where a text is cut, which may be in the midst of a secret."""

_CONTROLS = {
    code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"
}


def cleaned(text: str, limit: int, *, scrub: Callable[[str], str] = mask_urls) -> str:
    """Give text that any mail can carry: cut to so many characters, controls and surrogates escaped.

    Secrets are masked by `scrub` before, by default those of URLs alone.
    """
    left_out = len(text) - limit
    text = _scrubbed(str.__getitem__(text, slice(limit + SCRUBBED_BEYOND)), scrub, left_out)[:limit]
    if not text.isprintable():
        text = text.replace("\r\n", "\n").translate(_CONTROLS)
        text = text.encode(errors="backslashreplace").decode()
    return f"{text}… ({left_out} more characters)" if left_out > 0 else text


def _scrubbed(head: str, scrub: Callable[[str], str], left_out: int) -> str:
    """Give the beginning of a text scrubbed; where it ends, a secret may be cut short."""
    return scrub(f"{head}…").removesuffix("…") if left_out > SCRUBBED_BEYOND else scrub(head)


class Describer:
    """Asks the objects of one notice for their text.

    Values whose names are among `secret_names` are masked; `scrub` masks what is secret in a text.
    """

    def __init__(
        self,
        *,
        patience: float = PATIENCE,
        secret_names: SecretNames = SECRET_NAMES,
        scrub: Callable[[str], str] = mask_urls,
    ) -> None:
        self._deadline = monotonic() + patience
        self._room = NOTICE_LIMIT
        self._secret_names = secret_names
        self._scrub = scrub

    def text(self, value: object, *, limit: int) -> str:
        """Give `str(value)`, bounded."""
        return self._ask(self._say, value, limit)

    def value(self, name: object, value: object) -> str:
        """Give a bounded repr of a value, masked where its name, or a key inside, sounds secret."""
        if name in self._secret_names:
            return MASK
        return self._ask(lambda it: self._show(it, DEPTH_LIMIT), value, VALUE_LIMIT)

    def _ask(self, function: Callable[[object], str], value: object, limit: int) -> str:
        if monotonic() > self._deadline:
            return f"<{type_name(value)}, not asked: the ones before took too long>"
        if self._room < 0:
            return f"<{type_name(value)}, not asked: the ones before said too much>"
        try:
            text = cleaned(function(value), limit, scrub=self._scrub)
        except BaseException as error:  # noqa: BLE001 - foreign code: an interrupt can be its own too
            text = f"<{type_name(value)}, which raised {type_name(error)} when asked>"
        self._room -= len(text)
        return text

    def _say(self, value: object) -> str:
        """Give the text; of an exception that has none of its own, one whose arguments are cut."""
        if not _is_plain_exception(value, "__str__"):
            return str(value)
        match arguments(value):
            case ():
                return ""
            case (list() | tuple() | set() | frozenset() | Mapping() as only,):
                return self._show(only, DEPTH_LIMIT)
            case (only,):
                return str(only)
            case several:
                return self._show(several, DEPTH_LIMIT)

    def _show(self, value: object, depth: int) -> str:
        match value:
            case str() | bytes() | bytearray() if type(value) in _PLAIN_TEXTS:
                return _quoted(value, self._scrub)
            case Mapping() if depth:
                pairs = islice(value.items(), BREADTH_LIMIT)
                shown = (
                    f"{self._show(key, 0)}: {self._inner(key, it, depth)}" for key, it in pairs
                )
                return _enclose("{}", shown, len(value))
            case (name, it) if depth and name in self._secret_names:  # a header as a pair
                return f"({self._show(name, 0)}, {self._inner(name, it, depth)})"
            case list() | tuple() | set() | frozenset() if depth:
                items = (self._inner(None, it, depth) for it in islice(value, BREADTH_LIMIT))
                return _enclose(_BRACKETS.get(type(value), "()"), items, len(value))
            case Mapping() | list() | tuple() | set() | frozenset():
                return f"<{type_name(value)} of {len(value)}>"
            case _:
                return self._show_other(value, depth)

    def _show_other(self, value: object, depth: int) -> str:
        """Give the repr; of an exception that has none of its own, one whose arguments are cut."""
        if not _is_plain_exception(value, "__repr__"):
            return repr(value)
        if not depth:
            return f"{type_name(value)}(…)"
        several = arguments(value)
        items = (self._inner(None, it, depth) for it in several[:BREADTH_LIMIT])
        return type_name(value) + _enclose("()", items, len(several))

    def _inner(self, name: object, value: object, depth: int) -> str:
        if name in self._secret_names:
            return MASK
        return self._ask(lambda it: self._show(it, depth - 1), value, VALUE_LIMIT)


def _is_plain_exception(value: object, method: str) -> TypeGuard[BaseException]:
    """Tell an exception that says its arguments, however large, and nothing of its own."""
    if not issubclass(type(value), BaseException):
        return False
    found: object = type.__getattribute__(type(value), method)
    return found is getattr(BaseException, method)


_PLAIN_TEXTS = {
    str,
    bytes,
    bytearray,
}  # those derived from them may have a repr that hides something
_BRACKETS: dict[type, str] = {list: "[]", set: "{}", frozenset: "{}"}


def _quoted(text: str | bytes | bytearray, scrub: Callable[[str], str]) -> str:
    left_out = len(text) - TEXT_LIMIT
    head = text[: TEXT_LIMIT + SCRUBBED_BEYOND]
    if isinstance(head, str):
        shown = repr(_scrubbed(head, scrub, left_out)[:TEXT_LIMIT])
    else:
        readable = head.decode(errors="surrogateescape")
        octets = _scrubbed(readable, scrub, left_out).encode(errors="surrogateescape")
        shown = repr(octets[:TEXT_LIMIT])
    return f"{shown}… ({left_out} more)" if left_out > 0 else shown


def _enclose(brackets: str, items: Iterable[str], count: int) -> str:
    shown = list(items)
    if count > len(shown):
        shown.append(f"… {count - len(shown)} more")
    return f"{brackets[0]}{', '.join(shown)}{brackets[1]}"
