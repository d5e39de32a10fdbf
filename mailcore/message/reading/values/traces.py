"""Received fields: who got the mail from whom, when, and how (RFC 5321 4.4).

Clauses begin with the same words everywhere, in any order; what a server knows about the client stands
in comments after the first clause, in about five traditions (sendmail and Postfix, Exim, qmail,
Exchange, smap). Nothing of it is proof: each server writes what it likes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from mailcore.message.reading.values.comments import balance, find_comments
from mailcore.message.reading.values.dates import parse_date
from mailcore.message.reading.values.words import unfold

__all__ = ["Trace", "parse_trace"]

_LENGTH = 10_000  # octets of a field that are read, but for the date at its end

_QUOTED = r'"(?:[^"\\]|\\.)*+"'
_TOKEN = re.compile(
    rf'(?P<end>;)|<(?:[^<>"(]++|{_QUOTED})*+>|\[[^\[\]"(]*+\]|(?:[^\s();<\["]++|{_QUOTED})++|[<\[]',
    re.ASCII,
)
_CLAUSES = frozenset({"from", "by", "via", "with", "id", "for"})
_PROTOCOL = re.compile(
    r"(?<![A-Z0-9])(?:LOCAL-B?)?"
    r"(E?SMTP-TLS|(?:UTF8)?(?:E?SMTP|LMTP)S?A?|HTTPS?|POP3S?|IMAPS?|MMS|LOCAL)(?=SVC|REST|[^A-Z0-9]|\Z)",
    re.ASCII | re.IGNORECASE,
)
_PIECE = re.compile(r"<[^<>\s]*+>|\[\[?[^\[\]]*+\]|[^\s,()<>\[\]]++(?:\[[^\[\]\s]*+\])?", re.ASCII)
_HELO = re.compile(r"\b[HEL][EH]LO[= ]\s*+([^\s,()]++)", re.IGNORECASE | re.ASCII)
_IDENT = re.compile(r"\bident=\[?([^\s,()\]]++)", re.IGNORECASE | re.ASCII)
_HOST = re.compile(r"(?:[\w-]++\.)++[a-z][\w-]*+", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:IPv6:)?([0-9a-f.:]{2,45}+)(?:%\w{1,20}+)?", re.IGNORECASE | re.ASCII)
_PORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5}", re.ASCII)
_TLS = re.compile(
    r"\b(?:(?P<tls>TLS)v?1(?:[._](?P<minor>\d))?|SSLv?(?P<ssl>[23]))(?![A-Z0-9])"
    r"(?:/SSLv3)?(?:(?:,\d++bits)?[:,](?P<cipher>[\w-]++))?",
    re.IGNORECASE | re.ASCII,
)
_CIPHER = re.compile(
    r"\b(?:cipher[= ]|tls )\s*+([A-Z0-9]++[-_][\w-]++)"
    r"|(?<![\w-])([A-Z0-9]++-[\w-]++) encrypted",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Trace:
    """What one server wrote when it took the mail; None for what it did not say.

    `from_` is the name or address that the client is given as, brackets left out, and `helo` the one
    that it gave of itself where both stand there. `ip` is the address that it came from, as
    `ipaddress` spells it, `reverse_name` what DNS had for it, `ident` the user there. `by` is the
    server; `via` the link; `with_` the protocol, such as "ESMTPS"; `id` the server's own id, its
    brackets left out; `for_` the recipient. `tls_version` is spelt as `ssl` does, "TLSv1.3". All of
    it is claimed, and only what your own servers wrote is to be believed.
    """

    from_: str | None = None
    helo: str | None = None
    ip: str | None = None
    reverse_name: str | None = None
    ident: str | None = None
    by: str | None = None
    via: str | None = None
    with_: str | None = None
    id: str | None = None
    for_: str | None = None
    tls_version: str | None = None
    tls_cipher: str | None = None
    date: datetime | None = None


@dataclass(slots=True)
class _Clauses:
    """The words of each clause, the comments of the first, and all of them; where the date begins."""

    words: dict[str, list[str]]
    about_client: list[str]
    comments: list[str]
    date: int


def parse_trace(raw: bytes) -> Trace:
    """Read the raw value of a Received field; what is missing or makes no sense is None."""
    text = unfold(raw[:_LENGTH])
    clauses = _split(balance(text) if '"' in text else text)
    date = text[clauses.date :] if len(raw) <= _LENGTH else _last_clause(raw)
    words = clauses.words
    helo = _HELO.search(" , ".join(clauses.about_client))
    client = [_HELO.sub("", comment) for comment in clauses.about_client]
    version, cipher = _find_tls(clauses)
    return Trace(
        from_=_first(words, "from"),
        helo=_bare(helo[1]) if helo else None,
        ip=_find_ip(client),
        reverse_name=_find_reverse_name(client),
        ident=_find_ident(client, words.get("from", [])),
        by=_first(words, "by"),
        via=_first(words, "via"),
        with_=_find_protocol(words.get("with", [])),
        id=_first(words, "id"),
        for_=_find_recipient(words.get("for", [])),
        tls_version=version,
        tls_cipher=cipher,
        date=parse_date(date),
    )


def _split(text: str) -> _Clauses:
    """Divide a value whose quotes are balanced into its clauses; a word that begins one does so only once."""
    clauses = _Clauses({}, [], [], date=len(text))
    clause, position = "", 0
    for start, end in find_comments(text):
        clause = _read(clauses, clause, _TOKEN.finditer(text, position, start))
        comment, position = text[start + 1 : end - 1], end
        clauses.comments.append(comment)
        if clause == "from":
            clauses.about_client.append(comment)
    _read(clauses, clause, _TOKEN.finditer(text, position))
    return clauses


def _read(clauses: _Clauses, clause: str, tokens: Iterator[re.Match[str]]) -> str:
    """Add what stands between two comments, where `clause` goes on; give the clause at its end."""
    for token in tokens:
        word = token[0]
        if token["end"]:
            clauses.date = token.end()
        elif word.lower() in _CLAUSES and word.lower() not in clauses.words:
            clause = word.lower()
            clauses.words[clause] = []
        elif clause == "from" and clauses.words[clause] and word.startswith("["):
            clauses.about_client.append(word)  # QUIRK(GMX): "from host (EHLO name) [192.0.2.1]"
        elif clause:
            clauses.words[clause].append(word)
    return clause


def _last_clause(raw: bytes) -> str:
    """Give what follows the last semicolon, whatever stands before it."""
    _, semicolon, clause = raw.rpartition(b";")
    return unfold(clause) if semicolon else ""


def _first(words: dict[str, list[str]], clause: str) -> str | None:
    found = words.get(clause)
    return _bare(found[0]) if found else None


def _bare(word: str) -> str | None:
    """Give a word without its brackets and the comma after it."""
    word = word.rstrip(",").strip("<>[]")
    return word.removeprefix("IPv6:") or None


def _find_protocol(words: list[str]) -> str | None:
    """Give the registered protocol that is named, in upper case, else the first word as it stands."""
    found = _PROTOCOL.search(" ".join(words))
    if found:
        return found[1].upper().replace("-TLS", "S")
    return _bare(words[0]) if words else None


def _find_recipient(words: list[str]) -> str | None:
    recipient = _bare(words[0]) if words else None
    return recipient if recipient and "@" in recipient else None


def _find_ip(comments: list[str]) -> str | None:
    """Give the first address in the comments, one in brackets before others."""
    pieces = [piece for comment in comments for piece in _PIECE.findall(comment)]
    pieces.sort(key=lambda piece: "[" not in piece)
    return next((ip for piece in pieces if (ip := _read_ip(piece))), None)


def _read_ip(piece: str) -> str | None:
    """Give the address in a piece such as 192.0.2.1:25, [IPv6:::1], user@[192.0.2.1]."""
    text = piece.rpartition("@")[2].rpartition("=")[2].strip("<>[]")
    port = _PORT.fullmatch(text)
    found = port or _ADDRESS.fullmatch(text)
    if not found:
        return None
    try:
        ip = ip_address(found[1])
    except ValueError:
        return None
    return str(getattr(ip, "ipv4_mapped", None) or ip)  # QUIRK(Courier): ::ffff:192.0.2.1


def _find_reverse_name(comments: list[str]) -> str | None:
    """Give the host name that a comment begins with: "localhost" and "unknown" tell nothing."""
    for comment in comments:
        first = _PIECE.match(comment.lstrip())
        name = first[0].rpartition("@")[2].strip("<>") if first else ""
        if _HOST.fullmatch(name.removesuffix(".")):
            return name
    return None


def _find_ident(comments: list[str], words: list[str]) -> str | None:
    """Give the user: `as user name`, `ident=name`, or the name before the @ that a comment begins with."""
    if words[1:3] == ["as", "user"]:
        return _bare(words[-1])
    for comment in comments:
        if found := _IDENT.search(comment):
            return found[1]
        first = _PIECE.match(comment.lstrip())
        user = first[0].rpartition("@")[0] if first else ""
        if user and user[0] not in "<[":
            return user
    return None


def _find_tls(clauses: _Clauses) -> tuple[str | None, str | None]:
    """Give version and cipher, from wherever the server names them."""
    version = cipher = None
    for text in (*clauses.comments, " ".join(clauses.words.get("with", []))):
        if version is None and (found := _TLS.search(text)):
            version, cipher = _spell_version(found), _spell_cipher(found["cipher"])
        if cipher is None and (named := _CIPHER.search(text)):
            cipher = named[1] or named[2]
    return version, cipher


def _spell_version(found: re.Match[str]) -> str:
    if found["ssl"]:
        return f"SSLv{found['ssl']}"
    return f"TLSv1.{found['minor']}" if found["minor"] not in {None, "0"} else "TLSv1"


def _spell_cipher(name: str | None) -> str | None:
    """Give what is a cipher's name: it has parts."""
    return name if name and ("-" in name or "_" in name) else None
