import re
import time
from base64 import b64encode
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.message import Attachment, Message, ReceivedMessage, parse
from mailcore.message.showing import preview as module
from mailcore.message.showing.preview import preview
from tests.mails import NOW

PNG = b"\x89PNG\r\n\x1a\n"
PNG_URI = f"data:image/png;base64,{b64encode(PNG).decode()}"

MAIL = Message(
    from_="王芳 <fang@example.org>",
    to=["bot@example.org"],
    cc=["Ops & more <ops@example.org>"],
    subject="报告 <1>",
    text="See below.\n",
    html='<p>请见附件</p><img src="cid:logo">',
    inline={"logo": PNG},
    attachments=[Attachment(filename="<数据>.csv", content=b"1,2\n" * 500)],
    date=NOW,
).to_bytes()


def html(body: str, *parts: bytes) -> ReceivedMessage:
    """Give a mail of an HTML body and the parts that it shows."""
    first = b"Content-Type: text/html; charset=utf-8\n\n" + body.encode() + b"\n"
    inside = b"".join(b"--b\n" + each + b"\n" for each in (first, *parts))
    return parse(b"Content-Type: multipart/related; boundary=b\n\n" + inside + b"--b--\n")


def image(content_id: str = "logo", *, content: bytes = PNG, kind: str = "image/png") -> bytes:
    header = f"Content-Type: {kind}\nContent-ID: <{content_id}>\nContent-Transfer-Encoding: base64"
    return header.encode() + b"\n\n" + b64encode(content)


def frame(document: str) -> str:
    """Give the document within the frame."""
    return unescape(document.partition('srcdoc="')[2].partition('"')[0])


def body(mail: ReceivedMessage, *, remote_images: bool = False) -> str:
    """Give what the frame's body holds."""
    document = frame(preview(mail, remote_images=remote_images))
    return document.partition("<body>\n")[2].partition("\n</body>")[0].strip()


# --- what is shown -------------------------------------------------------------------------------


def test_the_main_fields_are_shown_as_text() -> None:
    document = preview(parse(MAIL))
    for name, value in (
        ("From", "王芳 &lt;fang@example.org&gt;"),
        ("To", "bot@example.org"),
        ("Cc", "Ops &amp; more &lt;ops@example.org&gt;"),
        ("Date", "Fri, 02 Jan 2026 at 03:04 +0000"),
        ("Subject", "报告 &lt;1&gt;"),
    ):
        assert f"<tr><th>{name}</th><td>{value}</td></tr>" in document
    assert "<title>报告 &lt;1&gt;</title>" in document


def test_the_body_is_its_html_with_the_images_in_it() -> None:
    assert body(parse(MAIL)) == f'<p>请见附件</p><img src="{PNG_URI}">'


def test_text_is_shown_where_there_is_no_html() -> None:
    assert body(parse("Subject: x\n\n1 < 2\n  报告\n".encode())).startswith(
        "1 &lt; 2<br>\n&nbsp; 报告"
    )


def test_files_are_listed_with_their_sizes() -> None:
    assert (
        "<details open><summary>Attachments: 1</summary><ul>\n"
        "<li>&lt;数据&gt;.csv, text/csv, 2.0 kB</li>\n</ul></details>"
    ) in preview(parse(MAIL))


def test_images_that_are_not_shown_are_listed() -> None:
    document = preview(html('<img src="cid:logo">', image(content=b"<svg>", kind="image/svg+xml")))
    assert "Images that the HTML does not show: 1" in document
    assert "Images that" not in preview(parse(MAIL))


def test_defects_are_there_for_who_wants_to_see_them() -> None:
    document = preview(parse(MAIL.replace(b"Subject:", b"Date: now\r\nSubject:")))
    assert "<details><summary>Defects: " in document
    assert "<li>duplicate-field (date) at octet" in document
    assert "Defects" not in preview(parse(MAIL))


def test_the_same_mail_gives_the_same_document() -> None:
    assert preview(parse(MAIL)) == preview(parse(MAIL))


# --- images --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shown",
    [
        '<img src="cid:logo">',
        '<img src=" CID:logo">',
        '<img src="cid:%6Cogo">',
        '<table background="cid:logo"></table>',
        "<p style='background:url(\"cid:logo\")'>x</p>",
        "<p style=\"background:url('cid:logo')\">x</p>",
        '<p style="background:url(cid:logo)">x</p>',
        '<p style="BACKGROUND:#fff URL( cid:%6Cogo ) no-repeat">x</p>',
        '<a style="background:url(cid:logo)">x</a>',
        '<area style="background:url(cid:logo)">',
    ],
)
def test_images_are_shown_wherever_html_can_have_them(shown: str) -> None:
    assert PNG_URI in body(html(shown, image()))


@pytest.mark.parametrize(
    "other",
    ['<a href="cid:logo">x</a>', "cid:logo", '<p title="cid:logo">x</p>', 'src="cid:logo"'],
)
def test_what_loads_no_image_gets_none(other: str) -> None:
    assert "data:" not in body(html(other, image()))


@pytest.mark.parametrize(
    ("content", "kind", "shown"),
    [
        (PNG, "application/octet-stream", "data:image/png;"),
        (b"\xff\xd8\xff", "image/pjpeg", "data:image/jpeg;"),
        (b"BM", "image/bmp", "data:image/bmp;"),
        (b"x", "image/avif", "data:image/avif;"),
        (b"RIFF....WEBP", "image/png", "data:image/webp;"),
        (b"<svg onload=alert(1)>", "image/svg+xml", None),
        (b"<svg onload=alert(1)>", "image/png", None),
        (b" <svg onload=alert(1)>", "image/svg+xml", None),
        (b"<script>", "text/html", None),
    ],
)
def test_only_images_that_can_run_nothing_are_shown(
    content: bytes, kind: str, shown: str | None
) -> None:
    tag = body(html('<img src="cid:logo">', image(content=content, kind=kind)))
    assert tag == (f'<img src="{shown}base64,{b64encode(content).decode()}">' if shown else "<img>")


def test_an_image_is_found_among_the_attachments_too() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n"
        b'<img src="cid:logo">\n--b\n' + image() + b"\n--b--\n"
    )
    assert body(parse(raw)) == f'<img src="{PNG_URI}">'


def test_images_have_room_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EMBEDDED_OCTETS", 2 * len(PNG_URI))
    shown = body(html('<img src="cid:logo">' * 5, image()))
    assert (shown.count(PNG_URI), shown.count("<img>")) == (2, 3)


# --- nothing runs, nothing is loaded -------------------------------------------------------------


def test_the_body_is_in_a_frame_that_runs_nothing() -> None:
    document = preview(parse(MAIL))
    assert document.count("<iframe") == 1
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="' in document


def test_a_policy_lets_nothing_be_loaded() -> None:
    policy = "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'\""
    document = preview(parse(MAIL))
    assert policy in document.partition("<iframe")[0]
    assert policy in frame(document)


def test_remote_images_are_let_in_when_they_are_asked_for() -> None:
    document = preview(parse(MAIL), remote_images=True)
    assert "img-src data: http: https:;" in document.partition("<iframe")[0]
    assert "img-src data: http: https:;" in frame(document)


@pytest.mark.parametrize("address", ["http://evil.test/x.png", "https://evil.test/x.png"])
def test_an_image_from_elsewhere_is_there_only_if_it_is_asked_for(address: str) -> None:
    mail = html(f'<img src="{address}" alt="x">')
    assert body(mail) == '<img alt="x">'
    assert body(mail, remote_images=True) == f'<img src="{address}" alt="x">'


@pytest.mark.parametrize(
    "address", ["//evil.test/x.png", "/logout", "x.png", "ftp://evil.test/x", "cid:unknown", ""]
)
def test_other_addresses_are_never_loaded(address: str) -> None:
    assert body(html(f'<img src="{address}" alt="x">'), remote_images=True) == '<img alt="x">'


@pytest.mark.parametrize(
    "style",
    [
        "background:url(http://evil.test/x.png)",
        "background:url('http://evil.test/x.png')",
        "background:#fff URL( &quot;http://evil.test/x.png&quot; ) no-repeat",
    ],
)
@pytest.mark.parametrize("tag", ["p", "a", "area", "td"])
def test_styles_load_nothing(style: str, tag: str) -> None:
    shown = body(html(f'<table><{tag} style="{style}">x'))
    assert f"<{tag}" in shown
    assert "evil" not in shown


@pytest.mark.parametrize(
    "value",
    [
        "url(http://evil.test/(x))",
        "url((http://evil.test))",
        "url(//evil.test) url(http://evil.test",
        "image-set('http://evil.test' 1x)",
        "-webkit-image-set(url(http://evil.test) 1x)",
        "image-set('cid:logo' 1x)",
        "image('http://evil.test')",
        "SRC('http://evil.test')",
        "cross-fade(url(http://evil.test),red)",
        "element(#evil)",
        "paint(evil)",
        "'http://evil.test'",
        "http://evil.test",
    ],
)
@pytest.mark.parametrize("remote_images", [False, True])
def test_styles_that_load_by_other_words_are_left_out(value: str, remote_images: bool) -> None:
    mail = html(f'<a style="width:1px;background:{value};color:red">x</a>', image())
    assert body(mail, remote_images=remote_images) == '<a style="width:1px;color:red">x</a>'


def test_what_a_style_says_beside_an_image_stays() -> None:
    mail = html('<p style="background:#fff url(https://evil.test/x.png) no-repeat">x</p>')
    assert body(mail) == '<p style="background:#fff none no-repeat">x</p>'
    assert 'style="background:#fff url(&quot;https://evil.test/x.png&quot;) no-repeat"' in body(
        mail, remote_images=True
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ('<blockquote cite="http://evil.test">x</blockquote>', "<blockquote>x</blockquote>"),
        ('<p href="http://evil.test">x</p>', "<p>x</p>"),
        ('<img usemap="//evil.test#m">', "<img>"),
        ('<img alt="http://example.org" title="a // b">', None),
    ],
)
def test_addresses_stand_in_links_and_in_words_alone(given: str, shown: str | None) -> None:
    assert body(html(given)) == (shown or given)


class Tags(HTMLParser):
    """Reads the attributes of every tag."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [(tag, name, value or "") for name, value in attrs]


WORDS = {"abbr", "alt", "summary", "title"}
ELSEWHERE = re.compile("https?:|//", re.IGNORECASE)
DATA = re.compile(r'(?:url\("|^)data:image/(?:avif|bmp|gif|jpe?g|png|webp)[;,][^"]*', re.IGNORECASE)
REMOTE_STYLE = re.compile(r'url\("https?:[^"\\\n]*"\)', re.IGNORECASE)
PIECES = st.sampled_from([
    "<a ", "<area ", "<p ", "<img ", "<td ", "<table ", "<video ", "<style>", "<svg ", "<input ", "<body ",
    "src=", "srcset=", "poster=", "background=", "href=", "style=", "cite=", "alt=", "ping=", "data=",
    "background:", "font:", "list-style:", "color:red", ";", "url(", "image-set(", "-webkit-image-set(",
    "image(", "src(", "cross-fade(", "element(", "rgb(", "calc(", "linear-gradient(", ")", "(", '"', "'",
    "&quot;", "&#39;", "&#12;", "&#13;", "http://evil.test", "https:evil", "//evil", "cid:logo", "\\68ttp:",
    "data:image/png;base64,//8=", "data:text/html,x", " 1x", ">", "</", " ", "\n", "\f", "\t", "/**/", "x",
])  # fmt: skip


def style(declarations: list[str]) -> str:
    return f'<a style="background:{"".join(declarations)}">x'


@given(
    st.lists(PIECES, max_size=30).map("".join)
    | st.lists(PIECES.filter(lambda piece: '"' not in piece), max_size=12).map(style),
    st.booleans(),
)
def test_whatever_comes_in_nothing_is_loaded(given: str, remote_images: bool) -> None:
    for tag, name, value in Tags(body(html(given), remote_images=remote_images)).found:
        if name in WORDS or (name == "href" and tag in {"a", "area"}):
            continue
        rest = DATA.sub("", value)
        if remote_images and name == "style":
            rest = REMOTE_STYLE.sub("", rest)
        if remote_images and name in {"src", "background"} and rest.startswith("http"):
            continue
        assert not ELSEWHERE.search(rest), (tag, name, value)
        loading = re.search(r"(?:url|image|set|src|fade|element)\(", rest, re.IGNORECASE)
        assert name != "style" or not loading, value


@pytest.mark.parametrize(
    "raw",
    [
        b"\n" + b"\n" * 2_000_000,
        b"\n" + b"x" * 20_000_000,
        b"Content-Type: text/html\n\n<p>" + b"x" * 20_000_000,
        b'Content-Type: text/html\n\n<a style="background:' + b"url(" * 200_000 + b'">x',
        b'Content-Type: text/html\n\n<a style="background:' + b"a" * 1_000_000 + b'">x',
    ],
    ids=["empty lines", "one line", "one line of HTML", "brackets", "a word in a style"],
)
def test_large_bodies_take_linear_time(raw: bytes) -> None:
    mail = parse(raw)
    began = time.process_time()
    preview(mail)
    assert time.process_time() - began < 10  # it is below a second; quadratic would be minutes


def test_addresses_without_a_scheme_lead_nowhere() -> None:
    assert '<base href="about:srcdoc">' in frame(preview(parse(MAIL)))


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<svg onload=alert(1)></svg>",
        "<img src=x onerror=alert(1)>",
        '<iframe src="http://evil.test"></iframe>',
        '<meta http-equiv="refresh" content="0;url=http://evil.test">',
        '<link rel="stylesheet" href="http://evil.test">',
        "<style>@import url(http://evil.test)</style>",
        '<form action="http://evil.test"><input></form>',
        '<object data="http://evil.test"></object>',
        '<base href="http://evil.test">',
        '<a href="javascript:alert(1)">x</a>',
        '<div style="position:fixed">x</div>',
    ],
)
def test_what_could_act_is_gone(hostile: str) -> None:
    shown = body(html(hostile))
    assert not any(word in shown for word in ("alert", "evil", "fixed", "<form", "<iframe"))


def test_a_mail_cannot_close_its_frame() -> None:
    document = preview(html('"></iframe><b>x</b>'))
    assert document.count("</iframe>") == 1
    assert "<b>" not in document


# --- links ---------------------------------------------------------------------------------------


def test_links_lead_where_they_led_in_a_window_of_their_own() -> None:
    assert body(
        html('<a href="https://example.org/?a=1&b=2" target="_top" rel="opener">x</a>')
    ) == (
        '<a href="https://example.org/?a=1&amp;b=2" target="_blank" rel="noreferrer noopener">x</a>'
    )


def test_links_within_the_mail_stay_there() -> None:
    assert body(html('<a href="#x">x</a><p id="x">y</p>')) == '<a href="#x">x</a><p id="x">y</p>'


def test_areas_of_an_image_map_are_links() -> None:
    assert body(html('<map name="m"><area href="https://example.org"></map>')).startswith(
        '<map name="m"><area href="https://example.org" target="_blank" rel="noreferrer noopener">'
    )


@given(st.binary(max_size=200), st.booleans())
def test_any_octets_can_be_previewed(junk: bytes, remote_images: bool) -> None:
    raw = b"Content-Type: text/html\n\n<p>" + junk
    document = preview(parse(raw), remote_images=remote_images)
    assert document.count("<iframe") == document.count("</iframe>") == 1
    assert document.encode()
