"""When something is mailed, and that the counts of all mails add up."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.notices.exceptions.snapshot import Failure, Snapshot
from mailcore.notices.issues import HOUR, Batch, Issues, Step
from mailcore.notices.policy import Policy

SNAPSHOT = Snapshot((Failure("ValueError", "no price"),))


def occur(issues: Issues, kind: str, now: float) -> Step:
    step = issues.record(kind, now)
    return issues.open(kind, SNAPSHOT, now) if step is Step.DESCRIBE else step


def taken(issues: Issues, now: float) -> Batch:
    batch = issues.take(now)
    assert batch is not None
    return batch


def all_mails(issues: Issues, now: float, *, everything: bool = False) -> list[Batch]:
    return list(iter(lambda: issues.take(now, everything=everything), None))


def test_nothing_is_due_at_first() -> None:
    issues = Issues(Policy())
    assert issues.due == inf
    assert issues.take(0, everything=True) is None


def test_a_new_issue_has_to_be_described() -> None:
    assert Issues(Policy()).record("a", 0) is Step.DESCRIBE


def test_the_first_occurrence_is_due_at_once_and_alone() -> None:
    issues = Issues(Policy())
    assert [occur(issues, "a", 0) for _ in range(3)] == [Step.WAKE, Step.WAKE, Step.NOTHING]
    report = taken(issues, 0).reports[0]
    assert (report.new, report.total, report.is_first) == (1, 1, True)
    assert issues.take(0) is None


def test_further_ones_are_due_together_when_the_interval_is_over() -> None:
    issues = Issues(Policy(digest_after=60))
    for moment in range(200):
        occur(issues, "a", moment / 100)
    taken(issues, 2)
    assert issues.due == pytest.approx(60.01)
    assert issues.take(60) is None
    report = taken(issues, 60.5).reports[0]
    assert (report.new, report.total, report.is_first) == (199, 200, False)
    assert (report.first_seen, report.last_seen) == (0, 1.99)
    assert issues.due == inf


def test_everything_is_given_early_on_demand() -> None:
    issues = Issues(Policy())
    for _ in range(200):
        occur(issues, "a", 0)
    assert [batch.count for batch in all_mails(issues, 0, everything=True)] == [1, 199]


def test_an_issue_that_two_threads_open_is_one() -> None:
    issues = Issues(Policy())
    assert issues.record("a", 0) is issues.record("a", 0) is Step.DESCRIBE
    issues.open("a", SNAPSHOT, 0)
    issues.open("a", SNAPSHOT, 0)
    assert [batch.count for batch in all_mails(issues, 0, everything=True)] == [1, 1]


def test_beyond_the_burst_new_issues_wait_for_the_digest_which_describes_them() -> None:
    issues = Issues(Policy(burst=2, digest_after=60))
    for kind in "abcd":
        occur(issues, kind, 0)
    assert [batch.reports[0].fingerprint for batch in all_mails(issues, 0)] == ["a", "b"]
    digest = taken(issues, 60)
    assert [(one.fingerprint, one.is_first) for one in digest.reports] == [("c", True), ("d", True)]


def test_the_burst_refills_with_time() -> None:
    issues = Issues(Policy(burst=1, burst_refill=300))
    occur(issues, "a", 0)
    taken(issues, 0)
    assert occur(issues, "b", 300) is Step.WAKE
    assert issues.due == -inf


def test_no_more_mails_an_hour_than_allowed_and_none_is_lost() -> None:
    issues = Issues(Policy(mails_an_hour=3, digest_after=60))
    moments: list[float] = []
    told = 0
    for moment in range(0, 7200, 10):
        occur(issues, "a", moment)
        while batch := issues.take(moment):
            moments.append(moment)
            told += batch.count
    assert all(later - first >= HOUR for first, later in zip(moments, moments[3:], strict=False))
    assert told + issues.untold == 720


def test_10_000_kinds_in_an_hour_are_13_mails_at_most() -> None:
    issues = Issues(Policy())
    mails = []
    for number in range(10_000):
        occur(issues, str(number), number * 0.36)
        mails += all_mails(issues, number * 0.36)
    mails += all_mails(issues, HOUR, everything=True)
    assert len(mails) <= 13
    assert sum(batch.count for batch in mails) == 10_000


def test_a_full_table_counts_what_it_cannot_tell_apart() -> None:
    issues = Issues(Policy(max_issues=2))
    for kind in "abcc":
        occur(issues, kind, 0)
    *_, digest = all_mails(issues, 0, everything=True)
    assert digest.others == 2


def test_a_full_table_forgets_the_issue_that_was_told_of_longest_ago() -> None:
    issues = Issues(Policy(max_issues=2))
    for kind in "aba":
        occur(issues, kind, 0)
    all_mails(issues, 0, everything=True)
    occur(issues, "c", 1)
    assert issues.record("b", 1) is Step.DESCRIBE
    assert issues.record("a", 1) is not Step.DESCRIBE


def test_what_was_put_back_comes_with_the_next_digest_described_again() -> None:
    issues = Issues(Policy(digest_after=60))
    occur(issues, "a", 0)
    issues.put_back(taken(issues, 0))
    issues.back_off(0)
    occur(issues, "a", 1)
    assert issues.take(59) is None
    report = taken(issues, 60).reports[0]
    assert (report.new, report.total, report.is_first) == (2, 2, True)


def test_what_was_put_back_is_counted_even_if_its_issue_was_forgotten() -> None:
    issues = Issues(Policy(max_issues=1))
    occur(issues, "a", 0)
    batch = taken(issues, 0)
    occur(issues, "b", 0)
    issues.put_back(batch)
    assert issues.untold == 2


def test_after_a_failure_nothing_is_mailed_at_once() -> None:
    issues = Issues(Policy(burst=3))
    occur(issues, "a", 0)
    occur(issues, "b", 0)
    issues.put_back(taken(issues, 0))
    issues.back_off(0)
    occur(issues, "c", 1)
    assert issues.due == 60
    assert len(taken(issues, 60).reports) == 3


def test_waits_double_up_to_the_longest_and_then_end() -> None:
    issues = Issues(Policy(digest_after=60, longest_wait=200, attempts=4))
    occur(issues, "a", 0)
    now, waits = 0.0, []
    while issues.due < inf:
        now = max(now, issues.due)
        issues.put_back(taken(issues, now))
        issues.back_off(now)
        waits.append(issues.due - now)
    assert waits == [60, 120, 200, inf]
    assert issues.untold == 1


def test_after_the_last_attempt_the_next_exception_begins_anew() -> None:
    issues = Issues(Policy(attempts=1))
    occur(issues, "a", 0)
    issues.put_back(taken(issues, 0))
    issues.back_off(0)
    assert issues.due == inf
    assert occur(issues, "a", 100) is Step.WAKE
    assert taken(issues, 160).count == 2


def test_a_wait_that_is_asked_for_is_kept() -> None:
    issues = Issues(Policy(digest_after=60))
    occur(issues, "a", 0)
    issues.put_back(taken(issues, 0))
    issues.back_off(0, at_least=900)
    assert issues.due == 900


def test_a_lasting_failure_has_the_longest_wait() -> None:
    issues = Issues(Policy(digest_after=60, longest_wait=1800))
    occur(issues, "a", 0)
    issues.put_back(taken(issues, 0))
    issues.back_off(0, is_lasting=True)
    assert issues.due == 1800


def test_an_issue_that_found_no_place_in_a_digest_is_described_in_the_next() -> None:
    issues = Issues(Policy(burst=1, max_described=2))
    for kind in "xabc":
        occur(issues, kind, 0)
    taken(issues, 0)
    taken(issues, 60)
    for kind in "abc":
        occur(issues, kind, 60)
    described = {report.fingerprint for report in taken(issues, 120).reports if report.is_first}
    assert described == {"c"}


def test_a_success_ends_the_waiting() -> None:
    issues = Issues(Policy(digest_after=60))
    issues.back_off(0)
    issues.succeed()
    occur(issues, "a", 1)
    assert issues.due == -inf


Events = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 500), st.sampled_from(["out", "lost", ""]))
)


@given(Events)
def test_whatever_happens_the_counts_add_up(events: list[tuple[str, int, str]]) -> None:
    issues = Issues(Policy(max_issues=3, burst=2, mails_an_hour=4, attempts=2))
    now, told = 0, 0
    for kind, later, outcome in events:
        now += later
        occur(issues, kind, now)
        if outcome and (batch := issues.take(now)):
            if outcome == "out":
                issues.succeed()
                told += batch.count
            else:
                issues.put_back(batch)
                issues.back_off(now)
    assert told + issues.untold == len(events)
    assert told + sum(b.count for b in all_mails(issues, now, everything=True)) == len(events)
    assert issues.untold == 0
