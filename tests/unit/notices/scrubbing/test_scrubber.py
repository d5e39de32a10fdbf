"""A scrubber takes settings, shows no secret, and masks what it is told to."""

import pickle
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore import Message, Secret
from mailcore.errors import ConfigurationError
from mailcore.notices.scrubbing import Harvest, Scrubber


def test_what_is_harvested_is_masked() -> None:
    scrubber = Scrubber(environment=False)
    harvest = scrubber.harvest({"password": "hunter2"})
    assert scrubber.scrub("no way in with hunter2", harvest) == "no way in with ***"
    assert scrubber.scrub("no way in with hunter2") == "no way in with hunter2"


def test_names_can_be_added_and_kept() -> None:
    scrubber = Scrubber(names=["patient"], keep=["token"], environment=False)
    harvest = scrubber.harvest({"patient_id": "P-77123", "token": "hunter2"})
    assert scrubber.scrub("P-77123, token=hunter2", harvest) == "***, token=hunter2"


def test_secrets_can_be_given() -> None:
    scrubber = Scrubber(secrets=["hunter2", Secret("swordfish")], environment=False)
    assert scrubber.scrub("hunter2 swordfish", scrubber.harvest()) == "*** ***"


@pytest.mark.parametrize(
    ("pattern", "masked"),
    [(r"P-\d+", "id *** of x"), (r"id P-(?P<secret>\d+)", "id P-*** of x"), (re.compile(r"of (?P<secret>y)?"), "id P-77 of x")],
)  # fmt: skip
def test_patterns_can_be_added(pattern: str | re.Pattern[str], masked: str) -> None:
    assert Scrubber(patterns=[pattern]).scrub("id P-77 of x") == masked


def test_the_shortest_text_with_a_secret_is_scrubbed_and_a_pattern_may_match_a_shorter_one() -> (
    None
):
    assert Scrubber(names=["k"]).scrub("k=v") == "k=***"
    assert Scrubber(patterns=["7"]).scrub("7") == "***"


@pytest.mark.parametrize("name", ["SHOP_KEY", "DB_PASSWORD", "MAIL_PW"])
def test_the_environment_is_looked_through_unless_it_is_not_to_be(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "hunter2-x")
    both = Scrubber(), Scrubber(environment=False)
    assert [it.scrub("hunter2-x", it.harvest()) for it in both] == ["***", "hunter2-x"]
    kept = Scrubber(keep=[name])
    assert kept.scrub("hunter2-x", kept.harvest()) == "hunter2-x"


def test_values_that_cannot_be_listed_are_left_out() -> None:
    class Broken(dict[str, object]):
        def items(self) -> Any:
            raise RuntimeError

    assert len(Scrubber(environment=False).harvest(Broken(password="hunter2"))) == 0


def test_its_repr_shows_no_secret_and_it_is_not_pickled_with_one() -> None:
    scrubber = Scrubber(secrets=["hunter2"])
    assert "hunter2" not in repr(scrubber)
    with pytest.raises(TypeError):
        pickle.dumps(scrubber)


def test_without_a_secret_it_can_be_pickled() -> None:
    scrubber = Scrubber(names=["patient"], patterns=["x+"])
    assert pickle.loads(pickle.dumps(scrubber)) == scrubber  # noqa: S301 - its own


@pytest.mark.parametrize(
    "settings",
    [{"names": "patient"}, {"names": [""]}, {"names": [5]}, {"keep": "x"}, {"patterns": ["("]},
     {"patterns": [b"x"]}, {"patterns": ["x*"]}, {"patterns": [5]}, {"secrets": "hunter2"},
     {"secrets": [b"hunter2"]}, {"secrets": 5}],
)  # fmt: skip
def test_settings_that_can_be_none_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Scrubber(**settings)
    assert "hunter2" not in str(caught.value)


def test_a_mail_is_scrubbed_whole() -> None:
    mail = Message(
        from_="b@x.org", to="o@x.org", subject="hunter2", text="a", html="<b>hunter2</b>"
    )
    scrubbed = Scrubber().scrub_message(mail, Harvest(["hunter2"]))
    assert (scrubbed.subject, scrubbed.html) == ("***", "<b>***</b>")


PIECES = st.sampled_from(
    ["password", "token", "=", ": ", "'", '"', "{", "}", "&", "?", "://", "@", "Bearer ", "Basic ", "***", "*",
     "abc", "hunter2", "\n", " ", ",", "Cookie", "<", ">", "--pin ", "\\", "&quot;", "%3D", "(", "eyJhbGciOiJI."],
)  # fmt: skip


@given(st.lists(PIECES, max_size=12).map("".join))
def test_what_is_scrubbed_stays_as_it_is(text: str) -> None:
    scrubber, harvest = Scrubber(environment=False), Harvest(["hunter2"])
    scrubbed = scrubber.scrub(text, harvest)
    assert scrubber.scrub(scrubbed, harvest) == scrubbed


@given(st.text())
def test_any_text_can_be_scrubbed(text: str) -> None:
    assert isinstance(Scrubber(environment=False).scrub(text, Harvest(["hunter2"])), str)
