import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.html.text import to_text

PIECES = st.sampled_from(
    ["<p>", "</p>", "<div>", "</div>", "<br>", "<hr>", "<ul>", "<ol start=3 type=i>", "</ul>", "</ol>",
     "<li>", "</li>", "<dl>", "<dt>", "<dd>", "</dl>", "<blockquote>", "</blockquote>", "<pre>", "</pre>",
     "<table>", "</table>", "<tr>", "<td rowspan=2>", "<th colspan=3>", "</td>", "</tr>", "<a href=x>",
     "<a href='https://example.org/'>", "</a>", "<img src=x>", "<img alt='an image'>", "<q>", "</q>",
     "<rt>", "<b>", "</b>", "<p hidden>", "<caption>", " ", "\n", "\t", "\xa0", "\u3000", "\u200c",
     "字", "é", "words and words", "https://example.org", "&nbsp;", "&#xD800;", "<", "<!--", "\x85"]
)  # fmt: skip
SOUP = st.lists(PIECES | st.text(max_size=5)).map("".join)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ""),
        ("<p></p> \n <div>&nbsp;</div>", ""),
        ("words", "words\n"),
        ("  two\n  <b>words</b>  ", "two words\n"),
        ("<p>one</p><p>two</p>", "one\n\ntwo\n"),
        ("<p>one<p>two", "one\n\ntwo\n"),
        ("<div>one</div><div>two</div>", "one\ntwo\n"),
        ("<h1>Head</h1>text<h2>Next</h2>text", "Head\n\ntext\n\nNext\n\ntext\n"),
        ("a<br>b<br><br>c<br><br><br><br>d", "a\nb\n\nc\n\nd\n"),
        ("<div>a<br></div><div><br></div><div>b</div>", "a\n\nb\n"),
        ("a<hr>b", f"a\n\n{'-' * 40}\n\nb\n"),
        ("say <q>yes</q>", 'say "yes"\n'),
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>", "漢(かん)\n"),
        ("x &lt; y &amp;&copy;&#8364;", "x < y &©€\n"),
    ],
)
def test_text_is_written_in_lines_and_blocks(html: str, expected: str) -> None:
    assert to_text(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="https://example.org/a?b=1&amp;c=2">Label</a>.', "Label (https://example.org/a?b=1&c=2)."),
        ('<a href="https://example.org/?a=1&copy=2">x</a>', "x (https://example.org/?a=1&copy=2)"),
        ('<a href="https://example.org/"> https://example.org/ </a>x', "https://example.org/ x"),
        ('see <a href="https://example.org/">example.org</a>', "see https://example.org/"),
        ('<a href="https://example.org/"><p>example.org</p></a>', "example.org"),
        ('<a href="http://example.org">https://Example.org/</a>', "http://example.org"),
        ('<a href="mailto:ann@example.org?subject=x">write</a>', "write (ann@example.org)"),
        ('<a href="mailto:ann@example.org">ann@example.org</a>', "ann@example.org"),
        ('<a href="MAILTO:ann%2Bx@example.org">write</a>', "write (ann+x@example.org)"),
        ('<a href="tel:+4930123">call</a>', "call (+4930123)"),
        ('<a href="#top">up</a>', "up"),
        ('<a href=" java\nscript:x()">run</a>', "run"),
        ('<a href="">x</a><a name=y>y</a>', "xy"),
        ('<a href="https://example.org"></a>x', "x"),
        ('<a href="https://example.org"><img src=x alt=Logo></a>', "[Logo] (https://example.org)"),
        ('a<a href="https://example.org"><img src=x></a>b', "a https://example.org b"),
        ('<a href="https://example.org">one <b>two </b></a>three', "one two (https://example.org) three"),
        ('<a href="https://example.org"><p></p>label</a>', "label (https://example.org)"),
        ('<a href="https://example.org"><p>label</p></a>', "label (https://example.org)"),
        ("<a href='{{ unsubscribe }}'>leave</a>", "leave ({{unsubscribe}})"),
        ('<a href="https://a.example">a<a href="https://b.example">b</a>',
         "a (https://a.example)b (https://b.example)"),
    ],
)  # fmt: skip
def test_a_link_is_its_label_and_its_address(html: str, expected: str) -> None:
    assert to_text(html) == f"{expected}\n"


def test_a_link_that_is_a_button_has_its_address_behind_its_text() -> None:
    html = '<a href="https://example.org"><table><tr><td><p>Buy</p></td></tr></table></a><p>Bye'
    assert to_text(html) == "Buy (https://example.org)\n\nBye\n"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<img alt=Logo>", "[Logo]\n"),
        ("a <img alt='Our  logo' src=x> b", "a [Our logo] b\n"),
        ("<img alt=''>x<img src=y>", "x\n"),
    ],
)
def test_an_image_is_its_alternative_text(html: str, expected: str) -> None:
    assert to_text(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a<ul><li>one</li><li>two</li></ul>b", "a\n\n- one\n- two\n\nb\n"),
        ("<ul><li>one<li>two</ul>", "- one\n- two\n"),
        ("<ol><li>one<li>two</ol>", "1. one\n2. two\n"),
        ("<ol start=9><li>one<li>two<li value=20>three</ol>", "9. one\n10. two\n20. three\n"),
        ("<ol reversed><li>one</li><li>two</li></ol>", "2. one\n1. two\n"),
        ("<ol type=a start=26><li>one<li>two</ol>", "z. one\naa. two\n"),
        ("<ol type=I start=4><li>one</ol>", "IV. one\n"),
        ("<ol start=x type=?><li>one</ol>", "1. one\n"),
        ("<ul><li>one<ul><li>two</ul><li>three</ul>", "- one\n  - two\n- three\n"),
        ("<ul><li>one</li><ul><li>two</li></ul><li>three</li></ul>", "- one\n  - two\n- three\n"),
        ("<ol><li><p>a</p><p>b</p></li><li>c</li></ol>", "1. a\n\n   b\n\n2. c\n"),
        ("<ul><li></li><li>x</li></ul>", "- x\n"),
        ("<ul style='list-style: none'><li>x</ul>", "x\n"),
        ("<li>a<li>b", "- a\n- b\n"),
        ("<dl><dt>Term<dd>What it is<dt>Next<dd>More</dl>", "Term\n  What it is\nNext\n  More\n"),
        ("<ul><li>a<blockquote>b</blockquote>c</ul>", "- a\n\n  > b\n\n  c\n"),
    ],
)
def test_lists_have_markers_and_are_indented(html: str, expected: str) -> None:
    assert to_text(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a<blockquote>b</blockquote>c", "a\n\n> b\n\nc\n"),
        ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b\n"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n>\n> > b\n\nc\n"),
        ("<blockquote>a<br>b", "> a\n> b\n"),
    ],
)
def test_quotes_are_marked(html: str, expected: str) -> None:
    assert to_text(html) == expected


def test_preformatted_text_keeps_its_white_space() -> None:
    html = "x<pre>\ndef f():\n    return  1 \n\tpass<br>  &nbsp;end</pre>y"
    assert to_text(html) == "x\n\ndef f():\n    return  1\n\tpass\n   end\n\ny\n"


@pytest.mark.parametrize("value", ["pre", "pre-wrap", "PRE-LINE", "break-spaces"])
def test_a_block_can_be_preformatted_by_its_style(value: str) -> None:
    html = f"x  y<div style='white-space: {value}'>a\n  b</div><div>c\nd</div>"
    assert to_text(html) == "x y\na\n  b\nc d\n"


def test_an_inline_element_that_is_preformatted_stays_in_its_line() -> None:
    assert to_text("a <span style='white-space:pre-wrap'>b </span>c") == "a b c\n"


@pytest.mark.parametrize(
    "html",
    [
        "<style>p {}</style>", "<script>'x'</script>", "<title>x</title>", "<!-- x -->",
        "<!--[if mso]><p>x</p><![endif]-->", "<template>x</template>", "<p hidden>x</p>",
        "<div style='Display : None'><p>x</p></div>", "<span style='visibility:hidden'>x</span>",
        "<select><option>x</select>", "<textarea>x</textarea>",
        "<div style='display:none;mso-hide:all'>preheader &zwnj;&nbsp;&#847;</div>",
        "<style>.pre{display:none !important}</style><div class='a pre'>x</div>",
        "<style>#pre{display:none}</style><div id=pre>x</div>",
        "&zwnj;&nbsp;&zwnj;&nbsp;&#847; &#8199;&#65279;&shy;",
    ],
)  # fmt: skip
def test_what_is_not_shown_is_left_out(html: str) -> None:
    assert to_text(f"<p>seen</p>{html}<p>too</p>") == "seen\n\ntoo\n"


@pytest.mark.parametrize(
    "html",
    [
        "<p style='-webkit-backface-visibility: hidden'>x</p>",
        "<p style='-x-display:none;color:red'>x</p>",
        "<p style='display:none-such'>x</p>",
        "<style>@media (max-width:600px) {.x {display:none}}</style><p class=x>x</p>",
    ],
)
def test_what_is_not_hidden_is_shown(html: str) -> None:
    assert to_text(html) == "x\n"


def test_what_outlook_alone_hides_is_shown() -> None:
    assert (
        to_text("<a style='mso-hide:all' href='https://a.example'>Buy</a>")
        == "Buy (https://a.example)\n"
    )


def test_a_head_that_is_never_closed_hides_nothing() -> None:
    assert to_text("<html><head><title>x</title><body><p>seen") == "seen\n"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("你好\n  世界", "你好世界"),
        ("你好，\n<b>世界</b>", "你好，世界"),
        ("hello\nworld", "hello world"),
        ("你好\nworld", "你好 world"),
        ("안녕\n하세요", "안녕 하세요"),
        ("　　你好", "　　你好"),
        ("soft&shy;ly", "softly"),
        ("a&nbsp;&nbsp;b", "a b"),
        ("👨‍👩‍👧 می‌خواهم", "👨‍👩‍👧 می‌خواهم"),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_white_space_and_invisible_characters_are_what_people_see(html: str, expected: str) -> None:
    assert to_text(f"<p>{html}</p>") == f"{expected}\n"


def test_a_small_table_of_data_is_aligned() -> None:
    html = """<table><thead><tr><th>Fruit</th><th>Price</th></tr></thead>
    <tbody><tr><td>苹果</td><td>1.00</td></tr><tr><td>Pear</td><td>12.50</td></tr></table>"""
    assert to_text(html) == "Fruit  Price\n-----  -----\n苹果   1.00\nPear   12.50\n"


def test_a_table_whose_end_tags_are_left_out_is_aligned_too() -> None:
    assert (
        to_text("a<table><tr><td>x<td>y<tr><td>long<td>z</table>b")
        == "a\n\nx     y\nlong  z\n\nb\n"
    )


def test_the_caption_stands_before_the_table() -> None:
    html = "<table><caption>Prices</caption><tr><td>a<td>b</table>"
    assert to_text(html) == "Prices\na  b\n"


@pytest.mark.parametrize(
    "html",
    [
        "<table role=presentation><tr><td>a</td><td>b</td></tr><tr><td>c</table>",
        "<table><tr><td>a</td></tr><tr><td>b</td></tr><tr><td>c</td></tr></table>",
    ],
)
def test_a_layout_table_gives_its_cells_one_after_another(html: str) -> None:
    assert to_text(html) == "a\nb\nc\n"


def test_a_table_of_data_with_lines_in_its_cells_keeps_its_headings() -> None:
    html = """<table><tr><th>Item<th>Price<tr><td>Blue shirt<br>SKU 4711<td>19.90
    <tr><td>Tea<td>4.20</table>"""
    assert to_text(html) == ("Item: Blue shirt SKU 4711\nPrice: 19.90\n\nItem: Tea\nPrice: 4.20\n")


def test_a_table_around_a_table_is_layout() -> None:
    html = "<table><tr><td>a<td>b<td><table><tr><td>1<td>2<tr><td>3<td>4</table><td>c</table>d"
    assert to_text(html) == "a\nb\n\n1  2\n3  4\n\nc\n\nd\n"


def test_a_link_in_a_cell_ends_with_the_cell() -> None:
    html = "<table><tr><td><a href='https://a.example'>a<td>b</table>"
    assert to_text(html) == "a (https://a.example)  b\n"


def test_a_row_without_cells_is_still_a_row_that_a_cell_may_span() -> None:
    html = "<table><tr><td rowspan=2>a<td>b<tr></tr><tr><td>c<td>d</table>"
    assert to_text(html) == "a  b\nc  d\n"


def test_what_stands_for_an_object_is_read() -> None:
    assert to_text("<object data=x.swf><param name=a>Our film</object>") == "Our film\n"


def test_long_lines_are_not_wrapped() -> None:
    assert to_text("word " * 100) == "word " * 99 + "word\n"


def test_a_whole_mail_reads_well() -> None:
    html = """<!DOCTYPE html><html><head><title>Order</title><style>p{}</style></head><body>
    <div style="display:none">Your order is on its way &zwnj;&nbsp;</div>
    <table role="presentation"><tr><td><img src="cid:logo" alt="Shop"></td></tr><tr><td>
    <h1>Thank you, Ann!</h1><p>Your order <b>42</b> is on its way.
    <a href="https://shop.example/42">Track it</a>.</p>
    <table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>4.20</td></tr></table>
    <p>Questions? <a href="mailto:help@shop.example">help@shop.example</a></p></td></tr></table>"""
    assert to_text(html) == (
        "[Shop]\n\nThank you, Ann!\n\n"
        "Your order 42 is on its way. Track it (https://shop.example/42).\n\n"
        "Item  Price\n----  -----\nTea   4.20\n\nQuestions? help@shop.example\n"
    )


@given(SOUP)
def test_any_html_gives_tidy_text(html: str) -> None:
    text = to_text(html)
    lines = text.encode().decode().split("\n")
    assert text == "" or (text.endswith("\n") and lines[0] and lines[-2])
    assert all(line == line.rstrip() for line in lines)
    assert "\n\n\n" not in text


@given(st.text(alphabet=st.characters(categories=["L", "N"]), min_size=1))
def test_every_word_is_in_the_text(word: str) -> None:
    assert word in to_text(f"<p>{word}</p>")


@given(SOUP)
def test_tags_without_meaning_change_nothing(html: str) -> None:
    assert to_text(f"<x-y>{html}</x-y>") == to_text(html)


@pytest.mark.parametrize(
    "piece",
    ["<div>x", "<blockquote>x", "<ul><li>x", "<table><tr><td>x", "<a href=x>y", "<td>x", "<pre>x",
     "<br></div>x", "<blockquote><li>x", "<table><td rowspan=9>x</table>",
     "<b><br>x", "<a href=x><br>y", "<i>x<img>", "<p><b>x"],
)  # fmt: skip
def test_hostile_depth_takes_linear_time(piece: str) -> None:
    began = time.process_time()
    text = to_text(piece * 5_000)
    assert time.process_time() - began < 10  # it is far below a second
    assert len(re.findall("[xy]", text)) >= 5_000


def test_a_hundred_thousand_open_elements_are_read() -> None:
    assert to_text("<div>" * 100_000 + "end") == "end\n"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<style>.t{display:none}</style><p class=t style="display:block">Seen</p>', "Seen\n"),
        ('<map><area href="https://x.y/a" alt="Shop"><area href="https://x.y/b"></map>',
         "Shop (https://x.y/a)\nhttps://x.y/b\n"),
        ("<video><a href='https://x.y/v'>Watch</a></video>", "Watch (https://x.y/v)\n"),
        ("<table><tr><td><p>A</p><p>B</p><td><p>C</p><p>D</p></table>", "A\n\nB\n\nC\n\nD\n"),
    ],
)  # fmt: skip
def test_nothing_that_readers_are_shown_is_lost(html: str, text: str) -> None:
    assert to_text(html) == text
