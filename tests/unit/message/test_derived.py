import pytest

from mailcore.errors import InvalidMessage
from mailcore.message import Attachment, Message, parse
from mailcore.message.derived import (
    add_parts,
    derive_text,
    drop_images,
    embed_images,
    find_images,
)

PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="


def test_text_is_what_the_html_says() -> None:
    assert derive_text("<p>Hi<p>there") == "Hi\n\nthere\n"


def test_html_without_images_in_it_stays_as_it_is() -> None:
    assert embed_images('<img src="https://x.y/data:image">', ()) == (
        '<img src="https://x.y/data:image">',
        (),
    )


def test_an_image_that_is_a_part_already_is_no_second_one() -> None:
    html, inline = embed_images(f'<img src="{PIXEL}">', ())
    assert embed_images(f'{html}<img src="{PIXEL}">', inline) == (html * 2, inline)


def test_only_parts_that_came_from_html_go_with_it() -> None:
    logo = Attachment(content=b"", content_id="logo")
    html, inline = embed_images(f'<img src="{PIXEL}">', (logo,))
    assert drop_images(inline) == [logo]
    assert find_images(inline, shown_by="<p>") == []
    assert find_images(inline, shown_by=html) == [inline[1]]


def test_parts_are_added_where_they_are_not_there_yet() -> None:
    _, (pixel,) = embed_images(f'<img src="{PIXEL}">', ())
    (logo, image) = add_parts({"logo": b"GIF89a"}, [pixel])
    assert (logo.content_id, image) == ("logo", pixel)
    assert add_parts([pixel], [pixel]) == (pixel,)
    assert add_parts(7, [pixel]) == 7


def test_images_in_the_html_itself_become_parts() -> None:
    html = f'<img src="{PIXEL}"><img src="cid:logo">'
    message = Message(from_="a@b.c", html=html, inline={"logo": b"GIF89a"})
    assert message.html is not None
    assert "data:" not in message.html
    logo, pixel = message.inline
    assert logo.content_id == "logo"
    assert f"cid:{pixel.content_id}" in message.html
    assert (pixel.content_type, pixel.disposition) == ("image/gif", "inline")
    mail = parse(message.to_bytes())
    assert [part.content for part in mail.inline] == [logo.content, pixel.content]


def test_images_go_with_the_html_they_were_in() -> None:
    message = Message(from_="a@b.c", html=f'<img src="{PIXEL}">', inline={"logo": b"GIF89a"})
    assert [part.content_id for part in message.replace(html="<p>none").inline] == ["logo"]
    assert message.replace(subject="same").inline == message.inline
    assert message.replace(html=None, inline=()).inline == ()
    exchanged = message.replace(inline={"logo": b"\x89PNG"}).inline
    assert [part.content for part in exchanged] == [b"\x89PNG", message.inline[1].content]
    assert message.html is not None
    assert message.replace(html=message.html + "<p>more").inline == message.inline
    assert message.replace(html=message.html + f'<img src="{PIXEL}">').inline == message.inline


def test_an_image_that_is_no_base64_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="html"):
        Message(from_="a@b.c", html='<img src="data:image/png;base64,a">')
