from typing import Any

import pytest
from pydantic import ValidationError

from mailcore.errors import ConfigurationError, InvalidAddress, InvalidHeader
from mailcore.message import Address, Group, Unsubscribe
from mailcore.message.value import Value

ADDRESS = Address(email="a@example.org", name="A")


@pytest.mark.parametrize(
    ("model", "fields", "error"),
    [
        (Address, {"email": "nobody"}, InvalidAddress),
        (Group, {"name": ""}, InvalidAddress),
        (Unsubscribe, {"uris": "ftp://x"}, InvalidHeader),
    ],
)
def test_a_constructor_raises_our_errors_and_validation_pydantics(
    model: type[Value], fields: dict[str, str], error: type[ConfigurationError]
) -> None:
    with pytest.raises(error):
        model(**fields)
    with pytest.raises(error):
        model.of(fields)
    with pytest.raises(ValidationError):
        model.model_validate(fields)


def test_a_value_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ADDRESS.email = "b@example.org"


def test_a_copy_is_the_same_but_for_its_changes() -> None:
    assert ADDRESS.model_copy() == ADDRESS
    assert ADDRESS.model_copy(update={"name": "B"}) == Address(email="a@example.org", name="B")


def test_a_copy_with_changes_is_checked() -> None:
    with pytest.raises(InvalidAddress):
        ADDRESS.model_copy(update={"email": "a@b\r\nX-Evil: 1"})


@pytest.mark.parametrize("fields", [{"self": "x"}, {1: 2}, None, [1], "a@example.org"])
def test_fields_that_there_are_not_are_refused(fields: Any) -> None:
    with pytest.raises(InvalidAddress):
        Address.of(fields)
