"""What is written when, and whose each reply is: the rules of pipelining, without a socket."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.errors import (
    ConnectionLost,
    ContentRefused,
    OutcomeUnknown,
    ProtocolBroken,
    RecipientsRefused,
    SenderRefused,
    ServiceRefused,
    TimedOut,
)
from mailcore.reply import Reply
from mailcore.smtp.conversation.pipeline import EAGER_BYTES, WRITE_BYTES, Pipeline
from mailcore.smtp.conversation.transaction import Transaction
from mailcore.transport import Envelope, Outgoing, Receipt

OK, GO_ON, BYE = Reply(250, ("ok",)), Reply(354, ("go on",)), Reply(421, ("bye",))
NO = Reply(550, ("no",))
BODY = b"Subject: x\r\n\r\n.hello\r\n"


def transaction(*recipients: str, body: bytes = BODY) -> Transaction:
    envelope = Envelope(mail_from="bot@example.com", recipients=recipients or ("a@example.org",))
    return Transaction(
        Outgoing(
            envelope=envelope,
            message_id=None,
            size=len(body),
            is_eight_bit=False,
            needs_smtputf8=False,
            chunks=lambda: iter([body]),
        ),
        "MAIL FROM:<bot@example.com>",
        tuple(f"RCPT TO:<{recipient}>" for recipient in envelope.recipients),
    )


def with_data(*transactions: Transaction, pipelining: bool = True) -> Pipeline:
    return filled(Pipeline(pipelining=pipelining, chunking=False), transactions)


def with_chunks(*transactions: Transaction, is_lmtp: bool = False) -> Pipeline:
    return filled(Pipeline(pipelining=True, chunking=True, is_lmtp=is_lmtp), transactions)


def with_chunks_by_lmtp(*transactions: Transaction) -> Pipeline:
    return with_chunks(*transactions, is_lmtp=True)


def with_data_by_lmtp(*transactions: Transaction) -> Pipeline:
    return filled(Pipeline(pipelining=True, chunking=False, is_lmtp=True), transactions)


def filled(pipeline: Pipeline, transactions: tuple[Transaction, ...]) -> Pipeline:
    for one in transactions:
        pipeline.add(one)
    return pipeline


def written(pipeline: Pipeline) -> bytes:
    return b"".join(iter(pipeline.next_write, None))


def hear(pipeline: Pipeline, *replies: Reply) -> bytes:
    """Hear replies, and give what can be written then."""
    for reply in replies:
        pipeline.take(reply)
    return written(pipeline)


def commands(data: bytes) -> list[str]:
    return [line.split()[0] for line in data.decode().splitlines()]


# --- PIPELINING, with DATA ---


def test_a_messages_commands_are_one_group() -> None:
    pipeline = with_data(transaction("a@example.org", "b@example.org"))
    assert commands(pipeline.next_write() or b"") == ["MAIL", "RCPT", "RCPT", "DATA"]
    assert pipeline.next_write() is None


def test_content_waits_for_its_354_and_the_next_group_follows_its_end() -> None:
    one, two = transaction(), transaction()
    pipeline = with_data(one, two)
    written(pipeline)
    assert hear(pipeline, OK, OK) == b""
    after = hear(pipeline, GO_ON)
    assert after.startswith(BODY.replace(b"\n.hello", b"\n..hello") + b".\r\nMAIL ")
    assert commands(after.partition(b"\r\n.\r\n")[2]) == ["MAIL", "RCPT", "DATA"]
    assert one.is_handed_over
    assert not two.is_handed_over


def test_a_transaction_has_its_receipt_when_all_of_it_is_answered() -> None:
    one = transaction("a@example.org", "b@example.org")
    pipeline = with_data(one)
    written(pipeline)
    hear(pipeline, OK, NO, OK, GO_ON)
    assert one.result is None
    hear(pipeline, OK)
    assert isinstance(one.result, Receipt)
    assert one.result.accepted == ("b@example.org",)
    assert one.result.rejected == {"a@example.org": NO}
    assert pipeline.is_idle


def test_a_refused_message_is_reset_before_the_next_one() -> None:
    one, two = transaction(), transaction()
    pipeline = with_data(one, two)
    written(pipeline)
    after = hear(pipeline, OK, NO, NO)
    assert isinstance(one.result, RecipientsRefused)
    assert commands(after) == ["RSET", "MAIL", "RCPT", "DATA"]


def test_data_granted_for_nobody_is_ended_without_content() -> None:
    one = transaction()
    pipeline = with_data(one)
    written(pipeline)
    assert hear(pipeline, OK, NO, GO_ON) == b".\r\n"
    hear(pipeline, Reply(554, ("no valid recipients",)))
    assert isinstance(one.result, RecipientsRefused)
    assert not one.is_handed_over


def test_data_granted_without_a_sender_breaks_the_protocol() -> None:
    pipeline = with_data(transaction())
    written(pipeline)
    hear(pipeline, NO, NO)
    with pytest.raises(ProtocolBroken, match="without a sender"):
        pipeline.take(GO_ON)


def test_a_refusal_within_the_data_is_the_outcome() -> None:
    one = transaction(body=b"x" * WRITE_BYTES + b"\r\n")
    pipeline = with_data(one)
    pipeline.next_write()
    for reply in (OK, OK, GO_ON):
        pipeline.take(reply)
    assert pipeline.next_write()
    with pytest.raises(ContentRefused) as caught:
        pipeline.take(Reply(552, ("too big",)))
    pipeline.end(caught.value)
    assert isinstance(one.result, ContentRefused)


def test_an_answer_that_nobody_asked_for_breaks_the_protocol() -> None:
    with pytest.raises(ProtocolBroken, match="more answers"):
        with_data().take(OK)


# --- lock step ---


def test_without_pipelining_each_command_waits() -> None:
    one, two = transaction(), transaction()
    pipeline = with_data(one, two, pipelining=False)
    said = [written(pipeline), *(hear(pipeline, reply) for reply in (OK, OK, GO_ON, OK))]
    assert [data.split()[0] for data in said] == [b"MAIL", b"RCPT", b"DATA", b"Subject:", b"MAIL"]
    assert all(data.count(b"MAIL") <= 1 for data in said)


@pytest.mark.parametrize("replies", [(NO,), (OK, NO)], ids=["sender", "recipient"])
def test_without_pipelining_nothing_is_said_for_nobody(replies: tuple[Reply, ...]) -> None:
    one = transaction()
    pipeline = with_data(one, pipelining=False)
    written(pipeline)
    for reply in replies[:-1]:
        hear(pipeline, reply)
    assert hear(pipeline, replies[-1]) == b""
    assert isinstance(one.result, SenderRefused | RecipientsRefused)


# --- CHUNKING ---


def test_small_messages_go_out_unanswered_with_a_reset_between() -> None:
    one, two = transaction(), transaction()
    data = pipelined = written(with_chunks(one, two))
    assert pipelined.count(BODY) == 2
    head, _, rest = data.partition(BODY)
    assert commands(head) == ["MAIL", "RCPT", "BDAT"]
    assert head.endswith(b"BDAT %d LAST\r\n" % len(BODY))
    assert commands(rest.partition(BODY)[0]) == ["RSET", "MAIL", "RCPT", "BDAT"]


def test_a_refused_one_among_them_touches_no_other() -> None:
    one, two = transaction(), transaction()
    pipeline = with_chunks(one, two)
    written(pipeline)
    hear(pipeline, OK, NO, Reply(503, ("no recipients",)), OK, OK, OK, OK)
    assert isinstance(one.result, RecipientsRefused)
    assert isinstance(two.result, Receipt)


def test_a_large_message_is_held_and_goes_out_in_chunks() -> None:
    body = b"x" * (WRITE_BYTES + EAGER_BYTES) + b"\r\n"
    one = transaction(body=body)
    pipeline = with_chunks(one)
    assert commands(written(pipeline)) == ["MAIL", "RCPT"]
    sent = hear(pipeline, OK, OK)
    assert sent.startswith(b"BDAT ")
    assert sent.count(b" LAST\r\n") == 1
    hear(pipeline, *[OK] * sent.count(b"BDAT "))
    assert isinstance(one.result, Receipt)


def test_a_refused_chunk_stops_the_others() -> None:
    def pieces() -> Iterator[bytes]:
        yield from (b"x" * WRITE_BYTES, b"y" * WRITE_BYTES, b"z\r\n")

    one = transaction(body=b"x" * WRITE_BYTES * 2)
    object.__setattr__(one.outgoing, "chunks", pieces)
    pipeline = with_chunks(one)
    written(pipeline)
    pipeline.take(OK)
    pipeline.take(OK)
    assert (pipeline.next_write() or b"").startswith(b"BDAT ")
    pipeline.take(Reply(552, ("too much",)))
    assert written(pipeline) == b""
    assert isinstance(one.result, ContentRefused)
    assert not one.is_handed_over


def test_after_a_rest_the_end_of_a_message_waits_for_the_first_answer() -> None:
    pipeline = with_chunks(transaction())
    written(pipeline)
    hear(pipeline, OK, OK, OK)
    pipeline.rest()
    pipeline.add(transaction())
    assert b"BDAT" not in written(pipeline)
    assert b"BDAT" in hear(pipeline, OK, OK)


def test_a_source_that_fails_is_its_own_messages_affair() -> None:
    def fail() -> Iterator[bytes]:
        raise FileNotFoundError("gone")

    one, two = transaction(), transaction()
    object.__setattr__(one.outgoing, "chunks", fail)
    assert commands(written(with_chunks(one, two)).partition(BODY)[0]) == ["MAIL", "RCPT", "BDAT"]
    assert isinstance(one.result, FileNotFoundError)


# --- LMTP ---


def test_over_lmtp_each_recipient_is_answered_for() -> None:
    one, two = transaction("a@example.org", "b@example.org"), transaction()
    pipeline = with_chunks(one, two, is_lmtp=True)
    written(pipeline)
    hear(pipeline, OK, OK, OK, OK, NO)
    assert isinstance(one.result, Receipt)
    assert (one.result.accepted, list(one.result.rejected)) == (
        ("a@example.org",),
        ["b@example.org"],
    )
    hear(pipeline, OK, OK, OK, OK)
    assert isinstance(two.result, Receipt)


# --- the end of a conversation ---


def test_a_lost_connection_leaves_unknown_what_was_handed_over_and_moves_the_rest() -> None:
    one, two, three = transaction(), transaction(), transaction()
    pipeline = with_data(one, two, three)
    written(pipeline)
    hear(pipeline, OK, OK, GO_ON)
    pipeline.end(ConnectionLost("gone", host="mx:25"))
    assert isinstance(one.result, OutcomeUnknown)
    assert one.result.host == "mx:25"
    assert [each.can_move for each in (one, two, three)] == [False, True, True]


def test_what_is_handed_over_behind_a_farewell_and_not_answered_is_unknown() -> None:
    """The server may have gone on, and its answers may be lost: sent again, it could arrive twice."""
    one, two = transaction(), transaction()
    pipeline = with_chunks(one, two)
    written(pipeline)
    assert hear(pipeline, OK, OK, BYE) == b""
    pipeline.end(ConnectionLost("the server closed the connection", host="mx.example"))
    assert isinstance(one.result, ServiceRefused)
    assert not one.can_move
    assert isinstance(two.result, OutcomeUnknown)
    assert (two.result.host, two.can_move) == ("mx.example", False)


def test_what_is_not_handed_over_behind_a_farewell_is_moved() -> None:
    one, two, three = transaction(), transaction(), transaction(body=b"x" * (EAGER_BYTES + 1))
    pipeline = with_chunks(one, two, three)
    written(pipeline)
    hear(pipeline, OK, OK, BYE)
    pipeline.end(ConnectionLost("the server closed the connection"))
    assert isinstance(three.result, ServiceRefused)
    assert three.can_move


def test_a_message_whose_sender_is_answered_by_a_farewell_has_nobody_got() -> None:
    one, two = transaction("a@example.org", "b@example.org"), transaction()
    pipeline = with_chunks(transaction(), one, two)
    written(pipeline)
    hear(pipeline, OK, OK, OK, OK, BYE)
    pipeline.end(ConnectionLost("the server closed the connection"))
    assert isinstance(one.result, ServiceRefused)
    assert one.can_move
    assert isinstance(two.result, OutcomeUnknown)


def test_of_several_recipients_one_alone_can_be_answered_by_a_farewell() -> None:
    """There are servers that mean one mailbox by it, and deliver to the others."""
    one = transaction("a@example.org", "b@example.org")
    pipeline = with_chunks(one)
    written(pipeline)
    hear(pipeline, OK, OK, BYE, OK)
    assert isinstance(one.result, Receipt)
    assert (one.result.accepted, list(one.result.rejected)) == (
        ("a@example.org",),
        ["b@example.org"],
    )


def test_where_all_recipients_are_refused_and_one_by_a_farewell_it_is_the_service() -> None:
    one = transaction("a@example.org", "b@example.org")
    pipeline = with_chunks(one)
    written(pipeline)
    hear(pipeline, OK, NO, BYE, NO)
    assert isinstance(one.result, ServiceRefused)


def test_of_several_recipients_the_outcome_is_unknown_if_no_more_is_answered() -> None:
    one = transaction("a@example.org", "b@example.org")
    pipeline = with_chunks(one)
    written(pipeline)
    hear(pipeline, OK, OK, BYE)
    pipeline.end(ConnectionLost("the server closed the connection"))
    assert isinstance(one.result, OutcomeUnknown)


@pytest.mark.parametrize("fill", [with_chunks_by_lmtp, with_data_by_lmtp])
def test_over_lmtp_a_farewell_is_for_one_recipient(
    fill: Callable[[Transaction], Pipeline],
) -> None:
    def answered() -> tuple[Transaction, Pipeline]:
        one = transaction("a@example.org", "b@example.org", "c@example.org")
        pipeline = fill(one)
        written(pipeline)
        if fill is with_chunks_by_lmtp:
            hear(pipeline, OK, OK, OK, OK, OK, BYE)
        else:
            hear(pipeline, OK, OK, OK, OK, GO_ON)
            hear(pipeline, OK, BYE)
        return one, pipeline

    one, pipeline = answered()
    hear(pipeline, OK)
    assert isinstance(one.result, Receipt)
    assert one.result.accepted == ("a@example.org", "c@example.org")
    one, pipeline = answered()
    pipeline.end(ConnectionLost("the server closed the connection"))
    assert isinstance(one.result, OutcomeUnknown)


def test_one_that_nobody_waits_for_any_more_lets_the_others_go_on() -> None:
    one, two = transaction(), transaction(body=b"x" * (EAGER_BYTES + 1))
    late = transaction()
    pipeline = with_chunks(one, two, late)
    written(pipeline)
    assert pipeline.give_up(one)  # it was handed over: it is heard what becomes of it
    assert not pipeline.give_up(two)  # it was begun, and would have to be ended
    assert pipeline.give_up(late)  # of which nothing was said
    hear(pipeline, OK, OK, OK)
    assert isinstance(one.result, Receipt)
    assert not pipeline.give_up(two)
    hear(pipeline, OK, OK, OK)
    hear(pipeline, OK)
    assert isinstance(two.result, Receipt)
    assert pipeline.is_idle
    assert late.result is None


def test_a_server_that_says_farewell_and_goes_on_is_heard_to_the_end() -> None:
    """Else what it has taken would be sent twice."""
    one, two = transaction(), transaction()
    pipeline = with_chunks(one, two)
    written(pipeline)
    hear(pipeline, BYE, NO, NO)
    assert isinstance(one.result, ServiceRefused)
    hear(pipeline, OK, OK, OK, OK)
    assert isinstance(two.result, Receipt)
    assert pipeline.is_closing


def test_after_a_farewell_silence_leaves_unknown_what_was_handed_over() -> None:
    one, two = transaction(), transaction()
    pipeline = with_chunks(one, two)
    written(pipeline)
    hear(pipeline, OK, OK, BYE)
    pipeline.end(TimedOut("silent"))
    assert isinstance(two.result, OutcomeUnknown)


def test_a_farewell_with_nothing_behind_it_ends_the_conversation() -> None:
    one = transaction()
    pipeline = with_chunks(one)
    written(pipeline)
    with pytest.raises(ServiceRefused) as caught:
        pipeline.take(BYE)
    pipeline.end(caught.value)
    assert isinstance(one.result, ServiceRefused)


def test_the_first_message_of_a_connection_is_not_moved() -> None:
    one = transaction()
    pipeline = with_data(one)
    written(pipeline)
    pipeline.end(ConnectionLost("gone"))
    assert not one.can_move


def test_a_message_that_was_touched_is_not_moved() -> None:
    one, two = transaction(), transaction()
    pipeline = with_data(one, two)
    written(pipeline)
    hear(pipeline, OK, OK, GO_ON)
    hear(pipeline, OK, OK)
    pipeline.end(ConnectionLost("gone"))
    assert isinstance(two.result, ConnectionLost)
    assert not two.can_move


def test_a_message_moves_once_for_its_own_sake() -> None:
    one, two = transaction(), transaction()
    pipeline = with_data(one, two)
    written(pipeline)
    hear(pipeline, OK, OK, GO_ON)
    hear(pipeline, OK)
    pipeline.end(ConnectionLost("gone"))
    assert two.can_move
    assert two.was_hit


def test_a_refusal_stays_one_when_the_connection_breaks_after_it() -> None:
    one = transaction()
    pipeline = with_chunks(one)
    written(pipeline)
    hear(pipeline, NO)
    pipeline.end(ConnectionLost("gone"))
    assert isinstance(one.result, SenderRefused)


@given(
    st.data(),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(1, 3), min_size=1, max_size=5),
)
def test_whatever_is_answered_each_message_has_one_result(
    data: st.DataObject, pipelining: bool, chunking: bool, recipients: list[int]
) -> None:
    """And no content goes out by DATA without a 354, nor more replies are awaited than are due."""
    transactions = [
        transaction(*(f"{n}@example.org" for n in range(count))) for count in recipients
    ]
    pipeline = filled(Pipeline(pipelining=pipelining, chunking=chunking), tuple(transactions))
    granted = 0
    for _ in range(200):
        content = written(pipeline).count(b"..hello")
        assert content <= granted
        granted -= content
        if pipeline.is_idle:
            break
        stage = pipeline.stage
        reply = data.draw(st.sampled_from([OK, NO, Reply(451, ("later",))]))
        if stage == "RSET":
            reply = OK
        if stage == "DATA" and reply is OK:
            reply = GO_ON
        granted += reply is GO_ON
        try:
            pipeline.take(reply)
        except ProtocolBroken as error:  # DATA granted without a sender
            pipeline.end(error)
    assert all(one.result is not None for one in transactions)
    for one in transactions:
        if isinstance(one.result, Receipt):
            assert one.is_handed_over
