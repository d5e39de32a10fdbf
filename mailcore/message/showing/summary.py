"""What a mail shows beside its body: its main fields, its files, its defects, each as a line of text.

Nothing in these texts acts: what would turn them around or steer a terminal is spelled out.
"""

from collections.abc import Iterable
from itertools import chain

from mailcore.message.answering.quoting import spell_date
from mailcore.message.reading.defects import Defect
from mailcore.message.reading.parts import Part
from mailcore.message.received import ReceivedMessage

__all__ = ["disarm", "list_fields", "spell_defect", "spell_number", "spell_part", "spell_size"]

_KILO = 1000

_CONTROLS = chain(range(0x20), range(0x7F, 0xA0))
# Line and paragraph separators, what embeds, overrides and isolates directions, annotations.
_STEERING = chain(range(0x2028, 0x202F), range(0x2066, 0x206A), range(0xFFF9, 0xFFFC))
_SPELLED = {code: f"\\x{code:02x}" for code in _CONTROLS} | {
    code: f"\\u{code:04x}" for code in _STEERING
}
_SPELLED_IN_LINES = {code: _SPELLED[code] for code in _SPELLED if chr(code) not in "\n\t"}


def disarm(text: str, *, has_lines: bool = False) -> str:
    r"""Give the text with control characters and turns of direction spelled out, such as `\x1b`.

    Line feeds and tabs stay where the text `has_lines`.
    """
    return text.translate(_SPELLED_IN_LINES if has_lines else _SPELLED)


def list_fields(mail: ReceivedMessage) -> list[tuple[str, str]]:
    """Give the names and values of the fields that people look at, those that the mail has."""
    date = spell_date(mail.date) if mail.date else mail.headers.get("date")
    fields = {
        "From": _spell(mail.from_all) or mail.headers.get("from"),
        "To": _spell(mail.to) or mail.headers.get("to"),
        "Cc": _spell(mail.cc) or mail.headers.get("cc"),
        "Date": date,
        "Subject": mail.subject,
    }
    return [(name, disarm(value)) for name, value in fields.items() if value]


def spell_part(part: Part) -> str:
    """Give a part's name, type and size."""
    name = part.filename or "(no name)"
    return disarm(f"{name}, {part.content_type}, {spell_size(len(part.content))}")


def spell_number(part: Part) -> str:
    """Give a part's number as IMAP has it: a mail that has no parts is its own first (RFC 9051 6.4.5)."""
    return part.number or ("" if part.parts else "1")


def spell_size(octets: int) -> str:
    """Give a size for people to read: `999 octets`, `1.2 kB`, `3.4 MB`."""
    if octets < _KILO:
        return f"{octets} octet{'s' * (octets != 1)}"
    kilos = octets / _KILO
    return f"{kilos:.1f} kB" if kilos < _KILO else f"{kilos / _KILO:.1f} MB"


def spell_defect(defect: Defect) -> str:
    """Give what is wrong, of which field or parameter if it is known, and where."""
    where = f"in part {defect.part}, at octet" if defect.part else "at octet"
    detail = f" ({disarm(defect.detail)})" if defect.detail else ""
    return f"{defect.code}{detail} {where} {defect.offset}"


def _spell(addresses: Iterable[object]) -> str:
    return ", ".join(map(str, addresses))
