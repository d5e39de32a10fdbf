"""`Rendered`: a message laid out for the wire, its files still to be read.

The tree of parts becomes a row of segments: octets that are ready, and files that are read and
encoded when their turn comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, TypeAlias

from mailcore.message.writing.bodies import base64_size, encode_pieces
from mailcore.message.writing.tree import Branch, Leaf

if TYPE_CHECKING:
    from mailcore.message.attachment import Attachment

__all__ = ["Rendered"]

CHUNK = 64 * 1024  # octets handed out at once


class _File:
    """A file that is read in its turn; once it has been measured, it has to keep its length."""

    __slots__ = ("_attachment", "_length")

    def __init__(self, attachment: Attachment) -> None:
        self._attachment = attachment
        self._length: int | None = None

    def __len__(self) -> int:
        if self._length is None:
            self._length = self._attachment.measure()
        return base64_size(self._length)

    def encoded(self) -> Iterator[bytes]:
        return encode_pieces(self._attachment.pieces(length=self._length))


_Segment: TypeAlias = bytes | _File


class Rendered:
    """A message as it goes over the wire: RFC 5322 with CRLF, its exact size known before it is read.

    Files are read at each `chunks` and `to_bytes`, but for small texts and attached messages, which were
    read for it whole. One that has another length than when it was
    measured raises `InvalidMessage` before more than its length, and never a complete message, is given.
    """

    __slots__ = ("_segments",)

    def __init__(self, head: str, root: Leaf | Branch, *, seed: str) -> None:
        """Lay out the header fields and the tree; the same seed and parts give the same boundaries."""
        segments: list[_Segment] = [head.encode(), b"MIME-Version: 1.0\r\n"]
        _lay_out(root, _choose_key(root, seed), segments)
        if isinstance(root, Branch):
            segments.append(b"\r\n")
        self._segments: Sequence[_Segment] = segments

    @property
    def size(self) -> int:
        """The exact length in octets; a callable of unknown length is read for it, the first time."""
        return sum(map(len, self._segments))

    def to_bytes(self) -> bytes:
        """Give the whole message."""
        whole = BytesIO()  # grows in place: a list of all pieces would hold a large mail twice
        for segment in self._segments:
            if isinstance(segment, bytes):
                whole.write(segment)
            else:
                whole.writelines(segment.encoded())
        return whole.getvalue()

    def chunks(self) -> Iterator[bytes]:
        """Give the message in pieces of at most about 80 KB, reading files in such pieces too."""
        waiting: list[bytes] = []
        length = 0
        for piece in self._pieces():
            if length + len(piece) > CHUNK and waiting:
                yield b"".join(waiting)
                waiting, length = [], 0
            waiting.append(piece)
            length += len(piece)
        yield b"".join(waiting)

    def _pieces(self) -> Iterator[bytes]:
        for segment in self._segments:
            if isinstance(segment, bytes):
                for start in range(0, len(segment), CHUNK):
                    yield segment[start : start + CHUNK]
            else:
                yield from segment.encoded()


def _lay_out(part: Leaf | Branch, key: str, segments: list[_Segment]) -> None:
    """Append a part's segments; the CRLF before a delimiter belongs to the delimiter."""
    if isinstance(part, Leaf):
        body = part.body if isinstance(part.body, bytes) else _File(part.body)
        segments += part.head, b"\r\n", body
        return
    boundary = f"=_{part.subtype[:3]}_{key}"
    head = f'Content-Type: multipart/{part.subtype}{part.parameters};\r\n boundary="{boundary}"\r\n'
    encoding = "Content-Transfer-Encoding: 8bit\r\n" if part.is_eight_bit else ""
    segments.append(f"{head}{encoding}\r\n".encode("ascii"))
    delimiter = f"--{boundary}".encode("ascii")
    opening = delimiter + b"\r\n"
    for child in part.children:
        segments.append(opening)
        _lay_out(child, key, segments)
        opening = b"\r\n" + delimiter + b"\r\n"
    segments.append(b"\r\n" + delimiter + b"--")


def _choose_key(root: Leaf | Branch, seed: str) -> str:
    """Give what makes this message's boundaries its own: no part that goes out as it is holds it.

    The other parts can't hold a boundary at all, since neither base64 nor quoted-printable has `=_`.
    """
    for attempt in count():
        key = blake2b(f"{seed} {attempt}".encode(), digest_size=12).hexdigest()
        if not _holds(root, key.encode("ascii")):
            return key
    raise AssertionError("there are endless attempts")


def _holds(part: Leaf | Branch, key: bytes) -> bool:
    if isinstance(part, Leaf):
        return isinstance(part.body, bytes) and key in part.body
    return any(_holds(child, key) for child in part.children)
