"""What was wrong with a message: read anyway, and said."""

from enum import StrEnum
from typing import NamedTuple

__all__ = ["Defect", "Flaw"]


class Flaw(StrEnum):
    """The kinds of defects."""

    ADDRESS_MALFORMED = "address-malformed"  # an address that no mail can go to
    BARE_LINE_END = "bare-line-end"  # a CR or LF without the other where the message has CRLF
    BASE64_MALFORMED = "base64-malformed"  # cut short, or with something in it that is not base64
    BOUNDARY_MISSING = "boundary-missing"  # a multipart that names none, or an empty one
    BOUNDARY_WRONG = "boundary-wrong"  # no delimiter is of it; what looks like others is taken
    CHARSET_MISMATCH = "charset-mismatch"  # octets that the named charset does not have
    CHARSET_UNKNOWN = "charset-unknown"  # a charset that nobody knows
    CLOSE_MISSING = "close-missing"  # a multipart without its final delimiter: cut short?
    CONTROL_IN_HEADER = "control-in-header"  # a NUL or another control character, encoded or not
    DATE_MALFORMED = "date-malformed"  # a Date that is none
    DUPLICATE_FIELD = "duplicate-field"  # two where one may stand: clients differ in which
    DUPLICATE_PARAMETER = "duplicate-parameter"  # a second boundary, say: clients differ in which
    EIGHT_BIT_HEADER = "eight-bit-header"  # octets beyond ASCII that are not UTF-8
    ENCODED_WORD_IN_PARAMETER = "encoded-word-in-parameter"  # against RFC 2047 5: some decode it
    ENCODING_FORBIDDEN = "encoding-forbidden"  # a multipart in base64, say (RFC 2045 6.4)
    ENCODING_UNKNOWN = "encoding-unknown"  # a Content-Transfer-Encoding that nobody knows
    EPILOGUE = "epilogue"  # text after the final delimiter, which clients don't show
    EXTERNAL_BODY = "external-body"  # a part whose content is elsewhere (RFC 2046 5.2.3)
    FIELD_MALFORMED = "field-malformed"  # a header line that is no field
    FIELD_MISSING = "field-missing"  # no From or Date, or no MIME-Version where there is MIME
    FIELD_TOO_LONG = "field-too-long"  # longer than the limit: the rest is left unread
    FILE_DAMAGED = "file-damaged"  # a uuencoded file, say, that is cut or has another checksum
    FILENAME_CONFLICT = "filename-conflict"  # names that differ: clients differ in which
    FOLD_IN_PARAMETER = "fold-in-parameter"  # a line break in a quoted one: clients differ
    HEADER_MISSING = "header-missing"  # no line of it is a field: all of it is read as the body
    HEADER_TOO_LONG = "header-too-long"  # more header than the limit: the rest is left unread
    LINE_TOO_LONG = "line-too-long"  # longer than the limit, of RFC 5322 2.1.1: it is read
    PARTIAL_MESSAGE = "partial-message"  # a piece of a message (RFC 2046 5.2.2)
    PARTS_MISSING = "parts-missing"  # a multipart without a delimiter: its body is read as text
    PREAMBLE = "preamble"  # text before the first delimiter, which clients don't show
    QUOTED_PRINTABLE_MALFORMED = "quoted-printable-malformed"  # a "=" that escapes nothing
    SEPARATOR_MISSING = "separator-missing"  # no empty line between header and body
    TOO_DEEP = "too-deep"  # nested beyond the limit: the rest is one part
    TOO_MANY_ADDRESSES = "too-many-addresses"  # more than the limit: the rest is left unread
    TOO_MANY_FIELDS = "too-many-fields"  # more than the limit: the rest is not listed
    TOO_MANY_IDS = "too-many-ids"  # more than the limit: the rest is left unread
    TOO_MANY_PARAMETERS = "too-many-parameters"  # more than the limit: the rest is left unread
    TOO_MANY_URIS = "too-many-uris"  # more than the limit: the rest is left unread
    TOO_MANY_PARTS = "too-many-parts"  # more parts than the limit: the rest is left unread

    @property
    def is_ambiguous(self) -> bool:
        """Whether readers differ in what they make of it, so that a filter may see another mail."""
        return self in _AMBIGUOUS


# After "Inbox Invasion" (CCS 2024) and draft-chen-email-mime-ambiguity-defense.
_AMBIGUOUS = frozenset({
    Flaw.BARE_LINE_END, Flaw.BASE64_MALFORMED, Flaw.BOUNDARY_MISSING, Flaw.BOUNDARY_WRONG,
    Flaw.CONTROL_IN_HEADER, Flaw.DUPLICATE_FIELD, Flaw.DUPLICATE_PARAMETER,
    Flaw.ENCODED_WORD_IN_PARAMETER, Flaw.ENCODING_FORBIDDEN, Flaw.ENCODING_UNKNOWN, Flaw.EPILOGUE,
    Flaw.EXTERNAL_BODY, Flaw.FIELD_MALFORMED, Flaw.FILENAME_CONFLICT, Flaw.FOLD_IN_PARAMETER,
    Flaw.PARTIAL_MESSAGE, Flaw.PARTS_MISSING, Flaw.PREAMBLE, Flaw.SEPARATOR_MISSING,
})  # fmt: skip


class Defect(NamedTuple):
    """One thing that was wrong, and where.

    `part` is the part's number as IMAP has it, "1.2", "" for the message itself; `offset` is where in
    the raw message that part, or what is wrong in it, begins; `detail` names the field or parameter.
    """

    code: Flaw
    part: str
    offset: int
    detail: str = ""
