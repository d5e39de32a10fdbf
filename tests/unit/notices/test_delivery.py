"""What becomes of a batch: sent, kept for later, or of unknown outcome; never an exception."""

from threading import RLock

import pytest

from mailcore.errors import (
    AuthenticationFailed,
    ConnectionLost,
    MailcoreError,
    OutcomeUnknown,
    PartiallyRefused,
    ServiceRefused,
    Throttled,
)
from mailcore.message import Message
from mailcore.notices.delivery import Delivery, complain
from mailcore.notices.issues import Batch, Issues
from mailcore.notices.policy import Policy
from mailcore.notices.snapshot import Failure, Snapshot
from mailcore.reply import Reply
from mailcore.transport import Envelope, Receipt

SNAPSHOT = Snapshot((Failure("ValueError", "no price"),))


class Server:
    """A transport that fails as it is told, and keeps what it took."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.counts: list[int] = []
        self.delivery: Delivery | None = None

    def send(
        self,
        message: Message | bytes,
        *,
        envelope: Envelope | None = None,
        allow_partial: bool = False,
    ) -> Receipt:
        assert isinstance(message, Message)
        assert (envelope, allow_partial) == (None, False)
        assert self.delivery is None or self.delivery.is_in_this_thread
        if self.errors:
            raise self.errors.pop(0)
        self.counts.append(int(message.subject))
        return Receipt(accepted=("ops@example.org",), reply=Reply(250))

    def close(self) -> None:
        pass


class Course:
    """A delivery with a clock to turn."""

    def __init__(self, *errors: BaseException) -> None:
        self.now = 0.0
        self.issues = Issues(Policy(digest_after=60))
        self.server = Server(*errors)
        self.delivery = Delivery(
            self.issues, RLock(), self.server, render=self.render, clock=lambda: self.now
        )
        self.server.delivery = self.delivery

    def render(self, batch: Batch) -> Message:
        return Message(from_="b@example.org", to="o@example.org", subject=str(batch.count))

    def occur(self, kind: str = "a") -> None:
        self.issues.open(kind, SNAPSHOT, self.now)


def test_what_is_due_is_sent_and_the_rest_is_not() -> None:
    course = Course()
    course.occur()
    course.occur()
    assert course.delivery.run()
    assert (course.server.counts, course.issues.untold) == ([1], 1)


def test_everything_is_sent_on_demand() -> None:
    course = Course()
    for _ in range(200):
        course.occur()
    assert course.delivery.run(everything=True)
    assert (course.server.counts, course.issues.untold) == ([1, 199], 0)


@pytest.mark.parametrize("error", [ConnectionLost("gone"), ValueError("a transport's own fault")])
def test_what_could_not_be_sent_is_kept_and_sent_later(
    error: Exception, capsys: pytest.CaptureFixture[str]
) -> None:
    course = Course(error)
    course.occur()
    assert not course.delivery.run()
    assert course.issues.untold == 1
    course.now = 60
    assert course.delivery.run()
    assert course.server.counts == [1]
    assert course.delivery.failures == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f"mailcore.notices: a notice (count 1) could not be mailed, and is kept: {type(error).__name__}: {error}"
    ]


def test_after_a_failure_the_others_are_not_tried_at_once() -> None:
    course = Course(ConnectionLost("gone"), ConnectionLost("gone"))
    course.occur("a")
    course.occur("b")
    assert not course.delivery.run()
    assert len(course.server.errors) == 1


def test_what_may_have_been_delivered_is_never_sent_again() -> None:
    course = Course(OutcomeUnknown("cut"))
    course.occur()
    assert not course.delivery.run()
    assert course.issues.untold == 0
    course.now = 10_000
    course.delivery.run(everything=True)
    assert course.server.counts == []


def test_a_mail_of_unknown_outcome_is_told_to_the_next_who_wants_everything_out() -> None:
    course = Course(OutcomeUnknown("cut"))
    course.occur()
    assert not course.delivery.run()
    assert not course.delivery.run(everything=True)
    assert course.delivery.run(everything=True)


def test_what_reached_somebody_is_not_sent_again() -> None:
    receipt = Receipt(accepted=("a@example.org",), reply=Reply(250))
    course = Course(PartiallyRefused("one refused", receipt=receipt))
    course.occur()
    assert course.delivery.run()
    assert (course.issues.untold, course.delivery.failures) == (0, 1)


@pytest.mark.parametrize(
    ("error", "wait"),
    [
        (ConnectionLost("gone"), 60),
        (Throttled("slowly", retry_after=900), 900),
        (ServiceRefused("no", reply=Reply(421)), 60),
        (AuthenticationFailed("no", reply=Reply(535)), 3600),
    ],
)
def test_the_wait_is_as_long_as_the_error_asks_for(error: MailcoreError, wait: float) -> None:
    course = Course(error)
    course.occur()
    course.delivery.run()
    assert course.issues.due == wait


def test_an_interrupt_passes_and_nothing_is_lost() -> None:
    course = Course(KeyboardInterrupt())
    course.occur()
    with pytest.raises(KeyboardInterrupt):
        course.delivery.run()
    assert course.issues.untold == 1


def test_a_transport_that_turns_out_asynchronous_is_a_failure() -> None:
    async def receive() -> None:
        pass

    course = Course()
    course.server.send = lambda *_, **__: receive()  # type: ignore[method-assign,assignment] # a wrong one
    course.occur()
    assert not course.delivery.run()
    assert course.issues.untold == 1


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    complain("no", ValueError("a\r\nb\n" + "c" * 10_000))
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_complaint_without_a_stderr_raises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    assert complain("no", ValueError()) is None  # type: ignore[func-returns-value] # that it returns at all
