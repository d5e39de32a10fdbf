import pydantic
import pytest

from mailcore.errors import InvalidAddress, InvalidHeader, InvalidMessage
from mailcore.message import Message
from mailcore.message.refusal import check_encodable, check_text, refusal


def failure_of(**fields: object) -> pydantic.ValidationError:
    with pytest.raises(pydantic.ValidationError) as caught:
        Message.model_validate(fields)
    return caught.value


def test_the_error_is_of_the_kind_of_the_first_fault_and_says_where() -> None:
    error = refusal(failure_of(**{"from": "a@b.c"}, to=["d@e.f", "nobody"]), InvalidMessage)
    assert type(error) is InvalidAddress
    assert str(error).startswith("to[1]: ")


def test_a_fault_that_pydantic_found_gets_the_default_kind() -> None:
    error = refusal(failure_of(**{"from": "a@b.c"}, subject=7), InvalidMessage)
    assert type(error) is InvalidMessage
    assert str(error).startswith("subject: ")


def test_every_fault_is_told() -> None:
    error = refusal(failure_of(subject="a\nb"), InvalidMessage)
    assert "from_: " in str(error)
    assert "subject: " in str(error)


@pytest.mark.parametrize("text", ["a\r", "\n", "\0", "\ud800"])
def test_text_that_no_header_can_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidHeader):
        check_text(text, error=InvalidHeader)


@pytest.mark.parametrize("text", ["", "plain", "tab\there", "今日报告 📈", "\x85\u2028"])
def test_other_text_is_given_back(text: str) -> None:
    assert check_text(text, error=InvalidHeader) == text


def test_half_a_character_is_shown_with_its_place() -> None:
    with pytest.raises(InvalidMessage, match="at 2 is half a character"):
        check_encodable("ab\udc80", error=InvalidMessage)
