import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message.html.fragments import body_fragment, escape_text
from mailcore.message.html.markup import DEPTH, VOID
from mailcore.message.html.text import to_text


class Stack(HTMLParser):
    """Follows the tags of well-formed HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.deepest = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)
            self.deepest = max(self.deepest, len(self.open))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def follow(html: str) -> Stack:
    stack = Stack()
    stack.feed(html)
    stack.close()
    assert not stack.open
    return stack


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("", ""),
        ("a < b &amp; c", "a &lt; b &amp; c"),
        ("<html><head><title>x</title></head><body id=z><p>y</p></body></html>", "<p>y</p>"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<div>a</div></div></body>b", "<div>a</div>b"),
        ("<b>a<br>b", "<b>a<br>b</b>"),
        ("<p id=x class='a b' lang=de>a</p>", '<p id="x" class="a b" lang="de">a</p>'),
        ("<img src='cid:x' alt='\"'>", '<img src="cid:x" alt="&quot;">'),
        ("<a href='https://a.example/?x&amp;y'>a</a>", '<a href="https://a.example/?x&amp;y">a</a>'),
        ("<a href='mailto:x'>a</a><a href=/x>b</a>", '<a href="mailto:x">a</a><a href="/x">b</a>'),
        ("<o:p>a</o:p><font color=red>b</font>", 'a<font color="red">b</font>'),
        ("<pre>a\n  b</pre>", "<pre>a\n  b</pre>"),
        ("<p style='color: red'>a</p>", '<p style="color: red">a</p>'),
        ("<table><tr><td>a", "<table><tr><td>a</td></tr></table>"),
        ("<object data=x><param name=y>a</object>", "a"),
        (
            "<img usemap=#m><map name=m><area href=https://a.example alt=a onclick=x></map>",
            '<img usemap="#m"><map name="m"><area href="https://a.example" alt="a"></map>',
        ),
    ],
)  # fmt: skip
def test_what_can_be_quoted_stays_and_is_closed(html: str, expected: str) -> None:
    assert body_fragment(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<script>x</script>", "<style>x</style>", "<link href=x>", "<meta charset=x>", "<base href=x>",
        "<title>x</title>", "<iframe src=x>x</iframe>", "<object data=x></object>", "<embed src=x>",
        "<!-- x -->", "<!--[if mso]>x<![endif]-->", "<![if !mso]><![endif]>", "<form action=x></form>",
        "<input value=x>", "<textarea>x</textarea>", "<select><option>x</select>", "<svg><script>x",
        "<template>x</template>", "<?xml x?>", "<td></td><tr></tr>", "<x-y></x-y>",
    ],
)  # fmt: skip
def test_what_acts_or_is_not_shown_goes(html: str) -> None:
    assert body_fragment(html) == ""


@pytest.mark.parametrize(
    "attribute",
    [
        "onclick='x()'", "ONLOAD=x", "href='javascript:x()'", "href=' java\nscript:x()'", "href=VBScript:x",
        "href='&#106;avascript:x'", "href='\x01javascript:x'", "href='data:text/html,x'", "src=file:///x",
        "src='data:image/svg+xml,x'", "href='java&Tab;script:x'", "style='a: expression(x)'",
        "style='a: url(javascript:x)'", "style='a: url(java\\script:x)'", "style='position: fixed'",
        "style='position/**/:absolute'", "style='-moz-binding: x'", "srcdoc=x", "formaction=x",
        "contenteditable", "background='javascript:x'",
    ],
)  # fmt: skip
def test_attributes_that_act_go(attribute: str) -> None:
    assert body_fragment(f"<a {attribute}>x</a>") == "<a>x</a>"


@pytest.mark.parametrize(
    ("body", "look"),
    [
        ("bgcolor=#000000 text=White", 'style="background-color:#000000;color:White"'),
        ("bgcolor=123abc", 'style="background-color:#123abc"'),
        ("bgcolor='x;position:fixed' dir=rtl lang=he", 'dir="rtl" lang="he"'),
        ("text=red STYLE='margin:0;position:fixed;color:&#35;fff'", 'style="color:red;margin:0;color:#fff"'),
    ],
)  # fmt: skip
def test_the_look_of_the_body_is_that_of_an_element_around_it(body: str, look: str) -> None:
    assert body_fragment(f"<html><body {body}><p>x</body></html>") == f"<div {look}><p>x</p></div>"


@pytest.mark.parametrize(
    "body", ["", "onload=x()", "style='position:fixed'", "bgcolor=''", "class=x"]
)
def test_a_body_without_a_look_leaves_nothing(body: str) -> None:
    assert body_fragment(f"<!-- <body lang=x> --><body {body}>x") == "x"


def test_what_a_style_sheet_hides_goes_with_it() -> None:
    html = "<style>.pre { display: none }</style><p class='a pre'>x</p><p class=b>y</p>"
    assert body_fragment(html) == '<p class="b">y</p>'


def test_declarations_that_reach_out_of_the_quote_go() -> None:
    html = "<p style='color:red;margin-top:-400px;position:relative;z-index:9'>x</p>"
    assert body_fragment(html) == '<p style="color:red">x</p>'


def test_an_embedded_image_stays() -> None:
    html = '<img src="data:image/png;base64,QUJD">'
    assert body_fragment(html) == html


def test_what_a_form_shows_stays_without_the_form() -> None:
    assert (
        body_fragment("<form action=x><b>a</b><button onclick=x>b</button></form>") == "<b>a</b>b"
    )


def test_deep_elements_go_and_their_text_stays() -> None:
    fragment = body_fragment("<div>" * 100_000 + "end")
    assert follow(fragment).deepest == DEPTH
    assert "end" in fragment


SOUP = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<table>", "</table>", "<td>", "<tr>", "</td>", "<b>", "<a href=x onclick=y>", "</a>",
         "<li>", "<br>", "</br>", "<img src='javascript:x'>", "<script>", "</script>", "<!--", "-->", "<",
         "</body>", "</blockquote>", "&", "&#xD800;", "text", "\ud800", "'", '"', "<![x", "<style", ">"]
    )
).map("".join)  # fmt: skip


@given(SOUP)
def test_any_html_gives_a_well_formed_fragment(html: str) -> None:
    fragment = body_fragment(html)
    follow(fragment)
    assert not re.search(r"<script|<!--|javascript", fragment)
    assert fragment.encode().decode() == fragment


@given(SOUP)
def test_a_fragment_of_a_fragment_says_the_same(html: str) -> None:
    fragment = body_fragment(body_fragment(html))
    assert (
        body_fragment(fragment) == fragment
    )  # tags that an unknown element held apart are put right
    assert re.sub("<[^>]*>", "", fragment) == re.sub("<[^>]*>", "", body_fragment(html))


@pytest.mark.parametrize(
    "piece",
    [
        "<div>x", "<td>x", "<table><tr><td>", "<a href=x>", "<br></p>", "<b><br>x", "<a href=x><br>x",
        "<style>a{", "<p style=';a:('>x",
    ],
)  # fmt: skip
def test_hostile_html_takes_linear_time(piece: str) -> None:
    began = time.process_time()
    follow(body_fragment(piece * 5_000))
    assert time.process_time() - began < 10  # it is far below a second


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("a\nb", "a<br>\nb"),
        ("a\r\nb\rc\n", "a<br>\nb<br>\nc<br>\n"),
        ('<b> & "c"', '&lt;b&gt; &amp; "c"'),
        ("a b  c   d", "a b&nbsp; c&nbsp;&nbsp; d"),
        (" a\n  b", "&nbsp;a<br>\n&nbsp; b"),
        ("a\tb", "a" + "&nbsp;" * 6 + " b"),
        ("https://a.example", "https://a.example"),
    ],
)  # fmt: skip
def test_plain_text_is_shown_as_it_is(text: str, html: str) -> None:
    assert escape_text(text) == html


@given(st.text(alphabet="ab<>&\"' \n", min_size=1))
def test_plain_text_comes_back_word_by_word(text: str) -> None:
    assert to_text(escape_text(text)).split() == text.split()


def test_the_direction_of_the_document_is_kept() -> None:
    fragment = body_fragment('<html dir="rtl" lang="he"><body><p>x</p></body></html>')
    assert 'dir="rtl"' in fragment
    assert 'lang="he"' in fragment
