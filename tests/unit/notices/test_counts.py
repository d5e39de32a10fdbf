"""Each exception is told exactly once, whoever flushes and closes the notifier meanwhile."""

import threading
from pathlib import Path
from typing import Any

import pytest

from mailcore import MemoryTransport, Message, Receipt
from mailcore.notices import Notifier, Policy

EAGER = Policy(digest_after=0.05, burst_refill=0.01, mails_an_hour=10_000, mails_a_day=10_000)
EACH = 100


class Slow(MemoryTransport):
    """Takes longer than those wait who close the notifier."""

    def send(self, message: Message | bytes, **options: Any) -> Receipt:
        threading.Event().wait(0.02)
        return super().send(message, **options)


def notifier_in(folder: Path, transport: MemoryTransport, *, is_shared: bool) -> Notifier:
    return Notifier(
        transport,
        to="ops@example.org",
        from_="crawler@example.org",
        app="crawler",
        policy=EAGER,
        spool=folder / "spool",
        state=folder / "state" if is_shared else None,
    )


def told(transport: MemoryTransport) -> int:
    return sum(int(sent.message.headers["X-Mailcore-Count"]) for sent in transport.sent)


def fail_and_close(notifier: Notifier) -> None:
    for number in range(EACH):
        with notifier.guard():
            raise (ValueError, KeyError, OSError)[number % 3]
        if number % 20 == 0:
            notifier.close(0.005)


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("is_shared", [False, True])
def test_closing_meanwhile_doubles_and_loses_nothing(
    tmp_path: Path, *, is_shared: bool, threads: int
) -> None:
    transport = Slow()
    notifier = notifier_in(tmp_path, transport, is_shared=is_shared)
    workers = [threading.Thread(target=fail_and_close, args=(notifier,)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert notifier.flush(30)
    assert notifier.close(30)
    assert told(transport) == threads * EACH


@pytest.mark.parametrize("is_shared", [False, True])
def test_what_was_told_is_not_left_to_the_next_process(tmp_path: Path, *, is_shared: bool) -> None:
    notifier = notifier_in(tmp_path, Slow(), is_shared=is_shared)
    workers = [threading.Thread(target=fail_and_close, args=(notifier,)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert notifier.flush(30)
    assert notifier.close(30)
    assert not [*(tmp_path / "spool").rglob("*.json")]
