"""Looking how far a server goes towards TLS, as one that has mail for it, and without any.

The conversation is connection, greeting, EHLO, STARTTLS, handshake, QUIT (RFC 5321, RFC 3207). However
it ends, the end is a value.
"""

import math
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mailcore.errors import (
    ConfigurationError,
    ConnectionLost,
    CouldNotConnect,
    MailcoreError,
    ProtocolBroken,
    ServiceRefused,
    STARTTLSInjected,
    STARTTLSUnavailable,
    TimedOut,
)
from mailcore.net.addresses import check_port, host_name
from mailcore.net.backend import Backend, Stream
from mailcore.net.connect import connect_host
from mailcore.net.stream import SocketStream
from mailcore.net.tls import TLS, upgrade_to_tls
from mailcore.net.tls_peer import TLSPeer, read_peer
from mailcore.reply import Reply
from mailcore.smtp.conversation.codec import (
    Extensions,
    ReplyReader,
    address_literal,
    command_line,
    read_extensions,
)

__all__ = ["Probe", "Probed"]

TIMEOUT = 15.0  # seconds for one server, every address included
QUIT_TIMEOUT = 2.0  # seconds for taking leave
ADDRESS_LIMIT = 4  # addresses of a server that are tried

SERVICE_READY = 220
SERVICE_CLOSING = 421

# How a server of RFC 821 answers EHLO; it knows no extension (RFC 5321 3.2).
_UNKNOWN_COMMAND = {500, 502}


@dataclass(frozen=True, slots=True)
class Probed:
    """How far it went. `failure` is what ended it early, with its `stage`.

    `offers_starttls` is None where the server did not get to say. `peer` is there after a handshake.
    `time` is when it was (UTC).
    """

    time: datetime
    offers_starttls: bool | None = None
    peer: TLSPeer | None = None
    failure: MailcoreError | None = None

    @property
    def is_failure(self) -> bool:
        """Whether it ended early: another try may go further."""
        return self.failure is not None


@dataclass(frozen=True, slots=True)
class Probe:
    """A server to look at: `host`, at the first of `addresses` that takes the connection.

    The certificate is judged as `tls` says, and has to be the host's. `timeout` is in seconds.
    `local_name` is what EHLO says; by default the address of this end.
    """

    host: str
    addresses: tuple[str, ...]
    port: int = 25
    tls: TLS = field(default_factory=TLS)
    timeout: float = TIMEOUT
    local_name: str | None = None

    def __post_init__(self) -> None:
        host_name(self.host)
        check_port(self.port)
        if self.local_name is not None:
            host_name(self.local_name)
        if not self.addresses:
            raise ConfigurationError(f"{self.host} needs an address to be reached at")
        if not 0 < self.timeout < math.inf:
            raise ConfigurationError(f"a server needs a finite time: not {self.timeout} seconds")

    async def run(self, backend: Backend, *, deadline: float) -> Probed:
        """Look; raises `ConfigurationError` only where a file of `tls` cannot be used."""
        self.tls.load()
        now = datetime.now(UTC)
        until = min(deadline, backend.now() + self.timeout)
        try:
            stream = await self._connect(backend, until)
        except MailcoreError as error:
            return Probed(now, failure=error.locate(host=self.host, stage="connect"))
        conversation = _Conversation(stream, until)
        try:
            extensions = await conversation.begin(self.local_name)
            if "STARTTLS" not in extensions:
                await conversation.quit(backend)
                return Probed(now, offers_starttls=False)
            return await self._start_tls(backend, conversation, now)
        except MailcoreError as error:
            return Probed(now, failure=error.locate(host=self.host, stage=conversation.stage))
        finally:
            stream.abort()

    async def _connect(self, backend: Backend, deadline: float) -> SocketStream:
        """Connect to the first address that can be; each has its share of the time."""
        addresses = self.addresses[:ADDRESS_LIMIT]
        for left in range(len(addresses), 1, -1):
            share = backend.now() + (deadline - backend.now()) / left
            with suppress(CouldNotConnect, TimedOut):
                return await connect_host(backend, addresses[-left], self.port, deadline=share)
        return await connect_host(backend, addresses[-1], self.port, deadline=deadline)

    async def _start_tls(
        self, backend: Backend, conversation: "_Conversation", now: datetime
    ) -> Probed:
        try:
            peer = await conversation.start_tls(self.tls, self.host)
        except MailcoreError as error:
            failure = error.locate(host=self.host, stage="STARTTLS")
            return Probed(now, offers_starttls=True, failure=failure)
        await conversation.quit(backend)
        return Probed(now, offers_starttls=True, peer=peer)


class _Conversation:
    """The few words with the server, all by one deadline; `stage` is the one that is under way."""

    def __init__(self, stream: SocketStream, deadline: float) -> None:
        self._raw = stream
        self._stream: Stream = stream
        self._deadline = deadline
        self._reader = ReplyReader()
        self.stage = "greeting"

    async def begin(self, local_name: str | None) -> Extensions:
        """Be greeted, and learn what the server can; raises `ServiceRefused` where it does not serve."""
        reply = await self._reply()
        if reply.code != SERVICE_READY:
            raise _refusal(reply)
        reply = await self._say("EHLO", local_name or address_literal(self._raw.local_address))
        if reply.code in _UNKNOWN_COMMAND:
            return Extensions("", {})
        if not reply.is_positive:
            raise _refusal(reply)
        return read_extensions(reply)

    async def start_tls(self, tls: TLS, host: str) -> TLSPeer:
        """Make the connection private, and tell who is there."""
        reply = await self._say("STARTTLS")
        if reply.code != SERVICE_READY:
            raise STARTTLSUnavailable(f"the server refuses STARTTLS: {reply}", reply=reply)
        if not self._reader.is_empty:
            raise STARTTLSInjected("the server spoke before the TLS handshake")
        stream = await upgrade_to_tls(self._raw, tls, host, deadline=self._deadline)
        self._stream = stream
        return read_peer(stream)

    async def quit(self, backend: Backend) -> None:
        """Take leave; a server that does not answer changes nothing any more."""
        self._deadline = min(self._deadline, backend.now() + QUIT_TIMEOUT)
        with suppress(MailcoreError):
            await self._say("QUIT")
            await self._stream.close(deadline=self._deadline)

    async def _say(self, *words: str) -> Reply:
        self.stage = words[0]
        if not self._reader.is_empty:
            raise ProtocolBroken("the server gave more answers than it was asked for")
        line = command_line(*words)
        self._reader.feed(await self._stream.exchange(line, deadline=self._deadline))
        reply = await self._reply()
        if reply.code == SERVICE_CLOSING:
            raise _refusal(reply)
        return reply

    async def _reply(self) -> Reply:
        while (reply := self._reader.next()) is None:
            received = await self._stream.receive(deadline=self._deadline)
            if not received:
                raise ConnectionLost("the server closed the connection")
            self._reader.feed(received)
        return reply


def _refusal(reply: Reply) -> MailcoreError:
    if reply.is_negative:
        return ServiceRefused(f"the server does not serve: {reply}", reply=reply)
    return ProtocolBroken(f"the protocol knows no such answer here: {reply}", reply=reply)
