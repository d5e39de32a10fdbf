"""The connections of one transport: as many as are needed at once, up to a limit, kept for the next message.

Those of another process or event loop are let go: after a fork, the parent's are not the child's.
"""

import sys
from collections.abc import Hashable
from dataclasses import dataclass, field

from mailcore.net.backend import Backend, Lock
from mailcore.smtp.conversation.session import SMTPSession
from mailcore.smtp.sending.connector import Connector
from mailcore.smtp.settings import Limits

__all__ = ["FINISH_SECONDS", "Connection", "Pool"]


#: How long to wait for the answers to what was handed over, where nobody asks for them any more.
FINISH_SECONDS = 10.0
#: How long to do with fewer connections where the server took no more.
GROW_AGAIN_SECONDS = 60.0


@dataclass(slots=True, eq=False)
class Connection:
    """One place in the pool: the session that is there, if any, and the lock under which it is used.

    `users` has an entry for each who uses it or waits for it; `is_to_finish` tells that
    somebody left messages behind that are not to be sent.
    """

    lock: Lock
    session: SMTPSession | None = None
    users: list[None] = field(default_factory=list)  # threads may count at once, but not add
    is_to_finish: bool = False

    @property
    def is_under_way(self) -> bool:
        """Whether there are messages that wait for their results, and are to be sent."""
        return bool(self.session and self.session.under_way and not self.is_to_finish)

    @property
    def load(self) -> tuple[int, bool]:
        """How much there is to do before another message; an open one comes before one to be opened."""
        under_way = self.session.under_way if self.session else 0
        return len(self.users) + under_way, self.session is None


@dataclass(slots=True)
class _Home:
    """The connections of one process and event loop, and the lock under which one is chosen."""

    lock: Lock
    connections: list[Connection] = field(default_factory=list)
    most: int = sys.maxsize
    most_until: float = 0.0


class Pool:
    """Gives the connection for a message, and sees that it is fit for it."""

    def __init__(self, connector: Connector, limits: Limits, backend: Backend) -> None:
        self._connector = connector
        self._limits = limits
        self._backend = backend
        self._homes: dict[Hashable, _Home] = {}

    async def choose(self) -> Connection:
        """Give the connection with the least to do, as `users` counts it; it has to be given back."""
        home = self._home()
        if self._limits.connections == len(home.connections) == 1:
            best = home.connections[0]
        else:
            async with home.lock:
                best = self._choose(home)
        best.users.append(None)
        return best

    def do_without(self, connection: Connection) -> bool:
        """Tell whether others can serve in the place of one that cannot be opened: it is left out for a while."""
        home = self._home()
        others = [one for one in home.connections if one.session and one is not connection]
        if connection.session is not None or not others:
            return False
        if connection in home.connections:
            home.connections.remove(connection)
        home.most = len(others)
        home.most_until = self._backend.now() + GROW_AGAIN_SECONDS
        return True

    def _choose(self, home: _Home) -> Connection:
        most = home.most if self._backend.now() < home.most_until else sys.maxsize
        best = min(home.connections, key=lambda one: one.load, default=None)
        limit = min(most, self._limits.connections)
        if best is None or (best.load[0] and len(home.connections) < limit):
            best = Connection(self._backend.lock())
            home.connections.append(best)
        return best

    async def ready(self, connection: Connection) -> SMTPSession:
        """Give a session that can take a message; its lock is held. Raises what opening one raises."""
        session = connection.session
        if session is not None and session.is_open:
            if connection.is_to_finish:
                await session.finish(seconds=FINISH_SECONDS)
            elif not self._has_room(session):
                await session.drain()
            if self._is_fit(session):
                return session
            if session.is_quiet():
                await session.quit()
        if session is not None:
            session.abort()
        connection.session, connection.is_to_finish = None, False
        connection.session = await self._connector.open(self._backend)
        return connection.session

    async def close(self) -> None:
        """Take leave of the server on each connection, when what was handed over is answered."""
        for connection in [*self._home().connections]:
            async with connection.lock:
                session, connection.session = connection.session, None
                if session is None:
                    continue
                if session.under_way:
                    await session.finish(seconds=FINISH_SECONDS)
                await session.quit()

    def _has_room(self, session: SMTPSession) -> bool:
        return self._limits.messages is None or session.count < self._limits.messages

    def _is_fit(self, session: SMTPSession) -> bool:
        if not session.is_open:
            return False
        if session.under_way:
            return True
        rest = self._backend.now() - session.last_heard
        return rest <= self._limits.idle and self._has_room(session) and session.is_quiet()

    def _home(self) -> _Home:
        """Give what is of this process and event loop; what is of others that ended is let go."""
        backend = self._backend
        here = backend.home()
        if here in self._homes and len(self._homes) == 1:
            return self._homes[here]
        for home in list(self._homes):
            if backend.is_over(home) and (ended := self._homes.pop(home, None)):
                for connection in ended.connections:
                    if connection.session is not None:
                        connection.session.abort()
        return self._homes.get(here) or self._homes.setdefault(here, _Home(backend.lock()))
