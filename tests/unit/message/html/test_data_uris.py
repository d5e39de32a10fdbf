import re
import time
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailcore.errors import InvalidMessage
from mailcore.message.attachment import Attachment
from mailcore.message.html.data_uris import Embedded, extract

PIXEL = b"\x89PNG\r\n\x1a\n pixel ??>>"
BASE64 = b64encode(PIXEL).decode("ascii")
URI = f"data:image/png;base64,{BASE64}"


def only(html: str) -> Embedded:
    (part,) = extract(html).parts
    return part


def test_an_embedded_image_becomes_a_part() -> None:
    html, (part,) = extract(f'<p>x<img src="{URI}" alt=y>')
    assert html == f'<p>x<img src="cid:{part.content_id}" alt=y>'
    assert part[1:] == ("image-1.png", "image/png", PIXEL)


def test_a_part_can_be_attached() -> None:
    part = only(f"<img src={URI}>")
    assert Attachment(disposition="inline", **part._asdict()).content_id == part.content_id


def test_the_content_id_is_made_from_the_content() -> None:
    assert only(f"<img src={URI}>").content_id == only(f"<p style='x:url({URI})'>").content_id
    other = only("<img src=data:image/png;base64,QUJD>")
    assert other.content_id != only(f"<img src={URI}>").content_id


def test_the_same_content_is_one_part() -> None:
    html, parts = extract(f"<img src={URI}><img src='{URI}'><img src=data:image/gif,x>")
    assert [part.filename for part in parts] == ["image-1.png", "image-2.gif"]
    assert html.count(f"cid:{parts[0].content_id}") == 2


@pytest.mark.parametrize(
    "template",
    [
        '<img src="%s">', "<img src='%s'>", "<img src=%s>", "<IMG SRC = %s >", '<img src=" \n%s ">',
        "<td background='%s'>", "<video poster='%s'>", "<p style='background:url(%s) 0 0'>",
        '<p style="background: URL( \'%s\' )">', '<p style="background:url(&quot;%s&quot;)">',
        "<style>p { background: url('%s') }</style>", "<style>/* ' */p { b: url(%s) }</style>",
        "<img srcset='%s 2x'>", "<img srcset='a.png, %s 2x, b.png 3x'>", "<pre><img src='%s'></pre>",
        "<img alt='a > b' src='%s'", "<!-- x --><img src='%s'>", "<img src='%s'><!-- data: -->",
    ],
)  # fmt: skip
def test_images_are_found_where_html_can_show_them(template: str) -> None:
    html, (part,) = extract(template % URI)
    assert part.content == PIXEL
    assert html == template % f"cid:{part.content_id}"


@pytest.mark.parametrize(
    "template",
    [
        "<p>%s</p>", "<img alt='%s'>", "<img title=%s>", "<!-- <img src='%s'> -->",
        "<script>x = '<img src=\"%s\">'</script>", "<textarea><img src='%s'></textarea>",
        "<title><img src='%s'></title>", "<pre>&lt;img src='%s'></pre>", "<a href='%s'>x</a>",
        "<style>/* p { b: url(%s) } */</style>", "<style>p { b: %s }</style>", "<img data-src='%s'>",
        "<!--[if mso]><img src='%s'><![endif]-->", "<img src='x %s'>", "</img src='%s'>",
    ],
)  # fmt: skip
def test_what_only_speaks_of_data_stays(template: str) -> None:
    assert extract(template % URI) == (template % URI, ())


@pytest.mark.parametrize(
    "uri",
    ["data:text/plain,x", "data:,x", "data:font/woff;base64,AAAA", "data:image/png;base64,",
     "data:image/*,x", "data:image/png", "cid:data:image/png", "https://data:image/png,x"],
)  # fmt: skip
def test_what_is_no_image_stays(uri: str) -> None:
    html = f"<img src='{uri}'><style>p {{ b: url({uri}) }}</style>"
    assert extract(html) == (html, ())


@pytest.mark.parametrize(
    ("uri", "content_type", "content"),
    [
        ("DATA:IMAGE/PNG;BASE64,QUJD", "image/png", b"ABC"),
        ("data:image/png;base64,QU\n  JD", "image/png", b"ABC"),
        ("data:image/png;base64,QUI", "image/png", b"AB"),
        ("data:image/png;base64,QUI%3D", "image/png", b"AB"),
        ("data:image/png;base64,QUI&#61;", "image/png", b"AB"),
        ("data:image/png;base64,&#43;&#x2F;&#43;&sol;", "image/png", b"\xfb\xff\xbf"),
        ("data:image/png;base64,QUJD#top", "image/png", b"ABC"),
        ("data:image/jpeg;name=x.jpg; base64,QUJD", "image/jpeg", b"ABC"),
        ("data:image/svg+xml;charset=utf-8,%3Csvg a='b' /%3E", "image/svg+xml", b"<svg a='b' />"),
        ("data:image/svg+xml,<svg>&amp;é</svg>", "image/svg+xml", "<svg>&é</svg>".encode()),
    ],
)
def test_a_uri_is_read_however_it_is_written(uri: str, content_type: str, content: bytes) -> None:
    part = only(f'<img src="{uri}">')
    assert (part.content_type, part.content) == (content_type, content)


@pytest.mark.parametrize(
    ("subtype", "filename"),
    [("jpeg", "image-1.jpg"), ("svg+xml", "image-1.svg"), ("x-icon", "image-1.ico"),
     ("webp", "image-1.webp")],
)  # fmt: skip
def test_a_part_is_named_by_its_type(subtype: str, filename: str) -> None:
    assert only(f"<img src=data:image/{subtype},x>").filename == filename


def test_references_around_an_address_stay_as_they_are_written() -> None:
    html = f"<p style='a:&quot;&#x41;&quot;;b:url(&quot;{URI}&quot;);c:&apos;&amp;&apos;'>"
    assert extract(html).html == html.replace(URI, f"cid:{only(html).content_id}")


@pytest.mark.parametrize("data", ["!!!!", "QUJDR", "QU=JD", "QUJ-", "字"])
def test_what_cannot_be_decoded_is_refused_with_its_place(data: str) -> None:
    html = f'<p>\n <img src="data:image/png;base64,{data}">'
    with pytest.raises(InvalidMessage, match=r"src of <img>, line 2, column 12, can't be decoded"):
        extract(html)


def test_a_refusal_is_short() -> None:
    with pytest.raises(InvalidMessage) as refusal:
        extract(f"<img src='data:image/png;base64,{'!' * 1_000_000}'>")
    assert len(str(refusal.value)) < 300


def test_html_without_data_is_given_back() -> None:
    html = "<p>" * 1000
    assert extract(html).html is html


PIECES = st.lists(
    st.sampled_from(
        ["<img src='", "<img src=", "'", '"', ">", " ", "<style>", "</style>", "url(", ")", "<!--", "-->",
         "&quot;", "&amp;", "&#43;", "data:", "data:image/png,x", "data:image/gif,y", "srcset='", "style='", "é", "\n"]
    )
).map("".join)  # fmt: skip


@given(PIECES)
def test_nothing_but_the_uris_changes(html: str) -> None:
    changed, parts = extract(html)
    contents = {part.content_id: part for part in parts}
    kept = re.split(r"cid:(?:[0-9a-f]{32}@data)", changed)
    assert set(re.findall(r"cid:([0-9a-f]{32}@data)", changed)) == set(contents)
    assert re.fullmatch("(?:data:.*)".join(map(re.escape, kept)), html, re.DOTALL)


@given(PIECES)
def test_extracting_twice_is_extracting_once(html: str) -> None:
    changed = extract(html).html
    assert extract(changed) == (changed, ())


@pytest.mark.parametrize(
    "html",
    [
        f"<img src='data:image/png;base64,{'QUJD' * 1_250_000}'>",
        f"<img src='data:image/png;base64,{'&#43;' * 1_000_000}'>",
        "data:" + "<a " * 100_000,
        "data:" + "<img src='data:image/png," * 100_000,
        "<style>" + "url(data:image/png," * 100_000,
        "<style>" + "/*data:" * 100_000,
        "<p style='" + "url(&quot;data:image/x" * 100_000,
        "<img srcset='" + "data:image/x" * 100_000,
    ],
    ids=["base64", "references", "tags", "quotes", "urls", "comments", "strings", "candidates"],
)
def test_large_and_hostile_html_takes_linear_time(html: str) -> None:
    began = time.process_time()
    extract(html)
    assert time.process_time() - began < 20  # it is about a second at most
