"""A document as HTML that every mail program can show: blocks of text, one small style, nothing remote.

It reads well where the style sheet is dropped; what can't be done without stands where it is used.
Nothing has a width: lines wrap, on a phone too.
"""

from collections.abc import Iterable, Sequence
from html import escape

from mailcore.notices.rendering.document import Code, Document, Line, Prose, Rows, Section, Story
from mailcore.notices.rendering.fitting import Part, fit, fit_evenly, octets
from mailcore.notices.rendering.legible import legible
from mailcore.notices.rendering.plain import CODE_LIMIT, PIECE_LIMIT

__all__ = ["write_html"]

_STYLE = """\
:root{color-scheme:light dark;supported-color-schemes:light dark}
body{margin:0;padding:0;background:#fff;color:#1f2328}
.page{max-width:50em;margin:0 auto;padding:20px 16px 32px;font:15px/1.5 system-ui,-apple-system,\
"Segoe UI",Roboto,Helvetica,Arial,sans-serif;overflow-wrap:anywhere;word-break:break-word}
h1,h2{margin:0 0 8px;line-height:1.3;color:#b3261e}
h1{font-size:21px}
h2{font-size:18px}
h3{margin:22px 0 4px;font-size:14px;line-height:1.4}
p{margin:0 0 2px}
ul{margin:12px 0;padding:0 0 0 20px}
li{margin:0 0 6px}
pre{margin:4px 0 0;padding:10px 12px;border-radius:6px;background:#f3f5f7;line-height:1.5}
pre,td{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:13px}
.source b{background:#ffd8d3}
.quiet,th{font-size:13px;color:#57606a}
.story{margin:28px 0 8px;padding:24px 0 0;border-top:2px solid #d0d7de}
table{border-collapse:collapse}
th,td{padding:2px 14px 2px 0;line-height:1.5}
@media(prefers-color-scheme:dark){
body,.page{background:#0d1117;color:#e6edf3}
h1,h2{color:#ff8a80}
pre{background:#1b222b}
.source b{background:#5c1a1b}
.quiet,th{color:#9aa4af}
.story{border-color:#3d444d}
}"""
_HIDDEN = "display:none;max-height:0;overflow:hidden;mso-hide:all"
_HEAD_CELL = "min-width:5em;text-align:left;vertical-align:top;font-weight:normal"


def write_html(document: Document, room: int) -> str:
    """Give the HTML in at most so many octets. What is at its end is there however much comes before."""
    start, end = _start(document), "</div>\n</body>\n</html>\n"
    room -= octets(start) + octets(end)
    closing = fit(_parts(document.closing), room // 4, _say_cut)
    if closing and document.is_digest:
        closing = f'<div class="story">\n{closing}</div>\n'
    room -= octets(closing)
    summary = _summary(document, room // 2)
    stories = [_story(story, is_one_of_many=document.is_digest) for story in document.stories]
    body = fit_evenly(stories, room - octets(summary), _say_cut)
    return f"{start}{summary}{body}{closing}{end}"


def _start(document: Document) -> str:
    title, preview = _shown(document.title), _shown(document.preview)
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>{title}</title>
<style>
{_STYLE}
</style>
</head>
<body>
<div style="{_HIDDEN}">{preview}</div>
<div class="page">
"""


def _summary(document: Document, room: int) -> str:
    lines = document.summary
    if not lines:
        return ""
    before = f"<h1>{_shown(document.title)}</h1>\n<ul>\n"
    written = (f"<li>{_shown(line)}</li>\n" for line in lines)
    return fit([Part(before, written, len(lines), "</ul>\n")], room, _say_cut)


def _story(story: Story, *, is_one_of_many: bool) -> list[Part]:
    level, rule = ("h2", ' class="story"') if is_one_of_many else ("h1", "")
    heading = f"<{level}{rule}>{_shown(story.heading)}</{level}>\n"
    return [Part(heading + _quiet(story.frequency), (), 0, ""), *_parts(story.sections)]


def _parts(sections: Iterable[Section]) -> list[Part]:
    return [_part(section) for section in sections]


def _part(section: Section) -> Part:
    heading = f"<h3>{_shown(section.title)}</h3>\n"
    match section:
        case Prose(_, lines):
            written = (f"<p>{_shown(line)}</p>\n" for line in lines)
            return Part(heading, written, len(lines), "")
        case Rows(_, rows):
            return Part(f"{heading}<table>\n", map(_row, rows), len(rows), "</table>\n")
        case Code(_, code, caption):
            kind = ' class="source"' if caption else ""
            before = f'{heading}{_quiet(caption)}<pre{kind} style="white-space:pre-wrap">\n'
            return Part(before, map(_code_line, code), len(code), "</pre>\n")


def _row(row: tuple[str, str]) -> str:
    name, value = map(_shown, row)
    return f'<tr><th scope="row" style="{_HEAD_CELL}">{name}</th><td>{value}</td></tr>\n'


def _code_line(line: Line) -> str:
    text = escape(legible(line.text, CODE_LIMIT))
    return f"<b>{text}</b>\n" if line.is_marked else f"{text}\n"


def _quiet(lines: Sequence[str]) -> str:
    return "".join(f'<p class="quiet">{_shown(line)}</p>\n' for line in lines)


def _shown(text: str) -> str:
    return escape(legible(text, PIECE_LIMIT))


def _say_cut(count: int) -> str:
    return f'<p class="quiet">… {count} more {"line" if count == 1 else "lines"} left out</p>\n'
