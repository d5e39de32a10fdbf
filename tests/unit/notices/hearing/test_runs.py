"""A run tells how a job ended: that it failed, or took too long, and that it went well if that is wanted."""

import asyncio
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from mailcore import MemoryTransport
from mailcore.errors import ConfigurationError
from mailcore.message import ReceivedMessage
from mailcore.notices import Notifier


@pytest.fixture
def transport() -> MemoryTransport:
    return MemoryTransport()


@pytest.fixture
def notifier(transport: MemoryTransport) -> Iterator[Notifier]:
    with Notifier(transport, to="o@example.org", from_="b@example.org", app="shop") as notifier:
        yield notifier


def mails(notifier: Notifier, transport: MemoryTransport) -> list[ReceivedMessage]:
    assert notifier.flush()
    return [sent.message for sent in transport.sent]


def test_what_goes_well_is_not_told(notifier: Notifier, transport: MemoryTransport) -> None:
    with notifier.run("nightly") as run:
        run.count(3)
    assert mails(notifier, transport) == []


def test_what_goes_well_is_told_if_that_is_wanted(
    notifier: Notifier, transport: MemoryTransport
) -> None:
    with notifier.run("nightly", report="always") as run:
        run.count()
        run.count(41)
        run.note(pages=7)
    (mail,) = mails(notifier, transport)
    assert "nightly finished" in str(mail.subject)
    assert "done: 42" in str(mail.text)
    assert "pages: 7" in str(mail.text)


def test_what_is_raised_passes_and_is_told_with_the_summary(
    notifier: Notifier, transport: MemoryTransport
) -> None:
    with pytest.raises(ZeroDivisionError), notifier.run("nightly"):
        _ = 1 / 0
    first, second = (str(mail.subject) for mail in mails(notifier, transport))
    assert "ZeroDivisionError" in first
    assert "nightly failed" in second


def test_what_is_guarded_makes_the_run_fail(notifier: Notifier, transport: MemoryTransport) -> None:
    with notifier.run("nightly") as run:
        for _ in range(3):
            with notifier.guard():
                raise ValueError
    assert run.failures == 3
    told = {str(mail.subject): str(mail.text) for mail in mails(notifier, transport)}
    (summary,) = [text for subject, text in told.items() if "nightly failed" in subject]
    assert "exceptions: 3" in summary


def test_what_a_task_tells_makes_its_run_fail_and_no_other(notifier: Notifier) -> None:
    async def job(name: str, *, fails: bool) -> int:
        async with notifier.run(name) as run:
            await asyncio.sleep(0)
            if fails:
                notifier.capture(ValueError())
            await asyncio.sleep(0)
        return run.failures

    async def both() -> list[int]:
        return list(await asyncio.gather(job("a", fails=True), job("b", fails=False)))

    assert asyncio.run(both()) == [1, 0]


def test_what_a_thread_tells_makes_the_only_run_fail(notifier: Notifier) -> None:
    with notifier.run("nightly") as run, ThreadPoolExecutor(2) as pool:
        list(pool.map(notifier.capture, [ValueError(), ValueError()]))
    assert run.failures == 2


def test_of_several_runs_none_is_blamed_for_a_thread(notifier: Notifier) -> None:
    async def work() -> None:
        with notifier.run("a") as a:
            await asyncio.sleep(0)
            with ThreadPoolExecutor(1) as pool:
                await asyncio.wrap_future(pool.submit(notifier.capture, ValueError()))
        assert a.failures == 0

    async def other() -> None:
        with notifier.run("b"):
            await asyncio.sleep(0.05)

    async def both() -> None:
        await asyncio.gather(work(), other())

    asyncio.run(both())


def test_an_error_that_is_logged_makes_it_fail(
    notifier: Notifier, transport: MemoryTransport
) -> None:
    with notifier.run("nightly"):
        notifier._log("no price list", key=("log",), severity="error", context={})
        notifier._log("slow", key=("log", "slow"), severity="warning", context={})
    assert "nightly failed" in [str(mail.subject) for mail in mails(notifier, transport)][-1]


@pytest.mark.parametrize(
    ("code", "outcome"), [(0, None), (None, None), (1, "failed"), ("no", "failed")]
)
def test_who_exits_with_an_error_has_failed(
    notifier: Notifier, transport: MemoryTransport, code: Any, outcome: str | None
) -> None:
    with pytest.raises(SystemExit), notifier.run("nightly"):
        sys.exit(code)
    subjects = [str(mail.subject) for mail in mails(notifier, transport)]
    assert subjects == ([f"[shop] nightly {outcome}"] if outcome else [])


def test_who_exits_after_failures_has_failed(
    notifier: Notifier, transport: MemoryTransport
) -> None:
    with suppress(SystemExit), notifier.run("nightly"):
        notifier.capture(ValueError())
        sys.exit(0)
    assert any("nightly failed" in str(mail.subject) for mail in mails(notifier, transport))


def test_what_another_notifier_tells_is_its_own(notifier: Notifier) -> None:
    other = Notifier(MemoryTransport(), to="o@example.org", from_="b@example.org", app="other")
    with notifier.run("nightly") as run, other:
        other.capture(ValueError())
    assert run.failures == 0


def test_what_takes_too_long_is_told(notifier: Notifier, transport: MemoryTransport) -> None:
    with notifier.run("nightly", seconds=0.01):
        time.sleep(0.02)
    (mail,) = mails(notifier, transport)
    assert "nightly took more than 0.01 s" in str(mail.subject)


def test_who_is_interrupted_has_not_failed(notifier: Notifier, transport: MemoryTransport) -> None:
    with pytest.raises(KeyboardInterrupt), notifier.run("nightly"):
        raise KeyboardInterrupt
    assert mails(notifier, transport) == []


def test_runs_of_one_name_that_fail_are_one_issue(
    notifier: Notifier, transport: MemoryTransport
) -> None:
    for _ in range(5):
        with notifier.run("nightly"), notifier.guard():
            raise ValueError
    counts = [int(mail.headers["X-Mailcore-Count"]) for mail in mails(notifier, transport)]
    assert sum(counts) == 10
    assert len(counts) == 3


@pytest.mark.parametrize(
    ("name", "options"),
    [("", {}), ("x" * 61, {}), (7, {}), ("a", {"report": "never"}), ("a", {"seconds": 0})],
)
def test_what_makes_no_run_is_refused(
    notifier: Notifier, name: Any, options: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError):
        notifier.run(name, **options)


#: Can't be asked what it is.
Evil = type("Evil", (Exception,), {"__class__": property(lambda _: 1 / 0)})


def test_what_an_exception_says_of_its_class_does_not_matter(
    notifier: Notifier, transport: MemoryTransport
) -> None:
    run = notifier.run("nightly")
    run.__enter__()
    run.__exit__(Evil, Evil("no price"), None)  # pytest itself fails where it is raised
    assert any("nightly failed" in str(mail.subject) for mail in mails(notifier, transport))


def test_a_group_with_an_exception_in_it_fails_it(
    notifier: Notifier, transport: MemoryTransport
) -> None:
    group = BaseExceptionGroup("", [ValueError("no price"), asyncio.CancelledError()])
    with pytest.raises(BaseExceptionGroup), notifier.run("nightly"):
        raise group
    told = "".join(f"{mail.subject} {mail.text}" for mail in mails(notifier, transport))
    assert "nightly failed" in told
    assert "no price" in told
