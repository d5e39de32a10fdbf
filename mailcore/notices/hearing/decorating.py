"""A with block around a function: while it runs, and for a coroutine while that does."""

from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from functools import wraps
from inspect import isasyncgenfunction, iscoroutine, iscoroutinefunction, isgeneratorfunction
from typing import Any, ParamSpec

from mailcore.errors import ConfigurationError

__all__ = ["decorate"]

P = ParamSpec("P")


def decorate(
    function: Callable[P, Any], block: Callable[[], AbstractContextManager[object]]
) -> Callable[P, Any]:
    """Give a function that runs this one within a block of its own each time.

    What is `async def`, or gives a coroutine, is awaited within it. Where the block swallows an
    exception, the result is None. Raises `ConfigurationError` for what is no function, and for a
    generator, as its body runs only later.
    """
    if not callable(function):
        raise ConfigurationError(f"a function can be decorated, not {function!r}")
    if isgeneratorfunction(function) or isasyncgenfunction(function):
        raise ConfigurationError("a generator can't be decorated: put with into its body")

    async def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
        with block():
            return await coroutine

    if iscoroutinefunction(function) or iscoroutinefunction(getattr(function, "__call__", None)):  # noqa: B004 - its code, not whether it can be called

        @wraps(function)
        async def decorated_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
            with block():
                return await function(*args, **kwargs)

        return decorated_coroutine

    @wraps(function)
    def decorated(*args: P.args, **kwargs: P.kwargs) -> Any:
        with block():
            result = function(*args, **kwargs)
            return finish(result) if iscoroutine(result) else result

    return decorated
