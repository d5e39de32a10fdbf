"""Connections that break at any byte: no message is lost or doubled without its outcome saying so."""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from mailcore import Message
from mailcore.transport import Rejected, Sent, Unknown
from tests.colours import Colour
from tests.live.cutting import Cut, CuttingProxy
from tests.live.servers import Postfix

#: How many messages go through each kind of cuts; `MAILCORE_CUTS=500` is the whole trial.
MESSAGES = int(os.environ.get("MAILCORE_CUTS", "0")) or 25
FORWARD, BACK = 600, 300  # about the bytes of one transaction, to the server and from it
SUBJECT = re.compile(rb"^Subject: (cut \S+)", re.MULTILINE)


def cuts(seed: str) -> Iterator[Cut]:
    """Give cuts at random bytes of the first transactions, in both directions."""
    chance = random.Random(seed)  # noqa: S311 - the same cuts each time
    while True:
        if chance.random() < 0.5:
            yield Cut(to_server=chance.randrange(1, 6 * FORWARD))
        else:
            yield Cut(from_server=chance.randrange(1, 6 * BACK))


def delivered(postfix: Postfix, trial: str) -> Counter[str]:
    """Give how often each message of a trial was delivered, once the server is done with all."""
    postfix.wait_until_idle()
    found: Counter[str] = Counter()
    for file in (postfix.folder / "mail" / "all" / "new").glob("*"):
        subject = SUBJECT.search(file.read_bytes())
        if subject and subject[1].decode().startswith(f"cut {trial}-"):
            found[subject[1].decode()] += 1
            file.unlink()
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("without", [(), ("CHUNKING",), ("CHUNKING", "PIPELINING")], ids=str)
def test_cuts_lose_and_double_nothing_unsaid(
    colour: Colour, postfix: Postfix, without: tuple[str, ...]
) -> None:
    trial = f"{colour.name}{len(without)}"
    with (
        CuttingProxy(postfix.ports["plain"], cuts(trial)) as proxy,
        colour.smtp("127.0.0.1", proxy.port, security="plain", timeout=10, without=without) as smtp,
    ):
        messages = [
            Message(
                from_="bot@example.test",
                to="cuts@example.test",
                subject=f"cut {trial}-{number}",
                text="hello " * 30,
            )
            for number in range(MESSAGES)
        ]
        outcomes = list(smtp.send_many(messages, in_flight=4))
    assert [outcome.message.subject for outcome in outcomes] == [m.subject for m in messages]
    found = delivered(postfix, trial)
    allowed = {Sent: {1}, Rejected: {0}, Unknown: {0, 1}}
    wrong = {
        outcome.message.subject: (type(outcome).__name__, found[outcome.message.subject])
        for outcome in outcomes
        if found[outcome.message.subject] not in allowed[type(outcome)]
    }
    assert wrong == {}
    assert {type(outcome) for outcome in outcomes} >= {Sent}
