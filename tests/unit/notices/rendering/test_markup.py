"""The HTML of a notice is plain, balanced and harmless, whatever was in the exception."""

import re

import pytest

from mailcore.notices.counting.table import Report
from mailcore.notices.exceptions.snapshot import Failure, Frame
from mailcore.notices.rendering.document import Code, Document, Line, Prose, Story
from mailcore.notices.rendering.markup import write_html
from tests.unit.notices.rendering.samples import OWN, Page, failure, html, of, report

ATTACKS = [
    "<script>alert(1)</script>",
    "</pre></div><img src=http://evil.example/x onerror=alert(1)>",
    "\"'><a href='javascript:alert(1)'>",
    "--></style><style>body{background:url(//evil.example)}",
    "<!--",
    "&lt;b&gt;&amp;",
    "]]><svg/onload=alert(1)>",
]


def everywhere(hostile: str) -> Report:
    """Give a report with this in all of its fields."""
    frame = Frame(hostile, 3, hostile, ((hostile, hostile),), 2)
    inner = failure(hostile, kind=hostile, frames=(OWN, frame), notes=(hostile,), times=3)
    outer = failure(f"{hostile}\n{hostile}", kind=hostile, frames=(frame,), members=(inner,))
    pairs = ((hostile, hostile),)
    return report(of(outer, inner, context=pairs, log_tail=(hostile,), origin=pairs), key=hostile)


@pytest.mark.parametrize("hostile", ATTACKS)
def test_what_is_in_the_fields_adds_no_element(hostile: str) -> None:
    def elements(text: str) -> list[tuple[str, dict[str, str | None]]]:
        return Page(html(everywhere(text), everywhere(text), app=text, how_to_mute=text)).elements

    assert elements(hostile) == elements("x" * 20)


@pytest.mark.parametrize("reports", [(everywhere(ATTACKS[0]),), (report(), everywhere("x"))])
def test_nothing_runs_and_nothing_is_fetched(reports: tuple[Report, ...]) -> None:
    page = Page(html(*reports))
    assert page.wrong == []
    assert {tag for tag, _ in page.elements} <= {
        *("html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "h3", "p", "ul"),
        *("li", "pre", "b", "table", "tr", "th", "td"),
    }
    attributes = {name for _, attributes in page.elements for name in attributes}
    assert attributes <= {"lang", "charset", "name", "content", "style", "class", "scope"}
    [style] = page.texts["style"]
    assert not re.search(r"url\(|@import|expression|https?:", style)


def test_hostile_text_is_shown_as_it_is() -> None:
    page = Page(html(report(of(failure("<b>&amp;</b>")))))
    assert page.texts["h1"] == ["ValueError: <b>&amp;</b>"]


def test_one_issue_has_its_name_as_heading_and_sections_below() -> None:
    page = Page(html(report()))
    assert page.texts["h1"] == ["ValueError: no price"]
    assert "h2" not in page.texts
    assert page.texts["h3"][:2] == ["Where", "Context"]


def test_a_digest_has_a_list_and_a_heading_for_each_issue() -> None:
    page = Page(html(report(), report(key="bb")))
    assert page.texts["h1"] == ["[shop] 2 exceptions of 2 kinds"]
    assert len(page.texts["li"]) == len(page.texts["h2"]) == 2


def test_language_title_and_preview_are_set() -> None:
    page = Page(html(report(new=199, total=200)))
    assert ("html", {"lang": "en"}) in page.elements
    assert page.texts["title"] == ["[shop] ValueError: no price (parse_item)"]
    assert page.texts["div"][0].startswith("199 more times, 200 in all")
    hidden = next(attributes["style"] for tag, attributes in page.elements if tag == "div")
    assert hidden is not None
    assert hidden.startswith("display:none")


def test_there_is_a_style_for_dark_and_no_fixed_width() -> None:
    whole = html(report())
    assert "@media(prefers-color-scheme:dark)" in whole
    assert '<meta name="color-scheme" content="light dark">' in whole
    assert not re.search(r"[^-]width:\d", whole)


def luminance(colour: str) -> float:
    digits = colour * 2 if len(colour) == 3 else colour
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [it / 12.92 if it <= 0.04045 else ((it + 0.055) / 1.055) ** 2.4 for it in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", [0, 1])
def test_all_text_has_the_contrast_that_guidelines_ask_for(scheme: int) -> None:
    style = Page(html(report())).texts["style"][0].split("@media")[scheme]
    backgrounds = re.findall(r"background:#(\w+)", style)
    colours = re.findall(r"[{;]color:#(\w+)", style)
    [body] = re.findall(r"body[^{]*\{[^}]*background:#(\w+);color", style)
    text = colours[0]
    pairs = [(text, it) for it in backgrounds] + [(it, body) for it in colours]
    for foreground, background in pairs:
        light, dark = sorted(map(luminance, (foreground, background)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_failing_line_is_marked() -> None:
    assert Page(html(report())).texts["b"][0] == ">    3      price(page)"


def test_code_wraps_where_the_style_sheet_is_dropped() -> None:
    styles = [
        attributes["style"] for tag, attributes in Page(html(report())).elements if tag == "pre"
    ]
    assert styles
    assert set(styles) == {"white-space:pre-wrap"}


def test_a_cut_leaves_it_balanced_and_says_how_much_is_missing() -> None:
    code = Code("Log", tuple(Line(f"<{number}>", is_marked=True) for number in range(5000)))
    story = Story("KeyError", ("Once",), (code, Prose("Notes", ("&",) * 5000)))
    whole = write_html(Document("title", "", (), (story,), (Prose("End", ("mute",)),)), 20_000)
    assert len(whole) <= 20_000
    assert Page(whole).wrong == []
    assert len(re.findall(r"… \d+ more lines left out", whole)) == 2
    assert "<h3>End</h3>\n<p>mute</p>" in whole


def test_what_is_no_exception_reads_well_too() -> None:
    page = Page(html(report(of(Failure("", "disk nearly full")))))
    assert page.texts["h1"] == ["disk nearly full"]
    assert page.texts["h3"] == ["To hear less of it"]
