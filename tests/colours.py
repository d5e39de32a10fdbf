"""One scenario, both colours: what a test writes once runs blocking and in asyncio."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

from mailcore.net.asynchronous import AsyncioBackend
from mailcore.net.backend import Backend
from mailcore.net.blocking import BlockingBackend
from mailcore.net.run import run
from mailcore.smtp import (
    AsyncLMTPTransport,
    AsyncSMTPTransport,
    LMTPTransport,
    SMTPTransport,
)

T = TypeVar("T")


class Colour:
    """A way to run conversations and to use the public pairs from a plain test."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.backend: Backend = BlockingBackend() if name == "blocking" else AsyncioBackend()
        self._runner = asyncio.Runner() if name == "asyncio" else None

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a conversation over `backend` to its end."""
        return run(coroutine) if self._runner is None else self._runner.run(coroutine)

    def smtp(self, *args: Any, **options: Any) -> Any:
        """Make an SMTP transport of this colour, with methods that block."""
        if self._runner is None:
            return SMTPTransport(*args, **options)
        return self.blocking(AsyncSMTPTransport(*args, **options))

    def lmtp(self, *args: Any, **options: Any) -> Any:
        """Make an LMTP transport of this colour, with methods that block."""
        if self._runner is None:
            return LMTPTransport(*args, **options)
        return self.blocking(AsyncLMTPTransport(*args, **options))

    def smtp_from_url(self, url: str, **options: Any) -> Any:
        """Make one by its URL."""
        if self._runner is None:
            return SMTPTransport.from_url(url, **options)
        return self.blocking(AsyncSMTPTransport.from_url(url, **options))

    def blocking(self, pair: Any) -> Any:
        """Give the async half of a pair the face of the blocking one."""
        return _Blocking(pair, self._runner.run) if self._runner is not None else pair

    def close(self) -> None:
        if self._runner is not None:
            self._runner.close()


class _Blocking:
    def __init__(self, pair: Any, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._pair = pair
        self._run = run

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._pair, name)
        if not callable(found):
            return found

        def call(*args: Any, **options: Any) -> Any:
            given = found(*args, **options)
            if isinstance(given, AsyncIterator):
                return _Blocking(given, self._run)
            return self._run(given)

        return call

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> Any:
        try:
            return self._run(self._pair.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exc: object) -> None:
        self._run(self._pair.close())
