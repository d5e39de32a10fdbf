"""A snapshot is plain, bounded text, and holds on to nothing."""

import gc
import pickle
import weakref

from mailcore.notices.exceptions.anatomy import CHAIN_LIMIT, MEMBER_LIMIT
from mailcore.notices.exceptions.snapshot import MESSAGE_LIMIT, Snapshot, stand_in, take_snapshot


class Page:
    pass


class PriceMissing(Exception):
    class Twice(Exception):
        pass


def parse_item(page: Page) -> None:
    del page
    raise PriceMissing("no price")


def snapshot_of(error: BaseException, **context: object) -> Snapshot:
    try:
        raise error  # noqa: TRY301 - so that it has a traceback
    except BaseException as caught:  # noqa: BLE001 - whatever the test raises
        return take_snapshot(caught, context)


def test_it_tells_the_type_and_the_message() -> None:
    failure = snapshot_of(ValueError("no price")).failure
    assert (failure.kind, failure.message, failure.name) == ("ValueError", "no price", "ValueError")


def test_a_type_is_named_with_its_module() -> None:
    failure = snapshot_of(PriceMissing.Twice()).failure
    assert failure.kind == f"{__name__}.PriceMissing.Twice"
    assert failure.name == "Twice"


def test_it_tells_where_from_the_outermost_frame_inwards() -> None:
    try:
        parse_item(Page())
    except PriceMissing as error:
        frames = take_snapshot(error, {}).failure.frames
    assert [frame.function for frame in frames] == [
        "test_it_tells_where_from_the_outermost_frame_inwards",
        "parse_item",
    ]
    assert frames[1].path == __file__
    assert frames[1].line == parse_item.__code__.co_firstlineno + 2


def test_it_tells_causes_and_contexts_as_such() -> None:
    error = ValueError("last")
    error.__cause__ = KeyError("cause")
    error.__cause__.__context__ = OSError("context")
    chain = snapshot_of(error).failures
    assert [(one.name, one.relation) for one in chain] == [
        ("ValueError", ""),
        ("KeyError", "cause"),
        ("OSError", "context"),
    ]


def test_it_tells_the_notes() -> None:
    error = ValueError()
    error.add_note("try later")
    assert snapshot_of(error).failure.notes == ("try later",)


def test_it_tells_the_members_of_a_group_up_to_a_limit() -> None:
    failure = snapshot_of(ExceptionGroup("many", [ValueError(n) for n in range(10_000)])).failure
    assert [member.message for member in failure.members] == [str(n) for n in range(MEMBER_LIMIT)]
    assert failure.members_left_out == 10_000 - MEMBER_LIMIT


def test_it_tells_the_context_by_name() -> None:
    snapshot = snapshot_of(ValueError(), url="http://x", password="hunter2")
    assert snapshot.context == (("url", "'http://x'"), ("password", "***"))


def test_a_huge_message_is_cut() -> None:
    message = snapshot_of(ValueError("x" * 10_000_000)).failure.message
    assert message == "x" * MESSAGE_LIMIT + f"… ({10_000_000 - MESSAGE_LIMIT} more characters)"


def test_a_chain_of_400_is_cut() -> None:
    error = ValueError()
    for _ in range(400):
        outer = ValueError()
        outer.__context__ = error
        error = outer
    assert len(snapshot_of(error).failures) == CHAIN_LIMIT


def test_it_keeps_no_frame_and_no_value_alive() -> None:
    page = Page()
    gone = weakref.ref(page)
    try:
        parse_item(page)
    except PriceMissing as error:
        snapshot = take_snapshot(error, {"page": page})
    del page
    gc.collect()
    assert gone() is None
    assert snapshot.failure.message == "no price"


def test_it_can_be_pickled() -> None:
    snapshot = snapshot_of(ValueError("no price"), url="http://x")
    assert pickle.loads(pickle.dumps(snapshot)) == snapshot  # noqa: S301 - its own pickle


def test_a_stand_in_tells_of_what_and_why_it_cannot_say_more_and_the_context() -> None:
    snapshot = stand_in("Odd", KeyError("x"), {"url": "http://x"})
    assert snapshot.failure.kind == "Odd"
    assert snapshot.failure.message == "can't be described: KeyError: 'x'"
    assert snapshot.context == (("url", "'http://x'"),)
