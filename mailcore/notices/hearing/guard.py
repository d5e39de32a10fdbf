"""`guard()`: a with block or a decorator that reports what goes wrong inside, and goes on."""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar, overload

from mailcore.notices.exceptions.anatomy import attributes, has_exception, is_a
from mailcore.notices.hearing.decorating import decorate

__all__ = ["REPORTED", "Guard"]

P = ParamSpec("P")
R = TypeVar("R")

REPORTED = "_mailcore_reported_to"


class Guard:
    """Reports each `Exception` to `capture`, then swallows it, or with `reraise` lets it pass.

    A group that has both exceptions and what ends a task or the program in it is reported, and passes.
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
        if exception is None or not has_exception(exception):
            return False
        if attributes(exception).get(REPORTED) != self._reporter:
            self._capture(exception)
        passes = self._reraise or not is_a(exception, Exception)
        self._mark(exception, passes=passes)
        return not passes

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, exception: BaseException | None, traceback: object
    ) -> bool:
        return self.__exit__(kind, exception, traceback)

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
        return decorate(function, lambda: self)

    def _mark(self, exception: BaseException, *, passes: bool) -> None:
        """Note on an exception that passes that it was reported; take the note off one that ends here."""
        if passes:
            attributes(exception)[REPORTED] = self._reporter
        else:
            attributes(exception).pop(REPORTED, None)
