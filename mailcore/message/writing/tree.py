"""The tree of parts: mixed(alternative(text, amp, related(html, inline…), calendar), attachments…).

The tree is always this one, and a level that would hold a single part is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from mailcore.message.content_types import DEFAULT, read_content_type
from mailcore.message.writing.bodies import encode_text
from mailcore.message.writing.files import is_message, is_text
from mailcore.message.writing.headers import (
    fold,
    is_quotable,
    parameter,
    parameter_in_words,
    separate,
)

if TYPE_CHECKING:
    from mailcore.message.attachment import Attachment

__all__ = ["Branch", "Leaf", "Text", "build"]


class Text(NamedTuple):
    """A body, and what stands after `text/` in its Content-Type."""

    subtype: str
    body: str


class Leaf(NamedTuple):
    """A part without parts: its fields, and the body, ready or to be read as base64."""

    head: bytes
    body: bytes | Attachment
    is_eight_bit: bool = False


class Branch(NamedTuple):
    """A multipart."""

    subtype: str
    children: Sequence[Leaf | Branch]
    parameters: str = ""

    @property
    def is_eight_bit(self) -> bool:
        """Whether a part of it is, which it then has to say itself (RFC 2045 6.4)."""
        return any(child.is_eight_bit for child in self.children)


def build(
    texts: Sequence[Text],
    *,
    inline: Sequence[Attachment] = (),
    attachments: Sequence[Attachment] = (),
    eight_bit: bool = False,
) -> Leaf | Branch:
    """Give the smallest tree that holds these parts; the texts are alternatives, the best at the end.

    With `eight_bit`, texts and attached messages need not be ASCII where their lines are short enough.
    """
    if not texts and not attachments:
        texts = [Text("plain", "")]
    ends_message = len(texts) == 1 and not inline and not attachments
    bodies: list[Leaf | Branch] = []
    for text in texts:
        body: Leaf | Branch = _text_leaf(text, ends_message=ends_message, eight_bit=eight_bit)
        if inline and text.subtype == "html":
            body = _relate(body, inline, eight_bit=eight_bit)
        bodies.append(body)
    if len(bodies) > 1:
        bodies = [Branch("alternative", bodies)]
    if not attachments:
        return bodies[0]
    files = [_file_leaf(attachment, eight_bit=eight_bit) for attachment in attachments]
    return Branch("mixed", [*bodies, *files])


def _relate(html: Leaf | Branch, inline: Sequence[Attachment], *, eight_bit: bool) -> Branch:
    """Put the HTML and what it shows together; the type is of the part it begins with (RFC 2387 3.1)."""
    shown = [_file_leaf(part, eight_bit=eight_bit) for part in inline]
    return Branch("related", [html, *shown], '; type="text/html"')


def _text_leaf(text: Text, *, ends_message: bool, eight_bit: bool) -> Leaf:
    encoding, body = encode_text(text.body, ends_message=ends_message, eight_bit=eight_bit)
    head = (
        f"Content-Type: text/{text.subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n"
    )
    return Leaf(head.encode("ascii"), body, encoding == "8bit")


def _file_leaf(attachment: Attachment, *, eight_bit: bool) -> Leaf:
    content_type, encoding, lines = attachment.body(eight_bit=eight_bit)
    kind, parameters = read_content_type(content_type)
    names: list[list[str]] = []
    disposed = [[_disposition(attachment)]]
    filename = attachment.filename
    if kind == DEFAULT and is_message(attachment.content_type):
        filename = filename or "message.eml"  # which is all that tells what it is
    if filename:
        parameters = tuple(each for each in parameters if not _is_name(each))
        names = [] if is_quotable(filename) else [parameter_in_words("name", filename)]
        disposed.append(parameter("filename", filename))
    typed = [[kind], *([each] for each in parameters), *names]
    head = (
        fold("Content-Type", separate(typed, by=";"))
        + f"Content-Transfer-Encoding: {encoding}\r\n"
        + fold("Content-Disposition", separate(disposed, by=";"))
    )
    if attachment.content_id is not None:
        head += f"Content-ID: <{attachment.content_id}>\r\n"
    return Leaf(head.encode("ascii"), attachment if lines is None else lines, encoding == "8bit")


def _disposition(attachment: Attachment) -> str:
    """Give the disposition beside a body: readers take a text that is inline for more of the body."""
    return "attachment" if is_text(attachment.content_type) else attachment.disposition


def _is_name(parameter: str) -> bool:
    """Tell whether this is a file name as Content-Type has it: Content-Disposition names the file."""
    return parameter.lower().startswith(("name=", "name*"))
