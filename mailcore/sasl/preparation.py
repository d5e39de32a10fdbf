"""SASLprep: names and passwords in the one form that both ends compare (RFC 4013)."""

import stringprep
from unicodedata import ucd_3_2_0

from mailcore.errors import ConfigurationError

__all__ = ["saslprep"]

_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def saslprep(text: str) -> str:
    """Give the prepared form, as of a query; raises `ConfigurationError`, which does not show the text."""
    if text.isascii() and text.isprintable():
        return text
    mapped = "".join(_map(character) for character in text)
    prepared = ucd_3_2_0.normalize("NFKC", mapped)
    if any(is_prohibited(character) for character in prepared for is_prohibited in _PROHIBITED):
        raise ConfigurationError("a user name or password with a character that SASLprep prohibits")
    _check_direction(prepared)
    return prepared


def _map(character: str) -> str:
    """Map spaces to one, and what is not seen to nothing (RFC 4013 2.1)."""
    if stringprep.in_table_c12(character):
        return " "
    return "" if stringprep.in_table_b1(character) else character


def _check_direction(text: str) -> None:
    """See that a text from right to left is that throughout (RFC 3454 6)."""
    right_to_left = [stringprep.in_table_d1(character) for character in text]
    if not any(right_to_left):
        return
    is_mixed = any(map(stringprep.in_table_d2, text))
    if is_mixed or not (right_to_left[0] and right_to_left[-1]):
        raise ConfigurationError("a user name or password that mixes directions of writing")
