"""What was wrong with a message: read anyway, and said."""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["Defect", "Flaw"]


class Flaw(StrEnum):
    """The kinds of defects."""

    BARE_LINE_END = "bare-line-end"  # a CR or LF without the other where the message has CRLF
    BASE64_MALFORMED = "base64-malformed"  # cut short, or with something in it that is not base64
    BOUNDARY_MISSING = "boundary-missing"  # a multipart that names none: its body is read as text
    CHARSET_MISMATCH = "charset-mismatch"  # octets that the named charset does not have
    CHARSET_UNKNOWN = "charset-unknown"  # a charset that nobody knows
    CLOSE_MISSING = "close-missing"  # a multipart without its final delimiter: cut short?
    DATE_MALFORMED = "date-malformed"  # a Date that is none
    DUPLICATE_FIELD = "duplicate-field"  # two where one may stand: clients differ in which
    EIGHT_BIT_HEADER = "eight-bit-header"  # octets beyond ASCII that are not UTF-8
    ENCODING_UNKNOWN = "encoding-unknown"  # a Content-Transfer-Encoding that nobody knows
    FIELD_MALFORMED = "field-malformed"  # a header line that is no field
    HEADER_MISSING = "header-missing"  # no line of it is a field: all of it is read as the body
    HEADER_TOO_LONG = "header-too-long"  # more header than the limit: the rest is left unread
    NUL = "nul"  # a NUL in a header
    PARTS_MISSING = "parts-missing"  # a multipart without a delimiter
    TOO_DEEP = "too-deep"  # nested beyond the limit: the rest is one part
    TOO_MANY_PARTS = "too-many-parts"  # more parts than the limit: the rest is left unread


class Defect(NamedTuple):
    """One thing that was wrong, and where.

    `part` is the part's number as IMAP has it, "1.2", "" for the message itself; `offset` is where
    in the raw message that part, or what is wrong in it, begins.
    """

    code: Flaw
    part: str
    offset: int
