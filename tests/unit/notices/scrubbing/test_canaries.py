"""No canary leaves, whether a text is scrubbed or an exception is mailed."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mailcore import MemoryTransport, Notifier, ReceivedMessage
from mailcore.notices.scrubbing import Scrubber
from tests.canaries import CANARIES, ENCODED, HELD, INNOCENT, Canary

SCRUBBER = Scrubber(environment=False)


def raise_holding(
    error: BaseException, held: Mapping[str, Any], cause: BaseException | None = None
) -> None:
    """Raise an exception in a frame with these local variables."""
    exec("raise ERROR from CAUSE", {"ERROR": error, "CAUSE": cause}, dict(held))  # noqa: S102 - for its frame


def mailed(
    error: BaseException,
    *,
    held: Mapping[str, Any],
    cause: BaseException | None = None,
    context: Mapping[str, Any] | None = None,
) -> str:
    """Give all that can be read in the notice of an exception, raised with these locals."""
    transport = MemoryTransport()
    with Notifier(transport, to="ops@example.org", app="shop", from_="bot@example.org") as notifier:
        try:
            raise_holding(error, held, cause)
        except BaseException as caught:  # noqa: BLE001 - whatever the test raises
            notifier.capture(caught, **({} if context is None else context))
    (sent,) = transport.sent
    return "\n".join([sent.raw.decode(), *texts(sent.message)])


def texts(message: ReceivedMessage) -> Iterator[str]:
    yield message.subject or ""
    yield message.text or ""
    yield message.html or ""
    yield from (part.content.decode(errors="replace") for part in message.attachments)


def test_there_are_60_canaries_in_40_shapes_at_least() -> None:
    assert len({canary.secret for canary in CANARIES}) >= 60
    assert len({canary.shape for canary in CANARIES}) >= 40


@pytest.mark.parametrize("canary", CANARIES, ids=str)
def test_none_is_left_in_a_scrubbed_text(canary: Canary) -> None:
    assert canary.secret in canary.told
    scrubbed = SCRUBBER.scrub(canary.told, SCRUBBER.harvest(canary.held))
    assert canary.secret not in scrubbed
    assert "***" in scrubbed


@pytest.mark.parametrize("canary", CANARIES, ids=str)
def test_what_is_scrubbed_stays_as_it_is(canary: Canary) -> None:
    harvest = SCRUBBER.harvest(canary.held)
    scrubbed = SCRUBBER.scrub(canary.told, harvest)
    assert SCRUBBER.scrub(scrubbed, harvest) == scrubbed


@pytest.mark.parametrize("canary", CANARIES, ids=str)
def test_none_is_mailed_that_a_frame_holds_and_a_message_tells(canary: Canary) -> None:
    assert canary.secret not in mailed(ValueError(canary.told), held=canary.held)


@pytest.mark.parametrize("canary", CANARIES, ids=str)
def test_none_is_mailed_that_a_cause_tells(canary: Canary) -> None:
    notice = mailed(ValueError("x"), held=canary.held, cause=KeyError(canary.told))
    assert canary.secret not in notice


@pytest.mark.parametrize("canary", CANARIES, ids=str)
def test_none_is_mailed_that_a_member_of_a_group_tells(canary: Canary) -> None:
    group = ExceptionGroup("many", [ValueError(canary.told)])
    assert canary.secret not in mailed(group, held=canary.held)


@pytest.mark.parametrize("canary", CANARIES, ids=str)
def test_none_is_mailed_that_a_note_tells(canary: Canary) -> None:
    error = ValueError("x")
    error.add_note(canary.told)
    assert canary.secret not in mailed(error, held=canary.held)


@pytest.mark.parametrize("canary", CANARIES, ids=str)
def test_none_is_mailed_that_the_context_holds_and_tells(canary: Canary) -> None:
    context = {"line": canary.told, **canary.held}
    notice = mailed(ValueError(canary.told), held={}, context=context)
    assert canary.secret not in notice


@pytest.mark.parametrize(
    "name", ["DB_PASSWORD", "SHOP_KEY", "API_TOKEN", "SMTP_PASS", "BASIC_AUTH"]
)
def test_none_is_mailed_that_the_environment_holds(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "canary-99-Zq")
    assert "canary-99-Zq" not in mailed(ValueError("no way in with canary-99-Zq"), held={})


def test_none_is_mailed_that_a_url_of_the_environment_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://app:canary-98-Zq@db/shop")
    assert "canary-98-Zq" not in mailed(ValueError("no way in with canary-98-Zq"), held={})


@pytest.mark.parametrize("line", INNOCENT)
def test_what_tells_no_secret_comes_through_as_it_is(line: str) -> None:
    canaries = {f"password_{number}": it.secret for number, it in enumerate(HELD + ENCODED)}
    assert SCRUBBER.scrub(line, SCRUBBER.harvest(canaries)) == line
