"""The text of a notice reads well in a terminal."""

from mailcore.notices.rendering.document import Code, Document, Line, Prose, Rows, Story
from mailcore.notices.rendering.plain import CODE_LIMIT, write_text
from tests.unit.notices.rendering.samples import failure, of, report, text

STORY = Story(
    "KeyError: 'x'",
    ("Once",),
    (
        Code("Where", (Line(">  1  f()", is_marked=True),), caption=("f, line 1",)),
        Rows("Context", (("url", "'x'"),)),
        Prose("Notes", ("try later",)),
    ),
)


def document(*stories: Story, summary: tuple[str, ...] = ()) -> Document:
    return Document("title", "preview", summary, stories, (Prose("End", ("mute",)),))


def test_the_text_tells_all_in_order() -> None:
    assert write_text(document(STORY), 9000) == (
        """\
KeyError: 'x'

Once

Where
  f, line 1
  >  1  f()

Context
  url: 'x'

Notes
  try later

End
  mute
"""
    )


def test_a_digest_begins_with_its_list_and_has_rules_between() -> None:
    whole = write_text(document(STORY, STORY, summary=("2 × KeyError", "1 × OSError")), 9000)
    assert whole.startswith("2 × KeyError\n1 × OSError\n\n=====")
    assert whole.count("=" * 40) == 2


def test_a_notice_begins_with_what_failed_how_often_and_where() -> None:
    assert text(report()).startswith(
        """\
ValueError: no price

Once, at 1970-01-01 00:00:00 UTC

Where
  Spider.parse_item, line 3
  /home/me/shop/spider.py
       1  def parse_item(page):
       2      # read
  >    3      price(page)

Context
  url: 'http://x'

Traceback, most recent call last
"""
    )


def test_what_does_not_fit_is_counted_and_the_end_is_there() -> None:
    long = Story("KeyError", ("Once",), (Prose("Notes", ("note",) * 5000), Prose("More", ("x",))))
    whole = write_text(document(long), 5000)
    assert len(whole) <= 5000
    assert "more lines left out\n\nMore\n  x\n" in whole
    assert whole.endswith("End\n  mute\n")


def test_one_line_left_out_is_one() -> None:
    story = Story("KeyError", (), (Prose("Notes", ("short", "x" * 2000)),))
    assert "… 1 more line left out" in write_text(document(story), 2000)


def test_lines_of_code_are_cut() -> None:
    story = Story("KeyError", (), (Code("Log", (Line("x" * 5000),)),))
    longest = max(map(len, write_text(document(story), 9000).splitlines()))
    assert CODE_LIMIT < longest < CODE_LIMIT + 50


def test_a_line_cannot_pretend_to_be_another_section() -> None:
    forged = report(of(failure(kind="x\nWhere\n  nowhere"), context=(("a\nb", "1\nOrigin"),)))
    assert "  a\\nb: 1\\nOrigin\n" in text(forged)
    assert "\nOrigin\n" not in text(forged)
