"""What a notifier is told is checked when it is made: later nobody would hear of it."""

import pytest

from mailcore import MemoryTransport
from mailcore.errors import ConfigurationError
from mailcore.notices import Notifier, Policy, Route
from mailcore.notices.settings import read_outlets


def test_a_sender_that_nobody_tells_is_an_error_at_once() -> None:
    with pytest.raises(ConfigurationError, match="from_"):
        Notifier(MemoryTransport(), to="ops@example.org", app="shop")


@pytest.mark.parametrize("to", ["nobody", [], "a@example.org\r\nBcc: b@example.org"])
def test_recipients_that_no_mail_can_be_sent_to_are_refused_at_once(to: str | list[str]) -> None:
    with pytest.raises(ConfigurationError):
        Notifier(MemoryTransport(), to=to, app="shop", from_="b@example.org")


@pytest.mark.parametrize("app", ["", " ", "a\r\nb", "a" * 61])
def test_a_name_of_the_program_that_is_no_name_is_refused(app: str) -> None:
    with pytest.raises(ConfigurationError, match="app"):
        Notifier(MemoryTransport(), to="o@example.org", app=app, from_="b@example.org")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"app": None}, "app is a name of 1 to 60 printable characters, not None"),
        ({"policy": 3}, "policy is a Policy(...), not 3"),
        ({"policy": 0}, "policy is a Policy(...), not 0"),
        ({"clock": 5}, "clock is a function, not 5"),
        ({"key": "site"}, "key is a function, not 'site'"),
        ({"routes": {"fatal": Route()}}, "routes are a Route(...) for each of info, warning,"),
        ({"routes": {"critical": "o@example.org"}}, "not 'critical': 'o@example.org'"),
        ({"to": None}, "to"),
    ],
)
def test_settings_of_another_kind_are_refused_with_what_they_are(
    setting: dict[str, object], message: str
) -> None:
    settings: dict[str, object] = {"to": "o@example.org", "app": "shop", "from_": "b@example.org"}
    with pytest.raises(ConfigurationError) as caught:
        Notifier(MemoryTransport(), **(settings | setting))  # type: ignore[arg-type] # on purpose
    assert message in str(caught.value)


def test_what_has_no_route_shares_one_outlet() -> None:
    outlets = read_outlets(
        MemoryTransport(), "b@example.org", "ops@example.org", None, {"critical": Route()}
    )
    assert outlets["info"] is outlets["warning"] is outlets["error"] is not outlets["critical"]


def test_a_route_has_what_it_does_not_say_from_the_notifier() -> None:
    policy, calmer = Policy.immediate(), Policy.digest("1d")
    outlets = read_outlets(
        MemoryTransport(),
        "b@example.org",
        "ops@example.org",
        policy,
        {"critical": Route(to="oncall@example.org"), "info": Route(policy=calmer)},
    )
    assert [str(it) for it in outlets["critical"].template.recipients] == ["oncall@example.org"]
    assert outlets["critical"].policy is policy
    assert [str(it) for it in outlets["info"].template.recipients] == ["ops@example.org"]
    assert outlets["info"].policy is calmer
