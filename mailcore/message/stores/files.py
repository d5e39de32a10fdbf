"""The octets of one mail from a file, and how many there may be."""

from typing import BinaryIO

from mailcore.errors import ConfigurationError

__all__ = ["MAIL_OCTETS", "check_size", "read_file"]

MAIL_OCTETS = 1 << 28  # no server takes a mail as large


def read_file(file: BinaryIO, *, octets: int = MAIL_OCTETS) -> bytes:
    """Give what is left of an open file.

    Raises `ConfigurationError` for more than `octets`, before all of it is in memory.
    """
    raw = file.read(octets + 1)
    check_size(len(raw), octets)
    return raw


def check_size(size: int, most: int, *, where: str = "") -> None:
    """Raise `ConfigurationError` if a mail is larger than it may be."""
    if size > most:
        place = f" {where}" if where else ""
        raise ConfigurationError(f"the mail{place} is larger than `octets` allows, which is {most}")
