"""One SMTP conversation, from the greeting to QUIT (RFC 5321), for both colours.

A session is in step with its server, or it is aborted: any timeout, cancellation or nonsense in the
middle of a verb closes the connection. A plain refusal leaves it usable.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from math import inf
from typing import TypeVar

from mailcore.errors import (
    AuthenticationFailed,
    ConnectionLost,
    MailcoreError,
    ProtocolBroken,
    ServiceRefused,
    STARTTLSInjected,
    STARTTLSUnavailable,
)
from mailcore.net.backend import Backend, Stream, Waitable
from mailcore.net.tls import TLS, TLSStream, upgrade_to_tls
from mailcore.reply import Reply
from mailcore.sasl import Channel, Credentials, Mechanism, Password, choose
from mailcore.sasl.redaction import Redaction
from mailcore.secret import Secret
from mailcore.smtp.conversation.codec import (
    Extensions,
    ReplyReader,
    command_line,
    decode_challenge,
    encode_response,
    read_extensions,
)
from mailcore.smtp.conversation.parameters import check_offer, mail_command, recipient_commands
from mailcore.smtp.conversation.pipeline import Pipeline
from mailcore.smtp.conversation.transaction import Transaction
from mailcore.smtp.events import Closed, Connected, Event, Heard, Said, Secured
from mailcore.smtp.timeouts import Timeouts
from mailcore.transport import Outgoing, Receipt

E = TypeVar("E", bound=MailcoreError)

__all__ = ["SMTPSession"]

#: How long a connection is idle before the server may be gone, in a row of messages.
REST_SECONDS = 1.0

SERVICE_READY = 220
CONTINUE_AUTHENTICATION = 334
SERVICE_CLOSING = 421

# How a server of RFC 821 answers EHLO (RFC 5321 3.2).
_UNKNOWN_COMMAND = {500, 501, 502, 504, 550}


class SMTPSession:
    """The conversation over one connection; one verb at a time.

    What it says, LMTP says too, but for its first word, and for a reply to each recipient at the end
    (RFC 2033). `without` are extensions that are not used though they are offered. `count` is the number
    of messages that it was given.
    """

    def __init__(
        self,
        stream: Stream,
        backend: Backend,
        timeouts: Timeouts,
        *,
        is_private: bool = False,
        is_lmtp: bool = False,
        without: Collection[str] = (),
        tell: Callable[[Event], None] | None = None,
    ) -> None:
        self._stream = stream
        self._backend = backend
        self._timeouts = timeouts
        self.is_private: bool = is_private
        self._is_lmtp = is_lmtp
        self._without = without
        self._tell = tell
        self._redaction = Redaction()
        self._reader = ReplyReader()
        self._pipeline = Pipeline(pipelining=False, chunking=False)
        self.is_open: bool = True
        self._is_in_step = True
        self._is_writing = False  # a message, of which an interruption would leave a part
        self._waits_since: float | None = None
        self.last_heard: float = backend.now()
        self.count: int = 0
        self._command: str | None = None
        self.extensions: Extensions = Extensions("", {})

    def is_quiet(self) -> bool:
        """Tell whether the last verb came to its end, and the server has kept silent since.

        If it has not, it is going or gone.
        """
        in_step = self._is_in_step and self._reader.is_empty and self._pipeline.is_idle
        in_step &= not self._pipeline.is_closing
        return self.is_open and in_step and self._stream.is_quiet()

    def abort(self, error: Exception | None = None) -> None:
        """Close the connection now, without a word; tell why, if it is for an error."""
        if self.is_open and self._tell is not None:
            self._tell(
                Closed(self._stream.host, error if isinstance(error, MailcoreError) else None)
            )
        self.is_open = False
        self._stream.abort()

    async def greet(self) -> None:
        """Read the greeting; raises `ServiceRefused` where it is no welcome."""
        if self._tell is not None:
            self._tell(Connected(self._stream.host))
        self._tell_of_tls()
        with self._during("greeting"):
            reply = await self._reply(self._deadline(self._timeouts.greeting))
            if reply.code != SERVICE_READY:
                raise self._refusal(ServiceRefused, "the server does not serve", reply)

    async def hello(self, name: str) -> None:
        """Introduce this client, and learn what the server can; HELO for those that know no EHLO."""
        self.extensions = Extensions("", {})
        verb = "LHLO" if self._is_lmtp else "EHLO"
        reply = await self._say(verb, name)
        if reply.is_positive:
            self.extensions = read_extensions(reply, without=self._without)
        elif reply.code in _UNKNOWN_COMMAND and not self._is_lmtp:
            reply = await self._say("HELO", name)
        if not reply.is_positive:
            raise self._refusal(ServiceRefused, "the server does not serve", reply, stage=verb)
        self._pipeline = Pipeline(
            pipelining="PIPELINING" in self.extensions,
            chunking="CHUNKING" in self.extensions,
            is_lmtp=self._is_lmtp,
            told=self._tell_of_command if self._tell else None,
        )

    async def start_tls(self, tls: TLS, host: str) -> None:
        """Make the connection private (RFC 3207); what was learnt before it is forgotten."""
        if "STARTTLS" not in self.extensions:
            error = self._unable(
                STARTTLSUnavailable,
                "the server does not offer STARTTLS, or somebody on the way hides it",
                stage="STARTTLS",
            )
            raise error.advise('If the server has a TLS port, use security="tls" (port 465).')
        reply = await self._say("STARTTLS")
        if not reply.is_positive:
            raise self._refusal(
                STARTTLSUnavailable, "the server offers STARTTLS and refuses it", reply
            )
        with self._during("STARTTLS"):
            if not self._reader.is_empty:
                raise STARTTLSInjected("the server spoke before the TLS handshake")
            self._stream = await upgrade_to_tls(
                self._stream, tls, host, deadline=self._deadline(self._timeouts.tls)
            )
        self.is_private = True
        self._tell_of_tls()
        self.extensions = Extensions("", {})

    async def authenticate(
        self, credentials: Credentials, *, host: str, port: int, token: Secret | None = None
    ) -> None:
        """Prove who we are, by the strongest mechanism offered (RFC 4954); `token` is that of `OAuth2`."""
        offered = self.extensions.mechanisms
        try:
            channel = Channel.over(self._stream, host, port)
            mechanism = choose(credentials, offered, channel=channel, token=token)
        except AuthenticationFailed as error:
            error.locate(host=self._stream.host, stage="AUTH")
            raise
        said = _initial_response(mechanism)
        self._redaction.add(*said, *_secrets(credentials, token))
        reply = await self._say("AUTH", mechanism.name, *said)
        while reply.code == CONTINUE_AUTHENTICATION:
            challenge, reply = Secret(reply.text), self._without_secrets(reply)
            with self._during("AUTH"):
                response = encode_response(mechanism.respond(decode_challenge(challenge.reveal())))
            self._redaction.add(response)
            reply = await self._say(response, stage="AUTH")
        if not reply.is_positive:
            why = f" ({mechanism.refusal})" if mechanism.refusal else ""
            raise self._refusal(
                AuthenticationFailed,
                f"the credentials were not accepted{why}",
                reply,
                stage="AUTH",
            )
        with self._during("AUTH"):
            mechanism.check_success()

    @property
    def under_way(self) -> int:
        """The number of messages without a result."""
        return self._pipeline.under_way

    def add(
        self, outgoing: Outgoing, *, after_rest: bool = False, moved: Transaction | None = None
    ) -> Transaction:
        """Have a message sent after those under way; raises at once what the server does not offer.

        `after_rest` is for a connection that has lain idle: the server may be gone. `moved` is what the
        message's transaction was over a connection that broke.
        """
        try:
            check_offer(outgoing, self.extensions, is_private=self.is_private)
        except MailcoreError as error:
            error.locate(host=self._stream.host, stage="MAIL")
            raise
        if after_rest or self._backend.now() - self.last_heard > REST_SECONDS:
            self._pipeline.rest()
        self.count += 1
        transaction = Transaction(
            outgoing,
            mail_command(outgoing, self.extensions),
            recipient_commands(outgoing.envelope),
        )
        transaction.was_hit = moved is not None and moved.was_hit
        self._pipeline.add(transaction)
        return transaction

    @property
    def waitable(self) -> Waitable:
        """What to wait on until the server answers."""
        return self._stream.waitable

    @property
    def patience(self) -> float:
        """Until when the next answer is waited for: its time begins when the one before it was heard."""
        if self._waits_since is None:
            self._waits_since = self._backend.now()
        until = self._waits_since + self._timeouts.of(self._pipeline.stage)
        if not self._pipeline.is_closing:
            return until
        return min(until, self.last_heard + self._timeouts.quit)

    async def settle(
        self, transaction: Transaction, *, is_alone: bool = False
    ) -> Receipt | Exception:
        """Go on until a transaction has its result; where the connection breaks, all of them have one.

        An interruption breaks it too, but for one that `is_alone`: then the others are somebody else's.
        """
        with self._breaking(alone=transaction if is_alone else None):
            self._hear()
            while transaction.result is None:
                await self._go_on()
                self._hear()
        if (result := transaction.result) is None:
            raise RuntimeError("a conversation ended without a result")
        if isinstance(result, MailcoreError):
            result.locate(host=self._stream.host)
        return result

    async def advance(self) -> None:
        """Go on as far as there is nothing to wait for."""
        with self._breaking():
            while True:
                self._hear()
                if (data := self._pipeline.next_write()) is not None:
                    await self._write(data)
                elif self._pipeline.is_idle or self._stream.is_quiet():
                    return
                else:
                    await self._listen()

    @contextmanager
    def _breaking(self, *, alone: Transaction | None = None) -> Iterator[None]:
        """Break the conversation where what is done inside fails: what was under way has its result then."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - what a message's source raises is its result too
            self._break(error)
        except BaseException:
            if self._is_writing or alone is None or not self._pipeline.give_up(alone):
                self._break(ConnectionLost("the conversation was interrupted"))
            raise

    async def drain(self) -> None:
        """Go on until nothing is under way."""
        if (newest := self._pipeline.newest) is not None:
            await self.settle(newest)

    async def _go_on(self) -> None:
        """Write what can be, or wait for an answer."""
        if (data := self._pipeline.next_write()) is not None:
            await self._write(data)
        elif self._pipeline.is_closing:
            if not self._pipeline.is_handed_over:
                raise ConnectionLost("the server closes the connection")
            await self._listen()
        elif not self._pipeline.is_idle:
            await self._listen()

    async def _write(self, data: bytes) -> None:
        deadline = self._deadline(self._timeouts.data_block)
        self._is_writing = True
        self._reader.feed(await self._stream.exchange(data, deadline=deadline))
        self._is_writing = False

    async def _listen(self, *, until: float = inf) -> None:
        """Wait for what comes in."""
        received = await self._stream.receive(deadline=min(self.patience, until))
        if not received:
            raise ConnectionLost("the server closed the connection")
        self._reader.feed(received)

    def _hear(self) -> None:
        while (reply := self._next_reply()) is not None:
            self._waits_since = None
            self.last_heard = self._backend.now()
            self._tell_of_reply(reply)
            self._pipeline.take(reply)

    async def finish(self, *, seconds: float) -> None:
        """Hear what becomes of what was handed over; what was not, is not sent, and the connection closed."""
        until = self._backend.now() + seconds
        with self._breaking():
            self._hear()
            while self._pipeline.is_handed_over:
                await self._listen(until=until)
                self._hear()
        if not self._pipeline.is_idle:
            self._break(ConnectionLost("it was not sent, as nobody waits for it any more"))

    def _break(self, error: Exception) -> None:
        """Close the connection, and give each transaction under way its result."""
        self.abort(error)
        if isinstance(error, MailcoreError):
            error.locate(host=self._stream.host, stage=self._pipeline.stage)
        self._pipeline.end(error)

    async def quit(self) -> None:
        """Take leave and close; a server that does not answer changes nothing any more."""
        if not self.is_open:
            return
        try:
            await self._say("QUIT", seconds=self._timeouts.quit)
            await self._stream.close(deadline=self._deadline(self._timeouts.quit))
        except MailcoreError:
            pass  # everything that mattered was answered before
        finally:
            self.abort()

    async def _say(
        self,
        verb: str | Secret,
        *words: str | Secret,
        stage: str | None = None,
        seconds: float | None = None,
    ) -> Reply:
        """Send one command and read its reply; 421 ends the session, whatever was asked."""
        stage = stage or str(verb)
        seconds = seconds or self._timeouts.command
        line = command_line(verb, *words)
        self._command = " ".join(map(str, (verb, *words)))
        self._tell_of_command(self._command)
        with self._during(stage):
            self._check_silence()
            deadline = self._deadline(seconds)
            self._is_in_step = False
            self._reader.feed(await self._stream.exchange(line, deadline=deadline))
            reply = await self._reply(deadline)
            if reply.code == SERVICE_CLOSING:
                raise self._refusal(ServiceRefused, "the server closes the connection", reply)
            # After 334 and 354 the server waits for the rest, and nothing else may be said.
            self._is_in_step = not reply.is_intermediate
            return reply

    def _check_silence(self) -> None:
        """See that nothing came in unasked: it would be taken for the next answer."""
        if not self._reader.is_empty:
            raise ProtocolBroken("the server gave more answers than it was asked for")

    async def _reply(self, deadline: float) -> Reply:
        while (reply := self._next_reply()) is None:
            received = await self._stream.receive(deadline=deadline)
            if not received:
                raise ConnectionLost("the server closed the connection")
            self._reader.feed(received)
        self._tell_of_reply(reply)
        return reply

    def _next_reply(self) -> Reply | None:
        """Give what was answered, without what we have said of ourselves; a challenge is kept as it is."""
        reply = self._reader.next()
        return reply if reply is None or reply.is_intermediate else self._without_secrets(reply)

    def _without_secrets(self, reply: Reply) -> Reply:
        return Reply(reply.code, tuple(map(self._redaction.clean, reply.lines)))

    def _tell_of_command(self, command: str) -> None:
        if self._tell is not None:
            self._tell(Said(self._stream.host, command))

    def _tell_of_reply(self, reply: Reply) -> None:
        if self._tell is not None:
            self._tell(Heard(self._stream.host, self._without_secrets(reply)))

    def _tell_of_tls(self) -> None:
        if self._tell is not None and isinstance(self._stream, TLSStream):
            stream = self._stream
            self._tell(Secured(stream.host, stream.version, stream.cipher))

    def _deadline(self, seconds: float) -> float:
        return self._backend.now() + seconds

    @contextmanager
    def _during(self, stage: str) -> Iterator[None]:
        """Abort the session if what is done inside does not come to its end."""
        try:
            yield
        except BaseException as error:
            self.abort(error if isinstance(error, MailcoreError) else None)
            if isinstance(error, MailcoreError):
                error.locate(host=self._stream.host, stage=stage, command=self._command)
            raise

    def _refusal(
        self, kind: type[MailcoreError], what: str, reply: Reply, *, stage: str | None = None
    ) -> MailcoreError:
        """Give the error that a reply is: a refusal, or out of step where it is not even that."""
        if reply.is_negative:
            error = kind(f"{what}: {reply}", reply=reply)
        else:
            self.abort()
            error = ProtocolBroken(f"the protocol knows no such answer here: {reply}", reply=reply)
        return error.locate(host=self._stream.host, stage=stage, command=self._command)

    def _unable(self, kind: type[E], why: str, *, stage: str = "MAIL") -> E:
        return kind(why, host=self._stream.host, stage=stage)


def _initial_response(mechanism: Mechanism) -> list[Secret]:
    """Give what goes with the AUTH command; an empty response is "=" (RFC 4954 4)."""
    response = mechanism.initial_response()
    if response is None:
        return []
    return [encode_response(response) if response else Secret("=")]


def _secrets(credentials: Credentials, token: Secret | None) -> list[Secret]:
    password = [credentials.secret] if isinstance(credentials, Password) else []
    return [*password, token] if token else password
