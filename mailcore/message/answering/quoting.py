"""What was written, in what is written about it: as text and as HTML (RFC 3676 4.3, 4.5)."""

import re
from collections.abc import Collection
from datetime import datetime
from html import escape
from string import Formatter

from mailcore.errors import ConfigurationError
from mailcore.message.html.markup import body_end
from mailcore.message.reading.parts import Part
from mailcore.message.reading.selection import view
from mailcore.message.received import ReceivedMessage
from mailcore.message.writing import headers as write

__all__ = [
    "append_html",
    "append_text",
    "attribute",
    "find_fragment",
    "find_text",
    "quote_html",
    "quote_text",
    "spell_date",
]

# A word, or an image.
_SHOWN = re.compile(r"<img|(?:^|>)[^<]*?[^<\s]", re.IGNORECASE)
_STYLE = "margin:0 0 0 0.5em;border-left:2px solid #ccc;padding-left:0.7em;overflow:auto"


def find_text(mail: ReceivedMessage, *, has_signature: bool = True) -> str:
    """Give what the mail says as text, made from its HTML where it has no other."""
    views = view(next(mail.walk()))
    texts = [_read_text(part, has_signature=has_signature) for part in views.text]
    if not any(map(str.strip, texts)):
        texts = [_read_text(part, has_signature=has_signature) for part in views.html]
    return "\n".join(texts) if texts else _find_packed_text(mail)


def find_fragment(mail: ReceivedMessage, *, has_signature: bool = True) -> str:
    """Give what the mail says as HTML that can stand within other HTML; a text without its signature, say."""
    from mailcore.message.html.fragments import body_fragment, escape_text  # noqa: PLC0415 - bs4

    def write(part: Part) -> str:
        if part.content_type == "text/html":
            return body_fragment(part.text)
        return escape_text(part.text if has_signature else _cut_signature(part.text))

    views = view(next(mail.walk()))
    fragments = list(map(write, views.html))
    if not any(_SHOWN.search(fragment) for fragment in fragments) and views.text != views.html:
        fragments = list(map(write, views.text))
    if not fragments:
        fragments = [body_fragment(mail.html) if mail.html else escape_text(mail.text or "")]
    return "\n".join(fragments)


def attribute(mail: ReceivedMessage, template: str) -> str:
    """Give the line that says whose words follow; `{date}`, `{author}` and `{email}` are filled in.

    Raises `ConfigurationError` for a template that asks for anything else.
    """
    author = mail.from_ or mail.sender or next(iter(mail.reply_to), None)
    email = author.email if author else ""
    values = {
        "date": spell_date(mail.date) if mail.date else "an unknown date",
        "author": (author.name if author else "") or email or "somebody",
        "email": email,
    }
    _check_template(template, values.keys())
    return template.format(**values)


def spell_date(moment: datetime) -> str:
    """Give a moment for people to read, the same everywhere: `Mon, 23 Nov 2026 at 08:29 +0000`."""
    *day, clock, zone = write.date(moment).split(" ")
    return f"{' '.join(day)} at {clock[:5]} {zone}"


def quote_text(text: str) -> str:
    """Give the text quoted by ">", without empty lines at its end."""
    body = text.rstrip()
    return "\n".join(map(_quote_line, body.split("\n"))) if body else ""


def quote_html(fragment: str, attribution: str) -> str:
    """Give the fragment quoted, with the line that says whose words they are."""
    return (
        f"<p>{escape(attribution)}</p>\n"
        f'<blockquote type="cite" style="{_STYLE}">\n{fragment}\n</blockquote>\n'
    )


def append_text(text: str | None, block: str) -> str:
    """Give the text, an empty line, and the block; a signature stays at the end (RFC 3676 4.3)."""
    above, mark, signature = f"\n{(text or '').rstrip()}".rpartition("\n-- \n")
    if not mark:
        above, signature = signature, ""
    pieces = (above.strip("\r\n"), block.rstrip("\n"))
    whole = "\n\n".join(piece for piece in pieces if piece)
    return f"{whole}\n{mark}{signature}\n" if mark else f"{whole}\n"


def append_html(html: str, block: str) -> str:
    """Give the HTML with the block at the end of its body."""
    end = body_end(html)
    return f"{html[:end]}\n{block}{html[end:]}"


def _find_packed_text(mail: ReceivedMessage) -> str:
    """Give the text of a mail that Outlook packed, for which no part of it stands."""
    if mail.text is not None or mail.html is None:
        return mail.text or ""
    from mailcore.message.html.text import to_text  # noqa: PLC0415 - loads Beautiful Soup

    return to_text(mail.html)


def _cut_signature(text: str) -> str:
    body, _, _ = f"\n{text}\n".rpartition("\n-- \n")
    return (body or f"\n{text}").rstrip()[1:]


def _read_text(part: Part, *, has_signature: bool) -> str:
    if part.content_type != "text/html":
        return part.text if has_signature else _cut_signature(part.text)
    from mailcore.message.html.text import to_text  # noqa: PLC0415 - loads Beautiful Soup

    return to_text(part.text)


def _quote_line(line: str) -> str:
    """Quote one line; what is quoted already gets no space, and an empty line needs none."""
    return f">{line}" if not line or line.startswith(">") else f"> {line}"


def _check_template(template: str, names: Collection[str]) -> None:
    try:
        fields = [field for field in Formatter().parse(template) if field[1] is not None]
    except ValueError as flaw:
        raise ConfigurationError(f"attribution: {flaw}") from None
    if any(name not in names or spec or conversion for _, name, spec, conversion in fields):
        allowed = ", ".join(f"{{{name}}}" for name in names)
        raise ConfigurationError(f"attribution: {template!r} may hold only {allowed}")
