"""A page of plain text as it is being written: lines and blocks, indented as lists and quotes want it."""

import re

__all__ = ["LEVELS", "Page"]

LEVELS = 30  # of indentation; what lies deeper is indented no further

# Scripts without spaces: a line break in the source between two of their characters is nothing.
_CJK = (
    "[\u2e80-\u2fff\u3001-\u312f\u31a0-\u31bf\u31f0-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]"
)
_CJK_BREAK = re.compile(rf"(?<={_CJK})[ \t]*+\n[ \t\n]*+(?={_CJK})")

_INVISIBLE = dict.fromkeys(map(ord, "\xad\u180e\u200b\u2060\ufeff"))
_JOINERS = "\u034f\u200c\u200d"  # between letters or emoji they mean something, as padding nothing
_GAP = re.compile(rf"(?:[^\S\u3000]|[{_JOINERS}])++")  # an ideographic space is a character


class Page:
    """Plain text that grows: inline text gathers to a line, lines to blocks between empty lines."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._pieces: list[str] = []
        self._pieces_before = 0  # how many went into the lines
        self._verbatim = 0
        self._empty_line_due = False
        self._indents: list[_Indent] = []
        self._owners: set[int] = set()
        self._lasting = 0  # how many of the indents have been there since the last line

    def write(self, text: str) -> None:
        """Add to the line."""
        self._pieces.append(text)

    def end_line(self) -> None:
        """End the line; where there is none, leave an empty one."""
        if self._verbatim:
            self._pieces.append("\n")
        elif not self._flush():
            self._empty_line_due = True

    def end_block(self, *, empty_line: bool) -> None:
        """Let what follows begin on a line of its own, or after an empty line."""
        self._flush()
        self._empty_line_due |= empty_line

    def put(self, lines: list[str]) -> None:
        """Add lines as they are; any number of empty ones leaves one."""
        self._flush()
        for line in lines:
            self._put(line)

    def keep_space(self, *, keep: bool) -> None:
        """Take white space as it comes from now on, or no longer; this nests."""
        self._flush()
        self._verbatim = max(0, self._verbatim + (1 if keep else -1))

    def indent(self, owner: object, first: str, rest: str) -> None:
        """Put `first` before the next line, and `rest` before those after it, until `dedent`."""
        self._flush()
        self._indents.append(_Indent(owner, first, rest))
        self._owners.add(id(owner))

    def dedent(self, owner: object) -> None:
        """End an owner's indentation and those begun within it, if it isn't ended yet."""
        self._flush()
        while id(owner) in self._owners:
            self._owners.remove(id(self._indents.pop().owner))
        self._lasting = min(self._lasting, len(self._indents))

    def mark(self) -> tuple[int, int]:
        """Give the place that has been reached."""
        return len(self._lines), self._pieces_before + len(self._pieces)

    def since(self, mark: tuple[int, int]) -> str:
        """Give what was written since a mark, as one line."""
        lines, pieces = mark
        line = "".join(self._pieces[max(0, pieces - self._pieces_before) :])
        return _tidy(" ".join((*self._lines[lines:], line)))

    def replace(self, mark: tuple[int, int], text: str) -> None:
        """Put other text in place of what was written since a mark, where the line isn't ended yet."""
        start = max(0, mark[1] - self._pieces_before)
        written = "".join(self._pieces[start:])
        if words := written.strip():
            self._pieces[start:] = [written.replace(words, text, 1)]

    def append(self, text: str) -> None:
        """Add to what was written last, before white space: to the line, or to the one that is ended."""
        space = ""
        while self._pieces and not self._pieces[-1].strip():
            space = self._pieces.pop() + space
        if self._pieces:
            last = self._pieces.pop()
            words = last.rstrip()
            self._pieces += words, text, last[len(words) :], space
        else:
            self._lines[-1] += text
            self._pieces.append(space)

    def lines(self) -> list[str]:
        """Give the lines, without empty ones at either end."""
        self._flush()
        return self._lines

    def _flush(self) -> bool:
        """Move the line in progress to the page; tell whether there was one."""
        if not self._pieces:
            return False
        text = "".join(self._pieces)
        self._pieces_before += len(self._pieces)
        self._pieces.clear()
        if self._verbatim:
            for line in text.replace("\xa0", " ").splitlines():
                self._put(line)
        elif line := _tidy(text):
            self._put(line)
        else:
            return False
        return True

    def _put(self, line: str) -> None:
        if not line or line.isspace():
            self._empty_line_due = True
            return
        if self._empty_line_due and self._lines:
            self._lines.append(self._indentation(self._lasting).rstrip())
        self._empty_line_due = False
        self._lines.append((self._indentation(LEVELS) + line).rstrip())
        self._lasting = len(self._indents)

    def _indentation(self, depth: int) -> str:
        return "".join(indent.take() for indent in self._indents[: min(depth, LEVELS)])


class _Indent:
    """What stands before the lines of a block: once a marker, then as much white space, say."""

    def __init__(self, owner: object, first: str, rest: str) -> None:
        self.owner = owner
        self._next = first
        self._rest = rest

    def take(self) -> str:
        taken, self._next = self._next, self._rest
        return taken


def _tidy(text: str) -> str:
    """Give the text as one line: white space collapsed, none at the ends, nothing invisible."""
    if text.isascii():
        return " ".join(text.split())
    text = _CJK_BREAK.sub("", text.translate(_INVISIBLE))
    return _GAP.sub(_close_gap, text).strip(" ").rstrip()


def _close_gap(gap: re.Match[str]) -> str:
    """Give a space for a run with white space in it; a joiner alone joins."""
    run = gap[0]
    if len(run) == 1 and run in _JOINERS:
        return run
    return "" if run.strip(_JOINERS) == "" else " "
