"""One message's way through a conversation: what its replies make of it, without I/O (RFC 5321 3.3).

A `Pipeline` says its commands and hands it the replies; its `result` is there once the last one is.
"""

from collections.abc import Mapping

from mailcore.errors import (
    ContentRefused,
    MailcoreError,
    ProtocolBroken,
    RecipientsRefused,
    Refused,
    SenderRefused,
)
from mailcore.reply import Reply
from mailcore.transport import Outgoing, Receipt

__all__ = ["Transaction"]


class Transaction:
    """What is known of one message that is being sent; `result` is a receipt, or why there is none.

    `is_touched` tells whether the server has answered its MAIL; `is_handed_over`, whether the end of its
    data was written, so that it may be delivered. `can_move` tells of one whose connection was lost that
    sending it over another cannot deliver it twice, nor hide a refusal; `was_hit`, that it was this one's
    turn when that happened. `closing` is the 421 that the server has answered one of its commands by.
    """

    def __init__(self, outgoing: Outgoing, mail: str, recipients: tuple[str, ...]) -> None:
        self.outgoing: Outgoing = outgoing
        self.mail: str = mail
        self.recipients: tuple[str, ...] = recipients
        self.result: Receipt | Exception | None = None
        self.is_touched: bool = False
        self.is_handed_over: bool = False
        self.can_move: bool = False
        self.awaited: int = 0
        self.is_said: bool = False
        self.is_in_data: bool = False
        self.refusal: MailcoreError | None = None
        self.closing: MailcoreError | None = None
        self.was_hit: bool = False
        self._accepted: list[str] = []
        self._rejected: dict[str, Reply] = {}
        self._final: list[Reply] = []

    @property
    def is_hopeless(self) -> bool:
        """Whether nobody can get it any more."""
        return self.refusal is not None

    @property
    def has_sender(self) -> bool:
        """Whether its MAIL was not refused."""
        return not isinstance(self.refusal, SenderRefused)

    @property
    def has_one_recipient(self) -> bool:
        """Whether one recipient alone was accepted."""
        return len(self._accepted) == 1

    @property
    def owes_final_replies(self) -> bool:
        """Whether, over LMTP, more replies to its end are due: one for each recipient (RFC 2033 4.2)."""
        return len(self._final) < len(self._accepted)

    def take_mail(self, reply: Reply) -> None:
        """Hear whether the sender is accepted."""
        self.is_touched = True
        if not reply.is_positive:
            self._refuse(SenderRefused, "the sender was refused", reply, "MAIL", self.mail)

    def take_recipient(self, recipient: str, reply: Reply) -> None:
        """Hear whether a recipient is accepted."""
        if reply.is_positive:
            self._accepted.append(recipient)
        elif reply.is_negative:
            self._rejected[recipient] = reply
        else:
            raise unknown_answer(reply, "RCPT")

    def take_envelope(self) -> None:
        """Note that all recipients are answered for."""
        if not self._accepted and self.refusal is None:
            self.refusal = self.closing or none_accepted(self._rejected, "RCPT")

    def take_content(self, reply: Reply, stage: str, command: str) -> None:
        """Hear what becomes of the content, or of a chunk of it; the first refusal decides."""
        if not reply.is_positive:
            self._refuse(ContentRefused, "the message was refused", reply, stage, command)

    def take_final(self, reply: Reply, stage: str, command: str, *, is_lmtp: bool) -> None:
        """Hear whether it was taken over; over LMTP, for the next of its recipients."""
        if not reply.is_positive and not reply.is_negative:
            raise ProtocolBroken(f"the server answered the message by {reply}", reply=reply)
        if not is_lmtp:
            self.take_content(reply, stage, command)
        self._final.append(reply)

    def conclude(self, *, is_lmtp: bool) -> None:
        """Give the result: nothing more is to come."""
        accepted, rejected = self._accepted, self._rejected
        if is_lmtp and not self.refusal:
            answers = dict(zip(accepted, self._final, strict=True))
            accepted = [one for one, reply in answers.items() if reply.is_positive]
            refused = {one: reply for one, reply in answers.items() if not reply.is_positive}
            rejected = rejected | refused
            if not accepted:
                self.refusal = self.closing or none_accepted(rejected, "end of data")
        self.result = self.refusal or Receipt(
            accepted=tuple(accepted),
            rejected=rejected,
            reply=self._final[-1],
            message_id=self.outgoing.message_id,
        )

    def _refuse(
        self, kind: type[Refused], what: str, reply: Reply, stage: str, command: str
    ) -> None:
        if not reply.is_negative:
            raise unknown_answer(reply, stage)
        if self.refusal is None:
            self.refusal = kind(f"{what}: {reply}", reply=reply, stage=stage, command=command)


def none_accepted(rejected: Mapping[str, Reply], stage: str) -> RecipientsRefused:
    """Give the error that it is when everybody is refused."""
    first, reply = next(iter(rejected.items()))
    return RecipientsRefused(
        f"no recipient was accepted: <{first}> {reply}",
        rejected=rejected,
        stage=stage,
        command=f"RCPT TO:<{first}>",
        reply=reply,
        recipient=first,
        retryable=any(reply.is_transient for reply in rejected.values()),
    )


def unknown_answer(reply: Reply, stage: str) -> ProtocolBroken:
    """Give the error that a reply is which is neither yes nor no where only that can be."""
    return ProtocolBroken(
        f"the protocol knows no such answer here: {reply}", reply=reply, stage=stage
    )
