"""A snapshot is plain, bounded text, and holds on to nothing."""

import gc
import pickle
import weakref
from collections.abc import Callable
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, TypeAdapter

from mailcore.notices.exceptions.anatomy import CHAIN_LIMIT, INNER_MEMBER_LIMIT, MEMBER_LIMIT
from mailcore.notices.exceptions.snapshot import (
    LOCALS_PATIENCE,
    MESSAGE_LIMIT,
    OWN_FRAME_LIMIT,
    Snapshot,
    harvest_of,
    stand_in,
    take_snapshot,
)
from mailcore.notices.keeping.spool import FILE_OCTETS, Kept
from mailcore.notices.scrubbing import Harvest, Scrubber


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


def test_it_tells_the_members_of_a_group_by_kind() -> None:
    errors = [(KeyError if number % 2 else ValueError)(number) for number in range(10_000)]
    failure = snapshot_of(ExceptionGroup("many", errors)).failure
    told = [(member.name, member.message, member.times) for member in failure.members]
    assert told == [("ValueError", "0", 500), ("KeyError", "1", 500)]
    assert failure.members_left_out == 9000


def test_it_tells_no_more_than_so_many_kinds_of_members() -> None:
    kinds = [type(f"Error{number}", (Exception,), {}) for number in range(20)]
    failure = snapshot_of(ExceptionGroup("many", [kind() for kind in kinds])).failure
    assert len(failure.members) == MEMBER_LIMIT
    assert failure.members_left_out == 20 - MEMBER_LIMIT


def nested(size: int, cause: Exception | None, text: str) -> Exception:
    """Give a group of groups, each of as many kinds, that has a cause."""

    def kinds_of(name: str, base: type[Exception]) -> list[Any]:
        return [type(f"{name}{number}", (base,), {}) for number in range(size)]

    groups = [
        kind(text, [leaf(text) for leaf in kinds_of("Leaf", ValueError)])
        for kind in kinds_of("Group", ExceptionGroup)
    ]
    for group in groups:
        group.add_note(text)
    top = ExceptionGroup("top", groups)
    top.__cause__ = cause
    return top


def test_of_inner_groups_fewer_members_are_told() -> None:
    failure = snapshot_of(nested(8, None, "x")).failure
    assert [len(member.members) for member in failure.members] == [INNER_MEMBER_LIMIT] * 8
    assert {member.members_left_out for member in failure.members} == {8 - INNER_MEMBER_LIMIT}


def test_whatever_is_in_it_the_spool_can_keep_it() -> None:
    error: Exception | None = None
    for _ in range(CHAIN_LIMIT):
        error = nested(8, error, '\U0001f600"' * 3000)
    assert error is not None
    kept = Kept("a", 1, 0.0, 0.0, snapshot_of(error))
    assert len(TypeAdapter(Kept).dump_json(kept)) < FILE_OCTETS / 8


def test_it_tells_the_variables_of_the_innermost_frames() -> None:
    def inner(left: int, password: str) -> None:
        if left:
            inner(left - 1, password)
        raise PriceMissing(password * 0)

    try:
        inner(9, "hunter2")
    except PriceMissing as error:
        frames = take_snapshot(error, {}).failure.frames
    told = [frame.locals for frame in frames if frame.locals]
    assert [dict(one)["left"] for one in told] == ["2", "1", "0"]
    assert len(told) == OWN_FRAME_LIMIT
    assert "hunter2" not in str(frames)


def test_it_tells_the_variables_of_a_cause_and_of_each_frame_once() -> None:
    def fetch(url: str) -> None:
        raise OSError(url)

    def parse(url: str) -> None:
        try:
            fetch(url)
        except OSError as error:
            raise PriceMissing from error

    try:
        parse("http://x")
    except PriceMissing as error:
        snapshot = take_snapshot(error, {})
    told = [
        frame.function.rpartition(".")[2]
        for failure in snapshot.failures
        for frame in failure.frames
        if frame.locals
    ]
    assert [name for name in told if not name.startswith("test")] == ["parse", "fetch"]


def test_variables_that_take_their_time_leave_the_context_its_own() -> None:
    class Slow:
        def __repr__(self) -> str:
            sleep(LOCALS_PATIENCE)
            return "slow"

    def parse(*, one: Slow, other: Slow) -> None:
        raise PriceMissing(type(one) is type(other))

    try:
        parse(one=Slow(), other=Slow())
    except PriceMissing as error:
        snapshot = take_snapshot(error, {"url": "http://x"})
    told = dict(snapshot.failure.frames[-1].locals)
    assert told["one"] == "slow"
    assert "took too long" in told["other"]
    assert snapshot.context == (("url", "'http://x'"),)


def test_it_tells_where_it_comes_from() -> None:
    assert "host" in dict(snapshot_of(ValueError()).origin)
    assert "host" in dict(stand_in("Odd", KeyError("x")).origin)


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


API_KEY = "canary-constant-1"
TEXT = Scrubber(environment=False)


def log_in(password: str) -> None:
    raise ValueError(f"no way in with {password} and {API_KEY}")


def snapshot_of_login(password: str, **settings: Any) -> Snapshot:
    try:
        log_in(password)
    except ValueError as error:
        return take_snapshot(error, {}, **settings)
    raise AssertionError


def test_what_locals_and_constants_hold_is_masked_in_the_message() -> None:
    assert snapshot_of_login("canary-local-1").failure.message == "no way in with *** and ***"


def test_a_secret_is_masked_before_a_message_is_cut() -> None:
    message = snapshot_of_login("canary-long" * 400).failure.message
    assert message == "no way in with ***… (2437 more characters)"


def test_a_scrubber_can_be_given_and_a_harvest() -> None:
    kept = Scrubber(keep=["password", "api_key"], environment=False)
    assert "canary-local-1" in snapshot_of_login("canary-local-1", scrubber=kept).failure.message
    harvest = Harvest(["way in"])
    message = snapshot_of_login("canary-local-1", scrubber=TEXT, harvest=harvest).failure.message
    assert message == "no *** with canary-local-1 and canary-constant-1"


def test_a_harvest_has_the_secrets_of_causes_members_and_context() -> None:
    error = ValueError("x")
    error.__cause__ = ExceptionGroup("y", [KeyError({"token": "canary-member-1"})])
    harvest = harvest_of(error, {"pw": "canary-context-1"}, scrubber=TEXT)
    assert harvest.mask("canary-member-1 canary-context-1") == "*** ***"


def test_a_harvest_has_the_secrets_of_those_who_called() -> None:
    def crawl(value: str) -> Harvest:
        try:
            raise ValueError(value)  # noqa: TRY301 - in this very frame
        except ValueError as error:
            return harvest_of(error, {}, scrubber=TEXT)

    def main() -> Harvest:
        password = "canary-caller-1"
        return crawl(password)

    assert main().mask("canary-caller-1") == "***"


def test_a_frame_keeps_no_value_after_a_snapshot() -> None:
    page = Page()
    gone = weakref.ref(page)
    try:
        raise PriceMissing  # noqa: TRY301 - in this very frame, which goes on
    except PriceMissing as error:
        take_snapshot(error, {})
    del page
    gc.collect()
    assert gone() is None


def test_locals_that_somebody_has_are_left_alone() -> None:
    page = "x"
    mine = locals()
    try:
        raise PriceMissing  # noqa: TRY301 - as above
    except PriceMissing as error:
        take_snapshot(error, {})
    assert mine["page"] == page


def test_a_stand_in_is_scrubbed_too() -> None:
    snapshot = stand_in("Odd", KeyError("canary-key-1"), {"pw": "canary-key-1"}, scrubber=TEXT)
    assert snapshot.failure.message == "can't be described: KeyError: '***'"


def test_secrets_are_known_that_stand_in_what_a_traceback_hides() -> None:
    def connect() -> None:
        private_key = "swordfish-and-chips"
        raise LookupError(private_key)

    try:
        try:
            connect()
        except LookupError as error:
            raise ConnectionError(f"not with {error}") from None
    except ConnectionError as error:
        told = take_snapshot(error, {}).failures[0].message
    assert told == "not with ***"


class PlainSettings:
    def __init__(self) -> None:
        self.api_token = "swordfish-and-chips"


class ModelSettings(BaseModel):
    api_token: str = "swordfish-and-chips"
    secret: SecretStr = SecretStr("opensesame")


#: Made anew each time, so that no frame of the test holds the secret.
GLOBALS: dict[str, Callable[[], dict[str, Any]]] = {
    "token": lambda: {"token": "swordfish-and-chips"},
    "CONFIG['db']['password']": lambda: {"CONFIG": {"db": {"password": "swordfish-and-chips"}}},
    "config['password']": lambda: {"config": {"password": "swordfish-and-chips"}},
    "settings.api_token": lambda: {"settings": PlainSettings()},
    "model.api_token": lambda: {"model": ModelSettings()},
    "model.secret.get_secret_value()": lambda: {"model": ModelSettings()},
}


@pytest.mark.parametrize("expression", GLOBALS)
def test_secrets_are_known_that_stand_in_globals(expression: str) -> None:
    program = f"raise ValueError('/bot' + {expression} + '/send')"
    try:
        exec(compile(program, "/srv/shop.py", "exec"), GLOBALS[expression](), {})  # noqa: S102 - a program of the test's
    except ValueError as error:
        told = take_snapshot(ExceptionGroup("x", [error]), {}, scrubber=TEXT).failure.members[0]
    assert told.message == "/bot***/send"


def library() -> dict[str, Any]:
    return {"api_key": "swordfish-and-chips", "registry": {1: "x"}}


def test_of_libraries_texts_with_a_secret_name_are_known() -> None:
    program = "raise ValueError(f'/{api_key}/{registry[1]}/')"
    try:
        exec(compile(program, "/usr/dist-packages/x.py", "exec"), library(), {})  # noqa: S102 - as above
    except ValueError as error:
        told = take_snapshot(error, {}, scrubber=TEXT).failure.message
    assert told == "/***/x/"


def test_what_globals_hold_is_not_run() -> None:
    class Trap:
        def __init__(self) -> None:
            self.__dict__["password"] = "swordfish"

        def __getattr__(self, name: str) -> object:
            raise AssertionError(name)

        def __repr__(self) -> str:
            raise AssertionError

        @property
        def token(self) -> str:
            raise AssertionError

    try:
        exec(compile("raise ValueError('swordfish')", "/srv/shop.py", "exec"), {"trap": Trap()}, {})  # noqa: S102 - as above
    except ValueError as error:
        told = take_snapshot(error, {}, scrubber=TEXT).failure.message
    assert told == "***"


def test_secrets_are_known_that_stand_in_modules_of_the_programs_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shop_settings.py").write_text("API_KEY = 'swordfish-and-chips'\n")
    monkeypatch.syspath_prepend(tmp_path)
    program = "import shop_settings\nraise ValueError(f'/{shop_settings.API_KEY}/')"
    try:
        exec(compile(program, str(tmp_path / "shop.py"), "exec"), {})  # noqa: S102 - a program of the test's
    except ValueError as error:
        told = take_snapshot(error, {}).failures[0].message
    assert told == "/***/"
