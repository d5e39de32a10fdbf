"""Files that stand in the text of a body rather than in a part of their own: uuencode and yEnc."""

from itertools import islice
from operator import attrgetter

from mailcore.message.reading.content.embedded_file import EmbeddedFile
from mailcore.message.reading.content.uuencode import find_uuencoded
from mailcore.message.reading.content.yenc import find_yenc

__all__ = ["FILES", "EmbeddedFile", "find_embedded"]

FILES = 1000  # what one body can hold: what is beyond stays text


def find_embedded(body: bytes) -> list[EmbeddedFile]:
    """Give the files in a body whose transfer encoding is undone, in the order they stand in.

    None overlaps another. The rest of the body is its text.
    """
    found = [*islice(find_uuencoded(body), FILES), *islice(find_yenc(body), FILES)]
    found.sort(key=attrgetter("start"))
    apart: list[EmbeddedFile] = []
    for file in found[:FILES]:
        if not apart or file.start >= apart[-1].end:
            apart.append(file)
    return apart
