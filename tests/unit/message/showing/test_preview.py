from base64 import b64encode
from html import unescape

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
def test_styles_load_nothing(style: str) -> None:
    assert "evil" not in body(html(f'<p style="{style}">x</p>'))


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
    assert body(html('<a href="https://example.org/?a=1&b=2" target="_top">x</a>')) == (
        '<a target="_blank" rel="noreferrer noopener" href="https://example.org/?a=1&amp;b=2"'
        ' target="_top">x</a>'
    )


def test_links_within_the_mail_stay_there() -> None:
    assert body(html('<a href="#x">x</a><p id="x">y</p>')) == '<a href="#x">x</a><p id="x">y</p>'


def test_areas_of_an_image_map_are_links() -> None:
    assert body(html('<map name="m"><area href="https://example.org"></map>')).startswith(
        '<map name="m"><area target="_blank" rel="noreferrer noopener" href='
    )


@given(st.binary(max_size=200), st.booleans())
def test_any_octets_can_be_previewed(junk: bytes, remote_images: bool) -> None:
    raw = b"Content-Type: text/html\n\n<p>" + junk
    document = preview(parse(raw), remote_images=remote_images)
    assert document.count("<iframe") == document.count("</iframe>") == 1
    assert document.encode()
