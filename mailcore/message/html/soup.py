"""The body of any HTML as Beautiful Soup's tree, and a walk over it that no depth can break."""

from collections.abc import Callable, Iterator

from bs4 import BeautifulSoup
from bs4.element import Tag

from mailcore.message.html.markup import clean

__all__ = ["attribute", "selectors", "walk"]


def walk(html: str, *, skip: Callable[[Tag], bool]) -> Iterator[tuple[Tag | str, bool]]:
    """Give the body and each element in it twice, as it opens (True) and closes, and the text between.

    What `skip` holds for is left out with all that is in it. What isn't closed is closed.
    """
    soup = BeautifulSoup(
        f"<body>{clean(html)}</body>",
        "html.parser",
        on_duplicate_attribute="ignore",
        multi_valued_attributes=None,
        store_line_numbers=False,
    )
    waiting = [(node, True) for node in reversed(soup.contents)]
    while waiting:
        node, opens = waiting.pop()
        if not isinstance(node, Tag):
            yield str(node), True
        elif not opens:
            yield node, False
        elif not skip(node):
            yield node, True
            waiting.append((node, False))
            waiting += [(child, True) for child in reversed(node.contents)]


def attribute(tag: Tag, name: str) -> str:
    """Give an attribute's value, "" where there is none."""
    return str(tag.get(name, ""))


def selectors(tag: Tag) -> set[str]:
    """Give the selectors `.class` and `#id` that are true of an element."""
    classes = {f".{name}" for name in attribute(tag, "class").split()}
    return classes | {f"#{attribute(tag, 'id')}"}
