"""What is wrong with a part: looked for only when somebody asks, since it reads everything."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailcore.errors import InvalidAddress
from mailcore.message.addr_spec import check_addr_spec
from mailcore.message.reading.content import transfer
from mailcore.message.reading.content.charsets import decode
from mailcore.message.reading.defects import Defect, Flaw
from mailcore.message.reading.limits import Limits
from mailcore.message.reading.structure import hides_text, is_separated
from mailcore.message.reading.values.addresses import parse_addresses
from mailcore.message.reading.values.ids import parse_ids
from mailcore.message.reading.values.lists import parse_uris
from mailcore.message.reading.values.parameters import flaws_of_parameters, parse_parameters

if TYPE_CHECKING:
    from mailcore.message.reading.headers import Headers
    from mailcore.message.reading.parts import Part

__all__ = ["inspect", "inspect_message"]

_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")

_ADDRESSES = ("from", "sender", "reply-to", "to", "cc", "bcc")
_IDS = ("message-id", "in-reply-to", "references")
_URIS = (
    "list-help",
    "list-unsubscribe",
    "list-subscribe",
    "list-post",
    "list-owner",
    "list-archive",
)
_NEEDED = ("from", "date")
_ELSEWHERE = {
    "message/partial": Flaw.PARTIAL_MESSAGE,
    "message/external-body": Flaw.EXTERNAL_BODY,
}
_IN_PARAMETERS = {
    "conflict": Flaw.FILENAME_CONFLICT,
    "duplicate": Flaw.DUPLICATE_PARAMETER,
    "encoded-word": Flaw.ENCODED_WORD_IN_PARAMETER,
    "fold": Flaw.FOLD_IN_PARAMETER,
    "too-many": Flaw.TOO_MANY_PARAMETERS,
}


def inspect(part: "Part", *, structure: list[tuple[Flaw, int]], is_leaf: bool) -> Iterator[Defect]:
    """Give what is wrong with a part, its own parts aside; `structure` is what splitting it told."""
    for flaw, offset, field in _find_in_header(part):
        yield Defect(flaw, part.number, offset, field)
    if part.content_type in _ELSEWHERE:
        yield Defect(_ELSEWHERE[part.content_type], part.number, part.span.body)
    in_body = _find_in_content(part) if is_leaf else _find_beside_parts(part, structure)
    for flaw, offset in (*structure, *in_body):
        yield Defect(flaw, part.number, offset)


def inspect_message(root: "Part", *, limits: Limits) -> Iterator[Defect]:
    """Give what is wrong with a message as a whole: fields that it needs, addresses, and lines."""
    headers, raw = root.headers, root.raw
    needed = [*_NEEDED, *(["mime-version"] if "content-type" in headers else [])]
    missing = [name for name in needed if name not in headers] if len(headers) else []
    yield from (Defect(Flaw.FIELD_MISSING, "", 0, name) for name in missing)
    if "date" in headers and headers.get_date("date") is None:
        yield Defect(Flaw.DATE_MALFORMED, "", 0, "date")
    for flaw, field in (*_find_in_addresses(headers, limits), *_find_in_lists(headers, limits)):
        yield Defect(flaw, "", 0, field)
    if (long := _find_long_line(raw, limits.line_octets)) is not None:
        yield Defect(Flaw.LINE_TOO_LONG, "", long)
    if (bare := _find_bare_line_end(raw)) is not None:
        yield Defect(Flaw.BARE_LINE_END, "", bare)


def _find_in_header(part: "Part") -> Iterator[tuple[Flaw, int, str]]:
    start, body, end = part.span
    most = part.limits.header_octets
    for flaw, offset, field in part.headers.flaws():
        yield flaw, start + offset, field
    if body < end and not part.raw[: body - start].strip() and (start == body or not part.number):
        yield Flaw.HEADER_MISSING, start, ""
    if start < body < end and not is_separated(part.raw, body - start):
        yield Flaw.SEPARATOR_MISSING, body, ""
    if body - start > most:
        yield Flaw.HEADER_TOO_LONG, start + most, ""
    for flaw, field in _find_in_parameters(part):
        yield flaw, start, field


def _find_in_parameters(part: "Part") -> Iterator[tuple[Flaw, str]]:
    """Tell of parameters that readers take differently.

    Content-Type may give the file name once more in encoded-words, for those who read no other form.
    """
    disposed = part.headers.get_raw("content-disposition") or b""
    name = part.parameters.get("name")
    most = part.limits.parameters
    filename = parse_parameters(disposed, most=most).parameters.get("filename")
    if name and filename and name != filename:
        yield Flaw.FILENAME_CONFLICT, "content-type"
    typed = flaws_of_parameters(part.headers.get_raw("content-type") or b"", most=most)
    if name and name == filename:
        typed -= {"encoded-word", "fold"}
    for field, flaws in (
        ("content-type", typed),
        ("content-disposition", flaws_of_parameters(disposed, most=most)),
    ):
        yield from ((_IN_PARAMETERS[flaw], field) for flaw in sorted(flaws))


def _find_in_content(part: "Part") -> Iterator[tuple[Flaw, int]]:
    start, body, end = part.span
    if flaw := transfer.find_flaw(part.raw, body - start, end - start, encoding=part.encoding):
        yield flaw, body
    is_text = part.content_type.startswith("text/")
    if is_text and (mismatch := decode(part.content, part.charset).flaw):
        yield mismatch, body
    if part.may_hold_files and part.unpacked.is_damaged:
        yield Flaw.FILE_DAMAGED, body
    if part.is_message and part.is_too_deep:
        yield Flaw.TOO_DEEP, body


def _find_beside_parts(
    part: "Part", structure: list[tuple[Flaw, int]]
) -> Iterator[tuple[Flaw, int]]:
    start, body, end = part.span
    first, last = part.parts[0].span.start, part.parts[-1].span.end
    if part.encoding not in transfer.IDENTITY:
        yield Flaw.ENCODING_FORBIDDEN, start
    if hides_text(part.raw, body - start, first - start):
        yield Flaw.PREAMBLE, body
    is_whole = not any(flaw is Flaw.TOO_MANY_PARTS for flaw, _ in structure)
    if is_whole and hides_text(part.raw, last - start, end - start):
        yield Flaw.EPILOGUE, last


def _find_in_addresses(headers: "Headers", limits: Limits) -> Iterator[tuple[Flaw, str]]:
    for field in _ADDRESSES:
        left = limits.addresses
        for raw in headers.get_all_raw(field):
            addresses = parse_addresses(raw, most=left + 1)
            if len(addresses) > left:
                yield Flaw.TOO_MANY_ADDRESSES, field
            if not all(_can_be_reached(address.email) for address in addresses[:left]):
                yield Flaw.ADDRESS_MALFORMED, field
            left = max(0, left - len(addresses))


def _find_in_lists(headers: "Headers", limits: Limits) -> Iterator[tuple[Flaw, str]]:
    for field in _IDS:
        if len(parse_ids(headers.get_raw(field) or b"", most=limits.ids + 1)) > limits.ids:
            yield Flaw.TOO_MANY_IDS, field
    for field in _URIS:
        if len(parse_uris(headers.get_raw(field) or b"", most=limits.uris + 1)) > limits.uris:
            yield Flaw.TOO_MANY_URIS, field


def _find_long_line(raw: bytes, most: int) -> int | None:
    """Give the place of the first line that is too long; short ones are leapt over by the dozen."""
    end = b"\n" if b"\n" in raw else b"\r"
    start = 0
    while start + most < len(raw):
        last = raw.rfind(end, start, start + most + 1)
        if last < 0 and raw.startswith(b"\r\n", start + most):
            last = start + most + 1
        if last < 0:
            return start
        start = last + 1
    return None


def _find_bare_line_end(raw: bytes) -> int | None:
    """Give the place of the first CR or LF without the other, in a mail that has both together."""
    together = raw.count(b"\r\n")
    if not together or together == raw.count(b"\r") == raw.count(b"\n"):
        return None
    bare = _BARE_LINE_END.search(raw)
    return bare.start() if bare else None


def _can_be_reached(email: str) -> bool:
    try:
        check_addr_spec(email)
    except InvalidAddress:
        return False
    return True
