"""What becomes of a batch: sent, kept for later, or of unknown outcome; never an exception."""

from time import monotonic

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
from mailcore.notices.complaints import Complaints
from mailcore.notices.counting.issues import Issues
from mailcore.notices.counting.table import Batch
from mailcore.notices.exceptions.snapshot import Failure, Snapshot
from mailcore.notices.mailing.delivery import Delivery
from mailcore.notices.policy import Policy
from mailcore.reply import Reply
from mailcore.transport import Envelope, Receipt

SNAPSHOT = Snapshot((Failure("ValueError", "no price"),))


POISON = Snapshot(())


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
        self.told: list[set[str]] = []
        self.complaints = Complaints()
        self.server = Server(*errors)
        self.delivery = Delivery(
            self.issues,
            self.server,
            render=self.render,
            clock=lambda: self.now,
            told=lambda fingerprints: self.told.append({*fingerprints}),
            severity="error",
            complaints=self.complaints,
        )
        self.server.delivery = self.delivery

    def render(self, batch: Batch) -> Message:
        for report in batch.reports:
            if report.snapshot is POISON:
                raise LookupError("can't be written")
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
    assert course.complaints.count == 1
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


def test_after_an_unknown_outcome_the_others_are_not_tried_at_once_either() -> None:
    course = Course(OutcomeUnknown("cut"))
    course.occur("a")
    course.occur("b")
    assert not course.delivery.run()
    assert course.delivery.run()
    assert course.server.counts == []
    course.now = 60
    assert course.delivery.run()
    assert course.server.counts == [1]


def test_what_reached_somebody_is_not_sent_again() -> None:
    receipt = Receipt(accepted=("a@example.org",), reply=Reply(250))
    course = Course(PartiallyRefused("one refused", receipt=receipt))
    course.occur()
    assert course.delivery.run()
    assert (course.issues.untold, course.complaints.count) == (0, 1)


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


@pytest.mark.parametrize("number_of_others", [0, 5])
def test_a_report_that_cannot_be_written_takes_no_other_along(
    number_of_others: int, capsys: pytest.CaptureFixture[str]
) -> None:
    course = Course()
    course.issues.open("poison", POISON, 0)
    for number in range(number_of_others):
        course.occur(str(number))
    for _ in range(3):
        course.issues.record("poison", 0)
    assert course.delivery.run(everything=True)
    assert sum(course.server.counts) == 4 + number_of_others
    assert course.complaints.count >= 1
    assert "could not be written as it is: LookupError" in capsys.readouterr().err


def test_after_its_deadline_no_mail_is_begun() -> None:
    course = Course()
    course.occur()
    assert not course.delivery.run(everything=True, until=monotonic() - 1)
    assert (course.server.counts, course.issues.untold) == ([], 1)


def test_it_tells_what_is_under_way() -> None:
    course = Course(ConnectionLost("gone"))
    seen: list[int] = []
    send = course.server.send

    def watch(message: Message) -> Receipt:
        seen.append(course.delivery.under_way)
        return send(message)

    course.server.send = watch  # type: ignore[method-assign,assignment] # to look meanwhile
    course.occur()
    course.delivery.run()
    assert (seen, course.delivery.under_way) == ([1], 0)


def test_after_a_mail_it_says_of_what_nothing_is_left_to_tell() -> None:
    course = Course()
    course.occur()
    course.delivery.run()
    assert course.told == [{"a"}]


def test_whose_place_was_needed_while_its_mail_failed_is_told_by_number_alone() -> None:
    """Else the next process would tell of it twice: by its name, and among the others."""
    course = Course()
    course.issues = course.delivery.issues = Issues(Policy(max_issues=1))
    course.occur()

    def refuse(_: object, **__: object) -> Receipt:
        course.occur("b")
        raise ConnectionLost("gone")

    course.server.send = refuse  # type: ignore[method-assign,assignment] # it takes its time to fail
    assert not course.delivery.run()
    assert course.told == [{"a"}]
    left = {report.fingerprint: report.new for report in course.delivery.list_left()}
    assert left == {"b": 1, "others-error": 1}


def test_a_transport_that_turns_out_asynchronous_is_a_failure() -> None:
    async def receive() -> None:
        pass

    course = Course()
    course.server.send = lambda *_, **__: receive()  # type: ignore[method-assign,assignment] # a wrong one
    course.occur()
    assert not course.delivery.run()
    assert course.issues.untold == 1
