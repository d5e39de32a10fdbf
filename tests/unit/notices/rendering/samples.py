"""Issues to render: made by hand, so that each test can say what is in them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from mailcore.message import Message
from mailcore.notices.counting.table import Batch, Report
from mailcore.notices.exceptions.snapshot import Failure, Frame, Snapshot
from mailcore.notices.rendering import Renderer

OWN = Frame("/home/me/shop/spider.py", 3, "Spider.parse_item")
PYTHON = Frame(f"{Path(pytest.__file__).parents[1]}/site-packages/lxml/etree.py", 80, "xpath")
SOURCE = {"/home/me/shop/spider.py": ["def parse_item(page):", "    # read", "    price(page)"]}


def read_line(path: str, number: int) -> str:
    lines = SOURCE.get(path, [])
    return lines[number - 1] + "\n" if 0 < number <= len(lines) else ""


def failure(message: str = "no price", **fields: Any) -> Failure:
    return Failure(**{"kind": "ValueError", "message": message, "frames": (OWN, PYTHON), **fields})


def of(*failures: Failure, **fields: Any) -> Snapshot:
    return Snapshot(failures or (failure(),), **fields)


def report(
    snapshot: Snapshot | None = None,
    *,
    new: int = 1,
    total: int = 1,
    key: str = "aa",
    last_seen: float = 60,
    is_resolved: bool = False,
) -> Report:
    return Report(
        key,
        snapshot or of(context=(("url", "'http://x'"),)),
        0,
        last_seen,
        new=new,
        total=total,
        is_first=new == total,
        is_resolved=is_resolved,
    )


def renderer(app: str = "shop", **fields: Any) -> Renderer:
    return Renderer(
        **{
            "app": app,
            "template": Message(from_="bot@example.org", to="ops@example.org"),
            "max_described": 20,
            "max_text": 64_000,
            "read_line": read_line,
            "at": lambda seen: datetime.fromtimestamp(seen, UTC),
            **fields,
        }
    )


def render(*reports: Report, others: int = 0, **fields: Any) -> Message:
    return renderer(**fields).render(Batch(reports, others))


def text(*reports: Report, others: int = 0, **fields: Any) -> str:
    return render(*reports, others=others, **fields).text or ""


def html(*reports: Report, others: int = 0, **fields: Any) -> str:
    return render(*reports, others=others, **fields).html or ""


class Page(HTMLParser):
    """HTML as a list of elements and the texts in them; what is not balanced is listed in `wrong`."""

    EMPTY = ("meta",)

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.wrong: list[str] = []
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        self.wrong += self._open

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data
