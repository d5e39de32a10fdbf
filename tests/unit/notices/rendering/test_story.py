"""A notice tells first what failed, then how often, and the new issues before the known."""

from mailcore.notices.counting.table import Batch, Report
from mailcore.notices.exceptions.snapshot import Failure
from mailcore.notices.rendering.document import Document, Prose, Rows
from mailcore.notices.rendering.story import PREVIEW_LIMIT, Teller
from tests.unit.notices.rendering.samples import failure, of, renderer, report

DAY = 86_400


def tell(*reports: Report, others: int = 0, max_described: int = 20) -> Document:
    made = renderer()
    teller = Teller(max_described, "Turn it off.", made.read_line, made.at)
    return teller.tell("subject", Batch(reports, others))


def test_what_happened_once_says_when() -> None:
    [story] = tell(report()).stories
    assert story.heading == "ValueError: no price"
    assert story.frequency == ("Once, at 1970-01-01 00:00:00 UTC",)


def test_what_happened_often_says_how_often_and_since_when() -> None:
    [story] = tell(report(new=199, total=200)).stories
    assert story.frequency == (
        "199 more times, 200 in all",
        "First at 1970-01-01 00:00:00 UTC",
        "Last at 1970-01-01 00:01:00 UTC",
    )
    assert tell(report(new=7, total=7)).stories[0].frequency[0] == "7 times"


def test_what_is_over_says_since_when() -> None:
    document = tell(report(new=0, total=200, is_resolved=True))
    assert document.stories[0].frequency == (
        "Not seen since 1970-01-01 00:01:00 UTC",
        "200 times in all, first at 1970-01-01 00:00:00 UTC",
    )


def test_a_severity_that_is_not_the_usual_one_is_told() -> None:
    assert "Severity critical" in tell(report(of(severity="critical"))).stories[0].frequency


def test_a_known_issue_is_not_described_again() -> None:
    new, known = tell(report(new=2, total=2)), tell(report(new=2, total=9))
    assert [one.title for one in known.stories[0].sections] == ["Where", "Context of the first"]
    assert "Traceback, most recent call last" in [one.title for one in new.stories[0].sections]


def test_the_preview_of_one_issue_counts_and_of_several_names_them() -> None:
    assert tell(report(new=5, total=9)).preview.startswith("5 more times, 9 in all; First at")
    note = report(of(Failure("", "disk nearly full")), new=2, total=2)
    over = report(new=0, total=3, is_resolved=True)
    several = tell(report(new=5, total=9), note, over, others=3)
    assert several.preview == "2 × disk nearly full; 5 × ValueError; over: ValueError; 3 others"
    assert len(tell(*[report()] * 1000).preview) <= PREVIEW_LIMIT


def test_a_digest_begins_with_a_line_for_each_issue_new_ones_first() -> None:
    known = report(of(failure("known")), new=5, total=9)
    new = report(of(failure("new")), new=2, total=2, last_seen=DAY)
    once = report(of(failure("once")), last_seen=0)
    over = report(new=0, total=3, is_resolved=True)
    assert tell(known, new, once, over, others=12).summary == (
        "12 exceptions of more kinds than can be told apart",
        "2 × ValueError: new (parse_item), 1970-01-01 00:00:00 UTC to 1970-01-02 00:00:00 UTC",
        "1 × ValueError: once (parse_item), 1970-01-01 00:00:00 UTC",
        "5 × ValueError: known (parse_item), 1970-01-01 00:00:00 UTC to 00:01:00 UTC",
        "over: ValueError: no price (parse_item), not seen since 1970-01-01 00:01:00 UTC",
    )


def test_an_issue_in_a_digest_has_its_key() -> None:
    assert "Key bb" in tell(report(), report(key="bb")).stories[1].frequency
    assert "Key aa" not in tell(report()).stories[0].frequency


def test_only_so_many_issues_are_described() -> None:
    document = tell(*[report()] * 30, max_described=4)
    assert (len(document.summary), len(document.stories)) == (30, 4)


def test_it_ends_with_the_origin_and_how_to_hear_less() -> None:
    closing = tell(report(of(origin=(("host", "web1"),)))).closing
    assert closing == (
        Rows("Origin", (("host", "web1"),)),
        Prose("To hear less of it", ("Its key is aa. Turn it off.",)),
    )
    assert tell(others=3).closing == ()
