"""SMTP's bytes to values and back, without I/O (RFC 5321 4).

`ReplyReader` is fed what came in, in any pieces; `stuff_dots` makes a message safe to end with a dot.
"""

import base64
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from mailcore.errors import ConfigurationError, ProtocolBroken
from mailcore.reply import Reply
from mailcore.secret import Secret

__all__ = [
    "Extensions",
    "ReplyReader",
    "address_literal",
    "command_group",
    "command_line",
    "decode_challenge",
    "decode_text",
    "encode_response",
    "read_extensions",
    "stuff_dots",
]

#: RFC 5321 4.5.3.1.5 allows 512; real servers exceed it.
REPLY_LINE_LIMIT = 8 * 1024
REPLY_LINES_LIMIT = 256
END_OF_DATA = b".\r\n"

# The text may be missing, and then often the space as well.
_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([- ])(.*+))?", re.DOTALL)
_COMMON = (b"250 ", b"354 ")
_SIZE = re.compile(r"[0-9]{1,20}")  # RFC 1870 3
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
_SPEAKABLE = re.compile(r"[^\x00-\x1f\x7f]*+")


class ReplyReader:
    """Collects replies out of a stream of bytes."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lines: list[str] = []
        self._code: int | None = None

    def feed(self, data: bytes) -> None:
        """Take in what was received."""
        self._buffer += data

    def next(self) -> Reply | None:
        """Give the next whole reply, or None until more is fed; raises `ProtocolBroken`."""
        while (end := self._buffer.find(b"\n")) >= 0:
            if end > REPLY_LINE_LIMIT:
                break
            line = bytes(self._buffer[:end]).rstrip(b"\r")
            del self._buffer[: end + 1]
            if self._code is None and line.startswith(_COMMON):
                return _common_reply(line)
            if self._take(line):
                reply = Reply(self._code or 0, tuple(self._lines))
                self._code, self._lines = None, []
                return reply
        if len(self._buffer) > REPLY_LINE_LIMIT:
            raise ProtocolBroken(f"a line of the server's reply exceeds {REPLY_LINE_LIMIT} bytes")
        return None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was received beyond the replies given out."""
        return not self._buffer and self._code is None

    def _take(self, line: bytes) -> bool:
        """Add a line to the reply under way; tell whether it is the last."""
        found = _REPLY_LINE.fullmatch(line)
        if found is None:
            raise ProtocolBroken(f"this is no SMTP reply: {line[:80]!r}")
        code = int(found[1])
        if self._code is not None and code != self._code:
            raise ProtocolBroken(f"a reply began with {self._code} and went on with {code}")
        if len(self._lines) >= REPLY_LINES_LIMIT:
            raise ProtocolBroken(f"a reply has more than {REPLY_LINES_LIMIT} lines")
        self._code = code
        self._lines.append(decode_text(found[3] or b""))
        return found[2] != b"-"


@lru_cache(maxsize=64)
def _common_reply(line: bytes) -> Reply:
    """Read a reply of one line, of those that come again and again with each message."""
    return Reply(int(line[:3]), (decode_text(line[4:]),))


def decode_text(data: bytes) -> str:
    """Read a server's words: UTF-8; else GB18030, as Chinese providers write; else Latin-1.

    Control characters are replaced: the words get into logs and onto terminals.
    """
    if data.isascii() and (text := data.decode("ascii")).isprintable():
        return text
    for charset in ("utf-8", "gb18030", "latin-1"):
        with suppress(UnicodeDecodeError):
            return _CONTROL.sub("\ufffd", data.decode(charset))
    raise AssertionError("Latin-1 reads everything")


class Extensions(NamedTuple):
    """What an EHLO reply says: who the server is, and the keywords with their parameters."""

    greeting: str
    keywords: Mapping[str, str]

    def __contains__(self, keyword: object) -> bool:
        return keyword in self.keywords

    @property
    def size_limit(self) -> int | None:
        """The largest message that the server takes, in bytes; None if it does not say (RFC 1870)."""
        limit = self.keywords.get("SIZE", "")
        return int(limit) or None if _SIZE.fullmatch(limit) else None

    @property
    def mechanisms(self) -> frozenset[str]:
        """The SASL mechanisms offered (RFC 4954)."""
        return frozenset(self.keywords.get("AUTH", "").upper().split())


def read_extensions(reply: Reply, *, without: Collection[str] = ()) -> Extensions:
    """Read the reply to EHLO (RFC 5321 4.1.1.1), some left out.

    Empty lines and repeated keywords are borne with.
    """
    keywords: dict[str, str] = {}
    for line in reply.lines[1:]:
        # QUIRK(old Exchange and others): "AUTH=LOGIN PLAIN" for clients older than RFC 4954.
        keyword, _, parameters = line.strip().replace("AUTH=", "AUTH ", 1).partition(" ")
        if keyword and keyword.upper() not in without:
            known = keywords.get(keyword.upper(), "")
            keywords[keyword.upper()] = f"{known} {parameters}".strip()
    return Extensions(reply.lines[0] if reply.lines else "", MappingProxyType(keywords))


def command_line(*words: str | Secret) -> memoryview:
    """Write a command; control characters cannot get into one.

    It is a view because a view's repr does not show what is in it, and a command may hold a password.
    """
    line = " ".join(word.reveal() if isinstance(word, Secret) else word for word in words)
    if not _SPEAKABLE.fullmatch(line):
        raise ConfigurationError(f"an SMTP command cannot hold control characters: {words[0]}")
    return memoryview(line.encode() + b"\r\n")


def command_group(commands: Iterable[str]) -> bytes:
    """Write commands to be sent together (RFC 2920); control characters cannot get into one."""
    lines = [*commands]
    if not _SPEAKABLE.fullmatch("".join(lines)):
        raise ConfigurationError("an SMTP command cannot hold control characters")
    return "\r\n".join([*lines, ""]).encode()


def encode_response(response: bytes) -> Secret:
    """Write a SASL response (RFC 4954 4)."""
    return Secret(base64.b64encode(response).decode())


def decode_challenge(text: str) -> bytes:
    """Read a SASL challenge; QUIRK(some servers): words that are not base64 are taken as they are."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode()


def stuff_dots(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Double the dots that begin lines, whatever the pieces (RFC 5321 4.5.2), and end with the dot.

    The chunks together are lines with CRLF, the last one too.
    """
    at_line_start = True
    for chunk in chunks:
        if not chunk:
            continue
        stuffed = chunk.replace(b"\n.", b"\n..")
        yield b"." + stuffed if at_line_start and chunk.startswith(b".") else stuffed
        at_line_start = chunk.endswith(b"\n")
    yield END_OF_DATA


def address_literal(address: str | None) -> str:
    """Give the name for EHLO of a client without a name in DNS (RFC 5321 4.1.3, 4.1.4)."""
    if address is None:
        return "localhost"
    bare = address.partition("%")[0]
    return f"[IPv6:{bare}]" if ":" in bare else f"[{bare}]"
