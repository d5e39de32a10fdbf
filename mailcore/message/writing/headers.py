"""Header fields to text: encoded-words, quoting, parameters, folding (RFC 5322, 2047, 2231, 6532).

A field is a name and a list of tokens; a token is never broken, and lines are folded only between
two of them. What is ASCII and fits a line is written as it is: only other text is encoded.
"""

import re
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby

__all__ = [
    "TOKEN_LIMIT",
    "date",
    "fold",
    "is_quotable",
    "mailbox",
    "parameter",
    "parameter_in_words",
    "phrase",
    "separate",
    "unstructured",
]

LINE = 78  # RFC 5322 2.1.1
ENCODED_LINE = 76  # RFC 2047 2, for lines with encoded-words
TOKEN_LIMIT = 900  # characters of an unbroken token: a line has at most 998 octets

_SIMPLE = re.compile(r"[!-~]++(?: [!-~]++)*+")
# Where a line may be folded: readers take a fold for one space, so several stay within a word.
_BETWEEN = re.compile(r"(?<=[^ ]) (?=[^ ])")
_WORD = re.compile(r"[ -~]++")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]++)*+")
_PRINTABLE = re.compile(r"[ -~]*+")
_MIME_TOKEN = re.compile(r"[A-Za-z0-9!#$&+.^_`{|}~-]++")

# RFC 2047 5 (3): what an encoded-word in a phrase may hold as it is.
_Q_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/"
_Q = [
    "_" if octet == ord(" ") else chr(octet) if octet in _Q_SAFE else f"={octet:02X}"
    for octet in range(256)
]
_Q_READABLE = _Q_SAFE + b" "
# RFC 5987 3.2.1: the octets of an extended parameter value that need no escape.
_PERCENT_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!#$&+^`|{}"
_PERCENT = [chr(octet) if octet in _PERCENT_SAFE else f"%{octet:02X}" for octet in range(256)]

_WORD_FRAME = len("=?utf-8?b??=")
_SHORTEST_WORD = 40
_QUOTED_LIMIT = 60
_PARAMETER_LIMIT = 400  # characters, each of which may have to be escaped
_UTF8_CONTINUES = 0x80  # the two upper bits of an octet within a character
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def fold(name: str, tokens: Sequence[str]) -> str:
    """Give the whole field with its line ends, folded between tokens where a line gets too long."""
    line = f"{name}: {' '.join(tokens)}"
    if len(line) <= ENCODED_LINE:
        return f"{line}\r\n"
    limit = ENCODED_LINE if "=?" in line else LINE
    lines: list[str] = []
    line = f"{name}: {tokens[0]}"
    if "=?" in tokens[0] and len(line) > limit:  # a fold right after a long name: RFC 2047 2
        lines, line = [f"{name}:"], f" {tokens[0]}"
    for token in tokens[1:]:
        if len(line) + 1 + len(token) > limit:
            lines.append(line)
            line = f" {token}"
        else:
            line = f"{line} {token}"
    return "\r\n".join([*lines, line]) + "\r\n"


def unstructured(name: str, text: str) -> str:
    """Give a field of free text, such as Subject; only the words that need it are encoded."""
    if len(name) + 2 + len(text) <= LINE and "=?" not in text and _SIMPLE.fullmatch(text):
        return f"{name}: {text}\r\n"
    if not text:
        return f"{name}: \r\n"
    if text != text.strip(" "):
        return fold(name, _encode(text, name))
    tokens: list[str] = []
    for is_foreign, words in groupby(_BETWEEN.split(text), key=_needs_encoding):
        run = list(words)
        tokens += _encode(" ".join(run), name) if is_foreign else run
    return fold(name, tokens)


def phrase(text: str, field: str) -> list[str]:
    """Give the tokens of a display name: atoms, one quoted string, or encoded-words."""
    if "=?" not in text:
        if _ATOMS.fullmatch(text) and len(text) <= TOKEN_LIMIT:
            return text.split(" ")
        if len(text) <= _QUOTED_LIMIT and _PRINTABLE.fullmatch(text):
            return [_quote(text)]
    return _encode(text, field)


def mailbox(name: str, addr_spec: str, field: str) -> list[str]:
    """Give the tokens of one address; `field` is the header it stands in."""
    return [*phrase(name, field), f"<{addr_spec}>"] if name else [addr_spec]


def separate(items: Sequence[Sequence[str]], *, by: str = ",") -> list[str]:
    """Give the tokens of a list: a comma, or what else is given, ends each item but the last."""
    tokens: list[str] = []
    for item in items:
        if tokens:
            tokens[-1] += by
        tokens += item
    return tokens


def parameter(name: str, value: str) -> list[str]:
    """Give a MIME parameter's tokens: bare, quoted, or extended by RFC 2231, in several if long."""
    if _MIME_TOKEN.fullmatch(value) and len(value) <= _QUOTED_LIMIT:
        return [f"{name}={value}"]
    if is_quotable(value):
        return [f"{name}={_quote(value)}"]
    segments = _pack(("".join(_PERCENT[octet] for octet in char.encode()) for char in value), 56)
    if len(segments) == 1:
        return [f"{name}*=utf-8''{segments[0]}"]
    segments[0] = f"utf-8''{segments[0]}"
    tokens = [f"{name}*{number}*={segment};" for number, segment in enumerate(segments)]
    tokens[-1] = tokens[-1][:-1]
    return tokens


def is_quotable(value: str) -> bool:
    """Tell whether a parameter can be one quoted string, which all readers know, however long its line."""
    is_plain = "=?" not in value and _PRINTABLE.fullmatch(value)
    return bool(is_plain) and len(value) <= _PARAMETER_LIMIT


def parameter_in_words(name: str, value: str) -> list[str]:
    """Give a parameter as encoded-words in quotes, against RFC 2047 5: QQ and Outlook read no other."""
    words = _encode(value, f'{name}="')
    return f'{name}="{" ".join(words)}"'.split(" ")


def date(moment: datetime) -> str:
    """Give a date as RFC 5322 3.3 has it, in the moment's own zone if that has whole minutes."""
    zone = _zone(moment.utcoffset() or timedelta())
    if zone is None:
        moment, zone = moment.astimezone(UTC), "+0000"
    day, month = _DAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return (
        f"{day}, {moment.day:02d} {month} {moment.year:04d} "
        f"{moment.hour:02d}:{moment.minute:02d}:{moment.second:02d} {zone}"
    )


@lru_cache(maxsize=64)
def _zone(offset: timedelta) -> str | None:
    """Give a zone's offset as `+0800`, None where it has seconds."""
    minutes, seconds = divmod(abs(offset), timedelta(minutes=1))
    if seconds:
        return None
    sign = "-" if offset < timedelta() else "+"
    return f"{sign}{minutes // 60:02d}{minutes % 60:02d}"


def _needs_encoding(word: str) -> bool:
    return "=?" in word or len(word) > TOKEN_LIMIT or not _WORD.fullmatch(word)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encode(text: str, field: str) -> list[str]:
    """Give encoded-words that fit the field's first line, or one of their own if its name is long.

    They are cut between characters (RFC 2047 5).
    """
    width = max(_SHORTEST_WORD, ENCODED_LINE - len(field) - 2) - _WORD_FRAME
    octets = text.encode()
    escapes = len(octets.translate(None, _Q_READABLE))
    if escapes * 2 <= len(octets):  # half of it can be read
        packed = _pack(("".join(_Q[octet] for octet in char.encode()) for char in text), width)
        return [f"=?utf-8?q?{word}?=" for word in packed]
    return [f"=?utf-8?b?{word}?=" for word in _base64_words(octets, width // 4 * 3)]


def _pack(pieces: Iterable[str], width: int) -> list[str]:
    """Join pieces into as few strings of at most `width` characters as possible."""
    packed: list[str] = []
    current: list[str] = []
    length = 0
    for piece in pieces:
        if length + len(piece) > width and current:
            packed.append("".join(current))
            current, length = [], 0
        current.append(piece)
        length += len(piece)
    packed.append("".join(current))
    return packed


def _base64_words(octets: bytes, size: int) -> list[str]:
    """Give base64 of at most `size` octets each, cut between UTF-8 characters."""
    words: list[str] = []
    start = 0
    while start < len(octets):
        end = start + size
        while end < len(octets) and octets[end] & 0xC0 == _UTF8_CONTINUES:
            end -= 1
        words.append(b2a_base64(octets[start:end], newline=False).decode("ascii"))
        start = end
    return words
