"""What a constructor raises: mailcore's own error in place of pydantic's, with the place in it.

Through `model_validate` pydantic's ValidationError stays what it is.
"""

from typing import Any

from pydantic import ValidationError

from mailcore.errors import ConfigurationError

__all__ = ["check_encodable", "check_text", "refusal"]

FAULTS = 5  # told of in one error
_FORBIDDEN = ("\r", "\n", "\0")


def refusal(failure: ValidationError, default: type[ConfigurationError]) -> ConfigurationError:
    """Give the error to raise for a failed validation, of the kind that its first fault was."""
    faults = failure.errors(include_url=False, include_input=False)
    cause = faults[0].get("ctx", {}).get("error")
    kind = type(cause) if isinstance(cause, ConfigurationError) else default
    told = "; ".join(_describe(fault["loc"], fault) for fault in faults[:FAULTS])
    return kind(told if len(faults) <= FAULTS else f"{told}; and {len(faults) - FAULTS} more")


def check_text(text: str, *, error: type[ConfigurationError]) -> str:
    """Give the text back if a header can hold it: Unicode without CR, LF and NUL."""
    if text.isascii() and text.isprintable():
        return text
    if any(character in text for character in _FORBIDDEN):
        raise error(f"{text[:100]!r} holds a CR, LF or NUL")
    return check_encodable(text, error=error)


def check_encodable(text: str, *, error: type[ConfigurationError]) -> str:
    """Give the text back if UTF-8 can hold it: a lone surrogate can't be sent."""
    try:
        text.encode()
    except UnicodeEncodeError as flaw:
        raise error(f"{text[flaw.start]!r} at {flaw.start} is half a character") from None
    return text


def _describe(place: tuple[int | str, ...], fault: Any) -> str:
    cause = fault.get("ctx", {}).get("error")
    text = str(cause) if isinstance(cause, ConfigurationError) else fault["msg"]
    where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return f"{where.removeprefix('.')}: {text}" if where else text
