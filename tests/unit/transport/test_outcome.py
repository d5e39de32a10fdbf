"""What became of a message, as a value."""

import pytest
from pydantic import ValidationError

from mailcore import Message
from mailcore.errors import OutcomeUnknown, SenderRefused
from mailcore.reply import Reply
from mailcore.transport import Outcome, Partial, Receipt, Rejected, Sent, Unknown

MESSAGE = Message(from_="bot@example.com", to="a@example.org", text="hello")
RECEIPT = Receipt(accepted=("a@example.org",), reply=Reply(250, ("2.0.0 queued",)))


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        (Sent(message=MESSAGE, envelope=None, receipt=RECEIPT), "sent"),
        (Partial(message=MESSAGE, envelope=None, receipt=RECEIPT), "partial"),
        (Rejected(message=MESSAGE, envelope=None, error=SenderRefused("no")), "rejected"),
        (Unknown(message=MESSAGE, envelope=None, error=OutcomeUnknown("lost")), "unknown"),
    ],
)
def test_an_outcome_is_told_apart_by_its_pattern(outcome: Outcome, name: str) -> None:
    match outcome:
        case Sent(receipt=receipt):
            found = ("sent", receipt)
        case Partial(receipt=receipt):
            found = ("partial", receipt)
        case Rejected(error=error):
            assert type(error) is SenderRefused
            found = ("rejected", RECEIPT)
        case Unknown(error=error):
            assert type(error) is OutcomeUnknown
            found = ("unknown", RECEIPT)
    assert found == (name, RECEIPT)


def test_a_receipt_comes_back_from_json() -> None:
    receipt = RECEIPT.model_copy(update={"rejected": {"b@example.org": Reply(550, ("no",))}})
    assert Receipt.model_validate_json(receipt.model_dump_json()) == receipt


def test_a_receipt_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        RECEIPT.message_id = "<1@example.com>"  # type: ignore[misc]
