"""`mailcore/__init__.py`: what it lists, what type checkers see and what is loaded are the same."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import mailcore
from tests.house.rules import front_door

SOURCE = Path(mailcore.__file__).read_text(encoding="utf-8")
LISTED, IMPORTED, HOMES = front_door(SOURCE)

HEAVY = ("bs4", "dns", "asyncio", "cryptography", "sqlite3", "http", "urllib3", "requests")


def modules_after(statement: str) -> set[str]:
    """Give the modules that a statement loads in a bare interpreter."""
    program = (
        f"import sys; before = set(sys.modules); {statement}; print(*set(sys.modules) - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_the_three_lists_of_the_front_door_agree() -> None:
    assert LISTED == IMPORTED
    assert set(HOMES) == LISTED - {"notices"}  # a room, not a name of one


@pytest.mark.parametrize("name", sorted(LISTED))
def test_every_name_of_the_front_door_is_there(name: str) -> None:
    value = getattr(mailcore, name)
    if name in HOMES:
        assert value is getattr(importlib.import_module(HOMES[name]), name)
        assert name in importlib.import_module(HOMES[name]).__all__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="postman"):
        _ = mailcore.postman  # type: ignore[attr-defined]  # on purpose


def test_dir_shows_what_is_not_loaded_yet() -> None:
    assert set(dir(mailcore)) >= LISTED


def test_importing_mailcore_loads_nothing_else() -> None:
    assert modules_after("import mailcore") == {"mailcore"}


@pytest.mark.parametrize("heavy", HEAVY)
def test_composing_and_sending_load_nothing_heavy(heavy: str) -> None:
    loaded = modules_after("from mailcore import Message, SMTPTransport")
    assert not {name for name in loaded if name.partition(".")[0] == heavy} - {"http"}


def test_composing_and_sending_load_no_http_client() -> None:
    assert "http.client" not in modules_after("from mailcore import Message, SMTPTransport")


def test_reading_loads_no_pydantic() -> None:
    loaded = modules_after("from mailcore import parse; parse(b'Subject: x\\r\\n\\r\\n').subject")
    assert "pydantic" not in loaded


def test_planted_differences_between_the_lists_are_found() -> None:
    forgotten = SOURCE.replace('    "SMTPTransport",\n', "", 1)
    listed, imported, _ = front_door(forgotten)
    assert listed != imported
    moved = SOURCE.replace('"SMTPTransport": "mailcore.smtp"', '"SMTPTransport": "mailcore.sasl"')
    assert "SMTPTransport" not in front_door(moved)[2]
