"""When something is mailed, and that the counts of all mails add up."""

from dataclasses import replace
from math import inf
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.notices.counting.issues import DAY, HOUR, Issues
from mailcore.notices.counting.table import Batch, Step
from mailcore.notices.exceptions.snapshot import Failure, Snapshot
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
    issues = Issues(Policy(digest_after=60, resolved_after=None))
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


def test_an_issue_whose_place_was_taken_while_it_was_described_is_counted_by_number_alone() -> None:
    issues = Issues(Policy(max_issues=1))
    assert issues.record("a", 0) is Step.DESCRIBE
    issues.open("b", SNAPSHOT, 0)
    assert issues.open("a", SNAPSHOT, 0) is Step.CROWDED_OUT
    assert issues.others == 1


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


def test_waits_double_up_to_the_longest_and_go_on() -> None:
    issues = Issues(Policy(digest_after=60, longest_wait=200))
    occur(issues, "a", 0)
    now = 0.0
    waits: list[float] = []
    while len(waits) < 5:
        now = max(now, issues.due)
        issues.put_back(taken(issues, now))
        issues.back_off(now)
        waits.append(issues.due - now)
    assert waits == [60, 120, 200, 200, 200]
    assert issues.untold == 1


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
    issues = Issues(Policy(burst=1, max_described=2, digest_after=60))
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


def test_digests_grow_rarer_while_it_goes_on() -> None:
    issues = Issues(Policy(digest_after=(60, 300, 1800)))
    moments = []
    for moment in range(0, 10_000, 5):
        occur(issues, "a", moment)
        moments += [moment for _ in all_mails(issues, moment)]
    assert moments == [0, 65, 370, 2175, 3980, 5785, 7590, 9395]


def test_after_a_silence_digests_begin_anew() -> None:
    issues = Issues(Policy(digest_after=(60, 300), calm_after=1000))
    for moment in (0, 0, 60, 60, 360, 2000):
        occur(issues, "a", moment)
        all_mails(issues, moment)
    assert issues.due == 2060


def test_no_more_mails_a_day_than_allowed() -> None:
    issues = Issues(Policy(mails_a_day=4, mails_an_hour=3, digest_after=60))
    moments = []
    for moment in range(0, 3 * int(DAY), 60):
        occur(issues, "a", moment)
        moments += [moment for _ in all_mails(issues, moment)]
    assert all(later - first >= DAY for first, later in zip(moments, moments[4:], strict=False))
    assert len(moments) >= 9


@pytest.mark.parametrize(
    ("kinds", "count", "seconds", "most"),
    [(1, 10_000, 600, 5), (1, 10_000, DAY, 9), (10_000, 10_000, HOUR, 13), (1, 1, 1, 1)],
)
def test_a_storm_is_a_handful_of_mails_whose_counts_add_up(
    kinds: int, count: int, seconds: float, most: int
) -> None:
    issues = Issues(Policy.calm())
    mails = []
    for number in range(count):
        now = number * seconds / count
        occur(issues, str(number % kinds), now)
        mails += all_mails(issues, now)
    mails += all_mails(issues, seconds, everything=True)
    assert len(mails) <= most
    assert sum(batch.count for batch in mails) == count


def test_forty_bugs_of_an_hour_are_ten_mails() -> None:
    issues = Issues(Policy.calm())
    mails = []
    randomness = Random(7)  # noqa: S311 - the same each time
    weights = [1 / (rank + 1) for rank in range(40)]
    for number in range(10_000):
        now = number * HOUR / 10_000
        occur(issues, str(randomness.choices(range(40), weights)[0]), now)
        mails += all_mails(issues, now)
    mails += all_mails(issues, HOUR, everything=True)
    assert len(mails) <= 10
    assert sum(batch.count for batch in mails) == 10_000


def test_a_policy_of_digests_mails_nothing_at_once() -> None:
    issues = Issues(Policy.digest("1h"))
    occur(issues, "a", 0)
    assert issues.due == HOUR


def test_an_immediate_policy_mails_every_kind_at_once() -> None:
    issues = Issues(Policy.immediate())
    for number in range(100):
        occur(issues, str(number), 0)
    assert len(all_mails(issues, 0)) == 100


def quiet_until(end: float) -> Issues:
    return Issues(Policy(digest_after=60), quiet_left=lambda now: max(0.0, end - now))


def test_in_quiet_hours_everything_waits_for_their_end() -> None:
    issues = quiet_until(1000)
    occur(issues, "a", 0)
    assert issues.due == 1000
    assert issues.take(999) is None
    assert taken(issues, 1000).reports[0].is_first


def test_what_is_critical_is_mailed_in_quiet_hours_too() -> None:
    issues = quiet_until(1000)
    issues.open("a", replace(SNAPSHOT, severity="critical"), 0)
    assert taken(issues, 0).count == 1


def test_what_is_critical_has_the_limits_of_all() -> None:
    issues = Issues(Policy.calm())
    for number in range(300):
        issues.open(str(number), replace(SNAPSHOT, severity="critical"), 0)
    assert len(all_mails(issues, 0)) == 5


def test_what_is_not_seen_any_more_is_told_to_be_over_once() -> None:
    issues = Issues(Policy(resolved_after=1000))
    occur(issues, "a", 0)
    taken(issues, 0)
    assert issues.due == 1000
    (report,) = taken(issues, 1000).reports
    assert (report.is_resolved, report.new, report.total) == (True, 0, 1)
    assert issues.due == inf


def test_what_is_not_told_yet_is_not_over() -> None:
    issues = Issues(Policy(resolved_after=10, digest_after=100))
    for _ in range(2):
        occur(issues, "a", 0)
    taken(issues, 0)
    assert issues.due == 100
    assert [report.is_resolved for report in taken(issues, 100).reports] == [False]


def test_what_comes_back_is_mailed_at_once_described_again() -> None:
    issues = Issues(Policy(resolved_after=1000))
    occur(issues, "a", 0)
    taken(issues, 0)
    taken(issues, 1000)
    assert occur(issues, "a", 2000) is Step.REOPENED
    (report,) = taken(issues, 2000).reports
    assert (report.is_first, report.new, report.total, report.last_seen) == (True, 1, 2, 2000)


def test_that_it_is_over_is_told_again_if_the_mail_did_not_go_out() -> None:
    issues = Issues(Policy(resolved_after=1000, digest_after=60))
    occur(issues, "a", 0)
    taken(issues, 0)
    issues.put_back(taken(issues, 1000))
    issues.back_off(1000)
    assert [report.is_resolved for report in taken(issues, 1060).reports] == [True]


Events = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.integers(0, 500), st.sampled_from(["out", "lost", ""]))
)


@given(Events)
def test_whatever_happens_the_counts_add_up(events: list[tuple[str, int, str]]) -> None:
    issues = Issues(Policy(max_issues=3, burst=2, mails_an_hour=4, resolved_after=300))
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
