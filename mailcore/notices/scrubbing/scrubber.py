"""`Scrubber`: what counts as a secret, and how it is kept out of a notice."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from mailcore.errors import ConfigurationError
from mailcore.message import Message
from mailcore.notices.scrubbing.arguments import secrets_of_arguments
from mailcore.notices.scrubbing.harvest import Harvest
from mailcore.notices.scrubbing.messages import scrub_message
from mailcore.notices.scrubbing.names import MASK, SecretNames
from mailcore.notices.scrubbing.pairs import find_pairs
from mailcore.notices.scrubbing.shapes import (
    distinct_words,
    find_keys,
    find_parameters,
    find_user_info,
    mask_spans,
)
from mailcore.notices.scrubbing.walk import find_secrets
from mailcore.secret import Secret

__all__ = ["Scrubber"]

_Item = TypeVar("_Item")
NamedValues = Mapping[str, object] | Iterable[tuple[object, object]]

SHORTEST_PAIR = 3
"""Characters of the shortest text with a secret in it, by a name of one letter: k=v."""

_SIGNED = "sig"  # parameters of other names are found as pairs
_VARIABLES = ("_key", "_pass", "_pw", "_auth")  # how their names end


@dataclass(frozen=True, slots=True, init=False)
class Scrubber:
    """Keeps secrets out of notices, by their names, their values and their forms.

    A value whose name sounds secret, such as `db_password` or the header Cookie, is masked wherever
    it stands, in its usual encodings too; so are keys of well-known forms, and what follows such a
    name in a text. `names` are more words that make a name secret, as "patient" does `patient_id`;
    `keep` are names that never are, as "token_hint". `secrets` are masked wherever they stand;
    those of less than 4 characters are not. `environment` says whether the variables of the process
    are looked through as well.

    `patterns` are regular expressions: what they match is masked, or only the group called "secret".
    They run on whole notices, so they should be linear: no repetition of what repeats itself.

    Raises `ConfigurationError` for what is none of these.
    """

    names: tuple[str, ...]
    keep: tuple[str, ...]
    patterns: tuple[re.Pattern[str], ...]
    secrets: tuple[Secret, ...]
    environment: bool
    _names: SecretNames = field(repr=False, compare=False)

    def __init__(
        self,
        *,
        names: Iterable[str] = (),
        keep: Iterable[str] = (),
        patterns: Iterable[str | re.Pattern[str]] = (),
        secrets: Iterable[str | Secret] = (),
        environment: bool = True,
    ) -> None:
        own, kept = _texts("names", names), _texts("keep", keep)
        values = {
            "names": own,
            "keep": kept,
            "patterns": tuple(map(_pattern, _several("patterns", patterns))),
            "secrets": tuple(map(_secret, _several("secrets", secrets))),
            "environment": environment,
            "_names": SecretNames.of(also=own, never=kept),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def secret_names(self) -> SecretNames:
        """The names whose values are secrets: `name in scrubber.secret_names` tells."""
        return self._names

    def harvest(
        self,
        named_values: NamedValues = (),
        *,
        shallow: NamedValues = (),
        surface: NamedValues = (),
    ) -> Harvest:
        """Give the secrets among values with names, such as locals, context, or headers as pairs.

        They are looked for in collections and objects too, a few levels deep, and in texts such as
        URLs and JSON; and in the environment, and among the scrubber's own `secrets`. What is
        `shallow`, as the globals of a module, is looked into less deep, and what is on the `surface`
        not at all. It runs almost none of the objects' code, takes some milliseconds at most, and
        never raises.
        """
        found = find_secrets(
            _pairs(named_values),
            names=self._names,
            shallow=_pairs(shallow),
            surface=_pairs(surface),
        )
        if self.environment:
            arguments = secrets_of_arguments(sys.argv)
            found |= find_secrets(chain(self._environment(), arguments), names=self._names)
        return Harvest({*found, *(secret.reveal() for secret in self.secrets)})

    def scrub(self, text: str, harvest: Harvest | None = None) -> str:
        """Give the text without the secrets harvested, and without those that show by themselves.

        What is scrubbed already stays as it is.
        """
        if len(text) < SHORTEST_PAIR and not self.patterns:
            return text
        words = distinct_words(text)
        if harvest is not None:
            text = harvest.mask(text, words)
        spans = [
            *find_user_info(text),
            *(find_parameters(text, self._names) if _SIGNED in words.lower() else ()),
            *find_keys(text, words),
            *find_pairs(text, words, self._names),
        ]
        if spans:
            text = mask_spans(text, spans)
        for pattern in self.patterns:
            text = pattern.sub(_masked, text)
        return text

    def scrub_message(self, message: Message, harvest: Harvest | None = None) -> Message:
        """Give the mail with all that is read in it scrubbed; see `scrub`.

        That is the subject, the bodies, further header fields, and the names and texts of files.
        """
        return scrub_message(message, lambda text: self.scrub(text, harvest))

    def _environment(self) -> Iterator[tuple[str, str]]:
        """Give the variables that may hold a secret: of theirs, more names sound so."""
        for name, value in os.environ.items():
            if (low := name.lower()).endswith(_VARIABLES) and low not in self._names.never:
                yield "secret", value
            elif name in self._names or ("@" in value and "://" in value):
                yield name, value


def _pairs(named_values: NamedValues) -> Iterator[tuple[object, object]]:
    yield from named_values.items() if isinstance(named_values, Mapping) else named_values


def _masked(found: re.Match[str]) -> str:
    """Give what was matched with its secret masked: the group of that name, or all of it."""
    if "secret" not in found.re.groupindex:
        return MASK
    start, end = (at - found.start() for at in found.span("secret"))
    return f"{found[0][:start]}{MASK}{found[0][end:]}" if start >= 0 else found[0]


def _several(what: str, values: Iterable[_Item]) -> tuple[_Item, ...]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise ConfigurationError(f"{what} are several: give a list, though it be of one")
    return tuple(values)


def _texts(what: str, values: Iterable[str]) -> tuple[str, ...]:
    texts = _several(what, values)
    for text in texts:
        if not isinstance(text, str) or not text.strip(" _-."):
            raise ConfigurationError(f"{what} are words, and {text!r} is none")
    return texts


def _secret(value: str | Secret) -> Secret:
    if not isinstance(value, str | Secret):  # which is not shown: it may be one all the same
        raise ConfigurationError(f"a {type(value).__name__} among secrets, which are texts")
    return Secret(value)


def _pattern(value: str | re.Pattern[str]) -> re.Pattern[str]:
    try:
        pattern = re.compile(value)
    except (re.error, TypeError) as error:
        raise ConfigurationError(f"patterns: {value!r} is no regular expression: {error}") from None
    if not isinstance(pattern.pattern, str):
        raise ConfigurationError(f"patterns: {value!r} is for bytes, and notices are texts")
    if pattern.match(""):
        raise ConfigurationError(f"patterns: {value!r} matches where there is nothing")
    return pattern
