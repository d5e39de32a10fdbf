"""Message ids: Message-ID, In-Reply-To, References, Content-ID (RFC 5322 3.6.4, and 4.5.4 for old ones)."""

import re
from itertools import islice

from mailcore.message.reading.values.comments import strip_comments
from mailcore.message.reading.values.words import decode_words, unfold

__all__ = ["IDS", "parse_ids"]

IDS = 10_000  # what one field can have

_ID = re.compile(r"<([^<>]++)>")
_BARE = re.compile(r"[^\s@\"(),;<>]++@[^\s@\"(),;<>]++", re.ASCII)
_LONE = re.compile(r"[^\s\"(),;<>]++", re.ASCII)
_BLANK = re.compile(r"\s", re.ASCII)
_QUOTED_OR_BLANK = re.compile(r'("(?:[^"\\]|\\.)*+")|\s++', re.ASCII)


def parse_ids(raw: bytes, *, most: int = IDS) -> tuple[str, ...]:
    """Give the ids of a raw field value in their angle brackets, without white space and comments.

    Where there are no brackets at all, words that look like ids are some, and so is a word that is
    all there is. What is beyond `most` is left unread.
    """
    text = unfold(raw)
    if "<" not in text:
        text = decode_words(text)  # QUIRK(Python): email encodes long ids like text
    if "<" not in text:
        return _bare_ids(text, most)
    found = (_strip(id_[1]) for id_ in _ID.finditer(text))
    return tuple(islice((f"<{id_}>" for id_ in found if id_), most))


def _strip(text: str) -> str:
    """Leave white space and comments out of an old id; others stay as they are, to compare equal."""
    if _BLANK.search(text) is None:
        return text
    return _QUOTED_OR_BLANK.sub(lambda found: found[1] or "", strip_comments(text))


def _bare_ids(text: str, most: int) -> tuple[str, ...]:
    """Give the words as ids if all of them look like it; prose with an address in it is none."""
    words = strip_comments(text).replace(",", " ").split()
    form = _BARE if len(words) > 1 else _LONE  # QUIRK: some programs make ids without an @
    if not all(map(form.fullmatch, words)):
        return ()
    return tuple(f"<{word}>" for word in words[:most])
