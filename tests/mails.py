"""Mails of every kind, as hypothesis strategies: all that the constructors accept, and the nasty first.

`messages()` is the whole; what it is made of is named, for tests of one thing.
"""

import string
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from hypothesis import strategies as st

from mailcore.message import Address, Attachment, Group, Message

__all__ = [
    "DOMAINS",
    "NOW",
    "READABLE",
    "addresses",
    "groups",
    "messages",
    "proper_ids",
    "readable_texts",
]

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

#: Texts at which composers and readers are known to stumble.
NASTY = (
    "=?utf-8?q?x?=", "=?utf-8?b?4pyT?=", "=?", "?=", "=?x", "Bcc: a@example.org", "a@example.org",
    '"', "\\", '\\"', ",", ";", ":", "<", ">", "()", "(", ")", "[", "]", "@", ".", "..", "'", "%",
    "*", "%0D%0A", "utf-8''x", "a, b <c@example.org>", " ", "  ", "\t", " \t ", "\v", "\f", "\x1b[0m",
    "\x7f", "\x85", "\u2028", "\u2029", "\xa0", "\u3000", "\u200b", "\u200d", "\ufeff", "\u202e",
    "é", "e\u0301", "ﬁ", "İ", "ß", "王芳", "𠮷", "例え", "Ελένη", "Анна", "שלום", "مرحبا", "👩‍👩‍👧", "🏳️‍🌈",
    "\U0010ffff", "x" * 77, "x" * 78, "x" * 90, "é" * 80, "word " * 20, " " * 30,
    "https://example.org/" + "a1" * 60,
)  # fmt: skip
#: Those that can be seen, as words.
READABLE = tuple(piece for piece in NASTY if piece.isprintable() and piece.strip(" ") == piece)
#: Lines at which bodies go wrong.
NASTY_LINES = (
    "", ".", "..", "From here", ">From here", "--", "-- ", "--=_alt_0", "=", "=20", "a ", "a\t", "\t",
    "MIME-Version: 1.0", "x" * 76, "x" * 77, "x" * 998, "x" * 999, "é" * 500, "begin 644 x", "+a",
)  # fmt: skip
LINE_ENDS = ("\n", "\r\n", "\r", "\n\n", "\v", "\f", "\x1c", "\x85", "\u2028")
DOMAINS = (
    "example.org", "EXAMPLE.com", "sub.example.co.uk", "例え.jp", "bücher.example", "x--y.example",
    "[192.0.2.1]", "[IPv6:2001:db8::1]", "localhost",
)  # fmt: skip

_atoms = st.text(st.sampled_from("abc019!#$%&'*+/=?^_`{|}~-"), min_size=1, max_size=12)
_foreign_atoms = st.text(st.sampled_from("éñ王芳жא"), min_size=1, max_size=6)
_quotable = st.text(st.sampled_from('ab ,;:<>@()[].\\"'), max_size=12)


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mixed(
    nasty: Iterable[str], plain: st.SearchStrategy[str], *, by: str
) -> st.SearchStrategy[str]:
    """Give texts of pieces that are nasty or plain."""
    return st.lists(st.sampled_from(tuple(nasty)) | plain, max_size=6).map(by.join)


_any_line = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=60)
_any_text = st.text(st.characters(codec="utf-8"), max_size=200)

header_texts = _mixed(NASTY, _any_line, by="") | _mixed(NASTY, _any_line, by=" ") | _any_line
bodies = (
    _mixed((*NASTY, *NASTY_LINES, *LINE_ENDS), _any_text, by="")
    | _mixed(NASTY_LINES, st.text(string.printable, max_size=90), by="\n")
    | _any_text
)
#: What people write: words of one line, in all alphabets, nothing invisible.
readable_texts = st.lists(
    st.sampled_from(READABLE)
    | st.text(string.ascii_letters + string.digits + string.punctuation, min_size=1, max_size=12)
    | st.text(st.characters(codec="utf-8", categories=["Ll", "Lo", "Nd"]), min_size=1, max_size=9),
    max_size=8,
).map(" ".join)

local_parts = (
    _atoms | st.lists(_atoms, min_size=1, max_size=3).map(".".join) | _quotable.map(_quote)
)
domains = st.sampled_from(DOMAINS)
#: Ids as they are met, which need not be as RFC 5322 3.6.4 has them; and those that are.
met_ids = st.text(
    st.sampled_from("abcXYZ019.@=_-!#$%&'*+/?^`{|}~[]:;,()\"\\"), min_size=1, max_size=60
).map("<{}>".format)
proper_ids = st.builds("<{}.{}@example.org>".format, _atoms, _atoms)
header_names = st.text(
    st.sampled_from(string.ascii_letters + string.digits + "-_!.#$%&'*+^`|~"),
    min_size=1,
    max_size=60,
).map("X-{}".format)
moments = st.datetimes(min_value=datetime(1000, 1, 1)).map(  # noqa: DTZ001 - the zone is added
    lambda moment: moment.replace(tzinfo=timezone(timedelta(minutes=moment.minute * 24 - 720)))
)
uris = st.sampled_from(
    ("https://example.org/off?id=1&list=%E6%8A%A5", "mailto:off@example.org?subject=off",
     "http://example.org/", "https://example.org/" + "a1" * 300)
)  # fmt: skip
content_types = st.sampled_from(
    ["application/octet-stream", "text/plain; delsp=no", "TEXT/Html", "image/png",
     'text/csv; header=present; a="b c"', 'application/x-a; name="other.txt"; q="a; b=\\"c"',
     "application/" + "x" * 100, "text/calendar; method=REQUEST", "audio/ogg; codecs=opus"]
)  # fmt: skip


def addresses(
    names: st.SearchStrategy[str] = header_texts, *, foreign: bool = False
) -> st.SearchStrategy[Address]:
    """Give addresses; `foreign` ones have a local part that only SMTPUTF8 can carry."""
    local = _foreign_atoms if foreign else local_parts
    return st.builds(
        lambda local, domain, name: Address(email=f"{local}@{domain}", name=name),
        local,
        domains,
        names,
    )


def groups(names: st.SearchStrategy[str] = header_texts) -> st.SearchStrategy[Group]:
    """Give groups of no members and more."""
    return st.builds(
        lambda name, members: Group(name=name, members=members),
        names.filter(bool),
        st.lists(addresses(names), max_size=3),
    )


def _open(content: bytes) -> Callable[[], BinaryIO]:
    return lambda: BytesIO(content)


contents: st.SearchStrategy[Any] = (
    st.binary(max_size=300)
    | bodies.map(str.encode)
    | st.just(Path(__file__))
    | st.binary(max_size=300).map(_open)
)


def attachments(names: st.SearchStrategy[str]) -> st.SearchStrategy[Attachment]:
    """Give attachments of every kind of content but messages."""
    return st.builds(
        Attachment,
        content=contents,
        filename=names.map(lambda name: name[:255]).filter(bool),
        content_type=st.none() | content_types,
        disposition=st.sampled_from(["attachment", "inline"]),
    )


def calendars(lines: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Give iCalendar objects, as far as a mail needs to know them, with a METHOD or without."""
    methods = st.sampled_from(["", "METHOD:REQUEST\n", "method;x=y:cancel\r\n"])
    return st.builds("BEGIN:VCALENDAR\n{}{}\nEND:VCALENDAR\n".format, methods, lines)


@st.composite
def messages(
    draw: st.DrawFn,
    *,
    texts: st.SearchStrategy[str] = header_texts,
    bodies: st.SearchStrategy[str] = bodies,
    ids: st.SearchStrategy[str] = met_ids,
) -> Message:
    """Give finalised messages; `texts` are what its subject, names, file names and fields are."""
    mailboxes, lists = addresses(texts), addresses(texts) | groups(texts)
    html = draw(st.none() | bodies)
    names = st.text(st.sampled_from("abc019.@"), min_size=1, max_size=9)
    authors = draw(st.lists(mailboxes, min_size=1, max_size=2))
    return Message(
        from_=authors,
        sender=draw(mailboxes) if len(authors) > 1 else draw(st.none() | mailboxes),
        to=draw(st.lists(lists, max_size=4)),
        cc=draw(st.lists(lists, max_size=2)),
        bcc=draw(st.lists(mailboxes, max_size=2)),
        reply_to=draw(st.lists(lists, max_size=2)),
        subject=draw(texts),
        text=draw(st.none() | bodies),
        html=html,
        amp=draw(st.none() | bodies) if html is not None else None,
        calendar=draw(st.none() | calendars(bodies)),
        attachments=draw(st.lists(attachments(texts), max_size=3)),
        inline=draw(st.dictionaries(names, st.binary(max_size=99), max_size=2)) if html else {},
        date=draw(st.none() | moments),
        message_id=draw(st.none() | ids),
        in_reply_to=draw(st.none() | ids),
        references=draw(st.lists(ids, max_size=9)),
        priority=draw(st.sampled_from([None, "high", "normal", "low"])),
        unsubscribe=draw(st.none() | st.lists(uris, min_size=1, max_size=3)),
        headers=draw(st.lists(st.tuples(header_names, texts), max_size=3)),
    ).finalise(now=NOW)
