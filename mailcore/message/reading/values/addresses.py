"""Address lists as they arrived: every recipient that can be made out, and no phantom ones.

One pass over tokens, so that no nesting and no length is a trap (RFC 5322 3.4 and 4.4, read leniently).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from mailcore.message.reading.values.words import decode_words, unfold

__all__ = ["ReceivedAddress", "parse_addresses", "spell_mailbox"]

_TOKEN = re.compile(
    r"(?P<gap>\s++)"
    r'|(?P<quoted>"(?:[^"\\]|\\.)*+"?)'
    r'|(?P<angle><(?:[^<>",]|,(?=\s*+@)|"(?:[^"\\]|\\.)*+"|(?<=@),)*+>?)'
    r"|(?P<word>=\?[^?\s]{1,64}+\?[bBqQ]\?[^?]*+\?=)"
    r"|(?P<literal>\[[^\]]*+\]?)"
    r'|(?P<atom>[^\s"(),:;<>\[\]]++)'
    r"|(?P<special>.)",
    re.DOTALL,
)
_BARE_NAME = re.compile(r'[^"<>,;\s]++(?: [^"<>,;\s]++)*+')
_IN_COMMENT = re.compile(r"\\.|[()]", re.DOTALL)


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


class _Word(NamedTuple):
    """A piece of a mailbox: as it was written, as text, and whether white space came before."""

    raw: str
    text: str
    gap: bool


@dataclass(slots=True)
class _Mailbox:
    """What has been read of one mailbox so far."""

    words: list[_Word] = field(default_factory=list)
    angle: str | None = None
    comment: str = ""


def parse_addresses(raw: bytes) -> tuple[ReceivedAddress, ...]:
    """Give the addresses of a raw field value in order; groups give their members."""
    found = map(_finish, _split(unfold(raw)))
    return tuple(address for address in found if address)


def _split(text: str) -> Iterator[_Mailbox]:
    """Give the mailboxes between commas, without the names of groups."""
    mailbox, gap, position = _Mailbox(), False, 0
    while token := _TOKEN.match(text, position):
        position = token.end()
        match token.lastgroup, token[0]:
            case "special", "," | ";":
                yield mailbox
                mailbox = _Mailbox()
            case "special", ":" if mailbox.angle is None:
                mailbox = _Mailbox()
            case "special", "(":
                position = _comment_end(text, position)
                mailbox.comment = mailbox.comment or text[token.end() : position].removesuffix(")")
            case "angle", angle if mailbox.angle is None:
                mailbox.angle = angle[1:].removesuffix(">")
            case "quoted", quoted:
                mailbox.words.append(_Word(quoted, _unquote(quoted), gap))
            case "atom" | "word" | "literal", raw:
                mailbox.words.append(_Word(raw, raw, gap))
            case _:  # white space, a stray > or :
                pass
        gap = token.lastgroup == "gap"
    yield mailbox


def _comment_end(text: str, position: int) -> int:
    """Give the place after the comment that has been opened before `position`; comments nest."""
    depth = 1
    for token in _IN_COMMENT.finditer(text, position):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if not depth:
            return token.end()
    return len(text)


def _unquote(text: str) -> str:
    inner = text[1:].removesuffix('"')
    return re.sub(r"\\(.)", r"\1", inner) if "\\" in inner else inner


def _finish(mailbox: _Mailbox) -> ReceivedAddress | None:
    """Give the address, None where there is neither address nor name."""
    comment = decode_words(mailbox.comment).strip()
    if mailbox.angle is not None:
        return ReceivedAddress(_without_route(mailbox.angle), _name(mailbox.words) or comment)
    if not mailbox.words:
        return None
    spec, others = _find_spec(mailbox.words)
    return ReceivedAddress(spec, _name(others) or comment)


def _without_route(angle: str) -> str:
    """Leave out a source route, `@a,@b:` (RFC 5322 4.4)."""
    angle = angle.strip()
    return angle.partition(":")[2].strip() if angle.startswith("@") and ":" in angle else angle


def _name(words: list[_Word]) -> str:
    text = "".join(f" {word.text}" if word.gap else word.text for word in words)
    return decode_words(text.removeprefix(" ") if words and words[0].gap else text)


def _find_spec(words: list[_Word]) -> tuple[str, list[_Word]]:
    """Give the bare address among the words, which are one run without white space, and the others."""
    runs: list[list[_Word]] = []
    for word in words:
        if word.gap or not runs:
            runs.append([])
        runs[-1].append(word)
    for number, run in enumerate(runs):
        if any("@" in word.raw for word in run if not word.raw.startswith('"')):
            others = [word for other in (*runs[:number], *runs[number + 1 :]) for word in other]
            return "".join(word.raw for word in run), others
    if len(words) == 1 and not words[0].raw.startswith('"'):
        return words[0].raw, []
    return "", words
