"""The house rules as functions from modules and text to complaints, so that they can be tested too."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

FILE_LINES = 450

#: How the async form of a type is called in signatures and docstrings; `Async` and `async_` go.
_COLOURED = re.compile(r"\bAsync(?=[A-Z])|\basync_(?=[a-z])|\bawait ")
_TWICE = re.compile(r"^(.+) \| \1$")
#: What only the async half of a pair has: the I/O that it runs on.
_ASYNC_ONLY = {"backend"}
_CONTEXT = {
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "__aiter__": "__iter__",
    "__anext__": "__next__",
}


# --- pairs: X and AsyncX have the same names, parameters and docstrings ---


def compare_pair(blocking: Any, asynchronous: Any) -> Iterator[str]:
    """Complain of each difference between the two halves of a pair."""
    name = blocking.__name__
    if _uncolour(inspect.getdoc(asynchronous)) != inspect.getdoc(blocking):
        yield f"{name}: the docstrings differ"
    yield from _compare_signatures(name, blocking, asynchronous)
    if not inspect.isclass(blocking):
        return
    ours, theirs = (
        _public(blocking),
        {_CONTEXT.get(key, key): value for key, value in _public(asynchronous).items()},
    )
    for missing in sorted(ours.keys() ^ theirs.keys()):
        yield f"{name}.{missing}: only one half has it"
    for key in sorted((ours.keys() & theirs.keys()) - set(_CONTEXT.values())):
        mine, other = ours[key], theirs[key]
        if type(mine) is not type(other):
            yield f"{name}.{key}: one half has a method, the other has none"
        elif isinstance(mine, property) and isinstance(other, property):
            yield from _compare_members(f"{name}.{key}", mine.fget, other.fget)
        elif callable(mine):
            yield from _compare_members(f"{name}.{key}", mine, other)


def _compare_members(name: str, blocking: Any, asynchronous: Any) -> Iterator[str]:
    if _uncolour(inspect.getdoc(asynchronous)) != inspect.getdoc(blocking):
        yield f"{name}: the docstrings differ"
    if not inspect.getdoc(blocking):
        yield f"{name}: there is no docstring"
    yield from _compare_signatures(name, blocking, asynchronous)


def _compare_signatures(name: str, blocking: Any, asynchronous: Any) -> Iterator[str]:
    if _parameters(blocking) != _parameters(asynchronous):
        yield f"{name}: the signatures differ"


def _parameters(function: Any) -> list[tuple[str, Any, str, str]]:
    signature = inspect.signature(function)
    return [
        (one.name, one.kind, _uncolour(str(one.annotation)) or "", repr(one.default))
        for one in signature.parameters.values()
        if one.name not in _ASYNC_ONLY
    ] + [("return", None, _uncolour(str(signature.return_annotation)) or "", "")]


def _public(kind: type) -> dict[str, Any]:
    return {
        name: value
        for name, value in vars(kind).items()
        if not name.startswith("_") or name in {*_CONTEXT, *_CONTEXT.values()}
    }


def _uncolour(text: str | None) -> str | None:
    """Give what the other half would say; what this one takes in both colours, that one takes once."""
    return None if text is None else _TWICE.sub(r"\1", _COLOURED.sub("", text))


def pairs(module: ModuleType) -> Iterator[tuple[Any, Any]]:
    """Give the pairs that a module defines; `AttributeError` names a half that is alone."""
    for name, half in vars(module).items():
        if _COLOURED.match(name) and getattr(half, "__module__", None) == module.__name__:
            yield getattr(module, _COLOURED.sub("", name)), half


# --- the error tree: the drawing in the docstring is the classes ---


def drawn_tree(docstring: str) -> dict[str, str | None]:
    """Read a drawn tree: each name with its parent's."""
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for line in docstring.splitlines():
        found = re.match(r"^ {4}((?:[│ ] {3})*)(?:([├└])── )?(\w+)(?: {2,}.*)?$", line)
        if found is None:
            continue
        depth = len(found[1]) // 4 + bool(found[2])
        del path[depth:]
        parents[found[3]] = path[-1] if path else None
        path.append(found[3])
    return parents


def real_tree(module: ModuleType, root: type) -> dict[str, str | None]:
    """Give the classes of a module below a root: each name with its parent's."""
    return {
        name: None if kind is root else kind.__mro__[1].__name__
        for name, kind in vars(module).items()
        if inspect.isclass(kind) and issubclass(kind, root)
    }


# --- the front door: three lists of one thing ---


def front_door(source: str) -> tuple[set[str], set[str], dict[str, str]]:
    """Read `__init__.py`: the names in `__all__`, those imported for type checkers, and their homes."""
    listed: set[str] = set()
    homes: dict[str, str] = {}
    imported: dict[str, str] = {}
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                listed = set(ast.literal_eval(value))
            case ast.Assign(targets=[ast.Name(id="_HOMES")], value=value):
                homes = ast.literal_eval(value)
            case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body):
                for statement in body:
                    assert isinstance(statement, ast.ImportFrom)
                    for alias in statement.names:
                        imported[alias.name] = statement.module or ""
    return (
        listed,
        set(imported),
        {name: home for name, home in homes.items() if imported.get(name) == home},
    )


# --- no async generators: their end belongs to an event loop, and the blocking colour has none ---


def async_generators(source: str) -> Iterator[str]:
    """Complain of each `async def` that yields, and of `asynccontextmanager`, which needs one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AsyncFunctionDef) and any(map(_yields, node.body)):
            yield f"{node.name} (line {node.lineno}) is an async generator"
        if isinstance(node, ast.Name | ast.alias) and "asynccontextmanager" in ast.dump(node):
            yield "asynccontextmanager makes an async generator"


def _yields(node: ast.AST) -> bool:
    """Tell whether a statement yields for the function that it is in."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return False
    if isinstance(node, ast.Yield | ast.YieldFrom):
        return True
    return any(map(_yields, ast.iter_child_nodes(node)))


# --- sizes and mirrors ---


def too_long(files: Iterable[Path]) -> Iterator[str]:
    """Complain of files past the limit."""
    for file in files:
        lines = len(file.read_text(encoding="utf-8").splitlines())
        if lines > FILE_LINES:
            yield f"{file}: {lines} lines, {FILE_LINES} at most"


def without_test(package: Path, tests: Path, exempt: Mapping[str, str]) -> Iterator[str]:
    """Complain of source files without the test file that mirrors them."""
    for file in sorted(package.rglob("*.py")):
        place = file.relative_to(package)
        if file.name == "__init__.py" or place.as_posix() in exempt:
            continue
        mirror = tests / place.parent / f"test_{file.name}"
        if not mirror.exists():
            yield f"{place}: there is no {mirror}"
