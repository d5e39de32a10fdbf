import copy
import logging
import pickle

import pytest

from mailcore.secret import Secret

SECRET = Secret("hush")


def test_only_reveal_gives_it() -> None:
    assert SECRET.reveal() == "hush"


@pytest.mark.parametrize("shown", [repr(SECRET), str(SECRET), f"{SECRET}", f"{[SECRET]}"])
def test_nothing_else_shows_it(shown: str) -> None:
    assert "hush" not in shown


def test_a_log_does_not_show_it(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("somebody").warning("password %s %r", SECRET, SECRET)
    assert "hush" not in caplog.text


def test_it_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(SECRET)


def test_it_can_be_copied_with_what_holds_it() -> None:
    assert copy.deepcopy({"password": SECRET}) == {"password": SECRET}
    assert copy.copy(SECRET) is SECRET


def test_equal_secrets_are_equal() -> None:
    assert Secret("hush") == SECRET
    assert Secret(SECRET) == SECRET
    assert hash(Secret("hush")) == hash(SECRET)
    assert Secret("other") != SECRET


def test_a_secret_is_not_its_text() -> None:
    assert SECRET != "hush"
