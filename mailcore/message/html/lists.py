"""The markers of list items: bullets, numbers, letters and Roman numerals."""

from collections.abc import Callable
from string import ascii_lowercase

__all__ = ["BULLET", "numbering"]

BULLET = "- "

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
    (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
_ROMAN_END = 4000


def numbering(kind: str) -> Callable[[int], str]:
    """Give what writes the marker of an item by its number, as `<ol type=…>` wants it."""
    match kind:
        case "a":
            return lambda number: f"{_letters(number)}. "
        case "A":
            return lambda number: f"{_letters(number).upper()}. "
        case "i":
            return lambda number: f"{_roman(number)}. "
        case "I":
            return lambda number: f"{_roman(number).upper()}. "
        case _:
            return lambda number: f"{number}. "


def _letters(number: int) -> str:
    """Give a to z, then aa, ab and so on; there are none below 1."""
    if number < 1:
        return str(number)
    letters = ""
    while number:
        number, letter = divmod(number - 1, len(ascii_lowercase))
        letters = ascii_lowercase[letter] + letters
    return letters


def _roman(number: int) -> str:
    """Give a Roman numeral, where there is one."""
    if not 0 < number < _ROMAN_END:
        return str(number)
    numeral = ""
    for value, letters in _ROMAN:
        times, number = divmod(number, value)
        numeral += letters * times
    return numeral
