"""`guard()`: a with block or a decorator that reports what goes wrong inside, and goes on."""

from collections.abc import Callable, Coroutine
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any, ParamSpec, TypeVar, overload

from mailcore.errors import ConfigurationError
from mailcore.notices.exceptions.anatomy import attributes

__all__ = ["REPORTED", "Guard"]

P = ParamSpec("P")
R = TypeVar("R")

REPORTED = "_mailcore_reported_to"


class Guard:
    """Reports each `Exception` to `capture`, then swallows it, or with `reraise` lets it pass.

    What an inner guard has reported and let pass, an outer one of the same `reporter` does not report
    again. Can be used any number of times, nested and in threads.
    """

    def __init__(
        self, capture: Callable[[BaseException], None], *, reporter: str, reraise: bool
    ) -> None:
        self._capture = capture
        self._reporter = reporter
        self._reraise = reraise

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: object
    ) -> bool:
        if not isinstance(exception, Exception):
            return False
        if attributes(exception).get(REPORTED) != self._reporter:
            self._capture(exception)
        self._mark(exception)
        return not self._reraise

    @overload
    def __call__(
        self, function: Callable[P, Coroutine[Any, Any, R]]
    ) -> Callable[P, Coroutine[Any, Any, R | None]]: ...

    @overload
    def __call__(self, function: Callable[P, R]) -> Callable[P, R | None]: ...

    def __call__(self, function: Callable[P, Any]) -> Callable[P, Any]:
        """Decorate a function, `async def` too: where it fails, the result is None.

        A generator is refused with `ConfigurationError`, as its body runs only later.
        """
        if isgeneratorfunction(function) or isasyncgenfunction(function):
            raise ConfigurationError("a generator can't be decorated: guard its body, by with")

        if iscoroutinefunction(function):

            @wraps(function)
            async def guarded_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
                with self:
                    return await function(*args, **kwargs)

            return guarded_coroutine

        @wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            with self:
                return function(*args, **kwargs)

        return guarded

    def _mark(self, exception: Exception) -> None:
        """Note on an exception that passes that it was reported; take the note off one that ends here."""
        if self._reraise:
            attributes(exception)[REPORTED] = self._reporter
        else:
            attributes(exception).pop(REPORTED, None)
