"""Address lists as they arrived: every recipient that can be made out, and no phantom ones.

The common forms are one regular expression; what it does not know goes through tokens, in one pass, so
that no nesting and no length is a trap (RFC 5322 3.4 and 4.4, read leniently). Encoded-words are
decoded after that, and in names alone: what they hide never becomes an address.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from mailcore.message.reading.values.comments import find_opaque
from mailcore.message.reading.values.words import decode_words, unfold

__all__ = [
    "ADDRESSES",
    "ReceivedAddress",
    "ReceivedGroup",
    "parse_addresses",
    "parse_groups",
    "spell_mailbox",
]

ADDRESSES = 10_000  # what one field can have
CACHED_OCTETS = 256  # longer fields are read anew each time

_ATEXT = r'[^\x00-\x20\x7f()<>\[\]:;@\\,."]'
_DOTTED = rf"{_ATEXT}++(?:\.{_ATEXT}++)*+"
_WORDS = rf"(?:{_ATEXT}|\.)++(?:\ (?:{_ATEXT}|\.)++)*+"
_SIMPLE = re.compile(
    rf'\ *+(?:(?:"(?P<quoted>[^"\\]*+)"|(?P<name>{_WORDS}))?\ *+<(?P<email>{_DOTTED}@{_DOTTED})>'
    rf"|(?![^,]*?=\?)(?P<bare>{_DOTTED}@{_DOTTED}))\ *+(?:,|\Z)"
)
# Between what is opaque; a quote or parenthesis there is one that is never closed.
_TOKEN = re.compile(
    r'(?P<gap>[\s"(]++)|(?P<atom>\[[^\s\[\]<>",;()]*+\]|[^\s"(),:;<>\[\]]++|[\[\]])'
    r"|(?P<hop>,(?=\s*+@))|(?P<mark>.)",
    re.ASCII,
)
_BARE_NAME = re.compile(r'[^"<>,;\s]++(?: [^"<>,;\s]++)*+')


@dataclass(frozen=True, slots=True)
class ReceivedAddress:
    """An address that somebody wrote into a header: read, not validated.

    `email` is what stood between < and >, "" where there was only a name; `name` is decoded. It
    equals an `Address` of the same name and wire form, and can be passed wherever an `Address` can:
    there it is validated.
    """

    email: str
    name: str = ""

    @property
    def addr_spec(self) -> str:
        """The address as the wire had it."""
        return self.email

    @property
    def domain(self) -> str:
        """What follows the last @."""
        return self.email.rpartition("@")[2]

    def __str__(self) -> str:
        """Give the readable form."""
        return spell_mailbox(self.name, self.email)


def spell_mailbox(name: str, email: str) -> str:
    """Give an address for people to read, the name in quotes where it would be misread without."""
    if not name:
        return email
    if _BARE_NAME.fullmatch(name):
        return f"{name} <{email}>"
    return '"{}" <{}>'.format(re.sub(r'(["\\])', r"\\\1", name), email)


@dataclass(frozen=True, slots=True)
class ReceivedGroup:
    """Addresses that stand together in a header; `name` is None for those in no group."""

    name: str | None
    addresses: tuple[ReceivedAddress, ...]


class _Word(NamedTuple):
    """A piece of a mailbox: as it was written, and whether white space or a comment came before."""

    raw: str
    gap: bool
    kind: str = "atom"

    @property
    def text(self) -> str:
        return _unquote(self.raw) if self.kind == "quoted" else self.raw


@dataclass(slots=True)
class _Mailbox:
    """What has been read of one mailbox so far.

    `angle` is what stands between < and >, `before` how many of the words stand before that.
    """

    words: list[_Word] = field(default_factory=list)
    angle: list[_Word] = field(default_factory=list)
    has_angle: bool = False
    is_open: bool = False
    before: int = 0
    comment: str = ""

    def add(self, word: _Word) -> None:
        """Add a word to what is being read."""
        (self.angle if self.is_open else self.words).append(word)

    def note(self, comment: str) -> None:
        """Keep the first comment that stands outside of < >: it may be all there is of a name."""
        if not self.is_open and not self.comment:
            self.comment = comment

    def takes(self, mark: str, *, is_at_next: bool) -> bool:
        """Take in a mark that does not end the mailbox; a stray one is passed over."""
        match mark:
            case "<":
                self._open()
            case "," | ":" if self._is_in_route() and (mark == ":" or is_at_next):
                self.angle.clear()
            case ":" | ";" if self.is_open:
                self.add(_Word(mark, gap=False))
            case ")":  # lest what it parts be read as one
                self.add(_Word(mark, gap=False))
            case "," | ";":
                return False
            case ":" if not self.has_angle:
                return False
            case ">":
                self.is_open = False
        return True

    def is_complete(self) -> bool:
        """Tell whether an address has been read, so that another < begins another mailbox."""
        return not self.is_open and _has_at(self.angle)

    def cut(self) -> list[_Word]:
        """Take out the words after the address: they are another mailbox's."""
        following = self.words[self.before :]
        del self.words[self.before :]
        return following

    def _open(self) -> None:
        """Begin the address; what an earlier < began, and was none, is a part of the name."""
        self.words[self.before : self.before] = self.angle
        self.angle, self.is_open, self.has_angle = [], True, True
        self.before = len(self.words)

    def _is_in_route(self) -> bool:
        """Tell whether a source route is being read, `<@a,@b:` (RFC 5322 4.4)."""
        return self.is_open and bool(self.angle) and self.angle[0].raw.startswith("@")


class _Group(NamedTuple):
    """The beginning of a group; without a name, its end."""

    name: str | None


def parse_addresses(
    raw: bytes, *, charset: str | None = None, most: int = ADDRESSES
) -> tuple[ReceivedAddress, ...]:
    """Give the addresses of a raw field value in order; groups give their members.

    `charset` is the one that undeclared octets may be in; what is beyond `most` is left unread.
    """
    parse = _parse_cached if len(raw) <= CACHED_OCTETS else _parse
    return parse(raw, charset, most)


def _parse(raw: bytes, charset: str | None, most: int) -> tuple[ReceivedAddress, ...]:
    groups = _read(unfold(raw, charset=charset), most)
    return tuple(address for _, addresses in groups for address in addresses)


_parse_cached = lru_cache(maxsize=512)(_parse)  # a mailbox is from and to the same people


def parse_groups(
    raw: bytes, *, charset: str | None = None, most: int = ADDRESSES
) -> tuple[ReceivedGroup, ...]:
    """Give the addresses of a raw field value by group, in order (RFC 8621 4.1.2.4).

    Neighbours in no group are one `ReceivedGroup` without a name; a group can be empty. `charset` and
    `most` are as with `parse_addresses`.
    """
    groups = _read(unfold(raw, charset=charset), most)
    return tuple(
        ReceivedGroup(name, tuple(addresses))
        for name, addresses in groups
        if addresses or name is not None
    )


def _read(text: str, most: int) -> list[tuple[str | None, list[ReceivedAddress]]]:
    """Give the names of the groups, and the addresses in each, no more than `most` of them all."""
    addresses, position = _read_simple(text, most)
    groups: list[tuple[str | None, list[ReceivedAddress]]] = [(None, addresses)]
    left = most - len(addresses)
    if not left or position == len(text):
        return groups
    for piece in _split(text[position:]):
        if isinstance(piece, _Group):
            groups.append((piece.name, []))
        elif address := _finish(piece):
            groups[-1][1].append(address)
            left -= 1
            if not left:
                break
    return groups


def _read_simple(text: str, most: int) -> tuple[list[ReceivedAddress], int]:
    """Give the addresses of common form that the text begins with, and where they end."""
    addresses: list[ReceivedAddress] = []
    position = 0
    while len(addresses) < most and (found := _SIMPLE.match(text, position)):
        quoted, name, email, bare = found.groups()
        addresses.append(ReceivedAddress(email or bare, decode_words(quoted or name or "")))
        position = found.end()
    return addresses, position


def _split(text: str) -> Iterator[_Mailbox | _Group]:
    """Give the mailboxes, and where groups begin and end."""
    mailbox, gap, in_group = _Mailbox(), False, False
    for kind, piece in _tokens(text):
        if piece == "<" and mailbox.is_complete():  # QUIRK: somebody forgot a comma
            words = mailbox.cut()
            yield mailbox
            mailbox = _Mailbox(words)
        match kind:
            case "quoted" | "word" | "atom":
                mailbox.add(_Word(piece, gap, kind))
            case "comment":
                mailbox.note(piece[1:-1])
            case "mark" | "hop" if not mailbox.takes(piece, is_at_next=kind == "hop"):
                if piece != ":":
                    yield mailbox
                elif not in_group:
                    yield _Group(_name(mailbox.words))
                if piece == ";" and in_group:
                    yield _Group(None)
                mailbox, in_group = _Mailbox(), piece == ":" or (in_group and piece == ",")
        gap = kind in {"gap", "comment"} or piece in "<>"
    yield mailbox


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Give the pieces with their kinds: what is opaque, and words, marks and gaps between."""
    position = 0
    for kind, start, end in chain(find_opaque(text), [("gap", len(text), len(text))]):
        for token in _TOKEN.finditer(text, position, start):
            yield token.lastgroup or "", token[0]
        yield kind, text[start:end]
        position = end


def _unquote(text: str) -> str:
    inner = text[1:-1]
    return re.sub(r"\\(.)", r"\1", inner) if "\\" in inner else inner


def _finish(mailbox: _Mailbox) -> ReceivedAddress | None:
    """Give the address, None where there is neither address nor name."""
    if not mailbox.has_angle and not mailbox.words:
        return None
    if mailbox.has_angle:
        email, name = _spell(mailbox.angle), _name(mailbox.words)
    else:
        email, others = _find_spec(mailbox.words)
        name = _name(others)
    return ReceivedAddress(email, name or decode_words(mailbox.comment).strip())


def _name(words: list[_Word]) -> str:
    text = "".join(f" {word.text}" if word.gap else word.text for word in words)
    return decode_words(text.removeprefix(" ") if words and words[0].gap else text)


def _find_spec(words: list[_Word]) -> tuple[str, list[_Word]]:
    """Give the bare address among the words and the others; a lone atom is an address too."""
    if len(words) == 1 and words[0].kind == "atom":
        return words[0].raw, []
    runs = _runs(words, around=".@")
    if len(runs) > 1:  # "Q. a@b.c": the dot may be the name's
        runs = _runs(words, around="@")
    for number, run in enumerate(runs):
        if _has_at(run):
            others = [word for other in (*runs[:number], *runs[number + 1 :]) for word in other]
            return _spell(run), others
    return "", words


def _has_at(words: list[_Word]) -> bool:
    return any("@" in word.raw for word in words if word.kind == "atom")


def _runs(words: list[_Word], *, around: str) -> list[list[_Word]]:
    """Give the words in runs without white space, but for that around these marks (RFC 5322 4.4)."""
    runs: list[list[_Word]] = []
    for word in words:
        if not runs or (word.gap and not _touch(runs[-1][-1], word, around)):
            runs.append([])
        runs[-1].append(word)
    return runs


def _spell(words: list[_Word]) -> str:
    """Spell an address as it was written, without white space around its dots and its @."""
    return " ".join("".join(word.raw for word in run) for run in _runs(words, around=".@"))


def _touch(word: _Word, following: _Word, marks: str) -> bool:
    return word.raw[-1] in marks or following.raw[0] in marks
