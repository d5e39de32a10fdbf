"""`describe`: a received mail as text for a terminal."""

from collections.abc import Iterable

from mailcore.message.answering.quoting import find_text
from mailcore.message.reading.parts import Part
from mailcore.message.received import ReceivedMessage
from mailcore.message.showing.summary import (
    disarm,
    list_fields,
    spell_defect,
    spell_number,
    spell_part,
)

__all__ = ["describe"]


def describe(mail: ReceivedMessage) -> str:
    r"""Give the main fields, the text, the files by their part's number, and the defects.

    The text is made from the HTML where there is no other. Control characters, and those that turn text
    around, are spelled out, such as `\x1b`: nothing in a mail can steer the terminal. Lines are not wrapped.
    """
    blocks = (
        [f"{name + ':':<8} {value}" for name, value in list_fields(mail)],
        disarm(find_text(mail), has_lines=True).strip("\n").splitlines(),
        _list("Attachments:", map(_name_part, mail.attachments)),
        _list("Shown in the HTML:", map(_name_part, mail.inline)),
        _list("Defects:", map(spell_defect, mail.defects)),
    )
    return "\n\n".join("\n".join(lines) for lines in blocks if lines) + "\n"


def _list(title: str, items: Iterable[str]) -> list[str]:
    lines = [f"  {item}" for item in items]
    return [title, *lines] if lines else []


def _name_part(part: Part) -> str:
    return f"{spell_number(part)}: {spell_part(part)}"
