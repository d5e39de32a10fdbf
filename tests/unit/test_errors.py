import pickle
import traceback
from typing import Any

import pytest

from mailcore import errors
from mailcore.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionLost,
    CouldNotConnect,
    MailcoreError,
    OutcomeUnknown,
    PartiallyRefused,
    RecipientsRefused,
    Refused,
    TimedOut,
)
from mailcore.reply import Reply
from mailcore.transport import Receipt

GREYLISTED = Reply(451, ("4.7.1 greylisted, come back",))
NO_SUCH_USER = Reply(550, ("5.1.1 no such user",))


def test_the_message_says_where_and_what() -> None:
    error = ConnectionLost("the connection broke", host="mail.example:25", stage="MAIL")
    assert str(error) == "mail.example:25, MAIL: the connection broke"


def test_an_error_without_a_place_is_its_message() -> None:
    assert str(TimedOut("no answer in time")) == "no answer in time"


def test_a_place_is_filled_in_only_where_it_is_not_known() -> None:
    error = ConnectionLost("the connection broke", stage="DATA")
    error.locate(host="mail.example", stage="MAIL")
    assert (error.host, error.stage) == ("mail.example", "DATA")


def test_the_reply_gives_code_and_enhanced_code() -> None:
    error = Refused("no", reply=NO_SUCH_USER)
    assert error.code == 550
    assert str(error.enhanced_code) == "5.1.1"


def test_without_a_reply_there_is_no_code() -> None:
    assert Refused("no").code is None
    assert Refused("no").enhanced_code is None


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (Refused("no", reply=NO_SUCH_USER), False),
        (Refused("not now", reply=GREYLISTED), True),
        (Refused("no", reply=GREYLISTED, retryable=False), False),
        (CouldNotConnect("refused"), True),
        (TimedOut("no answer"), True),
        (AuthenticationFailed("wrong"), False),
        (ConfigurationError("nonsense"), False),
        (OutcomeUnknown("who knows"), False),
    ],
)
def test_retryable_follows_the_reply_then_the_kind(
    error: MailcoreError, *, retryable: bool
) -> None:
    assert error.retryable is retryable


def test_a_hint_is_a_note_of_the_traceback() -> None:
    error = AuthenticationFailed(
        "wrong password", hint="use the authorization code", hint_url="https://help.example"
    )
    assert error.hint == "use the authorization code"
    shown = "".join(traceback.format_exception(error))
    assert "Hint: use the authorization code See https://help.example" in shown


def test_a_timeout_is_also_pythons() -> None:
    assert issubclass(TimedOut, TimeoutError)


def test_a_connection_failure_is_also_an_oserror() -> None:
    assert issubclass(CouldNotConnect, OSError)
    assert issubclass(ConnectionLost, OSError)


def test_a_local_misuse_is_also_a_value_error() -> None:
    assert issubclass(ConfigurationError, ValueError)


KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, MailcoreError)
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_survives_pickling(kind: type[MailcoreError]) -> None:
    receipt = Receipt(accepted=("a@example.org",), reply=Reply(250, ("ok",)))
    own: dict[type[MailcoreError], dict[str, Any]] = {
        PartiallyRefused: {"receipt": receipt},
        RecipientsRefused: {"rejected": {"b@example.org": NO_SUCH_USER}},
    }
    error = kind(
        "said no",
        **own.get(kind, {}),
        host="mail.example",
        stage="RCPT",
        reply=GREYLISTED,
        retry_after=60.0,
        hint="wait",
    )
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(again) is kind
    assert str(again) == str(error)
    assert again.__dict__ == error.__dict__
    assert again.__notes__ == ["Hint: wait"]
