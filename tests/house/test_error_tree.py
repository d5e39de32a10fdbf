"""The tree in the docstring of `mailcore.errors` is the tree of its classes."""

from types import ModuleType

from mailcore import errors
from mailcore.errors import MailcoreError
from tests.house.rules import drawn_tree, real_tree

DRAWN = drawn_tree(errors.__doc__ or "")


def test_the_drawn_tree_is_the_real_one() -> None:
    assert real_tree(errors, MailcoreError) == DRAWN


def test_every_error_is_exported() -> None:
    assert set(DRAWN) | {"ErrorFields"} == set(errors.__all__)


def test_a_tree_is_read_as_it_is_drawn() -> None:
    drawing = """
    Root
    ├── One            first
    │   ├── Inner      in it
    │   └── Last
    └── Two            second
        └── Deep
    """
    assert drawn_tree(drawing) == {
        "Root": None,
        "One": "Root",
        "Inner": "One",
        "Last": "One",
        "Two": "Root",
        "Deep": "Two",
    }


def planted(**kinds: type) -> dict[str, str | None]:
    module = ModuleType("planted")
    module.__dict__.update({**vars(errors), **kinds})
    return real_tree(module, MailcoreError)


def test_a_planted_class_that_is_not_drawn_is_found() -> None:
    assert planted(New=type("New", (errors.Refused,), {})) != DRAWN


def test_a_planted_class_below_another_parent_is_found() -> None:
    assert planted(TimedOut=type("TimedOut", (errors.Refused,), {})) != DRAWN


def test_a_planted_branch_without_a_class_is_found() -> None:
    drawing = (errors.__doc__ or "").replace("    ├── TimedOut ", "    ├── Imagined ")
    assert drawn_tree(drawing) != real_tree(errors, MailcoreError)
