"""Tables of plain text: columns where they fit, else the cells one after another."""

from itertools import compress, zip_longest
from typing import NamedTuple
from unicodedata import category, east_asian_width

__all__ = ["COLUMNS", "Cell", "lay_out", "stack"]

COLUMNS = 20  # of a table; one with more is no table for people

_WIDTH = 78  # columns of a terminal that a row may take
_GUTTER = "  "


class Cell(NamedTuple):
    """A cell: its lines, how many columns and rows it spans, and whether it is a heading."""

    lines: list[str]
    columns: int = 1
    rows: int = 1
    is_heading: bool = False


def lay_out(rows: list[list[Cell]]) -> list[str]:
    """Give a table's lines: columns side by side, if each cell is a line and the rows aren't too wide.

    Else each row is a block: of `heading: text`, if the table has a row of headings and not too many
    columns, or of its cells' lines.
    """
    filled = [any(cell.lines for cell in row) for row in rows]
    grid = list(compress(_spread(rows), filled))
    rows = list(compress(rows, filled))
    widths = [max(map(_width, column)) for column in zip_longest(*grid, fillvalue="")]
    if len(widths) <= 1:
        return stack(rows)
    has_headings = len(rows) > 1 and all(cell.is_heading for cell in rows[0])
    if _is_simple(rows) and _sum(widths) <= _WIDTH:
        return _align(grid, widths, rule=has_headings)
    return _name(grid) if has_headings else stack(rows)


def stack(rows: list[list[Cell]]) -> list[str]:
    """Give the cells' lines one after another, with empty lines between rows of several lines."""
    blocks = [[line for cell in row for line in _apart(cell.lines)] for row in rows]
    between = [""] if any(len(block) > 1 for block in blocks) else []
    return [line for block in blocks for line in (*block, *between)]


def _apart(lines: list[str]) -> list[str]:
    """Give the lines between empty ones, if there are such among them."""
    return ["", *lines, ""] if "" in lines else lines


def _is_simple(rows: list[list[Cell]]) -> bool:
    return all(len(cell.lines) <= 1 for row in rows for cell in row)


def _sum(widths: list[int]) -> int:
    return sum(widths) + len(_GUTTER) * (len(widths) - 1)


def _spread(rows: list[list[Cell]]) -> list[list[str]]:
    """Give each row's texts by column, none if there are too many columns.

    A cell stands in the first of the columns and rows that it spans.
    """
    grid: list[list[str]] = []
    held: dict[int, int] = {}  # rows for which a column is still taken by a cell above
    for row in rows:
        line: list[str] = []
        for cell in row:
            _pass_held(line, held)
            if cell.rows > 1:
                held.update((len(line) + n, cell.rows - 1) for n in range(cell.columns))
            line += [" ".join(cell.lines)] + [""] * (cell.columns - 1)
        _pass_held(line, held)
        if len(line) > COLUMNS:
            return []
        grid.append(line)
    return grid


def _pass_held(line: list[str], held: dict[int, int]) -> None:
    """Leave the columns empty that a cell above still takes."""
    while held.get(len(line)):
        held[len(line)] -= 1
        line.append("")


def _align(grid: list[list[str]], widths: list[int], *, rule: bool) -> list[str]:
    lines = [
        _GUTTER.join(
            text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=False)
        )
        for row in grid
    ]
    if rule:
        lines.insert(1, _GUTTER.join("-" * width for width in widths))
    return lines


def _name(grid: list[list[str]]) -> list[str]:
    """Give a block of `heading: text` for each row."""
    headings, *rows = grid
    lines: list[str] = []
    for row in rows:
        pairs = zip_longest(headings, row, fillvalue="")
        lines += [
            f"{heading.removesuffix(':')}: {text}" if heading else text
            for heading, text in pairs
            if text
        ]
        lines.append("")
    return lines


def _width(text: str) -> int:
    """Give the columns that a text takes in a terminal."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(character) in {"W", "F"} else 1
