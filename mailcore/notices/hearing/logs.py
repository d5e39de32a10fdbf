"""Hears the records of all loggers without being a handler, so that a program's logging is as without it.

A handler of the root logger would keep `basicConfig` from doing anything, have Python's last resort fall
silent, and be removed by `dictConfig`. What listens here hears of a record when its logger's filters have
let it through, just before it goes to the handlers. They find the stack as ever: a wrapped `callHandlers`
would stand in it, and who looks there for the caller, as loguru's well-known handler does, would find that.
"""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeAlias

__all__ = ["listen"]

Hear: TypeAlias = Callable[[logging.LogRecord], None]

_lock = Lock()
_ears: list[tuple[logging.Logger, Hear]] = []
_ours: list[Any] = []  # the function that stands in for `Logger.filter`, if there is any


def listen(top: logging.Logger, hear: Hear) -> Callable[[], None]:
    """Hear each record that handlers of the `top` logger would be given; give what ends it."""
    ear = (top, hear)
    with _lock:
        _ears.append(ear)
        if logging.Logger.filter not in _ours:  # nobody listened yet, or somebody came later
            _stand_in()

    def end() -> None:
        with _lock:
            if ear in _ears:
                _ears.remove(ear)
            if not _ears and logging.Logger.filter in _ours:
                _put_back()

    return end


def _stand_in() -> None:
    """Take the place of `Logger.filter`; one of ours that somebody calls still hears nothing more."""
    before: Any = logging.Logger.filter

    def let_through(logger: logging.Logger, record: logging.LogRecord) -> Any:
        passed = before(logger, record)
        if passed and let_through in _ours:
            heard = passed if isinstance(passed, logging.LogRecord) else record
            for top, hear in tuple(_ears):
                if _reaches(logger, top):
                    hear(heard)
        return passed

    let_through.before = before  # type: ignore[attr-defined] # for `_put_back`
    _ours[:] = [let_through]
    logging.Logger.filter = let_through  # type: ignore[assignment, method-assign] # to hear of all


def _reaches(logger: logging.Logger | None, top: logging.Logger) -> bool:
    """Tell whether a logger's records are passed on so far up."""
    while logger is not None and logger is not top:
        logger = logger.parent if logger.propagate else None
    return logger is top


def _put_back() -> None:
    before = _ours.pop().before
    if before is logging.Filterer.filter:
        del logging.Logger.filter  # which is inherited
    else:
        logging.Logger.filter = before  # type: ignore[method-assign] # as it was
