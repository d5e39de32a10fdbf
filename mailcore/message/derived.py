"""What follows from a mail's HTML where it is not given: the text, and parts for embedded images."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from mailcore.message.attachment import Attachment, to_inline

__all__ = ["add_parts", "derive_text", "drop_images", "embed_images", "find_images"]

# Begins with what has no case, so that it is found quickly.
_MAY_EMBED = re.compile(r":(?i:image)/")
# As data_uris names them.
_EMBEDDED_ID = re.compile(r"[0-9a-f]++@data")
_EMBEDDED = re.compile(r"cid:([0-9a-f]++@data)")


@lru_cache(maxsize=4)
def derive_text(html: str) -> str:
    """Give the HTML as text; of one template it is made once for all that is made from it."""
    from mailcore.message.html.text import to_text  # noqa: PLC0415 - loads Beautiful Soup

    return to_text(html)


def embed_images(html: str, inline: tuple[Attachment, ...]) -> tuple[str, tuple[Attachment, ...]]:
    """Give the HTML with its `data:` images as parts, each part once."""
    if not _MAY_EMBED.search(html):
        return html, inline
    from mailcore.message.html.data_uris import extract  # noqa: PLC0415 - few mails have any

    extracted = extract(html)
    known = {part.content_id for part in inline}
    images = (
        Attachment(
            content=image.content,
            content_type=image.content_type,
            filename=image.filename,
            content_id=image.content_id,
            disposition="inline",
        )
        for image in extracted.parts
        if image.content_id not in known
    )
    return extracted.html, (*inline, *images)


def find_images(inline: Iterable[Attachment], *, shown_by: str) -> list[Attachment]:
    """Give the parts that came out of HTML and that this HTML shows."""
    shown = set(_EMBEDDED.findall(shown_by))
    return [part for part in inline if part.content_id in shown]


def add_parts(inline: Any, images: Iterable[Attachment]) -> Any:
    """Give the inline parts, in any shape that a message takes, with those of the images they lack."""
    parts = to_inline(inline)
    if not isinstance(parts, Iterable):
        return parts  # and the message says what is wrong with it
    parts = tuple(parts)
    known = {getattr(part, "content_id", None) for part in parts}
    return (*parts, *(image for image in images if image.content_id not in known))


def drop_images(inline: Iterable[Attachment]) -> list[Attachment]:
    """Give the parts but those that came out of HTML."""
    return [part for part in inline if not _EMBEDDED_ID.fullmatch(part.content_id or "")]
