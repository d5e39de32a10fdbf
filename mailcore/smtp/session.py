"""One SMTP conversation, from the greeting to QUIT (RFC 5321), for both colours.

A session is in step with its server, or it is aborted: any timeout, cancellation or nonsense in the
middle of a verb closes the connection. A plain refusal leaves it usable.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from mailcore.errors import (
    AuthenticationFailed,
    ConnectionLost,
    ContentRefused,
    MailcoreError,
    OutcomeUnknown,
    ProtocolBroken,
    RecipientsRefused,
    Refused,
    SenderRefused,
    ServiceRefused,
    STARTTLSInjected,
    STARTTLSUnavailable,
    TimedOut,
    TLSFailed,
    Unsupported,
)
from mailcore.net.backend import Backend, Stream
from mailcore.net.tls import TLS, upgrade_to_tls
from mailcore.reply import Reply
from mailcore.sasl import Channel, Credentials, Mechanism, Password, choose
from mailcore.secret import Secret
from mailcore.smtp.codec import (
    Extensions,
    ReplyReader,
    command_line,
    decode_challenge,
    encode_response,
    read_extensions,
    stuff_dots,
)
from mailcore.smtp.timeouts import Timeouts
from mailcore.transport import Outgoing, Receipt

E = TypeVar("E", bound=MailcoreError)

__all__ = ["SMTPSession"]

#: How much of a message is written at once.
WRITE_BYTES = 256 * 1024

SERVICE_READY = 220
CONTINUE_AUTHENTICATION = 334
START_DATA = 354
SERVICE_CLOSING = 421

# How a server of RFC 821 answers EHLO (RFC 5321 3.2).
_UNKNOWN_COMMAND = {500, 501, 502, 504, 550}


class SMTPSession:
    """The conversation over one connection; one verb at a time."""

    def __init__(self, stream: Stream, backend: Backend, timeouts: Timeouts) -> None:
        self._stream = stream
        self._backend = backend
        self._timeouts = timeouts
        self._reader = ReplyReader()
        self.is_open: bool = True
        self._is_in_step = True
        self._in_transaction = False
        self._command: str | None = None
        self.extensions: Extensions = Extensions("", {})

    def is_quiet(self) -> bool:
        """Tell whether the last verb came to its end, and the server has kept silent since.

        If it has not, it is going or gone.
        """
        in_step = self._is_in_step and self._reader.is_empty
        return self.is_open and in_step and self._stream.is_quiet()

    def abort(self) -> None:
        """Close the connection now, without a word."""
        self.is_open = False
        self._stream.abort()

    async def greet(self) -> None:
        """Read the greeting; raises `ServiceRefused` where it is no welcome."""
        with self._during("greeting"):
            reply = await self._reply(self._deadline(self._timeouts.greeting))
            if reply.code != SERVICE_READY:
                raise self._refusal(ServiceRefused, "the server does not serve", reply)

    async def hello(self, name: str) -> None:
        """Introduce this client, and learn what the server can; HELO for those that know no EHLO."""
        self.extensions = Extensions("", {})
        reply = await self._say("EHLO", name)
        if reply.is_positive:
            self.extensions = read_extensions(reply)
        elif reply.code in _UNKNOWN_COMMAND:
            reply = await self._say("HELO", name)
        if not reply.is_positive:
            raise self._refusal(ServiceRefused, "the server does not serve", reply, stage="EHLO")

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
        reply = await self._say("AUTH", mechanism.name, *said)
        while reply.code == CONTINUE_AUTHENTICATION:
            with self._during("AUTH"):
                said.append(encode_response(mechanism.respond(decode_challenge(reply.text))))
            reply = await self._say(said[-1], stage="AUTH")
        if not reply.is_positive:
            why = f" ({mechanism.refusal})" if mechanism.refusal else ""
            raise self._refusal(
                AuthenticationFailed,
                f"the credentials were not accepted{why}",
                _without([*said, *_secrets(credentials, token)], reply),
                stage="AUTH",
            )
        with self._during("AUTH"):
            mechanism.check_success()

    async def transact(self, outgoing: Outgoing) -> Receipt:
        """Hand one message over; the receipt says for whom. Raises where it is for nobody."""
        try:
            return await self._transact(outgoing)
        except MailcoreError:
            raise  # still in step, or aborted where it was not
        except BaseException:
            self.abort()
            raise

    async def _transact(self, outgoing: Outgoing) -> Receipt:
        self._check_requirements(outgoing)
        if self._in_transaction:
            await self._reset()
        self._in_transaction = True
        await self._mail(outgoing)
        accepted, rejected = await self._recipients(outgoing.envelope.recipients)
        reply = await self._data(outgoing)
        return Receipt(
            accepted=accepted, rejected=rejected, reply=reply, message_id=outgoing.message_id
        )

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

    def _check_requirements(self, outgoing: Outgoing) -> None:
        """See that the server can take this message, before a word about it is said."""
        limit = self.extensions.size_limit
        if limit is not None and outgoing.size > limit:
            raise self._unable(
                ContentRefused, f"the message has {outgoing.size} bytes, the server takes {limit}"
            )
        if outgoing.needs_smtputf8 and "SMTPUTF8" not in self.extensions:
            raise self._unable(
                Unsupported, "an address or header is not ASCII, and the server lacks SMTPUTF8"
            )
        if outgoing.is_eight_bit and "8BITMIME" not in self.extensions:
            raise self._unable(
                Unsupported, "the message has 8-bit bytes, and the server lacks 8BITMIME"
            )

    async def _reset(self) -> None:
        """Have the last transaction forgotten; a server that does not would mix the recipients."""
        reply = await self._say("RSET")
        if not reply.is_positive:
            self.abort()
            raise self._refusal(ServiceRefused, "RSET was refused", reply, stage="RSET")

    async def _mail(self, outgoing: Outgoing) -> None:
        parameters = []
        if "SIZE" in self.extensions:
            parameters.append(f"SIZE={outgoing.size}")
        if outgoing.is_eight_bit:
            parameters.append("BODY=8BITMIME")
        if outgoing.needs_smtputf8:
            parameters.append("SMTPUTF8")
        reply = await self._say("MAIL", f"FROM:<{outgoing.envelope.mail_from}>", *parameters)
        if not reply.is_positive:
            raise self._refusal(SenderRefused, "the sender was refused", reply, stage="MAIL")

    async def _recipients(
        self, recipients: Iterable[str]
    ) -> tuple[tuple[str, ...], dict[str, Reply]]:
        """Name the recipients; give those accepted, and each other's reply."""
        accepted: list[str] = []
        rejected: dict[str, Reply] = {}
        for recipient in recipients:
            reply = await self._say("RCPT", f"TO:<{recipient}>")
            if reply.is_positive:
                accepted.append(recipient)
            elif reply.is_negative:
                rejected[recipient] = reply
            else:
                raise self._refusal(Refused, "the recipient was refused", reply, stage="RCPT")
        if not accepted:
            first, reply = next(iter(rejected.items()))
            raise RecipientsRefused(
                f"no recipient was accepted: <{first}> {reply}",
                rejected=rejected,
                host=self._stream.host,
                stage="RCPT",
                command=f"RCPT TO:<{first}>",
                reply=reply,
                recipient=first,
                retryable=any(reply.is_transient for reply in rejected.values()),
            )
        return tuple(accepted), rejected

    async def _data(self, outgoing: Outgoing) -> Reply:
        reply = await self._say("DATA", seconds=self._timeouts.data_start)
        if reply.code != START_DATA:
            raise self._refusal(ContentRefused, "the message was refused", reply, stage="DATA")
        with self._during("DATA"):
            reply = await self._content(outgoing)
        self._in_transaction = False
        if not reply.is_positive:
            raise self._refusal(ContentRefused, "the message was refused", reply, stage="DATA")
        return reply

    async def _content(self, outgoing: Outgoing) -> Reply:
        """Write the message, dot and all; from the piece with the dot on, a failure is unknown."""
        self._check_silence()
        handed_over = False
        try:
            for piece, handed_over in _with_last(_in_pieces(stuff_dots(outgoing.chunks()))):
                deadline = self._deadline(self._timeouts.data_block)
                self._reader.feed(await self._stream.exchange(piece, deadline=deadline))
                if not handed_over and (early := self._reader.next()) is not None:
                    raise self._refusal(ContentRefused, "the message was refused half-way", early)
            reply = _final(await self._reply(self._deadline(self._timeouts.data_end)))
            if reply.code == SERVICE_CLOSING:
                raise self._refusal(ServiceRefused, "the server closes the connection", reply)
        except (ConnectionLost, TimedOut, TLSFailed, ProtocolBroken) as error:
            if not handed_over:
                raise
            raise self._unable(
                OutcomeUnknown,
                f"the message was handed over and no answer came ({error.args[0]}):"
                " it may have been delivered",
                stage="end of data",
            ) from error
        self._is_in_step = True
        return reply

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
        while (reply := self._reader.next()) is None:
            received = await self._stream.receive(deadline=deadline)
            if not received:
                raise ConnectionLost("the server closed the connection")
            self._reader.feed(received)
        return reply

    def _deadline(self, seconds: float) -> float:
        return self._backend.now() + seconds

    @contextmanager
    def _during(self, stage: str) -> Iterator[None]:
        """Abort the session if what is done inside does not come to its end."""
        try:
            yield
        except BaseException as error:
            self.abort()
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


def _without(secrets: list[Secret], reply: Reply) -> Reply:
    """Give a reply without what was said: some servers repeat the command that they refuse."""
    text = reply.text
    for secret in sorted(filter(Secret.reveal, secrets), key=lambda one: -len(one.reveal())):
        text = text.replace(secret.reveal(), str(secret))
    return Reply(reply.code, tuple(text.split("\n")))


def _final(reply: Reply) -> Reply:
    """Check that a reply says yes or no."""
    if reply.is_positive or reply.is_negative:
        return reply
    raise ProtocolBroken(f"the server answered the message by {reply}")


def _in_pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Join small chunks, so that a small message is one write."""
    gathered: list[bytes] = []
    length = 0
    for chunk in chunks:
        gathered.append(chunk)
        length += len(chunk)
        if length >= WRITE_BYTES:
            yield b"".join(gathered)
            gathered, length = [], 0
    if gathered:
        yield b"".join(gathered)


def _with_last(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Tell for each piece whether it is the last."""
    piece = next(pieces)
    for following in pieces:
        yield piece, False
        piece = following
    yield piece, True
