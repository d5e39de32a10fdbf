"""The tree of parts to bytes: mixed(related(alternative(text, html), inline…), attachments…).

The tree is always this one, and a level that would hold a single part is left out. What comes out is
a row of segments: bytes that are ready, and attachments to be read and encoded when their turn comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from mailcore.message.content_types import DEFAULT, read_content_type
from mailcore.message.writing.bodies import (
    base64_size,
    encode_pieces,
    encode_text,
    is_seven_bit,
)
from mailcore.message.writing.headers import fold, parameter, parameter_in_words, separate

if TYPE_CHECKING:
    from mailcore.message.attachment import Attachment

    Segment: TypeAlias = bytes | Attachment

__all__ = ["build", "chunks", "join", "segments", "size"]

CHUNK = 64 * 1024  # octets handed out at once


class Leaf(NamedTuple):
    """A part without parts: its fields, and the body, ready or to be read as base64."""

    head: bytes
    body: bytes | Attachment


class Branch(NamedTuple):
    """A multipart."""

    subtype: str
    children: Sequence[Leaf | Branch]


def build(
    *,
    text: str | None,
    html: str | None,
    inline: Sequence[Attachment] = (),
    attachments: Sequence[Attachment] = (),
) -> Leaf | Branch:
    """Give the smallest tree that holds these parts."""
    alone = text is None or html is None
    alone = alone and not inline and not attachments
    bodies = [
        _text_leaf(subtype, body, ends_message=alone)
        for subtype, body in (("plain", text), ("html", html))
        if body is not None
    ]
    if not bodies and not attachments:
        return _text_leaf("plain", "", ends_message=True)
    body = [_branch("alternative", bodies)] if bodies else []
    if inline:
        shown = [_file_leaf(part, part.disposition) for part in inline]
        body = [_branch("related", [*body, *shown])]
    if attachments:
        files = [_file_leaf(part, _apart(part)) for part in attachments]
        return Branch("mixed", [*body, *files])
    return body[0]


def segments(head: bytes, root: Leaf | Branch, *, seed: str) -> list[Segment]:
    """Give the whole message in order. The same seed and parts give the same boundaries."""
    row: list[Segment] = [head, b"MIME-Version: 1.0\r\n"]
    _render(root, _choose_key(root, seed), row)
    if isinstance(root, Branch):
        row.append(b"\r\n")
    return row


def size(row: Sequence[Segment]) -> int:
    """Give the length of all segments in octets."""
    return sum(
        len(segment) if isinstance(segment, bytes) else base64_size(segment.measure())
        for segment in row
    )


def join(row: Sequence[Segment]) -> bytes:
    """Give all segments' bytes at once."""
    whole = BytesIO()  # grows in place: a list of all pieces would hold a large mail twice
    for segment in row:
        if isinstance(segment, bytes):
            whole.write(segment)
        else:
            whole.writelines(encode_pieces(segment.pieces()))
    return whole.getvalue()


def chunks(row: Sequence[Segment]) -> Iterator[bytes]:
    """Give the segments' bytes in bounded pieces: small ones joined, large ones cut."""
    waiting: list[bytes] = []
    length = 0
    for piece in _pieces(row):
        if length + len(piece) > CHUNK and waiting:
            yield b"".join(waiting)
            waiting, length = [], 0
        waiting.append(piece)
        length += len(piece)
    yield b"".join(waiting)


def _pieces(row: Sequence[Segment]) -> Iterator[bytes]:
    for segment in row:
        if isinstance(segment, bytes):
            for start in range(0, len(segment), CHUNK):
                yield segment[start : start + CHUNK]
        else:
            yield from encode_pieces(segment.pieces())


def _branch(subtype: str, children: Sequence[Leaf | Branch]) -> Leaf | Branch:
    return children[0] if len(children) == 1 else Branch(subtype, children)


def _text_leaf(subtype: str, text: str, *, ends_message: bool) -> Leaf:
    encoding, body = encode_text(text, ends_message=ends_message)
    head = (
        f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    )
    return Leaf(head.encode("ascii"), body)


def _apart(attachment: Attachment) -> str:
    """Give the disposition beside a body: readers take a text that is inline for more of the body."""
    is_text = attachment.content_type.lower().startswith("text/")
    return "attachment" if is_text else attachment.disposition


def _file_leaf(attachment: Attachment, disposition: str) -> Leaf:
    content_type, encoding, body = _file_body(attachment)
    kind, parameters = read_content_type(content_type)
    names: list[list[str]] = []
    disposed = [[disposition]]
    if filename := attachment.filename:
        parameters = tuple(each for each in parameters if not _is_name(each))
        names = [] if filename.isascii() else [parameter_in_words("name", filename)]
        disposed.append(parameter("filename", filename))
    typed = [[kind], *([each] for each in parameters), *names]
    head = (
        fold("Content-Type", separate(typed, by=";"))
        + f"Content-Transfer-Encoding: {encoding}\r\n"
        + fold("Content-Disposition", separate(disposed, by=";"))
    )
    if attachment.content_id is not None:
        head += f"Content-ID: <{attachment.content_id}>\r\n"
    return Leaf(head.encode("ascii"), body)


def _is_name(parameter: str) -> bool:
    """Tell whether this is a file name as Content-Type has it: Content-Disposition names the file."""
    return parameter.lower().startswith(("name=", "name*"))


def _file_body(attachment: Attachment) -> tuple[str, str, bytes | Attachment]:
    """Give the content type, the transfer encoding and the body.

    A message must not be encoded (RFC 2046 5.2.1; RFC 6532 lets message/global): one that can't go
    as it is, in ASCII lines, goes as octets, none of them changed.
    """
    kind = attachment.content_type.lower()
    if not kind.startswith("message/") or kind.startswith("message/global"):
        return attachment.content_type, "base64", attachment
    content = b"".join(attachment.pieces())
    if b"\r" not in content:
        content = content.replace(b"\n", b"\r\n")
    if is_seven_bit(content):
        return attachment.content_type, "7bit", content
    return DEFAULT, "base64", attachment


def _render(part: Leaf | Branch, key: str, row: list[Segment]) -> None:
    """Append a part's segments; the CRLF before a delimiter belongs to the delimiter."""
    if isinstance(part, Leaf):
        row += part.head, b"\r\n", part.body
        return
    boundary = f"=_{part.subtype[:3]}_{key}"
    row.append(
        f'Content-Type: multipart/{part.subtype}; boundary="{boundary}"\r\n\r\n'.encode("ascii")
    )
    delimiter = f"--{boundary}".encode("ascii")
    opening = delimiter + b"\r\n"
    for child in part.children:
        row.append(opening)
        _render(child, key, row)
        opening = b"\r\n" + delimiter + b"\r\n"
    row.append(b"\r\n" + delimiter + b"--")


def _choose_key(root: Leaf | Branch, seed: str) -> str:
    """Give what makes this message's boundaries its own: no part that goes out as it is holds it.

    The other parts can't hold a boundary at all, since neither base64 nor quoted-printable has `=_`.
    """
    plain = b"".join(leaf.body for leaf in _leaves(root) if isinstance(leaf.body, bytes))
    for attempt in count():
        key = blake2b(f"{seed} {attempt}".encode(), digest_size=12).hexdigest()
        if key.encode("ascii") not in plain:
            return key
    raise AssertionError("there are endless attempts")


def _leaves(part: Leaf | Branch) -> list[Leaf]:
    if isinstance(part, Leaf):
        return [part]
    return [leaf for child in part.children for leaf in _leaves(child)]
