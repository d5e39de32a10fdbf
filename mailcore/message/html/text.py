"""The plain text of an HTML mail, as a careful person would write it.

The tree is walked once; `_OPEN` and `_CLOSE`, below, say what an element that opens or closes means for
the page. No line is wrapped: mail carries long ones, and readers wrap them to their width.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from bs4.element import Tag

from mailcore.message.html.hiding import hidden_selectors, hides, shows
from mailcore.message.html.lists import BULLET, numbering
from mailcore.message.html.page import Page
from mailcore.message.html.soup import attribute, selectors, walk
from mailcore.message.html.tables import COLUMNS, Cell, lay_out, stack

__all__ = ["to_text"]

_RULE = "-" * 40
_DROPPED = {"canvas", "datalist", "rp", "select", "template"}
_PREFORMATTED = re.compile(r"white-space\s*+:\s*+(?:pre|break-spaces)", re.IGNORECASE)
_UNMARKED = re.compile(r"list-style(?:-type)?+\s*+:\s*+none", re.IGNORECASE)

_NOWHERE = re.compile(r"#|(?:javascript|vbscript|data|cid):", re.IGNORECASE)
_PERSONAL = re.compile(r"(?:mailto|tel|sms):([^?]*+)", re.IGNORECASE)
_WEB = re.compile(r"(?:https?:)?//", re.IGNORECASE)


def to_text(html: str) -> str:
    r"""Give the plain text of HTML, ending in "\n" if there is any; it never raises.

    Links are `label (address)`, images `[alt text]`, items `- ` or numbered, quotes `> `. A table of
    data is aligned where it fits, one for layout gives a block a row. What styles hide is left out, as
    far as they are attributes or plain rules (`.class`, `#id`) that hold for all.
    Lines have no white space at the end, and there is never more than one empty line.
    """
    writing = _Writing()
    hidden = hidden_selectors(html)
    for node, opens in walk(html, skip=lambda tag: _is_dropped(tag, hidden)):
        if isinstance(node, str):
            writing.page.write(node)
        elif handle := (_OPEN if opens else _CLOSE).get(node.name):
            handle(writing, node)
    lines = writing.page.lines()
    return "\n".join((*lines, "")) if lines else ""


@dataclass
class _Link:
    """A link that is open, and where on the page its label began."""

    tag: Tag
    mark: tuple[int, int]
    has_image: bool = False


@dataclass
class _List:
    """A list that is open, the number of its next item, and the item that is open."""

    tag: Tag | None = None
    marker: Callable[[int], str] = lambda _: BULLET
    number: int = 1
    step: int = 1
    item: Tag | None = None


@dataclass
class _Writing:
    """The page, and what is open on it: a link, lists, and the table whose cells are pages too."""

    page: Page = field(default_factory=Page)
    link: _Link | None = None
    lists: list[_List] = field(default_factory=lambda: [_List()])  # first the one of stray items
    table: "_Table | None" = None


@dataclass
class _Table:
    """A table of data that is open: what is open around it, its rows, and the cell being written."""

    tag: Tag
    around: _Writing
    rows: list[list[Cell]] = field(default_factory=list)
    cell: Tag | None = None


_Handler = Callable[[_Writing, Tag], None]


def _is_dropped(tag: Tag, hidden: frozenset[str]) -> bool:
    """Tell whether an element isn't shown.

    `mso-hide:all` isn't a reason: it hides from Outlook what has a form for Outlook in a comment.
    """
    style = attribute(tag, "style")
    if tag.name in _DROPPED or "hidden" in tag.attrs or hides(style):
        return True
    return not hidden.isdisjoint(selectors(tag)) and not shows(style)


def _end_line(writing: _Writing, _: Tag) -> None:
    writing.page.end_line()


def _end_row(writing: _Writing, _: Tag) -> None:
    writing.page.end_block(empty_line=False)


def _open_block(writing: _Writing, tag: Tag) -> None:
    writing.page.end_block(empty_line=tag.name in _PARAGRAPHS)
    if _is_preformatted(tag):
        writing.page.keep_space(keep=True)


def _close_block(writing: _Writing, tag: Tag) -> None:
    if _is_preformatted(tag):
        writing.page.keep_space(keep=False)
    writing.page.end_block(empty_line=tag.name in _PARAGRAPHS)


def _is_preformatted(tag: Tag) -> bool:
    return tag.name == "pre" or _PREFORMATTED.search(attribute(tag, "style")) is not None


def _write_text(text: str) -> _Handler:
    return lambda writing, _: writing.page.write(text)


def _write_rule(writing: _Writing, _: Tag) -> None:
    writing.page.end_block(empty_line=True)
    writing.page.put([_RULE, ""])


def _write_area(writing: _Writing, tag: Tag) -> None:
    """Write a link of an image map as a line of its own."""
    if address := _address(attribute(tag, "href")):
        alt = attribute(tag, "alt").strip()
        writing.page.end_block(empty_line=False)
        writing.page.write(f"{alt} ({address})" if alt else address)
        writing.page.end_block(empty_line=False)


def _write_image(writing: _Writing, tag: Tag) -> None:
    if writing.link:
        writing.link.has_image = True
    if alt := attribute(tag, "alt").strip():
        writing.page.write(f"[{alt}]")


def _open_quote(writing: _Writing, tag: Tag) -> None:
    writing.page.end_block(empty_line=True)
    writing.page.indent(tag, "> ", "> ")


def _close_quote(writing: _Writing, tag: Tag) -> None:
    writing.page.dedent(tag)
    writing.page.end_block(empty_line=True)


# --- links ---------------------------------------------------------------------------------------


def _open_link(writing: _Writing, tag: Tag) -> None:
    _end_link(writing)
    if "href" in tag.attrs:
        writing.link = _Link(tag, writing.page.mark())


def _close_link(writing: _Writing, tag: Tag) -> None:
    if writing.link and writing.link.tag is tag:
        _end_link(writing)


def _end_link(writing: _Writing) -> None:
    """Write the address of the open link, unless its label says it."""
    link, page = writing.link, writing.page
    writing.link = None
    if link is None or not (address := _address(attribute(link.tag, "href"))):
        return
    label = page.since(link.mark)
    if label and _bare(label) == _bare(address):
        page.replace(link.mark, address)
    elif label:
        page.append(f" ({address})")
    elif link.has_image:
        page.write(f" {address} ")


def _address(href: str) -> str:
    """Give where a link leads, as people write it, "" for nowhere else."""
    href = "".join(href.split())
    if _NOWHERE.match(href):
        return ""
    personal = _PERSONAL.match(href)
    return "".join(unquote(personal[1]).split()) if personal else href


def _bare(address: str) -> str:
    return _WEB.sub("", address, count=1).rstrip("/").casefold()


# --- lists ---------------------------------------------------------------------------------------


def _open_list(writing: _Writing, tag: Tag) -> None:
    outer = writing.lists[-1]
    writing.page.end_block(empty_line=outer.tag is None)
    if outer.tag and not outer.item:  # as Gmail nests them
        writing.page.indent(tag, "  ", "  ")
    opened = _List(tag)
    if _UNMARKED.search(attribute(tag, "style")):
        opened.marker = lambda _: ""
    elif tag.name == "ol":
        opened.marker = numbering(attribute(tag, "type"))
        opened.step = -1 if "reversed" in tag.attrs else 1
        first = 1 if opened.step > 0 else len(tag.find_all("li", recursive=False))
        opened.number = _number(tag, "start", first)
    writing.lists.append(opened)


def _close_list(writing: _Writing, tag: Tag) -> None:
    if writing.lists[-1].tag is tag:
        writing.lists.pop()
        writing.page.dedent(tag)
    writing.page.end_block(empty_line=writing.lists[-1].tag is None)


def _open_item(writing: _Writing, tag: Tag) -> None:
    around = writing.lists[-1]
    around.number = _number(tag, "value", around.number)
    _begin_item(writing, tag, around.marker(around.number))
    around.number += around.step


def _open_term(writing: _Writing, tag: Tag) -> None:
    _begin_item(writing, tag, "")


def _open_description(writing: _Writing, tag: Tag) -> None:
    _begin_item(writing, tag, "  ")


def _begin_item(writing: _Writing, tag: Tag, marker: str) -> None:
    """Begin an item; one that is still open ends, as HTML lets it."""
    around = writing.lists[-1]
    if around.item is not None:
        writing.page.dedent(around.item)
    around.item = tag
    writing.page.indent(tag, marker, " " * len(marker))


def _close_item(writing: _Writing, tag: Tag) -> None:
    writing.page.dedent(tag)
    if writing.lists[-1].item is tag:
        writing.lists[-1].item = None


# --- tables --------------------------------------------------------------------------------------


def _open_table(writing: _Writing, tag: Tag) -> None:
    if writing.table:
        _end_cell(writing)  # a table with one inside is layout: what was written of it stays
        writing.page.put(stack(writing.table.rows))
        writing.table = None
    writing.page.end_block(empty_line=True)
    if attribute(tag, "role").lower() not in {"presentation", "none"}:
        writing.table = _Table(tag, _Writing(writing.page, writing.link, writing.lists))


def _close_table(writing: _Writing, tag: Tag) -> None:
    if writing.table and writing.table.tag is tag:
        _end_cell(writing)
        writing.page.put(lay_out(writing.table.rows))
        writing.table = None
    writing.page.end_block(empty_line=True)


def _open_row(writing: _Writing, _: Tag) -> None:
    writing.page.end_block(empty_line=False)
    if writing.table:
        _end_cell(writing)
        writing.table.rows.append([])


def _open_cell(writing: _Writing, tag: Tag) -> None:
    writing.page.end_block(empty_line=False)
    if table := writing.table:
        _end_cell(writing)
        table.cell = tag
        writing.page, writing.link, writing.lists = Page(), None, [_List()]


def _close_cell(writing: _Writing, tag: Tag) -> None:
    if writing.table is None:
        writing.page.end_block(empty_line=False)
    elif writing.table.cell is tag:
        _end_cell(writing)


def _end_cell(writing: _Writing) -> None:
    """Add the cell that is being written to its row, and go on where the table is."""
    table = writing.table
    if table is None or table.cell is None:
        return
    _end_link(writing)
    tag, table.cell = table.cell, None
    cell = Cell(
        writing.page.lines(),
        columns=min(max(_number(tag, "colspan", 1), 1), COLUMNS + 1),
        rows=_number(tag, "rowspan", 1),
        is_heading=tag.name == "th",
    )
    if not table.rows:
        table.rows.append([])
    table.rows[-1].append(cell)
    around = table.around
    writing.page, writing.link, writing.lists = around.page, around.link, around.lists


def _number(tag: Tag, name: str, default: int) -> int:
    found = re.fullmatch(r"\s*+(-?[0-9]{1,9}+)\s*+", attribute(tag, name))
    return int(found[1]) if found else default


# --- what the elements mean ----------------------------------------------------------------------

_PARAGRAPHS = {"address", "fieldset", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"}
_BLOCKS = _PARAGRAPHS | {
    "article", "aside", "caption", "center", "details", "div", "figcaption", "footer", "form",
    "header", "legend", "main", "menu", "nav", "option", "section", "summary",
}  # fmt: skip
_OPEN: dict[str, _Handler] = {
    **dict.fromkeys(_BLOCKS, _open_block),
    "a": _open_link,
    "area": _write_area,
    "blockquote": _open_quote,
    "br": _end_line,
    "dd": _open_description,
    "dl": _open_list,
    "dt": _open_term,
    "hr": _write_rule,
    "img": _write_image,
    "li": _open_item,
    "ol": _open_list,
    "q": _write_text('"'),
    "rt": _write_text("("),
    "table": _open_table,
    "td": _open_cell,
    "th": _open_cell,
    "tr": _open_row,
    "ul": _open_list,
}
_CLOSE: dict[str, _Handler] = {
    **dict.fromkeys(_BLOCKS, _close_block),
    "a": _close_link,
    "blockquote": _close_quote,
    "dd": _close_item,
    "dl": _close_list,
    "dt": _close_item,
    "li": _close_item,
    "ol": _close_list,
    "q": _write_text('"'),
    "rt": _write_text(")"),
    "table": _close_table,
    "td": _close_cell,
    "th": _close_cell,
    "tr": _end_row,
    "ul": _close_list,
}
