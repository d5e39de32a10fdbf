"""Many transactions in one conversation: what to write next, and whose each reply is; without I/O.

With PIPELINING a transaction's commands go out in one group, and behind the end of one message's data
the next one's (RFC 2920); with CHUNKING as well, a small message goes out with its commands, and the next
ones behind it, unanswered (RFC 3030). A message never follows DATA before its 354. Without PIPELINING
each command waits for its answer.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from typing import Literal, NamedTuple

from mailcore.errors import (
    ConnectionLost,
    ContentRefused,
    MailcoreError,
    OutcomeUnknown,
    ProtocolBroken,
    ServiceRefused,
)
from mailcore.reply import Reply
from mailcore.smtp.conversation.codec import command_group, stuff_dots
from mailcore.smtp.conversation.transaction import Transaction, unknown_answer

__all__ = ["EAGER_BYTES", "WRITE_BYTES", "Pipeline", "Stage"]

#: How much of a message is written at once.
WRITE_BYTES = 256 * 1024
#: Up to what size a message goes out before its sender and recipients are answered for, if it can.
EAGER_BYTES = 64 * 1024

START_DATA = 354
SERVICE_CLOSING = 421

Stage = Literal["RSET", "MAIL", "RCPT", "DATA", "BDAT", "end of data"]


class _Said(NamedTuple):
    """A command, or an end of data, whose reply has to come."""

    stage: Stage
    transaction: Transaction
    command: str
    recipient: str = ""


class _Farewell(NamedTuple):
    """The 421 by which a server closes the connection, and the transaction that it answers.

    `was_touched` is whether the server had answered its MAIL before; `is_certain`, that nobody gets it.
    """

    error: ServiceRefused
    transaction: Transaction
    was_touched: bool
    is_certain: bool


class Pipeline:
    """The transactions of one conversation, in order; `told` is what is said, content by its length."""

    def __init__(
        self,
        *,
        pipelining: bool,
        chunking: bool,
        is_lmtp: bool = False,
        told: Callable[[str], None] | None = None,
    ) -> None:
        self._told = told
        self._pipelining = pipelining
        self._chunking = chunking
        self._is_lmtp = is_lmtp
        self._unfinished: deque[Transaction] = deque()
        self._waiting: deque[Transaction] = deque()  # of which nothing was said yet
        self._unsaid: deque[_Said] = deque()  # what is left of the open one's commands
        self._said: deque[_Said] = deque()
        self._open: Transaction | None = None  # whose content is not written to its end
        self._content: Iterator[bytes] | None = None
        self._last: _Said | None = None
        self._is_clean = True  # whether the server has no transaction that would have to be reset
        self._is_proven = True  # whether the server is known to be there still
        self._farewell: _Farewell | None = None
        self._has_served = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._unfinished

    @property
    def is_closing(self) -> bool:
        """Whether the server has said that it closes the connection."""
        return self._farewell is not None

    @property
    def is_handed_over(self) -> bool:
        """Whether the oldest message under way may be delivered already."""
        return bool(self._unfinished) and self._unfinished[0].is_handed_over

    @property
    def under_way(self) -> int:
        """The number of transactions without a result."""
        return len(self._unfinished)

    @property
    def stage(self) -> Stage:
        """What the reply to come answers, or what is being written."""
        if self._said:
            return self._said[0].stage
        return "DATA" if self._content else "MAIL"

    @property
    def newest(self) -> Transaction | None:
        """The last transaction without a result."""
        return self._unfinished[-1] if self._unfinished else None

    def rest(self) -> None:
        """Note that an idle connection was not used just now: the server may be gone."""
        if self.is_idle and self._has_served:
            self._is_proven = False

    def add(self, transaction: Transaction) -> None:
        """Have a message sent, after those before it."""
        self._unfinished.append(transaction)
        self._waiting.append(transaction)

    def give_up(self, transaction: Transaction) -> bool:
        """Tell whether the others can go on, as nobody waits for this one any more.

        If nothing was said of it yet, it is not sent; if it was handed over, its answer is heard as any.
        """
        if all(one is transaction for one in self._unfinished):
            return False
        if transaction in self._waiting:
            self._waiting.remove(transaction)
            self._unfinished.remove(transaction)
            return True
        return transaction.is_handed_over

    def next_write(self) -> bytes | None:
        """Give what is to be written now; None where an answer has to come first."""
        if self.is_closing or (self._said and not self._pipelining):
            return None
        if self._content is None and self._open is not None:
            if self._said:
                return None
            if self._unsaid:
                return self._say()
            self._content = self._content_of(self._open)
        if self._content is None:
            return self._begin() or None
        return next(self._content, b"") or self.next_write()

    def take(self, reply: Reply) -> None:
        """Hear a reply; raises what ends the conversation."""
        if not self._said:
            self._take_early(reply)
            return
        said = self._said[0]
        if reply.code == SERVICE_CLOSING and self._farewell is None:
            self._take_farewell(said, reply)
        self._is_proven = True
        self._hear(said, reply)
        if self._is_lmtp and said.stage == "end of data" and said.transaction.owes_final_replies:
            return
        self._said.popleft()
        transaction = said.transaction
        transaction.awaited -= 1
        if transaction.is_said and not transaction.awaited:
            self._conclude(transaction)

    def end(self, error: Exception) -> None:
        """Note that the conversation broke: each transaction under way gets its own result."""
        hit: Transaction | None = self._said[0].transaction if self._said else self._open
        farewell = self._farewell
        if farewell is not None and (error is farewell.error or isinstance(error, ConnectionLost)):
            host = error.host if isinstance(error, MailcoreError) else None
            error, hit = farewell.error.locate(host=host), farewell.transaction
            hit.is_touched = farewell.was_touched
            hit.refusal = None if hit.refusal is error else hit.refusal
            hit.is_handed_over &= not farewell.is_certain
        for transaction in self._unfinished:
            is_hit = transaction is hit
            transaction.result = transaction.refusal or self._loss(
                transaction, error, is_hit=is_hit
            )
        self._unfinished.clear()
        self._waiting.clear()
        self._said.clear()
        self._open = self._content = self._farewell = None

    def _loss(self, transaction: Transaction, error: Exception, *, is_hit: bool) -> Exception:
        if transaction.is_handed_over:
            why = error.args[0] if isinstance(error, MailcoreError) else error
            unknown = OutcomeUnknown(
                f"the message was handed over and no answer came ({why}): it may have been delivered",
                stage="end of data",
            )
            unknown.__cause__ = error
            return unknown.locate(host=error.host if isinstance(error, MailcoreError) else None)
        transaction.can_move = not transaction.is_touched
        if is_hit:
            transaction.can_move &= self._has_served and not transaction.was_hit
            transaction.was_hit = True
            return error
        if isinstance(error, MailcoreError):
            return copy(error)
        return ConnectionLost("the connection was given up for another message's sake")

    # --- what is written ---

    def _begin(self) -> bytes:
        """Begin the next transactions, as many as can go out unanswered."""
        out: list[bytes] = []
        length = 0
        while self._waiting and self._open is None and length < WRITE_BYTES:
            transaction = self._waiting.popleft()
            is_eager = self._is_eager(transaction)
            try:
                content = b"".join(transaction.outgoing.chunks()) if is_eager else b""
            except Exception as error:  # noqa: BLE001 - whatever a source raises, it is its own message's
                transaction.result = error
                self._unfinished.remove(transaction)
                continue
            self._unsaid.extend(self._commands(transaction))
            self._open = transaction
            out.append(self._say())
            if is_eager:
                out.append(self._chunk(transaction, content, is_last=True))
            length += sum(map(len, out[-2:]))
        return b"".join(out)

    def _is_eager(self, transaction: Transaction) -> bool:
        can = self._chunking and self._pipelining and self._is_proven and not transaction.was_hit
        return can and transaction.outgoing.size <= EAGER_BYTES

    def _commands(self, transaction: Transaction) -> Iterator[_Said]:
        """Give a transaction's commands; RSET first, unless the one before it is surely over."""
        if not self._is_clean:
            yield _Said("RSET", transaction, "RSET")
        self._is_clean = False
        yield _Said("MAIL", transaction, transaction.mail)
        for recipient, command in zip(
            transaction.outgoing.envelope.recipients, transaction.recipients, strict=True
        ):
            yield _Said("RCPT", transaction, command, recipient)
        if not self._chunking:
            yield _Said("DATA", transaction, "DATA")

    def _say(self) -> bytes:
        """Say what is left of the open transaction's commands; without PIPELINING, the next one."""
        group = [*self._unsaid] if self._pipelining else [self._unsaid[0]]
        for said in group:
            self._unsaid.popleft()
            self._await(said)
            if self._told is not None:
                self._told(said.command)
        return command_group(said.command for said in group)

    def _await(self, said: _Said) -> None:
        said.transaction.awaited += 1
        self._said.append(said)
        self._last = said

    def _content_of(self, transaction: Transaction) -> Iterator[bytes] | None:
        """Give what follows the commands of a transaction, now that they are answered."""
        transaction.take_envelope()
        if transaction.is_in_data:
            if transaction.is_hopeless:  # RFC 2920 3.1: then it has to be ended, without content
                return self._data(transaction, iter(()))
            return self._data(transaction, transaction.outgoing.chunks())
        if transaction.is_hopeless:
            self._close(transaction)
            return None
        return self._chunks(transaction)

    def _data(self, transaction: Transaction, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Give the lines, dot and all, and what can go out behind them."""
        for piece, is_last in _in_pieces(stuff_dots(chunks)):
            if not is_last:
                yield piece
                continue
            transaction.is_handed_over = not transaction.is_hopeless
            self._is_clean = True  # whatever is answered to it (RFC 5321 4.1.1.4)
            self._await(_Said("end of data", transaction, "DATA"))
            self._close(transaction)
            self._tell_of_content(transaction)
            yield piece + (self._begin() if self._pipelining else b"")

    def _chunks(self, transaction: Transaction) -> Iterator[bytes]:
        for piece, is_last in _in_pieces(transaction.outgoing.chunks()):
            if transaction.is_hopeless:  # a chunk was refused: no more of them (RFC 3030 2)
                self._close(transaction)
                return
            chunk = self._chunk(transaction, piece, is_last=is_last)
            yield chunk + (self._begin() if is_last and self._pipelining else b"")

    def _chunk(self, transaction: Transaction, data: bytes, *, is_last: bool) -> bytes:
        command = f"BDAT {len(data)} LAST" if is_last else f"BDAT {len(data)}"
        self._await(_Said("end of data" if is_last else "BDAT", transaction, command))
        if self._told is not None:
            self._told(command)
        if is_last:
            self._tell_of_content(transaction)
            transaction.is_handed_over = True
            self._close(transaction)
        return b"%b\r\n%b" % (command.encode(), data)

    def _tell_of_content(self, transaction: Transaction) -> None:
        if self._told is not None:
            self._told(f"({transaction.outgoing.size} bytes)")

    def _close(self, transaction: Transaction) -> None:
        """Note that nothing more is to be said of a transaction."""
        transaction.is_said = True
        self._open = self._content = None
        if not transaction.awaited:
            self._conclude(transaction)

    # --- what is heard ---

    def _take_farewell(self, said: _Said, reply: Reply) -> None:
        """Hear that the server closes the connection, and of whom: nobody gets a message whose MAIL it answers so.

        There are servers that say so and go on, even with the same message, for its other recipients. So
        the answers are waited for of what was handed over; what is not answered then may be delivered.
        """
        error = ServiceRefused(
            f"the server closes the connection: {reply}",
            reply=reply,
            stage=said.stage,
            command=said.command,
        )
        transaction = said.transaction
        is_certain = self._is_last_word(said)
        self._farewell = _Farewell(error, transaction, transaction.is_touched, is_certain)
        transaction.closing = error
        if is_certain:
            transaction.refusal = transaction.refusal or error
        behind = any(one.is_handed_over for one in self._unfinished if one is not transaction)
        if not behind and (is_certain or not transaction.is_handed_over):
            raise error

    def _is_last_word(self, said: _Said) -> bool:
        """Tell whether nobody gets a message if this is refused."""
        match said.stage:
            case "RSET":
                return False
            case "RCPT":
                return len(said.transaction.recipients) == 1
            case "end of data":
                return not self._is_lmtp or said.transaction.has_one_recipient
        return True

    def _hear(self, said: _Said, reply: Reply) -> None:
        transaction = said.transaction
        match said.stage:
            case "RSET":
                if not reply.is_positive:
                    raise ServiceRefused(f"RSET was refused: {reply}", reply=reply, stage="RSET")
            case "MAIL":
                transaction.take_mail(reply)
                if transaction.is_hopeless:
                    self._unsaid.clear()
            case "RCPT":
                transaction.take_recipient(said.recipient, reply)
                if self._unsaid and self._unsaid[0].stage == "DATA":
                    self._check_recipients(transaction)
            case "DATA":
                self._take_data(transaction, reply)
            case "BDAT":
                transaction.take_content(reply, "BDAT", said.command)
            case "end of data":
                self._take_final(said, reply)

    def _check_recipients(self, transaction: Transaction) -> None:
        """See that there is anybody to say DATA for."""
        transaction.take_envelope()
        if transaction.is_hopeless:
            self._unsaid.clear()

    def _take_data(self, transaction: Transaction, reply: Reply) -> None:
        transaction.take_envelope()
        transaction.is_in_data = reply.code == START_DATA
        if transaction.is_in_data and not transaction.has_sender:
            raise ProtocolBroken("the server wants the content of a message without a sender")
        if not transaction.is_in_data and not transaction.is_hopeless:
            if reply.is_positive:
                raise unknown_answer(reply, "DATA")
            transaction.take_content(reply, "DATA", "DATA")

    def _take_final(self, said: _Said, reply: Reply) -> None:
        transaction = said.transaction
        transaction.take_envelope()
        transaction.take_final(reply, "end of data", said.command, is_lmtp=self._is_lmtp)
        if self._last is said and reply.is_positive:
            self._is_clean = True

    def _take_early(self, reply: Reply) -> None:
        """Hear what nobody asked for: within the data, the server refuses the rest of it."""
        if self._content is None or not (reply.is_negative and self._open):
            raise ProtocolBroken("the server gave more answers than it was asked for", reply=reply)
        self._open.take_content(reply, "DATA", "DATA")
        raise ContentRefused("the message was refused half-way", reply=reply, stage="DATA")

    def _conclude(self, transaction: Transaction) -> None:
        """Give a transaction its result: all of it is said and answered."""
        transaction.conclude(is_lmtp=self._is_lmtp)
        self._unfinished.remove(transaction)
        self._has_served = True


def _in_pieces(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Join small chunks, so that a small message is one write; tell of each piece whether it is the last."""
    gathered: list[bytes] = []
    length = 0
    for chunk in chunks:
        if length >= WRITE_BYTES:
            yield b"".join(gathered), False
            gathered, length = [], 0
        gathered.append(chunk)
        length += len(chunk)
    yield b"".join(gathered), True
