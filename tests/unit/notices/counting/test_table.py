"""What a mail tells adds up."""

from mailcore.notices.counting.table import Batch, Report
from mailcore.notices.exceptions.snapshot import Failure, Snapshot

SNAPSHOT = Snapshot((Failure("ValueError", "no price"),))


def test_a_batch_counts_the_exceptions_of_its_issues_and_those_that_were_not_told_apart() -> None:
    reports = (Report(kind, SNAPSHOT, 0, 0, new=2, total=5, is_first=False) for kind in "ab")
    assert Batch(tuple(reports), others=3).count == 7
