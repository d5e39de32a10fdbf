"""winmail.dat: the files and the text that Outlook packs into one attachment (MS-OXTNEF).

A TNEF stream is a list of attributes, of the message or of the attachment that began last. Most of
what is of use stands in two of them, lists of MAPI properties.
"""

import re
from collections.abc import Mapping
from struct import Struct
from typing import NamedTuple
from zlib import adler32

from mailcore.message.reading.content.charsets import decode, decode_undeclared
from mailcore.message.reading.content.mapi import Object, Properties, read_properties
from mailcore.message.reading.content.rtf import ReadRTF, decompress_rtf, read_rtf

__all__ = ["TNEF", "TNEFFile", "read_tnef"]

ATTRIBUTES = 10_000  # what one stream can have
FILES = 1000  # what one stream can have, those of the messages in it included
DEPTH = 10  # messages within messages: what is deeper is a file

_SIGNATURE = b"\x78\x9f\x3e\x22"
_KEY = 2
_HEADER = Struct("<BHHI")  # level, number, type, length
_CHECKSUM = 2
_LEVELS = frozenset({1, 2})  # of the message, of an attachment

# Attributes, see MS-OXTNEF 2.1.3.2
_SUBJECT = 0x8004
_MESSAGE_CLASS = 0x8008
_BODY = 0x800C
_ATTACH_DATA = 0x800F
_ATTACH_TITLE = 0x8010
_ATTACH_TRANSPORT_FILENAME = 0x9001
_ATTACH_REND_DATA = 0x9002
_MESSAGE_PROPERTIES = 0x9003
_ATTACHMENT_PROPERTIES = 0x9005
_OEM_CODEPAGE = 0x9007

# Properties, see MS-OXPROPS 2
_PR_MESSAGE_CLASS = 0x001A
_PR_SUBJECT = 0x0037
_PR_BODY = 0x1000
_PR_RTF_COMPRESSED = 0x1009
_PR_BODY_HTML = 0x1013
_PR_DISPLAY_NAME = 0x3001
_PR_ATTACH_DATA = 0x3701
_PR_ATTACH_FILENAME = 0x3704
_PR_ATTACH_LONG_FILENAME = 0x3707
_PR_ATTACH_MIME_TAG = 0x370E
_PR_ATTACH_CONTENT_ID = 0x3712
_PR_INTERNET_CPID = 0x3FDE
_IID_IMESSAGE = bytes.fromhex("0703020000000000c000000000000046")

_CONTENT_TYPE = re.compile(r"[!-.0-~]++/[!-.0-~]++")
_CONTROLS = dict.fromkeys((*range(0x20), 0x7F), " ")


class TNEFFile(NamedTuple):
    """A file; the name is "" where it has none, the Content-ID stands without < and >."""

    filename: str
    content_type: str | None
    content: bytes
    content_id: str | None


class TNEF(NamedTuple):
    r"""What a TNEF stream holds: the files, and the message as its sender wrote it.

    `text` and `html` have "\n" as their only line end. `rtf` is what the sender's program kept the
    text in, decompressed; HTML in it is in `html`, and its text in `text` if there is no other.
    """

    files: tuple[TNEFFile, ...]
    text: str | None
    html: str | None
    rtf: bytes | None
    subject: str | None
    message_class: str | None
    is_damaged: bool


def read_tnef(octets: bytes) -> TNEF | None:
    """Give what the stream holds, as much of it as can be read; None if it is no TNEF.

    A message that is attached gives its files, and its text as a file before them.
    """
    return _read(memoryview(octets), DEPTH) if octets.startswith(_SIGNATURE) else None


class _Stream(NamedTuple):
    """The attributes of the message and of each attachment, the first of each number."""

    message: Mapping[int, memoryview]
    attachments: list[dict[int, memoryview]]
    is_damaged: bool


class _Attachment(NamedTuple):
    files: list[TNEFFile]
    is_damaged: bool


def _read(octets: memoryview, depth: int) -> TNEF:
    message, attachments, is_damaged = _split(octets)
    charset = _code_page(int.from_bytes(message.get(_OEM_CODEPAGE, b"")[:4], "little"))
    properties = _properties(message.get(_MESSAGE_PROPERTIES), charset)
    rtf = decompress_rtf(_octets(properties, _PR_RTF_COMPRESSED))
    text = properties.text(_PR_BODY) or _text(message, _BODY, charset)
    html = _html(properties, charset)
    written = ReadRTF("", is_html=False)
    if rtf.rtf and not (html and text):
        written = read_rtf(rtf.rtf)
        if written.is_html:
            html = html or written.text
        elif not html:
            text = text or written.text
    read = [_read_attachment(attachment, charset, depth) for attachment in attachments]
    files = [file for attachment in read for file in attachment.files]
    return TNEF(
        files=tuple(files[:FILES]),
        text=_with_line_feeds(text),
        html=_with_line_feeds(html),
        rtf=rtf.rtf or None,
        subject=properties.text(_PR_SUBJECT) or _text(message, _SUBJECT, charset),
        message_class=properties.text(_PR_MESSAGE_CLASS) or _text(message, _MESSAGE_CLASS, charset),
        is_damaged=is_damaged
        or properties.is_damaged
        or written.is_damaged
        or (rtf.is_damaged and _PR_RTF_COMPRESSED in properties.values)
        or any(attachment.is_damaged for attachment in read)
        or len(files) > FILES,
    )


def _split(octets: memoryview) -> _Stream:
    """Read the list of attributes up to where it breaks."""
    message: dict[int, memoryview] = {}
    attachments: list[dict[int, memoryview]] = []
    position = len(_SIGNATURE) + _KEY
    is_damaged = False
    for _ in range(ATTRIBUTES):
        if position + _HEADER.size > len(octets):
            break
        level, number, _, length = _HEADER.unpack_from(octets, position)
        if level not in _LEVELS:
            break
        start, end = position + _HEADER.size, position + _HEADER.size + length
        value, checksum = octets[start:end], octets[end : end + _CHECKSUM]
        is_damaged |= len(checksum) < _CHECKSUM or _sum(value) != int.from_bytes(checksum, "little")
        position = end + _CHECKSUM
        if level == 1:
            message.setdefault(number, value)
            continue
        if number == _ATTACH_REND_DATA or not attachments or number in attachments[-1]:
            attachments.append({})
        attachments[-1][number] = value
    rest = bytes(octets[position:]).strip(b"\0\r\n")
    return _Stream(message, attachments, is_damaged or bool(rest))


def _sum(octets: memoryview) -> int:
    """Add up all octets, to 16 bits; 256 of them are too few for the modulus of Adler-32."""
    chunks = range(0, len(octets), 256)
    return sum(adler32(octets[start : start + 256], 0) & 0xFFFF for start in chunks) & 0xFFFF


def _read_attachment(attachment: Mapping[int, memoryview], charset: str, depth: int) -> _Attachment:
    properties = _properties(attachment.get(_ATTACHMENT_PROPERTIES), charset)
    content = properties.values.get(_PR_ATTACH_DATA)
    filename = _filename(attachment, properties, charset)
    if isinstance(content, Object) and content.interface == _IID_IMESSAGE:
        return _read_message(content.octets, filename, depth)
    if isinstance(content, Object):
        content = content.octets
    content_id = properties.text(_PR_ATTACH_CONTENT_ID) or ""
    file = TNEFFile(
        filename=filename,
        content_type=_content_type(properties),
        content=bytes(
            content if isinstance(content, memoryview) else attachment.get(_ATTACH_DATA, b"")
        ),
        content_id=content_id.translate(_CONTROLS).strip().strip("<>") or None,
    )
    return _Attachment([file], properties.is_damaged)


def _read_message(octets: memoryview, filename: str, depth: int) -> _Attachment:
    """Give an attached message as its text, in a file, and its own files."""
    if not depth or bytes(octets[: len(_SIGNATURE)]) != _SIGNATURE:
        file = TNEFFile(f"{filename}.dat", "application/ms-tnef", bytes(octets), None)
        return _Attachment([file], is_damaged=not depth)
    nested = _read(octets, depth - 1)
    files = list(nested.files)
    name = filename or _one_line(nested.subject or "message")
    if nested.html or nested.text:
        kind, suffix = ("text/html", "html") if nested.html else ("text/plain", "txt")
        text = (nested.html or nested.text or "").encode("utf-8-sig")  # the mark beats a <meta>
        files.insert(0, TNEFFile(f"{name}.{suffix}", kind, text, None))
    return _Attachment(files, nested.is_damaged)


def _properties(octets: memoryview | None, charset: str) -> Properties:
    return Properties({}, is_damaged=False) if octets is None else read_properties(octets, charset)


def _octets(properties: Properties, number: int) -> bytes:
    value = properties.values.get(number)
    return bytes(value) if isinstance(value, memoryview) else b""


def _text(attributes: Mapping[int, memoryview], number: int, charset: str) -> str | None:
    octets = bytes(attributes.get(number, b""))
    return decode(octets, charset).text.partition("\0")[0] or None


def _html(properties: Properties, charset: str) -> str | None:
    text = properties.text(_PR_BODY_HTML)
    octets = _octets(properties, _PR_BODY_HTML).rstrip(b"\0")
    page = properties.values.get(_PR_INTERNET_CPID)
    if text or not octets:
        return text
    if isinstance(page, int):
        return decode(octets, _code_page(page)).text
    return decode_undeclared(octets, charset)


def _filename(attachment: Mapping[int, memoryview], properties: Properties, charset: str) -> str:
    return _one_line(
        properties.text(_PR_ATTACH_LONG_FILENAME)
        or _text(attachment, _ATTACH_TITLE, charset)
        or properties.text(_PR_ATTACH_FILENAME, _PR_DISPLAY_NAME)
        or _text(attachment, _ATTACH_TRANSPORT_FILENAME, charset)
        or ""
    )


def _content_type(properties: Properties) -> str | None:
    text = (properties.text(_PR_ATTACH_MIME_TAG) or "").strip().lower()
    return text if _CONTENT_TYPE.fullmatch(text) else None


def _code_page(number: int) -> str:
    return f"cp{number or 1252}"


def _one_line(text: str) -> str:
    return text.translate(_CONTROLS).strip()


def _with_line_feeds(text: str | None) -> str | None:
    return text and text.replace("\r\n", "\n").replace("\r", "\n")
