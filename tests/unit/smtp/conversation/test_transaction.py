"""What the replies to one message make of it."""

import pytest

from mailcore.errors import (
    ContentRefused,
    ProtocolBroken,
    RecipientsRefused,
    SenderRefused,
)
from mailcore.reply import Reply
from mailcore.smtp.conversation.transaction import Transaction
from mailcore.transport import Envelope, Outgoing, Receipt

OK, NO, LATER = Reply(250, ("2.0.0 ok",)), Reply(550, ("5.1.1 no",)), Reply(451, ("later",))
A, B = "a@example.org", "b@example.org"


@pytest.fixture
def transaction() -> Transaction:
    envelope = Envelope(mail_from="bot@example.com", recipients=[A, B])
    outgoing = Outgoing(envelope, "<1@example.com>", 3, False, False, lambda: iter([b"x\r\n"]))
    return Transaction(outgoing, "MAIL FROM:<bot@example.com>", (f"RCPT TO:<{A}>",))


def answered(transaction: Transaction, *recipients: Reply, final: Reply = OK) -> object:
    transaction.take_mail(OK)
    for address, reply in zip((A, B), recipients, strict=True):
        transaction.take_recipient(address, reply)
    transaction.take_envelope()
    if not transaction.is_hopeless:
        transaction.take_final(final, "end of data", "DATA", is_lmtp=False)
    transaction.conclude(is_lmtp=False)
    return transaction.result


def test_a_receipt_says_who_has_it(transaction: Transaction) -> None:
    assert answered(transaction, OK, NO) == Receipt(
        accepted=(A,), rejected={B: NO}, reply=OK, message_id="<1@example.com>"
    )


def test_a_refused_sender_is_the_first_refusal_and_stays_it(transaction: Transaction) -> None:
    transaction.take_mail(NO)
    transaction.take_recipient(A, Reply(503, ("no sender",)))
    transaction.take_envelope()
    assert isinstance(transaction.refusal, SenderRefused)
    assert transaction.refusal.command == "MAIL FROM:<bot@example.com>"
    assert not transaction.has_sender


def test_recipients_that_are_all_refused_are_retryable_if_one_is(transaction: Transaction) -> None:
    error = answered(transaction, NO, LATER)
    assert isinstance(error, RecipientsRefused)
    assert error.rejected == {A: NO, B: LATER}
    assert error.retryable


def test_a_refused_end_is_a_refused_content(transaction: Transaction) -> None:
    error = answered(transaction, OK, OK, final=NO)
    assert isinstance(error, ContentRefused)
    assert (error.stage, error.reply) == ("end of data", NO)


@pytest.mark.parametrize("answer", [Reply(354), Reply(334)])
def test_an_answer_that_is_neither_yes_nor_no_breaks_the_protocol(
    transaction: Transaction, answer: Reply
) -> None:
    with pytest.raises(ProtocolBroken):
        transaction.take_mail(answer)
    with pytest.raises(ProtocolBroken):
        transaction.take_recipient(A, answer)
    with pytest.raises(ProtocolBroken):
        transaction.take_final(answer, "end of data", "DATA", is_lmtp=False)


def test_over_lmtp_it_owes_a_reply_for_each_that_was_accepted(transaction: Transaction) -> None:
    transaction.take_mail(OK)
    for address, reply in ((A, OK), (B, OK)):
        transaction.take_recipient(address, reply)
    transaction.take_final(LATER, "end of data", "DATA", is_lmtp=True)
    assert transaction.owes_final_replies
    transaction.take_final(OK, "end of data", "DATA", is_lmtp=True)
    assert not transaction.owes_final_replies
    transaction.conclude(is_lmtp=True)
    assert transaction.result == Receipt(
        accepted=(B,), rejected={A: LATER}, reply=OK, message_id="<1@example.com>"
    )
