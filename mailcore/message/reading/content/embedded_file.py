"""`EmbeddedFile`: a file that was found in the text of a body."""

from typing import NamedTuple

__all__ = ["EmbeddedFile"]


class EmbeddedFile(NamedTuple):
    """A file, and where in the body it stands: octets `start` to `end`, its first and last line in it.

    `is_damaged` says that the file is not what was sent: its end is missing, or its length or its
    checksum is another.
    """

    filename: str
    content: bytes
    start: int
    end: int
    is_damaged: bool = False
