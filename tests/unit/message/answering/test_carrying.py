import pytest

from mailcore.message import Message, Part, ReceivedMessage, parse
from mailcore.message.answering.carrying import carry, carry_html


def part(header: str, body: bytes = b"x") -> Part:
    return next(iter(parse(header.encode() + b"\n\n" + body).walk()))


def related(html: str, *parts: str) -> ReceivedMessage:
    body = "".join(f"--b\n{each}\n" for each in (f"Content-Type: text/html\n\n{html}", *parts))
    return parse(f"Content-Type: multipart/related; boundary=b\n\n{body}--b--\n".encode())


def image(content_id: str, content: str = "image") -> str:
    return f"Content-Type: image/png\nContent-ID: <{content_id}>\n\n{content}"


@pytest.mark.parametrize(
    ("header", "content_type"),
    [
        ("Content-Type: text/csv; charset=GBK; name=a.csv", "text/csv; charset=GBK"),
        ("Content-Type: Text/Calendar; method=REQUEST", "text/calendar; method=REQUEST"),
        ('Content-Type: text/plain; x="a b"', 'text/plain; x="a b"'),
        ("Content-Type: text/plain; charset=gbk; \x01=y", "text/plain; charset=gbk"),
        (f"Content-Type: text/plain; charset={'g' * 600}", "text/plain"),
        ("Content-Type: multipart/mixed; boundary=b", "application/octet-stream"),
        ("Content-Type: a/b@c; name=x", "application/octet-stream"),
        ("Content-Type: ä/ö", "text/plain"),
        ("Content-Type: message/rfc822", "message/rfc822"),
        ("Subject: x", "text/plain"),
    ],
)
def test_a_part_keeps_the_type_that_can_be_written(header: str, content_type: str) -> None:
    assert carry(part(header)).content_type == content_type


@pytest.mark.parametrize(
    ("given", "filename"),
    [
        ("filename=a.pdf", "a.pdf"),
        ("filename*=utf-8''%E6%8A%A5.pdf", "报.pdf"),
        ("filename*=utf-8''a%0D%0AX%3A%20y%00.pdf", "aX_ y.pdf"),
        ("filename=../../a.pdf", "a.pdf"),
        (f"filename={'a' * 5000}.pdf", "a" * 196 + ".pdf"),
        ('filename=""', None),
        ("x=y", None),
    ],
)
def test_a_part_gets_a_name_that_can_be_written(given: str, filename: str | None) -> None:
    assert carry(part(f"Content-Disposition: attachment; {given}")).filename == filename


def test_a_part_keeps_its_octets() -> None:
    carried = carry(part("Content-Transfer-Encoding: base64", b"AAEC/w=="))
    assert carried.content == b"\x00\x01\x02\xff"
    assert (carried.disposition, carried.content_id) == ("attachment", None)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="cid:logo@x">',
        "<img src='CID:logo%40x'>",
        '<p style="background:url(cid:logo@x)">.</p>',
    ],
)
def test_what_the_html_shows_comes_along_and_the_rest_stays_beside(html: str) -> None:
    carried = carry_html(related(html, image("logo@x"), image("other")), taken=set())
    assert [(each.content_id, each.disposition) for each in carried.inline] == [
        ("logo@x", "inline")
    ]
    assert [each.disposition for each in carried.attachments] == ["attachment"]
    assert "cid:" in carried.html.lower()


def test_an_id_that_is_taken_or_not_plain_is_changed() -> None:
    html = "".join(f'<img src="cid:{each}">' for each in ("a", "b%20c", "0f@data", "quoted-1", "d"))
    parts = map(image, ("a", "b c", "0f@data", "quoted-1", "d"))
    carried = carry_html(related(html, *parts), taken={"a", "quoted-2"})
    ids = [each.content_id for each in carried.inline]
    assert ids == ["quoted-3", "quoted-4", "quoted-5", "quoted-1", "d"]
    assert [f'"cid:{each}"' in carried.html for each in ids] == [True] * 5
    assert carried.html.count("cid:") == 5


def test_what_is_shown_twice_comes_once() -> None:
    carried = carry_html(related('<img src="cid:a"><img src="cid:a">', image("a")), taken={"a"})
    assert [each.content_id for each in carried.inline] == ["quoted-1"]
    assert carried.html.count('"cid:quoted-1"') == 2


def test_of_two_parts_of_one_id_the_first_is_shown_and_the_other_not_lost() -> None:
    mail = related('<img src="cid:a">', image("a", "one"), image("a", "two"))
    carried = carry_html(mail, taken=set())
    assert [each.content for each in carried.inline] == [b"one"]
    assert [each.content for each in carried.attachments] == [b"two"]


def test_an_id_that_no_part_has_stays_as_it_is() -> None:
    carried = carry_html(related('<img src="cid:missing">'), taken={"missing"})
    assert 'src="cid:missing"' in carried.html
    assert carried.inline == ()


def test_an_attachment_can_be_shown_too() -> None:
    mail = parse(
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        b'--b\nContent-Type: text/html\n\n<img src="cid:a">\n'
        b"--b\nContent-Type: image/png\nContent-ID: <a>\nContent-Disposition: attachment\n\nx\n--b--\n"
    )
    carried = carry_html(mail, taken=set())
    assert [each.content_id for each in carried.inline] == ["a"]
    assert carried.attachments == ()


@pytest.mark.parametrize(
    "uri", ["data:image/png;base64,A", "DATA:image/png;base64,*", f"data:image/{'x' * 600},x"]
)
def test_an_embedded_image_that_cannot_be_decoded_is_no_image_any_more(uri: str) -> None:
    html = f"<img src='{uri}'><p style='background:url({uri})'>.</p>"
    carried = carry_html(related(html), taken=set())
    assert "data:image" not in carried.html.lower()
    assert Message(from_="a@x.org", html=carried.html).inline == ()


def test_an_embedded_image_stays() -> None:
    html = '<img src="data:image/png;base64,iVBORw0KGgo=">'
    assert html in carry_html(related(html), taken=set()).html
