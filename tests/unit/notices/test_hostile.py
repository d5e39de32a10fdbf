"""Whatever is captured, a notice of it arrives, soon, and the program is not held up either."""

from collections.abc import Callable
from time import perf_counter, sleep, thread_time

import pytest

from mailcore import MemoryTransport, Notifier
from mailcore.message import Message
from mailcore.notices import Policy
from mailcore.notices.rendering.renderer import MAIL_LIMIT
from mailcore.transport import Envelope, Receipt

SECONDS = 0.5
"""What is allowed here, the least of three times, as the machine is busy: ten times what is aimed at."""
TEXT = (
    "<p class='price'>9.95 password: hunter22 https://u:pass@shop.example/?token=abc</p>\n" * 3000
)
TAIL = (TEXT[:500],) * 50


class Raises:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Slow:
    def __repr__(self) -> str:
        sleep(0.01)
        return "at last"


class Huge:
    def __repr__(self) -> str:
        return "x" * 50_000_000


class Endless:
    def __repr__(self) -> str:
        return repr([self])


class Node:
    """One of many that hold each other, with a secret in each."""

    def __init__(self, number: int, others: list["Node"]) -> None:
        self.url = f"https://shop.example/?token=secret{number}"
        self.others = others
        others.append(self)


class Untold(Exception):
    def __str__(self) -> str:
        raise SystemExit(3)


def fail_with(value: object) -> None:
    several, named = [value] * 100, {"page": value}
    raise ValueError("no price", len(several), len(named))


def fail_deep(frames: int, value: object) -> None:
    page = [value]
    if frames:
        fail_deep(frames - 1, value)
    raise ValueError(page)


def fail_in_a_chain() -> None:
    error = ValueError("innermost")
    for number in range(400):
        try:
            raise ValueError(f"level {number}") from error  # noqa: TRY301 - so that each has a traceback
        except ValueError as caught:
            error = caught
    raise error


def fail_in_a_cycle() -> None:
    error, other = ValueError("one"), ValueError("other")
    error.__cause__, other.__cause__ = other, error
    raise error


def fail_in_a_group() -> None:
    raise ExceptionGroup("many", [failure_of(lambda: int("x")) for _ in range(10_000)])


def fail_in_a_group_of_kinds() -> None:
    kinds = [type(f"Bug{number}", (Exception,), {}) for number in range(10_000)]
    raise ExceptionGroup("many kinds", [kind(TEXT) for kind in kinds])


def fail_in_groups_of_groups() -> None:
    group: Exception = ValueError("no price")
    for _ in range(6):
        group = ExceptionGroup("many", [group] * 6)
    raise group


def fail_without_end() -> None:
    fail_without_end()


def fail_with_notes() -> None:
    error = ValueError("no price")
    for _ in range(1000):
        error.add_note(TEXT)
    raise error


def fail_with_arguments() -> None:
    raise ValueError("no price", [{"price": number} for number in range(100_000)])


def fail_with_secrets() -> None:
    config = {f"password_{number}": f"hunter{number:08}x" for number in range(300)}
    raise ValueError(f"no price with {config}")


def fail_among_objects() -> None:
    nodes: list[Node] = []
    for number in range(3000):
        Node(number, nodes)
    raise ValueError("no price")


def fail_in_a_long_line() -> None:
    source = "price = 1; " * 20_000 + "raise ValueError('no price')"
    exec(compile(source, __file__, "exec"), {})  # noqa: S102 - a program of the test's own


def fail_by_a_long_name() -> None:
    name = "n" * 5000
    exec(f"def {name}({name}1): raise ValueError('no price')\n{name}(1)", {})  # noqa: S102 - as above


HOSTILE: dict[str, Callable[[], object]] = {
    "a repr that raises": lambda: fail_with(Raises()),
    "a repr that takes its time": lambda: fail_with(Slow()),
    "a repr of megabytes": lambda: fail_with(Huge()),
    "a repr without an end": lambda: fail_with(Endless()),
    "a text that exits": lambda: failing(Untold()),
    "a text of megabytes": lambda: failing(ValueError(TEXT * 20)),
    "a text that no mail can carry": lambda: failing(ValueError("\udc80\u202e\0" * 100_000)),
    "a chain of 400": fail_in_a_chain,
    "a cycle of causes": fail_in_a_cycle,
    "a group of 10,000": fail_in_a_group,
    "a group of 10,000 kinds": fail_in_a_group_of_kinds,
    "groups of groups": fail_in_groups_of_groups,
    "a recursion": fail_without_end,
    "900 frames with pages": lambda: fail_deep(900, TEXT),
    "dicts of dicts of pages": lambda: fail_with(
        {number: {0: TEXT, 1: [TEXT] * 50} for number in range(50)}
    ),
    "notes of megabytes": fail_with_notes,
    "arguments of megabytes": fail_with_arguments,
    "300 secrets": fail_with_secrets,
    "objects that hold each other": fail_among_objects,
    "a line of 200 KB": fail_in_a_long_line,
    "a long name": fail_by_a_long_name,
}


def failing(error: BaseException) -> None:
    raise error


def failure_of(fail: Callable[[], object]) -> Exception:
    try:
        fail()
    except Exception as error:  # noqa: BLE001 - whatever it fails with
        return error
    raise AssertionError("it does not fail")


class Timed(MemoryTransport):
    """Notes how long the thread that mails has worked for each mail."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        self.seconds.append(thread_time() - sum(self.seconds))
        return super().send(message, envelope=envelope, allow_partial=allow_partial)


def tell(errors: list[Exception], policy: Policy) -> tuple[float, float]:
    """Have exceptions told by one mail; give the longest a capture took, and what the mail took."""
    transport, captures = Timed(), []
    with Notifier(
        transport,
        to="ops@example.org",
        app="shop",
        from_="bot@example.org",
        policy=policy,
        spool=False,
    ) as notifier:
        notifier._recorder.log_tail = lambda: TAIL
        for error in errors:
            begun = perf_counter()
            notifier.capture(error, page=TEXT)
            captures.append(perf_counter() - begun)
    (sent,) = transport.sent
    assert len(sent.raw) <= MAIL_LIMIT
    assert sent.message.headers["X-Mailcore-Count"] == str(len(errors))
    return max(captures), transport.seconds[0]


def least_of_three(errors: list[Exception], policy: Policy) -> tuple[float, float]:
    times = [tell(errors, policy) for _ in range(3)]
    return min(capture for capture, _ in times), min(mail for _, mail in times)


@pytest.mark.parametrize("what", HOSTILE)
def test_a_notice_arrives_soon_whatever_is_captured(what: str) -> None:
    capture, mail = least_of_three([failure_of(HOSTILE[what])], Policy())
    assert capture < SECONDS
    assert mail < SECONDS


def test_so_does_a_digest_of_all_of_them() -> None:
    errors = [failure_of(fail) for fail in HOSTILE.values()]
    _, mail = least_of_three(errors, Policy.digest("1h"))
    assert mail < SECONDS
