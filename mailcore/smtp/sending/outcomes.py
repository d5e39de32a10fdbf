"""Many messages, and the outcome of each, in order, as it is asked for: `send_many`'s iterators.

Messages are taken from the caller's iterable, by the caller, no further ahead than `in_flight`. Between
two outcomes nothing is done; what is left when the loop is left is told to `on_outcome`.
"""

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Self

from mailcore.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionLost,
    InvalidMessage,
    MailcoreError,
)
from mailcore.message import Message
from mailcore.net.run import run
from mailcore.smtp.conversation.session import SMTPSession
from mailcore.smtp.conversation.transaction import Transaction
from mailcore.smtp.events import guarded
from mailcore.smtp.sending.sender import Place, Sender
from mailcore.transport import Envelope, Outcome, Outgoing, prepare
from mailcore.transport.many import AsyncItems, Items, as_pair, outcome_of

__all__ = ["IN_FLIGHT", "AsyncOutcomes", "Outcomes"]

#: How many messages can be under way on one connection, unless it is said.
IN_FLIGHT = 16
#: How long messages are gathered before those that are there are sent.
GATHER_SECONDS = 0.02

Hook = Callable[[Outcome], object]


@dataclass(slots=True, eq=False)
class _Job:
    """One message on its way."""

    message: Message | bytes
    envelope: Envelope | None
    place: Place | None = None
    error: MailcoreError | None = None

    @property
    def is_settled(self) -> bool:
        """Whether its outcome is known."""
        if self.error is not None:
            return True
        transaction = self.place and self.place.transaction
        return bool(transaction and transaction.result is not None and not transaction.can_move)

    @property
    def has_to_move(self) -> bool:
        """Whether its connection broke before it was handed over."""
        return bool(self.place and self.error is None and self.place.transaction.can_move)

    @property
    def outcome(self) -> Outcome:
        """What has become of it."""
        result = self.place.transaction.result if self.place and not self.error else self.error
        if result is None:
            raise RuntimeError("the message is still under way")
        return outcome_of(self.message, self.envelope, result)


class AsyncOutcomes:
    """The outcomes of many messages: `Sent`, `Partial`, `Rejected` or `Unknown`, in their order.

    It is iterated once, by one thread or task. `close`, or the end of a `with` block, waits for the answers
    to what was handed over and tells them to `on_outcome`; what was not handed over is not sent. Without
    that, what is left is told when the transport is used again, or closed.
    """

    def __init__(
        self,
        sender: Sender,
        messages: AsyncItems,
        *,
        in_flight: int | None,
        on_outcome: Hook | None,
    ) -> None:
        if in_flight is not None and in_flight < 1:
            raise ConfigurationError("in_flight is the number of messages under way, 1 or more")
        if isinstance(messages, Message | bytes | str | tuple):
            raise ConfigurationError("send_many takes an iterable of messages; send takes one")
        self._sender = sender
        self._source = _Source(messages)
        self._in_flight = in_flight or IN_FLIGHT * sender.connections
        self._on_outcome = on_outcome
        self._jobs: deque[_Job] = deque()
        self._locked_out: MailcoreError | None = None
        self._used: set[SMTPSession] = set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Outcome:
        try:
            while not (self._jobs and self._jobs[0].is_settled):
                await self._fill()
                if not self._jobs:
                    break
                await self._settle(self._jobs[0])
        except BaseException:
            self._leave()
            raise
        if self._jobs:
            return self._jobs.popleft().outcome
        if self._source.failure is not None:
            failure, self._source.failure = self._source.failure, None
            raise failure
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    def __del__(self) -> None:
        if getattr(self, "_jobs", None):
            self._leave()

    async def close(self) -> None:
        """Take no more messages, and tell `on_outcome` what has become of those not asked for yet."""
        for job in self._leave():
            if job.place is not None:
                await self._sender.finish(job.place)

    def _leave(self) -> list[_Job]:
        """Have what is left told to `on_outcome`, as it comes to be known."""
        self._source.is_over = True
        jobs, self._jobs = self._jobs, deque()
        for job in jobs:
            if job.place is None and job.error is None:
                job.error = ConnectionLost("it was not sent, as the loop was left before")
        if jobs:
            report = _Report(jobs, self._on_outcome)
            self._sender.leave([job.place for job in jobs if job.place], report.tell)
        return [*jobs]

    async def _fill(self) -> None:
        """Take messages while there is room; those that come slowly are not waited for."""
        backend = self._sender.backend
        until = backend.now() + GATHER_SECONDS
        while len(self._jobs) < self._in_flight and backend.now() < until:
            item = await self._source.next()
            if item is None:
                return
            job = _Job(*as_pair(item))
            self._jobs.append(job)
            if (outgoing := _prepare(job)) is not None:
                await self._submit(job, outgoing)

    async def _settle(self, job: _Job) -> None:
        """Wait for a message's outcome; where its connection broke, those behind it move with it."""
        if job.place is None or job.is_settled:
            return
        if not job.has_to_move:
            await self._sender.settle(job.place, [one.place for one in self._jobs if one.place])
        if not job.has_to_move:
            return
        for one in self._jobs:
            if one.place is not None and one.has_to_move:
                moved = one.place.transaction
                await self._submit(one, moved.outgoing, moved=moved)

    async def _submit(
        self, job: _Job, outgoing: Outgoing, *, moved: Transaction | None = None
    ) -> None:
        if self._locked_out is not None:
            job.error = self._locked_out
            return
        try:
            job.place = await self._sender.submit(outgoing, used=self._used, moved=moved)
        except MailcoreError as error:
            job.error = error
            # The same password again and again would lock the account.
            if isinstance(error, AuthenticationFailed) and not error.retryable:
                self._locked_out = error


class Outcomes:
    """The outcomes of many messages: `Sent`, `Partial`, `Rejected` or `Unknown`, in their order.

    It is iterated once, by one thread or task. `close`, or the end of a `with` block, waits for the answers
    to what was handed over and tells them to `on_outcome`; what was not handed over is not sent. Without
    that, what is left is told when the transport is used again, or closed.
    """

    def __init__(
        self,
        sender: Sender,
        messages: Items,
        *,
        in_flight: int | None,
        on_outcome: Hook | None,
    ) -> None:
        self._async = AsyncOutcomes(sender, messages, in_flight=in_flight, on_outcome=on_outcome)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Outcome:
        try:
            return run(self._async.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Take no more messages, and tell `on_outcome` what has become of those not asked for yet."""
        run(self._async.close())


class _Source:
    """The caller's messages; what taking one raises comes after the outcomes of those before it."""

    def __init__(self, messages: AsyncItems) -> None:
        self.failure: Exception | None = None
        self.is_over: bool = False
        self._messages = aiter(messages) if isinstance(messages, AsyncIterable) else iter(messages)

    async def next(self) -> Any:
        """Give the next one; None if there is none."""
        if self.is_over:
            return None
        try:
            if isinstance(self._messages, AsyncIterator):
                return await anext(self._messages)
            return next(self._messages)
        except (StopIteration, StopAsyncIteration):
            self.is_over = True
        except Exception as error:  # noqa: BLE001 - it is raised to the caller, when its turn comes
            self.failure, self.is_over = error, True
        return None


class _Report:
    """What is left to tell of messages whose outcomes nobody asks for."""

    def __init__(self, jobs: deque[_Job], on_outcome: Hook | None) -> None:
        self._jobs = jobs
        self._on_outcome = on_outcome

    def tell(self) -> bool:
        """Tell what is known by now, in order; give whether that was all."""
        while self._jobs and (self._jobs[0].is_settled or self._jobs[0].has_to_move):
            job = self._jobs.popleft()
            if self._on_outcome is not None:
                guarded(self._on_outcome)(job.outcome)
        return not self._jobs


def _prepare(job: _Job) -> Outgoing | None:
    """Make a message ready; what cannot be sent is rejected, and stops nothing."""
    try:
        if isinstance(job.message, Message):
            job.message = job.message.finalise()
        return prepare(job.message, job.envelope)
    except MailcoreError as error:
        job.error = error
    except Exception as error:  # noqa: BLE001 - an attachment's source can raise anything
        job.error = InvalidMessage(f"the message could not be read: {error!r}")
        job.error.__cause__ = error
    return None
