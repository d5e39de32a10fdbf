"""What a conversation may await: the seam between the protocols and the two ways of doing I/O.

`BlockingBackend` blocks inside and never suspends; `AsyncioBackend` awaits. Deadlines are absolute
times of the `now()` clock, in seconds; `math.inf` is none. Whatever runs into one raises `TimedOut`.
"""

from collections.abc import Callable, Coroutine, Hashable, Iterable
from contextlib import AbstractAsyncContextManager
from socket import socket
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from mailcore.net.addresses import SocketAddress

__all__ = ["Backend", "Condition", "Lock", "Stream", "Waitable", "Workers"]

T = TypeVar("T")
R = TypeVar("R")

Lock = AbstractAsyncContextManager[Any]
Waitable = socket


class Condition(Protocol):
    """A lock to wait under, as `asyncio.Condition` has it."""

    async def __aenter__(self) -> Any:
        """Take the lock."""
        ...

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Give it back."""
        ...

    async def wait(self) -> Any:
        """Let go of the lock until notified."""
        ...

    def notify(self, n: int = 1) -> None:
        """Wake `n` of those that wait."""
        ...

    def notify_all(self) -> None:
        """Wake all that wait."""
        ...


class Workers(Protocol):
    """Bounded concurrency. Its pool is its own, so that nesting cannot deadlock."""

    async def map(
        self, function: Callable[[T], Coroutine[Any, Any, R]], items: Iterable[T]
    ) -> list[R]:
        """Run `function` for each item, at most so many at once; the results are in the items' order.

        Items are pulled here, in the caller's thread or task. The first failure ends the others,
        by cutting their connections, and is raised.
        """
        ...


class Stream(Protocol):
    """A connection's two directions of bytes; one verb at a time."""

    async def send(self, data: bytes | memoryview, *, deadline: float) -> None:
        """Write all of `data`."""
        ...

    async def receive(self, *, deadline: float) -> bytes:
        """Give what has come in, at least a byte; `b""` at the end of the stream."""
        ...

    async def exchange(self, data: bytes | memoryview, *, deadline: float) -> bytes:
        """Write all of `data`, and give what came in meanwhile: two full buffers cannot deadlock.

        If the peer stops reading but has answered (an early 421 or 552), the answer is given and the
        next call raises `ConnectionLost`.
        """
        ...

    async def close(self, *, deadline: float) -> None:
        """Take leave as the layer has it (TLS: close_notify), then close."""
        ...

    def abort(self) -> None:
        """Close the socket now, without a word; can be called from anywhere, twice too."""
        ...

    def is_quiet(self) -> bool:
        """Tell whether the peer has said nothing since, not even that it is going."""
        ...

    @property
    def waitable(self) -> Waitable:
        """What to wait on until it is quiet no more."""
        ...

    @property
    def host(self) -> str:
        """Whom it leads to, for errors."""
        ...

    @property
    def local_address(self) -> str | None:
        """This end's IP address; None over a unix socket."""
        ...


class Backend(Protocol):
    """One way of doing I/O."""

    def now(self) -> float:
        """Give the time of the clock that deadlines are on."""
        ...

    def home(self) -> Hashable:
        """Tell where connections made now can be used: this process, and this event loop if any."""
        ...

    def is_over(self, home: Hashable) -> bool:
        """Tell whether nothing can be done any more with what was made at that home."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    async def ready(
        self, *, read: Iterable[socket] = (), write: Iterable[socket] = (), deadline: float
    ) -> set[socket]:
        """Give the sockets that can be read or written, as soon as one can; none at the deadline."""
        ...

    async def addresses(self, host: str, port: int, *, deadline: float) -> list["SocketAddress"]:
        """Look a host up as the system does (hosts file, DNS)."""
        ...

    def lock(self) -> Lock:
        """Make a lock for conversations of this backend."""
        ...

    def condition(self) -> Condition:
        """Make a condition, with a lock of its own."""
        ...

    def workers(self, limit: int) -> Workers:
        """Make room for up to `limit` conversations at once."""
        ...

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run a user's blocking function where it does not stop this backend."""
        ...
