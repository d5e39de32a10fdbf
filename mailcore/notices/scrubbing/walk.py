"""Looks for secrets in the objects of a program: by their names, and in texts that hold several values.

Objects are read past what their classes override (attributes, properties, iteration), so that almost
none of the program's code runs. The nearest are looked at first, and all is bounded.
"""

import builtins
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from enum import Enum
from functools import partial
from gc import get_referents
from itertools import islice
from json import loads
from time import thread_time
from types import (
    BuiltinFunctionType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
)
from typing import Any, NamedTuple
from urllib.parse import unquote, unquote_plus

from mailcore.notices.scrubbing.arguments import is_command, secrets_of_arguments, words_of
from mailcore.notices.scrubbing.harvest import Harvest
from mailcore.notices.scrubbing.names import SecretNames, as_text, is_ordinary
from mailcore.notices.scrubbing.objects import (
    BREADTH_LIMIT,
    attributes,
    constants,
    fields,
    is_cookie,
    module_of,
)
from mailcore.notices.scrubbing.pairs import find_pairs
from mailcore.notices.scrubbing.shapes import Span, find_parameters, find_user_info
from mailcore.secret import Secret
from mailcore.secret_forms import SHORTEST

__all__ = ["find_secrets", "secrets_of_text"]

ALWAYS_LOOKED_AT = 100
"""Objects that are looked at whatever the time: a garbage collection takes its own out of it."""
PATIENCE = 0.02
"""Seconds of work that looking for the secrets of one notice takes at most, whatever else runs."""
OBJECT_LIMIT = 1000
"""Objects that are looked at for one notice."""
GLOBALS_PATIENCE = 0.005
"""Seconds of work that looking through the globals of modules takes at most, besides."""
GLOBALS_LIMIT = 300
"""Objects that are looked at in the globals of modules, besides."""
GLOBALS_DEPTH = 4
"""Collections within collections that are looked into there; an object counts as two."""
DEPTH_LIMIT = 8
"""Collections within collections that are looked into; an object counts as two."""
TEXT_LIMIT = 2000
"""Characters of a text that are searched for secrets, where its name is none of one."""
SECRET_LIMIT = 10_000
"""Characters of a secret that are masked as one; a longer one in pieces."""
PIECE_LIMIT = 10
"""Such pieces."""
SECRET_COUNT = 200
"""Secrets that are masked in one notice by their values."""
LINE = 8
"""Characters of a line that is masked alone, in a secret of several."""
COOKIE = 8
"""Characters of a cookie's value from which on it is masked by itself: shorter ones are settings."""
LONE_USER = 16
"""Characters from which on a user without a password, in a URL, is a key."""

_LONGEST = SECRET_LIMIT * PIECE_LIMIT
_NEVER_SECRET = frozenset(
    {
        type(None),
        bool,
        float,
        FunctionType,
        BuiltinFunctionType,
        MethodType,
        ModuleType,
        Harvest,
    }
)
_PLAIN = frozenset({str, int})
_COLLECTIONS = (list, tuple, set, frozenset, deque)
_OWN_STATE = tuple(  # what a notifier keeps books with: no secret is there that was not masked
    f"mailcore.notices.{room}" for room in ("counting.", "keeping.", "mailing.", "vault")
)
_BUILTINS = vars(builtins)
_WRAPPERS: tuple[type, ...] = (MappingProxyType, partial, type({}.items()), type({}.values()))
_HOLDERS = frozenset({"value", "raw", "data", "credential", "credentials", "wrapped", "proxy"})
_exception_args = vars(BaseException)["args"].__get__


class _Seen(NamedTuple):
    """Something to look at; `is_secret` if it stands under a name that sounds so."""

    name: object
    value: object
    depth: int
    is_secret: bool


def find_secrets(
    named_values: Iterable[tuple[object, object]],
    *,
    names: SecretNames,
    shallow: Iterable[tuple[object, object]] = (),
    surface: Iterable[tuple[object, object]] = (),
) -> set[str]:
    """Give the values that are likely to be secrets.

    What is `shallow`, as the globals of the program's modules, is looked into less deep. Of what is on
    the `surface`, as those of other modules, only texts are looked at, and what has a secret name.
    """
    walk = _Walk(names)
    walk.add_all(named_values, DEPTH_LIMIT)
    walk.run(OBJECT_LIMIT, PATIENCE)
    walk.add_all(shallow, GLOBALS_DEPTH)
    walk.add_all(
        (pair for pair in surface if issubclass(type(pair[1]), str) or pair[0] in names),
        GLOBALS_DEPTH,
    )
    walk.run(GLOBALS_LIMIT, GLOBALS_PATIENCE)
    return walk.found


def secrets_of_text(text: str, names: SecretNames) -> Iterator[str]:
    """Give the secrets of URLs, headers, JSON, forms and connection strings in a text."""
    yield from _spelled_out(text, find_user_info(text))
    yield from _spelled_out(text, find_parameters(text, names))
    yield from _spelled_out(text, find_pairs(text, text, names))


def _spelled_out(text: str, spans: Iterable[Span]) -> Iterator[str]:
    for start, end, name, is_loose in spans:
        if not is_loose:
            value = text[start:end]
            yield from _parts(name, value)
            if "%" in value:
                yield from _parts(name, unquote(value))
            if "+" in value:
                yield from _parts(name, unquote_plus(value))
            if "\\" in value:
                with suppress(ValueError):
                    yield str(loads(f'"{value}"'))


def _parts(name: str, secret: str) -> Iterator[str]:
    """Give a secret, or what is secret in it: the password beside a user, the values of cookies."""
    words = name.lower()
    if words == "userinfo":
        user, colon, password = secret.partition(":")
        yield password if colon else (user if len(user) >= LONE_USER else "")
    elif "cookie" in words:
        yield secret
        for pair in secret.split(";"):
            value = pair.partition("=")[2].strip(' "')
            if len(value) >= COOKIE:
                yield value
    elif "auth" in words:
        yield secret
        yield from _credentials(secret)
    else:
        yield secret
        if "\n" in secret:
            yield from (line for line in map(str.strip, secret.splitlines()) if _is_telling(line))


def _credentials(value: str) -> Iterator[str]:
    """Give what follows the scheme, and the password that a basic credential is made with."""
    scheme, _, credential = value.strip().partition(" ")
    credential = credential.strip() or scheme
    yield credential
    for parameter in credential.split(","):
        yield parameter.partition("=")[2].strip(' "')
    with suppress(NotBase64, ValueError):
        user, colon, password = b64decode(credential, validate=True).decode().partition(":")
        yield password if user and colon else ""


def _is_telling(line: str) -> bool:
    return len(line) >= LINE and not line.startswith("-----")


class _Walk:
    """Goes through objects, breadth first, and collects secrets."""

    def __init__(self, names: SecretNames) -> None:
        self.found: set[str] = set()
        self._names = names
        self._queue: deque[_Seen] = deque()
        # What was seen is held, so that no id is used anew. Modules have Python's own names in them.
        self._seen: dict[tuple[int, bool, bool], object] = {
            _way(None, _BUILTINS, is_secret=False): _BUILTINS
        }

    def add_all(self, named_values: Iterable[tuple[object, object]], depth: int) -> None:
        """Have values with names looked at, as many as can be."""
        with suppress(Exception):  # a mapping that changes meanwhile, or has ways of its own
            for name, value in islice(named_values, OBJECT_LIMIT):
                self.add(name, value, depth, is_secret=False)

    def add(self, name: object, value: object, depth: int, *, is_secret: bool) -> None:
        """Have a value looked at, unless there can be nothing to find."""
        kind = type(value)
        if kind in _NEVER_SECRET:
            return
        is_named = name in self._names
        if is_secret and not is_named and _is_about(name, self._names):
            return
        is_secret = is_secret or is_named
        if not is_secret and kind in _PLAIN and not (kind is str and _has_marks(value)):  # type: ignore[arg-type] # a str
            return
        way = _way(name, value, is_secret=is_secret)
        if way not in self._seen:
            self._seen[way] = value
            self._queue.append(_Seen(name, value, depth, is_secret))

    def run(self, limit: int, patience: float) -> None:
        """Look at what was added, and at what is in it; what is left then is forgotten."""
        deadline = thread_time() + patience
        for number in range(limit):
            is_late = number >= ALWAYS_LOOKED_AT and thread_time() > deadline
            if not self._queue or is_late or len(self.found) >= SECRET_COUNT:
                break
            try:
                self._look(self._queue.popleft())
            except Exception:  # noqa: BLE001, S112 - foreign objects: the others are looked at all the same
                continue
        for left in self._queue:
            del self._seen[_way(left.name, left.value, is_secret=left.is_secret)]
        self._queue.clear()

    def _look(self, seen: _Seen) -> None:
        value, kind = seen.value, type(seen.value)
        if issubclass(kind, Enum):
            self._add_member(seen, kind)
        elif issubclass(kind, str):
            self._take_text(seen, str.__getitem__(value, slice(_LONGEST)))  # type: ignore[index] # a str
        elif issubclass(kind, bytes | bytearray | memoryview):
            octets = bytes(memoryview(value)[:_LONGEST])  # type: ignore[arg-type] # bytes
            self._take_text(seen, octets.decode(errors="replace"))
            if seen.is_secret:
                self._take_octets(octets)
        elif kind is int:
            if seen.is_secret:
                self._take(str(value))
        elif kind is Secret:
            self._take(value.reveal())  # type: ignore[attr-defined] # a Secret
        elif seen.depth > 0:
            self._look_into(seen, kind)

    def _look_into(self, seen: _Seen, kind: type) -> None:
        value: Any = seen.value
        if is_cookie(kind):
            self._add_cookie(seen, kind)
            return
        if issubclass(kind, dict):
            self._add_all(dict.items(value), seen, cost=1)
        if is_command(seen.name) and issubclass(kind, list | tuple):
            self._take_command(value)
        if issubclass(kind, _COLLECTIONS):
            self._add_items(value, seen, kind)
        elif issubclass(kind, _WRAPPERS):
            self._add_all(((seen.name, it) for it in get_referents(value)), seen, cost=1)
        elif kind is ContextVar:
            self._add_all([(value.name, value.get())], seen, cost=1)
        elif module_of(kind) == "uuid" and seen.is_secret:
            self._take(str(value))
        else:
            self._add_attributes(seen, kind)

    def _add_items(self, value: Any, seen: _Seen, kind: type) -> None:
        base = next(base for base in _COLLECTIONS if issubclass(kind, base))
        items = list(islice(base.__iter__(value), BREADTH_LIMIT))
        names = fields(kind) if base is tuple else ()
        if items and len(names) == len(items):  # a named tuple
            self._add_all(zip(names, items, strict=True), seen, cost=1)
        elif _is_header(items) and items[0] in self._names:
            self._add_all([(items[0], items[-1])], seen, cost=1)
        elif seen.is_secret and _is_pair(items) and _says_auth(seen.name):  # a user and a password
            self._add_all([(seen.name, items[1])], seen, cost=1)
        else:
            name = seen.name if seen.is_secret else None
            self._add_all(((name, item) for item in items), seen, cost=1)

    def _add_attributes(self, seen: _Seen, kind: type) -> None:
        """Add an object's own attributes; under a secret name, what it holds is a secret."""
        value: Any = seen.value
        if module_of(kind).startswith(_OWN_STATE):
            return
        if issubclass(kind, type):
            self._add_constants(value, seen)
            return
        self._add_constants(kind, seen)
        if issubclass(kind, BaseException):
            self._add_all(((None, it) for it in _exception_args(value)), seen, cost=1)
        for name, it in islice(attributes(value, kind), BREADTH_LIMIT):
            is_held = seen.is_secret and name.strip("_").lower() in _HOLDERS
            self.add(name, it, seen.depth - 2, is_secret=is_held)

    def _add_member(self, seen: _Seen, kind: type) -> None:
        """Add the value of an enumeration's member by its name, and the others that sound secret."""
        held = dict(attributes(seen.value, kind))
        self._add_all([(held.get("_name_"), held.get("_value_"))], seen, cost=1)
        self._add_constants(kind, seen)

    def _add_cookie(self, seen: _Seen, kind: type) -> None:
        held = dict(attributes(seen.value, kind))
        values = (held.get(name) for name in ("_value", "_coded_value"))
        self._add_all((("cookie", it) for it in values if len(as_text(it)) >= COOKIE), seen, cost=1)

    def _add_constants(self, kind: type, seen: _Seen) -> None:
        """Add the constants of a class that sound secret."""
        for name, constant in constants(kind, self._names):
            if issubclass(type(constant), str | bytes | Enum):
                self.add(name, constant, seen.depth - 2, is_secret=True)

    def _add_all(self, pairs: Iterable[tuple[object, object]], seen: _Seen, *, cost: int) -> None:
        for name, value in islice(pairs, BREADTH_LIMIT):
            self.add(name, value, seen.depth - cost, is_secret=seen.is_secret)

    def _take_command(self, words: Iterable[object]) -> None:
        for name, value in secrets_of_arguments(words):
            self.add(name, value, 0, is_secret=False)

    def _take_text(self, seen: _Seen, text: str) -> None:
        if len(text) < SHORTEST:
            return
        if is_command(seen.name):
            self._take_command(words_of(text))
        if seen.is_secret and not _is_directory(seen.name, text):
            for part in _parts(as_text(seen.name), text):
                self._take(part)
        if as_text(seen.name) == "netloc" and "@" in text:
            text = f"://{text}"
        if _has_marks(text):
            for part in secrets_of_text(text[:TEXT_LIMIT], self._names):
                self._take(part)

    def _take_octets(self, octets: bytes) -> None:
        """Take what is no text, as programs show it."""
        try:
            octets.decode()
        except UnicodeDecodeError:
            shown = (octets.hex(), octets.hex().upper(), repr(octets)[2:-1])
            for text in (*shown, b64encode(octets).decode().rstrip("=")):
                self._take(text)

    def _take(self, secret: str) -> None:
        for start in range(0, len(secret), SECRET_LIMIT):
            piece = secret[start : start + SECRET_LIMIT].strip()
            if not is_ordinary(piece) and len(self.found) < SECRET_COUNT:
                self.found.add(piece)


def _way(name: object, value: object, *, is_secret: bool) -> tuple[int, bool, bool]:
    """Give what tells whether a value was looked at in this way: it shows more as a secret, or a command."""
    return id(value), is_secret, is_command(name)


def _has_marks(text: str) -> bool:
    """Tell whether there may be a secret to be found in a text."""
    return len(text) >= SHORTEST and ("=" in text or ":" in text or " " in text or "'" in text)


def _is_pair(items: list[object]) -> bool:
    return len(items) == 2 and issubclass(type(items[0]), str | bytes)  # noqa: PLR2004 - a pair


def _is_header(items: list[object]) -> bool:
    """Tell a header: its name and value, or its name as it was given, in lower case, and its value."""
    if len(items) == 3:  # noqa: PLR2004 - as httpx keeps them
        return "" != as_text(items[0]).lower() == as_text(items[1]).lower()
    return _is_pair(items)


def _is_about(name: object, names: SecretNames) -> bool:
    """Tell whether a name, inside of what is secret, is that of a circumstance: a user, a type."""
    return type(name) is str and f"token_{name}" not in names


def _says_auth(name: object) -> bool:
    return "auth" in as_text(name).lower()


def _is_directory(name: object, text: str) -> bool:
    """Tell the shell's working directory from a password in ODBC."""
    return as_text(name) in {"PWD", "OLDPWD"} and (text[:1] in {"/", "~"} or text[1:3] == ":\\")
