"""Fields of mailing lists, and lists of phrases (RFC 2369, RFC 2919, RFC 5322 3.6.5)."""

import re
from itertools import islice
from typing import NamedTuple

from mailcore.message.reading.values.comments import balance, strip_comments
from mailcore.message.reading.values.words import decode_words, unfold

__all__ = ["ITEMS", "ListID", "parse_list_id", "parse_phrases", "parse_uris"]

ITEMS = 1000  # what one field can have

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*+:\S++", re.ASCII)
_BRACKETS = re.compile(r"<([^<>]*+)>|[()]")
_ID = re.compile(r"<([^<>]++)>[^<>]*+\Z")
_PHRASE = re.compile(
    r'(?:"(?:[^"\\]|\\.)*+"|=\?[^?\s,"]{1,64}+\?[bBqQ]\?[^?"]*+\?=|[^,"=]++|["=])++', re.DOTALL
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)


class ListID(NamedTuple):
    """A mailing list's id, which stays the same for ever, and its name for people, "" if it has none."""

    id: str
    name: str


def parse_uris(raw: bytes, *, charset: str | None = None, most: int = ITEMS) -> tuple[str, ...]:
    """Give the URIs of List-Unsubscribe, List-Post and their kind, in order: the best comes first.

    White space within is left out, and so are comments. "NO" has none; what stands without angle
    brackets counts if it has a scheme. `charset` is the one that undeclared octets may be in; what is
    beyond `most` is left unread.
    """
    text = unfold(raw, charset=charset)
    found = _between_brackets(text) or strip_comments(text).split(",")
    uris = map(_join, found)
    return tuple(islice(filter(_URI.fullmatch, uris), most))


def parse_list_id(raw: bytes, *, charset: str | None = None) -> ListID | None:
    """Give the id and name of a List-ID; None if it has no id. `charset` is as with `parse_uris`."""
    text = unfold(raw, charset=charset)
    found = _ID.search(text)
    if found is None:
        bare = strip_comments(text).strip("<> ")
        return ListID(bare, "") if bare and " " not in bare else None
    id_ = _join(found[1])
    return ListID(id_, _phrase(strip_comments(text[: found.start()]))) if id_ else None


def parse_phrases(raw: bytes, *, charset: str | None = None, most: int = ITEMS) -> tuple[str, ...]:
    """Give the phrases between commas, such as those of Keywords, decoded.

    `charset` and `most` are as with `parse_uris`.
    """
    text = balance(strip_comments(unfold(raw, charset=charset)))
    phrases = (_phrase(found[0]) for found in _PHRASE.finditer(text))
    return tuple(islice(filter(None, phrases), most))


def _between_brackets(text: str) -> list[str]:
    """Give what stands in angle brackets and in no comment; a comment that stays open is none."""
    depth, outside, anywhere = 0, [], []
    for found in _BRACKETS.finditer(text):
        match found[0]:
            case "(":
                depth += 1
            case ")":
                depth = max(depth - 1, 0)
            case _:
                anywhere.append(found[1])
                if not depth:
                    outside.append(found[1])
    return anywhere if depth else outside


def _phrase(text: str) -> str:
    unquoted = _QUOTED.sub(lambda quoted: re.sub(r"\\(.)", r"\1", quoted[1]), text)
    return decode_words(unquoted.strip()).strip()


def _join(text: str) -> str:
    return "".join(text.split())
