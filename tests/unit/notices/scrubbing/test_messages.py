"""All that is read of a mail is scrubbed, and nothing else of it is changed."""

from io import BytesIO
from pathlib import Path

from mailcore import Attachment, Message
from mailcore.notices.scrubbing.messages import ATTACHMENT_LIMIT, scrub_message

MAIL = Message(from_="b@example.org", to="hunter2@example.org", subject="x", text="x")


def scrubbed(message: Message) -> Message:
    return scrub_message(message, lambda text: text.replace("hunter2", "***"))


def test_subject_and_bodies_are() -> None:
    mail = scrubbed(MAIL.replace(subject="a hunter2", text="b hunter2", html="<p>hunter2</p>"))
    assert (mail.subject, mail.text, mail.html) == ("a ***", "b ***", "<p>***</p>")


def test_headers_are_by_name_and_value() -> None:
    mail = scrub_message(
        MAIL.replace(headers={"X-Token": "abc", "X-Page": "abc"}),
        lambda text: text.replace("X-Token: abc", "X-Token: ***"),
    )
    assert mail.headers == (("X-Token", "***"), ("X-Page", "abc"))


def test_names_and_texts_of_files_are(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<p>hunter2")
    files = [
        Attachment(content=b"a hunter2", filename="hunter2.txt"),
        Attachment(content=b'{"a": "hunter2"}', filename="a.json"),
        Attachment(content=path),
        Attachment(
            content=lambda: BytesIO(b"b hunter2 \xff"), filename="b.log", content_type="text/plain"
        ),
    ]
    mail = scrubbed(MAIL.replace(attachments=files))
    assert [b"".join(part.pieces()) for part in mail.attachments] == [
        b"a ***", b'{"a": "***"}', b"<p>***", b"b *** \xff",
    ]  # fmt: skip
    assert [part.filename for part in mail.attachments] == [
        "***.txt",
        "a.json",
        "page.html",
        "b.log",
    ]


def test_other_files_stay_as_they_are() -> None:
    image = Attachment(content=b"\x89PNG hunter2", filename="x.png")
    assert scrubbed(MAIL.replace(attachments=image)).attachments == (image,)


def test_of_a_huge_text_the_beginning_is_left() -> None:
    huge = Attachment(content=b"x" * (ATTACHMENT_LIMIT + 5), filename="x.txt")
    (part,) = scrubbed(MAIL.replace(attachments=huge)).attachments
    assert part.measure() == ATTACHMENT_LIMIT


def test_addresses_and_ids_stay_as_they_are() -> None:
    mail = scrubbed(MAIL.replace(message_id="<hunter2@example.org>", references="<hunter2@x.org>"))
    assert mail.message_id == "<hunter2@example.org>"
    assert mail.references == ("<hunter2@x.org>",)
    assert str(mail.to[0]) == "hunter2@example.org"


def test_a_mail_without_secrets_is_the_same() -> None:
    assert scrubbed(MAIL) is MAIL
