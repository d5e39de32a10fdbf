"""Secrets behind their names: `password=…`, `"token": "…"`, `Cookie: …`, `--pin …`, `Bearer …`.

Looks only where a stem of such a name is, from there to both ends of the name, then at what follows.
"""

import re
import string
from collections.abc import Iterator

from mailcore.notices.scrubbing.names import SecretNames, is_common
from mailcore.notices.scrubbing.shapes import Span
from mailcore.secret_forms import SHORTEST

__all__ = ["find_pairs"]

NAME_REACH = 64
"""Characters of a name on either side of what sounds secret in it."""

_NAME_CHARACTERS = f"{string.ascii_letters}{string.digits}_-."
_REST_OF_NAME = re.compile(rf"[\w.-]{{0,{NAME_REACH}}}+", re.ASCII)
_QUOTE = r"(?:\\*+[\"']|&(?:quot|\#34|\#39|\#x27|apos);)"
_SEPARATOR = re.compile(
    rf"""
    (?P<quote>{_QUOTE})?+ (?:\]|%5[Dd])? [ \t]{{0,3}}+
    (?: : [ ] [\w.\[\]|, ]{{1,60}}?  [ ] = [ ]   # an annotation in source
      | (?P<colon> :(?!//) =?+ ) [ \t]{{0,3}}+
      | = (?!=) >?+ [ \t]{{0,3}}+
      | %3[Dd]
    )
    """,
    re.VERBOSE | re.ASCII,
)
_COMMA = re.compile(rf"{_QUOTE}[ \t]{{0,3}}+,[ \t]{{0,3}}+(?=[bu]?{_QUOTE})")  # headers as pairs
_FIELD = re.compile(rf"{_QUOTE}[ \t]{{1,3}}+value=(?={_QUOTE})")  # a form in HTML
_BLANK = re.compile(r"[ \t]++(?!-)")
_VALUE = re.compile(
    r"""
    [bBuUrRfF]{0,2}+
    (?: " ( (?: [^"\\\n] | \\. )*+ )
      | ' ( (?: [^'\\\n] | \\. )*+ )
      | \\++ ["'] ( [^"'\\\n]*+ )
      | &(?:quot|\#34); ( (?: [^&<\n] | &(?!quot;|\#34;) )*+ )
      | &(?:apos|\#39|\#x27); ( (?: [^&<\n] | &(?!apos;|\#39;|\#x27;) )*+ )
      | \{ ( [^}\n]*+ )
      | \[ ( [^]\n]*+ )
      | \( ( [^)\n]*+ )
    )
    """,
    re.VERBOSE,
)
_WORD = re.compile(r"[^\s,;&\"'<>()\[\]{}\\]++")
_LINE = re.compile(r"[^\n<]++")
_QUOTED_LINE = {quote: re.compile(rf"[^\n<{quote}]++") for quote in "\"'"}
_ELEMENT = re.compile(r"[^<\n]++")
_WHOLE_LINES = re.compile(r"(?i)(?:.*[-_])?(?:cookies?|authorization)\d?")


#: How the credentials of a scheme begin, if not with a name that sounds secret (RFC 9110 section 11.4).
_SCHEMES = ("basic", "digest", "hawk", "negotiate", "aws4-hmac-sha256")
_SCHEME = re.compile(r"(?i)(?:basic|bearer|negotiate|token|api-?key)")
_SCHEME_OF_PAIRS = re.compile(r"(?i)(?:digest|hawk|oauth|aws4-hmac-sha256)")
_CREDENTIAL = re.compile(r" ++([\w.~+/-]{6,}+=*+)")
_CREDENTIAL_OF_PAIRS = re.compile(
    r"""[ ]++( \w++ = (?:"[^"\n]*+" | [^\s,"']++) (?: ,[ ]? \w++ = (?:"[^"\n]*+" | [^\s,"']++) )*+ )""",
    re.VERBOSE,
)


def _lowered(text: str) -> str:
    """Give the text in lower case, each character at its place: there is one that becomes two."""
    return text.replace("\u0130", "I").lower()


def find_pairs(text: str, words: str, names: SecretNames) -> Iterator[Span]:
    """Find the values of names that sound secret; `words` are the text's, each once or more."""
    words = _lowered(words)
    stems = [stem for stem in (*names.stems, *_SCHEMES) if stem in words]
    if not stems:
        return
    low = _lowered(text)
    done = 0
    for at in sorted({at for stem in stems for at in _occurrences(stem, low)}):
        if at < done:
            continue
        before = text[max(0, at - NAME_REACH) : at]
        start = at - len(before) + len(before.rstrip(_NAME_CHARACTERS))
        end = _end(_REST_OF_NAME, text, at)
        span = _value(text, start, end, names) or _credential(text, start, end)
        if span is not None:
            done = span.end
            yield span


def _occurrences(stem: str, text: str) -> Iterator[int]:
    at = text.find(stem)
    while at >= 0:
        yield at
        at = text.find(stem, at + len(stem))


def _value(text: str, start: int, end: int, names: SecretNames) -> Span | None:
    """Give the value of the name that stands from start to end, if it is followed by one."""
    name = text[start:end]
    if name.strip("-.") not in names:
        return None
    if found := _SEPARATOR.match(text, end):
        is_loose = bool(found["colon"] and not found["quote"])
        if is_loose and _WHOLE_LINES.fullmatch(name):
            line = _QUOTED_LINE.get(text[start - 1 : start], _LINE)
            return Span(found.end(), _end(line, text, found.end()), name)
        return _after(text, found.end(), name, is_prose=is_loose)
    if text.startswith(">", end) and text.endswith("<", 0, start):
        return Span(end + 1, _end(_ELEMENT, text, end + 1), name)
    found = _COMMA.match(text, end) or _FIELD.match(text, end)
    if found is None and name.startswith("--"):
        found = _BLANK.match(text, end)
    return _after(text, found.end(), name) if found else None


def _credential(text: str, start: int, end: int) -> Span | None:
    """Give what follows the name of a scheme, as in an Authorization header."""
    name = text[start:end]
    if _SCHEME.fullmatch(name):
        found = _CREDENTIAL.match(text, end)
        return Span(*found.span(1), "authorization") if found and _is_no_word(found[1]) else None
    if _SCHEME_OF_PAIRS.fullmatch(name) and (found := _CREDENTIAL_OF_PAIRS.match(text, end)):
        return Span(*found.span(1), "authorization")
    return None


def _is_no_word(credential: str) -> bool:
    """Tell a credential from what follows "basic" or "token" in prose."""
    parts = credential.strip("._-/").replace("-", " ").replace("/", " ").replace("_", " ").split()
    return not all(part.isalpha() and part[1:].islower() for part in parts)


def _after(text: str, at: int, name: str, *, is_prose: bool = False) -> Span | None:
    if found := _VALUE.match(text, at):
        return Span(*found.span(found.lastindex or 0), name)
    end = _end(_WORD, text, at)
    value = text[at:end]
    return None if _is_none(name, value) else Span(at, end, name, is_prose)


def _is_none(name: str, value: str) -> bool:
    """Tell whether a bare word after a name is no secret: a count, a type, the name itself passed on."""
    if value.isdigit():
        return len(value) < (SHORTEST + 2 if name.lower().endswith("tokens") else SHORTEST)
    is_passed_on = value.rpartition(".")[2] == name
    return not value or is_passed_on or is_common(value)


def _end(expression: re.Pattern[str], text: str, at: int) -> int:
    found = expression.match(text, at)
    return found.end() if found else at
