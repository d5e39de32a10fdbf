"""Sending over a pool of connections: one message, and what it takes that none is sent twice.

What was not handed over when a connection turned out stale is sent over another one, once.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import TypeVar

from mailcore.errors import MailcoreError, PartiallyRefused
from mailcore.net.backend import Backend
from mailcore.smtp.conversation.session import SMTPSession
from mailcore.smtp.conversation.transaction import Transaction
from mailcore.smtp.sending.connector import Connector
from mailcore.smtp.sending.pool import FINISH_SECONDS, Connection, Pool
from mailcore.smtp.settings import Limits
from mailcore.transport import Outgoing, Receipt

__all__ = ["Place", "Sender"]

T = TypeVar("T")


class Place:
    """Where a message is under way: its transaction, the session, and that one's connection."""

    __slots__ = ("connection", "session", "transaction")

    def __init__(
        self, connection: Connection, session: SMTPSession, transaction: Transaction
    ) -> None:
        self.connection: Connection = connection
        self.session: SMTPSession = session
        self.transaction: Transaction = transaction


class Sender:
    """Has messages sent by whatever connection has room; the backend is asyncio's if none is given."""

    def __init__(self, connector: Connector, limits: Limits, backend: Backend | None) -> None:
        self._connector = connector
        self._limits = limits
        self._chosen_backend = backend
        self._pool: Pool | None = None
        self._left: deque[Callable[[], bool]] = deque()

    @property
    def host(self) -> str:
        """Where the server is, for errors."""
        return self._connector.place

    @property
    def connections(self) -> int:
        """How many connections there can be at once."""
        return self._limits.connections

    @property
    def backend(self) -> Backend:
        """The way of doing I/O."""
        if self._chosen_backend is None:
            from mailcore.net.asynchronous import AsyncioBackend  # noqa: PLC0415 - loads asyncio

            self._chosen_backend = AsyncioBackend()
        return self._chosen_backend

    async def send(self, outgoing: Outgoing, *, allow_partial: bool) -> Receipt:
        """Send one message, and wait for its receipt; raises what it ends in otherwise."""
        result = await self._use(lambda connection: self._send(connection, outgoing))
        self._report()
        if not isinstance(result, Receipt):
            raise result
        if result.rejected and not allow_partial:
            raise _partly_refused(result, self.host)
        return result

    async def _send(self, connection: Connection, outgoing: Outgoing) -> Receipt | Exception:
        moved = None
        while True:
            session = await self._use_pool().ready(connection)
            transaction = session.add(outgoing, after_rest=True, moved=moved)
            result = await session.settle(transaction, is_alone=True)
            if not transaction.can_move:
                return result
            moved = transaction

    async def submit(
        self, outgoing: Outgoing, *, used: set[SMTPSession], moved: Transaction | None = None
    ) -> Place:
        """Have a message sent over some connection, after those that are under way on it.

        `used` are the sessions that the caller has used before; this one is added. Raises what the server cannot do, and what opening a connection raises.
        """

        async def add(connection: Connection) -> Place:
            session = await self._use_pool().ready(connection)
            transaction = session.add(outgoing, after_rest=session not in used, moved=moved)
            used.add(session)
            return Place(connection, session, transaction)

        return await self._use(add)

    async def _use(self, use: Callable[[Connection], Awaitable[T]]) -> T:
        """Use the connection with the least to do; where it cannot be opened, one of those that are."""
        pool = self._use_pool()
        while True:
            connection = await pool.choose()
            try:
                async with connection.lock:
                    return await self._use_held(connection, use)
            except MailcoreError:
                if not pool.do_without(connection):
                    raise
            finally:
                connection.users.pop()

    async def _use_held(
        self, connection: Connection, use: Callable[[Connection], Awaitable[T]]
    ) -> T:
        try:
            return await use(connection)
        except Exception:
            raise
        except BaseException:  # it may have come between adding a message and waiting for it
            connection.is_to_finish = True
            raise

    async def settle(self, place: Place, others: Iterable[Place]) -> None:
        """Wait for what becomes of a message; meanwhile the connections of others go on as they are answered."""
        async with AsyncExitStack() as held:
            await held.enter_async_context(_Hold(place.connection))
            sessions = [place.session]
            for connection in {one.connection: None for one in others}:
                # One that somebody else uses is left to them: two could wait for each other's.
                if connection.is_under_way and not connection.users:
                    await held.enter_async_context(_Hold(connection))
                    sessions += [connection.session] if connection.session else []
            if len(sessions) > 1:
                await self._go_on(place, sessions)
            await place.session.settle(place.transaction)

    async def _go_on(self, place: Place, sessions: Iterable[SMTPSession]) -> None:
        """Have sessions go on as they are answered, until one message has its result, or its time is over."""
        heard = sessions
        while heard:
            for session in heard:
                await session.advance()
            if place.transaction.result is not None:
                return
            waiting = {one.waitable: one for one in sessions if one.under_way}
            ready = await self.backend.ready(read=waiting, deadline=place.session.patience)
            heard = [waiting[one] for one in ready]

    async def finish(self, place: Place) -> None:
        """Wait for what becomes of messages that were handed over; those that were not are not sent."""
        async with place.connection.lock:
            if place.transaction.result is None:
                await place.session.finish(seconds=FINISH_SECONDS)
        self._report()

    def leave(self, places: Collection[Place], report: Callable[[], bool]) -> None:
        """Take over what nobody waits for any more: what was handed over is reported once it is known.

        What was not is not sent. `report` tells whether there is nothing left to report.
        """
        for place in places:
            if not place.transaction.is_handed_over and place.transaction.result is None:
                place.connection.is_to_finish = True
        self._left.append(report)
        self._report()

    async def close(self) -> None:
        """Take leave of the server on all connections."""
        await self._use_pool().close()
        self._report()

    def _report(self) -> None:
        for _ in range(len(self._left)):
            with suppress(IndexError):  # another thread was quicker
                report = self._left.popleft()
                if not report():
                    self._left.append(report)

    def _use_pool(self) -> Pool:
        if self._pool is None:
            self._pool = Pool(self._connector, self._limits, self.backend)
        return self._pool


class _Hold:
    """The use of a connection; it counts from when it is waited for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def __aenter__(self) -> None:
        self._connection.users.append(None)
        try:
            await self._connection.lock.__aenter__()
        except BaseException:
            self._connection.users.pop()
            raise

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._connection.users.pop()
        await self._connection.lock.__aexit__(exc_type, exc, tb)


def _partly_refused(receipt: Receipt, host: str) -> PartiallyRefused:
    recipient, reply = next(iter(receipt.rejected.items()))
    return PartiallyRefused(
        f"sent to {len(receipt.accepted)}, refused for {len(receipt.rejected)}: <{recipient}> {reply}",
        receipt=receipt,
        host=host,
        stage="RCPT",
        reply=reply,
        recipient=recipient,
        retryable=False,  # those accepted would get it twice
    )
