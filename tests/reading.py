"""Everything that can be read of a mail: what fuzzing, the corpora and the unit tests all ask for."""

from collections.abc import Iterator
from typing import Any

from mailcore.message import Headers, Part, ReceivedMessage, parse

__all__ = ["read_everything"]

# Not data: they need arguments, write files, or are read apart.
_VERBS = {
    "defects",
    "forward",
    "preview",
    "redirect",
    "reply",
    "reply_all",
    "resolve",
    "save",
    "walk",
}
_FIELDS = (
    "get_addresses",
    "get_groups",
    "get_ids",
    "get_date",
    "get_uris",
    "get_all",
    "get_all_raw",
)
_NESTED = 3  # messages within messages that are opened


def read_everything(raw: bytes, *, nested: int = _NESTED) -> None:
    """Read all of a mail; its octets must be unchanged, its texts such that UTF-8 can hold them."""
    mail = parse(raw)
    assert mail.raw == raw
    for value in _texts(_read(mail)):
        value.encode()
    for defect in mail.defects:
        assert 0 <= defect.offset <= len(raw)
    for part in (*mail.walk(), *mail.attachments):
        _check_part(part, raw)
        if nested and part.message:
            read_everything(part.message.raw, nested=nested - 1)


def _check_part(part: Part, raw: bytes) -> None:
    for value in _texts(_read(part)):
        value.encode()
    assert b"".join(part.chunks()) == part.content
    assert part.raw in raw or "+" in part.number
    for name, text in part.headers.items():
        text.encode()
        assert not set("\r\n\0") & set(text)
        assert name in part.headers
    for value in _texts(_read_fields(part.headers)):
        value.encode()


def _read(view: ReceivedMessage | Part) -> Iterator[Any]:
    for name in dir(type(view)):
        if not name.startswith("_") and name not in _VERBS:
            value = getattr(view, name)
            yield value() if callable(value) and name == "to_text" else value


def _read_fields(headers: Headers) -> Iterator[Any]:
    for name in dict.fromkeys(headers):
        for getter in _FIELDS:
            yield getattr(headers, getter)(name)


def _texts(values: Any) -> Iterator[str]:
    """Give every text in values that nest."""
    if isinstance(values, str):
        yield values
    elif isinstance(values, tuple | list | Iterator):
        for value in values:
            yield from _texts(value)
