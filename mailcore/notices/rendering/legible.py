"""Text that shows what it holds: nothing in it can hide, turn the writing around, or end a line."""

from mailcore.notices.exceptions.description import cleaned

__all__ = ["ended", "legible", "on_one_line"]

# What is invisible or reorders what stands around it (Unicode TR 36 and TR 9), and line ends.
_UNSEEN = (
    *(0x00AD, 0x061C, 0x180E, 0xFEFF),
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080),
)
_ESCAPES = {code: chr(code).encode("unicode_escape").decode() for code in _UNSEEN}


def legible(text: str, limit: int) -> str:
    """Give a line that any mail can carry and that reads as it is, cut to so many characters."""
    text = cleaned(text, limit)
    if text.isprintable():
        return text
    return text.replace("\n", "\\n").replace("\t", "    ").translate(_ESCAPES)


def on_one_line(text: str, limit: int) -> str:
    """Give text with every run of white space as one space, and what can't be seen escaped."""
    return legible(" ".join(text.split()), limit)


def ended(text: str, limit: int) -> str:
    """Give at most so many characters, the last of them "…" where some are left out."""
    return text if len(text) <= limit else f"{text[: max(0, limit - 2)].rstrip()} …"
