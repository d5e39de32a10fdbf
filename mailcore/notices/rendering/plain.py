"""A document as text."""

from collections.abc import Iterable, Sequence

from mailcore.notices.rendering.document import Code, Document, Prose, Rows, Section, Story
from mailcore.notices.rendering.fitting import Part, fit, fit_evenly, octets
from mailcore.notices.rendering.legible import legible

__all__ = ["write_text"]

PIECE_LIMIT = 2500
"""Characters of a line that is read, or of a value."""
CODE_LIMIT = 400
"""Characters of a line of source, a traceback or a log."""
RULE = "=" * 40


def write_text(document: Document, room: int) -> str:
    """Give the text in at most so many octets. What is at its end is there however much comes before."""
    closing = fit(_parts(document.closing), room // 4, _say_cut)
    room -= octets(closing)
    summary = _summary(document.summary, room // 2)
    stories = [_story(story, has_rule=document.is_digest) for story in document.stories]
    body = fit_evenly(stories, room - octets(summary), _say_cut)
    return f"{summary}{body}{closing}".rstrip("\n") + "\n"


def _summary(lines: Sequence[str], room: int) -> str:
    if not lines:
        return ""
    written = (f"{legible(line, PIECE_LIMIT)}\n" for line in lines)
    return fit([Part("", written, len(lines), "\n")], room, _say_cut)


def _story(story: Story, *, has_rule: bool) -> list[Part]:
    rule = f"{RULE}\n\n" if has_rule else ""
    frequency = "".join(f"{legible(line, PIECE_LIMIT)}\n" for line in story.frequency)
    return [Part(f"{rule}{story.heading}\n\n{frequency}\n", (), 0, ""), *_parts(story.sections)]


def _parts(sections: Iterable[Section]) -> list[Part]:
    return [_part(section) for section in sections]


def _part(section: Section) -> Part:
    before = f"{legible(section.title, PIECE_LIMIT)}\n"
    match section:
        case Prose(_, lines):
            written = (f"  {legible(line, PIECE_LIMIT)}\n" for line in lines)
            return Part(before, written, len(lines), "\n")
        case Rows(_, rows):
            written = (f"  {legible(f'{name}: {value}', PIECE_LIMIT)}\n" for name, value in rows)
            return Part(before, written, len(rows), "\n")
        case Code(_, code, caption):
            before += "".join(f"  {legible(line, PIECE_LIMIT)}\n" for line in caption)
            written = (f"  {legible(line.text, CODE_LIMIT)}".rstrip() + "\n" for line in code)
            return Part(before, written, len(code), "\n")


def _say_cut(count: int) -> str:
    return f"… {count} more {'line' if count == 1 else 'lines'} left out\n\n"
