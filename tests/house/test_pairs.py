"""Each pair `X` and `AsyncX` has the same names, parameters and docstrings."""

import importlib
import pkgutil
from types import ModuleType

import pytest

import mailcore
from tests.house.rules import compare_pair, pairs

MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(mailcore.__path__, "mailcore.")
    if not module.name.endswith("__main__")
]
PAIRS = [pair for module in MODULES for pair in pairs(module)]


@pytest.mark.parametrize(("blocking", "asynchronous"), PAIRS, ids=lambda half: half.__name__)
def test_the_halves_of_a_pair_are_alike(blocking: object, asynchronous: object) -> None:
    assert list(compare_pair(blocking, asynchronous)) == []


def test_every_async_name_of_the_front_door_is_half_of_a_pair() -> None:
    names = {name for name in mailcore.__all__ if name.startswith(("Async", "async_"))}
    assert names <= {asynchronous.__name__ for _, asynchronous in PAIRS}


class Reader:
    """Reads."""

    def read(self, size: int = 1) -> bytes:
        """Give so many."""
        return bytes(size)

    @property
    def name(self) -> str:
        """Who it is."""
        return "reader"


class WithAnotherParameter:
    """Reads."""

    async def read(self, length: int = 1) -> bytes:
        """Give so many."""
        return bytes(length)

    name = Reader.name


class WithAnotherDefault:
    """Reads."""

    async def read(self, size: int = 2) -> bytes:
        """Give so many."""
        return bytes(size)

    name = Reader.name


class WithAnotherDocstring:
    """Reads."""

    async def read(self, size: int = 1) -> bytes:
        """Give something else."""
        return bytes(size)

    name = Reader.name


class WithAnotherResult:
    """Reads."""

    async def read(self, size: int = 1) -> str:
        """Give so many."""
        return str(size)

    name = Reader.name


class WithoutAName:
    """Reads."""

    async def read(self, size: int = 1) -> bytes:
        """Give so many."""
        return bytes(size)


class WithOneMore:
    """Reads."""

    async def read(self, size: int = 1) -> bytes:
        """Give so many."""
        return bytes(size)

    name = Reader.name

    async def write(self) -> None:
        """Write."""


class WithAMethodForAProperty:
    """Reads."""

    async def read(self, size: int = 1) -> bytes:
        """Give so many."""
        return bytes(size)

    async def name(self) -> str:
        """Who it is."""
        return "reader"


@pytest.mark.parametrize(
    ("planted", "complaint"),
    [
        (WithAnotherParameter, "Reader.read: the signatures differ"),
        (WithAnotherDefault, "Reader.read: the signatures differ"),
        (WithAnotherResult, "Reader.read: the signatures differ"),
        (WithAnotherDocstring, "Reader.read: the docstrings differ"),
        (WithoutAName, "Reader.name: only one half has it"),
        (WithOneMore, "Reader.write: only one half has it"),
        (
            WithAMethodForAProperty,
            "Reader.name: one half has a method, the other has none",
        ),
    ],
)
def test_a_planted_difference_is_found(planted: type, complaint: str) -> None:
    assert complaint in list(compare_pair(Reader, planted))


def test_a_half_without_the_other_is_found() -> None:
    module = ModuleType("room")
    half = type("AsyncWriter", (), {"__module__": "room"})
    module.__dict__["AsyncWriter"] = half
    with pytest.raises(AttributeError, match="Writer"):
        list(pairs(module))
