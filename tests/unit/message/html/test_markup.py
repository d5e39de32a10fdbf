import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.html.markup import DEPTH, clean, decode, depth, find_references, start_tags

MARKUP = st.lists(
    st.sampled_from(
        ["<", ">", "</", "<!--", "-->", "<!", "<?", "<a", "<p>", "<br>", "<script>", "</script>",
         "<style>", "<title", "<td ", "=", '"', "'", "/", " ", "\n", "&", "#", ";", "&amp;", "href",
         "&#x", "99999999", "\0", "\ud800", "字", "text", "]]>", "<![CDATA[", "<![x["]
    )
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("<P Class=x>", '<p class="x">'),
        ("<br>", "<br/>"),
        ("<br/></br>", "<br/>"),
        ("</b>a<div><b>c</div></b>d", "a<div><b>c</b></div>d"),
        ("a<!-- <p> -->b<!DOCTYPE x><?php ?><![endif]>c</3>d", "abcd"),
        ("<!-->a<!--->b<!-- x --!>c<!-- never closed", "abc"),
        ("<html><head><title>x<p></title></head><body>y</body></html>", "y"),
        ("<script>if (a<b) '</p>'</SCRIPT >x", "x"),
        ("<style>a > b {}</style>x<style>never closed", "x"),
        ("<a href='x\"y' title=it's>", '<a href="x&quot;y" title="it&#x27;s">'),
        ("<a href=/x/>", '<a href="/x/">'),
        ("<a =x <b>", "<a>"),
        ("<a href=?x=1&copy=2>", '<a href="?x=1&amp;copy=2">'),
        ("&eacute;&#233;&#xE9;&#150;&nosuch;", "ééé–&amp;nosuch;"),
        ("a\r\nb\rc\0d", "a\nb\ncd"),
        ("<john@example.org>", ""),
        ("<\u017fcript>x", "&lt;\u017fcript&gt;x"),
    ],
)
def test_markup_is_read_as_browsers_do(html: str, expected: str) -> None:
    assert clean(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a<p>b", "<p>a</p><p>b"),
        ("<ul><li><p>a<li>b</ul>", "<ul><li><p>a</p></li><li>b</li></ul>"),
        ("<li><ul><li>a</ul>b", "<li><ul><li>a</li></ul>b"),
        ("<dl><dt>a<dd>b<dt>c", "<dl><dt>a</dt><dd>b</dd><dt>c"),
        ("<tr><td>a<th>b<tr><td>c", "<tr><td>a</td><th>b</th></tr><tr><td>c"),
        ("<td><table><tr><td>a", "<td><table><tr><td>a"),
        ("<thead><tr><td>a<tbody>", "<thead><tr><td>a</td></tr></thead><tbody>"),
    ],
)
def test_end_tags_that_may_be_left_out_are_there(html: str, expected: str) -> None:
    assert clean(html) == expected


def test_of_tags_too_deep_there_is_only_white_space() -> None:
    outer, inner = "<b>" * DEPTH, "<i>y</i><br>z"
    assert clean(f"{outer}x{inner}{'</b>' * DEPTH}") == f"{outer}x\ny\n<br/>z{'</b>' * DEPTH}"


def test_end_tags_of_tags_too_deep_end_nothing_else() -> None:
    html = clean("<b>" * (DEPTH + 2) + "</b></b>x</b>y")
    assert html == "<b>" * DEPTH + "\n" * 4 + "x</b>y"


def test_open_elements_that_end_by_themselves_are_not_deep() -> None:
    assert clean("<tr><td>x" * (DEPTH + 1)).count("<td>") == DEPTH + 1


@pytest.mark.parametrize("reference", ["&#xD800;", "&#0;", "&#x110000;", "\ud800"])
def test_no_half_character_comes_out(reference: str) -> None:
    assert clean(reference) == "\ufffd"


def test_a_reference_of_endless_digits_stays_text() -> None:
    assert decode("&#" + "1" * 5000 + ";") == "&#" + "1" * 5000 + ";"


def test_references_are_found_where_they_stand() -> None:
    assert list(find_references("a&amp;b&#43;")) == [(1, 6, "&"), (7, 12, "+")]


def test_start_tags_tell_where_values_begin() -> None:
    html = """<!-- <b x=1> --><img src="a" Alt='b c' width=3 hidden><style>x<p y=1></style>"""
    image, style = start_tags(html)
    assert [(each.name, each.value) for each in image.attributes] == [
        ("src", "a"),
        ("alt", "b c"),
        ("width", "3"),
        ("hidden", ""),
    ]
    assert [html[each.start :][: len(each.value)] for each in image.attributes[:3]] == [
        "a",
        "b c",
        "3",
    ]
    assert (style.name, style.content) == ("style", "x<p y=1>")
    assert html[style.content_start :].startswith("x<p")


def test_start_tags_of_one_name_can_be_asked_for() -> None:
    (style,) = start_tags("<p media=x><Style Media='&lt;x' media=y>z</style>", "style")
    assert (style.get("media"), style.get("type")) == ("<x", "")


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", 0),
        ("<div><br><b>x</b></div><div></div>", 2),
        ("<p>a<p>b<li>c<td>d", 0),
        ("<div>" * 1000, 1000),
        ("</b></b><b>", 1),
        ("<script><div><div></script>", 0),
    ],
)
def test_depth_counts_the_elements_that_need_an_end(html: str, expected: int) -> None:
    assert depth(html) == expected


@given(MARKUP)
def test_clean_markup_is_its_own_clean_form(html: str) -> None:
    assert clean(clean(html)) == clean(html)


@given(MARKUP)
def test_clean_markup_can_be_encoded(html: str) -> None:
    assert clean(html).encode().decode() == clean(html)


@pytest.mark.parametrize(
    "piece",
    ["<", "<a ", "<a href='", '<a b="', "<!--", "<![", "<?", "&#1", "</", "<style>", "<title ",
     "<script></", "<a b=' c=\"", "<a b = ", "<br></div>", "<b>x</i>", "<p>",
     "<b><p>"],
)  # fmt: skip
def test_hostile_markup_takes_linear_time(piece: str) -> None:
    began = time.process_time()
    clean(piece * 50_000)
    assert time.process_time() - began < 20  # it is below a second; quadratic would be minutes
