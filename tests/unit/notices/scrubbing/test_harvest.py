"""What was harvested is masked wherever it stands, and never shown."""

import copy
import pickle
from base64 import b64encode
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.notices.scrubbing.harvest import Harvest


def test_every_occurrence_is_masked() -> None:
    assert Harvest(["hunter2"]).mask("hunter2, xhunter2y") == "***, x***y"


def test_the_longest_is_masked_first() -> None:
    assert Harvest(["hunter", "hunter2-long"]).mask("hunter2-long") == "***"


def test_base64_with_it_is_masked_whole() -> None:
    text = b64encode(b"anna:hunter2").decode()
    assert Harvest(["hunter2"]).mask(f"Basic {text}, {text}.") == "Basic ***, ***."


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("with hunter2-lo… (12 more)", "with ***… (12 more)"),
        ("with 'hunter2-lo'… (12 more)", "with '***'… (12 more)"),
        ("with hunter2 …", "with *** …"),
        ("hunter… and hunter2-l…", "***… and ***…"),
        ("a hunt… is on", "a hunt… is on"),
    ],
)
def test_where_a_text_is_cut_the_beginning_of_one_is_masked(text: str, masked: str) -> None:
    assert Harvest(["hunter2-long"]).mask(text) == masked


def test_two_can_be_joined() -> None:
    both = Harvest(["hunter2"]) | Harvest(["swordfish"])
    assert both.mask("hunter2 swordfish") == "*** ***"
    assert len(both) == 2


def test_it_shows_none() -> None:
    harvest = Harvest(["hunter2"])
    assert repr(harvest) == "Harvest(<1 secrets>)"
    assert b"hunter2" not in pickle.dumps(harvest)
    assert len(copy.deepcopy(harvest)) == len(pickle.loads(pickle.dumps(harvest))) == 0  # noqa: S301 - its own


def test_without_a_secret_all_stays() -> None:
    assert Harvest().mask("hunter2") == "hunter2"
    assert Harvest(["", "abc"]).mask("abc") == "abc"


@given(st.lists(st.text("ab*c", max_size=8), max_size=5), st.text("ab*c…", max_size=40))
def test_what_is_masked_stays_as_it_is(secrets: list[str], text: str) -> None:
    harvest = Harvest(secrets)
    masked = harvest.mask(text)
    assert harvest.mask(masked) == masked


@given(
    st.lists(st.text(min_size=4, max_size=8), max_size=5), st.text(max_size=40), st.integers(0, 4)
)
def test_none_is_left(secrets: list[str], text: str, index: int) -> None:
    if index < len(secrets):
        text = f"{text}{secrets[index]}{text}"
    masked = Harvest(secrets).mask(text)
    assert not any(secret in masked for secret in secrets if "*" not in secret)


def test_200_secrets_in_64_kb_take_milliseconds() -> None:
    harvest = Harvest(f"canary-{number}-{number * 7919:x}" for number in range(200))
    harvest.mask("the forms are made once")
    text = "".join(
        f'  File "/srv/shop/page{line}.py", line {line}, in parse_item\n' for line in range(1200)
    )
    before = process_time()
    harvest.mask(text[:64_000])
    assert process_time() - before < 0.5


def test_of_several_the_last_can_be_taken() -> None:
    both = Harvest(["swordfish", "opensesame"]) | Harvest(["hunter22", "swordfish"])
    masked = both.last(2).mask("swordfish opensesame hunter22")
    assert masked == "*** opensesame ***"
    assert Harvest(["hunter22"]) <= both
    assert not both <= Harvest(["hunter22"])
